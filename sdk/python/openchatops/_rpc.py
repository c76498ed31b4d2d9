"""The calls of the protocol, each with its messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from .errors import BotError
from .v1 import adapter_pb2, admin_pb2, bot_pb2, chat_pb2, delivery_pb2, storage_pb2

Req = TypeVar("Req", bound=Message)
Res = TypeVar("Res", bound=Message)


@dataclass(frozen=True)
class Method(Generic[Req, Res]):
    """One call."""

    path: str
    request: type[Req]
    response: type[Res]


def _of(service: str, name: str, request: type[Req], response: type[Res]) -> Method[Req, Res]:
    return Method(f"/openchatops.v1.{service}/{name}", request, response)


REGISTER = _of("BotService", "Register", bot_pb2.RegisterRequest, bot_pb2.RegisterResponse)
GET_BOT_INFO = _of("BotService", "GetBotInfo", bot_pb2.GetBotInfoRequest, bot_pb2.GetBotInfoResponse)
LIST_COMMANDS = _of("BotService", "ListCommands", bot_pb2.ListCommandsRequest, bot_pb2.ListCommandsResponse)

SUBSCRIBE = _of("DeliveryService", "Subscribe", delivery_pb2.SubscribeRequest, delivery_pb2.SubscribeResponse)
LEAVE = _of("DeliveryService", "Leave", delivery_pb2.LeaveRequest, delivery_pb2.LeaveResponse)
COMPLETE = _of("DeliveryService", "Complete", delivery_pb2.CompleteRequest, delivery_pb2.CompleteResponse)
HEARTBEAT = _of("DeliveryService", "Heartbeat", delivery_pb2.HeartbeatRequest, delivery_pb2.HeartbeatResponse)

PUBLISH_EVENTS = _of(
    "AdapterService", "PublishEvents", adapter_pb2.PublishEventsRequest, adapter_pb2.PublishEventsResponse
)
ANSWER_QUERIES = _of(
    "AdapterService", "AnswerQueries", adapter_pb2.AnswerQueriesRequest, adapter_pb2.AnswerQueriesResponse
)
REPORT_STATUS = _of("AdapterService", "ReportStatus", adapter_pb2.ReportStatusRequest, adapter_pb2.ReportStatusResponse)

SEND_MESSAGE = _of("ChatService", "SendMessage", chat_pb2.SendMessageRequest, chat_pb2.SendMessageResponse)
UPDATE_MESSAGE = _of("ChatService", "UpdateMessage", chat_pb2.UpdateMessageRequest, chat_pb2.UpdateMessageResponse)
DELETE_MESSAGE = _of("ChatService", "DeleteMessage", chat_pb2.DeleteMessageRequest, chat_pb2.DeleteMessageResponse)
SET_REACTION = _of("ChatService", "SetReaction", chat_pb2.SetReactionRequest, chat_pb2.SetReactionResponse)
SET_TYPING = _of("ChatService", "SetTyping", chat_pb2.SetTypingRequest, chat_pb2.SetTypingResponse)
SET_MEMBERSHIP = _of("ChatService", "SetMembership", chat_pb2.SetMembershipRequest, chat_pb2.SetMembershipResponse)
UPDATE_ROOM = _of("ChatService", "UpdateRoom", chat_pb2.UpdateRoomRequest, chat_pb2.UpdateRoomResponse)
GET_ROOM = _of("ChatService", "GetRoom", chat_pb2.GetRoomRequest, chat_pb2.GetRoomResponse)
LIST_MEMBERS = _of("ChatService", "ListMembers", chat_pb2.ListMembersRequest, chat_pb2.ListMembersResponse)
GET_USER = _of("ChatService", "GetUser", chat_pb2.GetUserRequest, chat_pb2.GetUserResponse)
LIST_USERS = _of("ChatService", "ListUsers", chat_pb2.ListUsersRequest, chat_pb2.ListUsersResponse)
LIST_ROOMS = _of("ChatService", "ListRooms", chat_pb2.ListRoomsRequest, chat_pb2.ListRoomsResponse)

GET = _of("StorageService", "Get", storage_pb2.GetRequest, storage_pb2.GetResponse)
LIST = _of("StorageService", "List", storage_pb2.ListRequest, storage_pb2.ListResponse)
TRANSACT = _of("StorageService", "Transact", storage_pb2.TransactRequest, storage_pb2.TransactResponse)

GET_STATUS = _of("AdminService", "GetStatus", admin_pb2.GetStatusRequest, admin_pb2.GetStatusResponse)
LIST_DELIVERIES = _of(
    "AdminService", "ListDeliveries", admin_pb2.ListDeliveriesRequest, admin_pb2.ListDeliveriesResponse
)
SHOW_RECORD = _of("AdminService", "ShowRecord", admin_pb2.ShowRecordRequest, admin_pb2.ShowRecordResponse)
RELOAD = _of("AdminService", "Reload", admin_pb2.ReloadRequest, admin_pb2.ReloadResponse)
CREATE_KEY = _of("AdminService", "CreateKey", admin_pb2.CreateKeyRequest, admin_pb2.CreateKeyResponse)


def error_of(status: status_pb2.Status) -> BotError:
    """The error that stands in an answer."""
    code = next((c.name for c in grpc.StatusCode if c.value[0] == status.code), "UNKNOWN")
    info = error_details_pb2.ErrorInfo()
    retry = error_details_pb2.RetryInfo()
    delay = None
    for detail in status.details:
        detail.Unpack(info)
        if detail.Unpack(retry):
            delay = retry.retry_delay.ToTimedelta()
    return BotError(code, status.message, info.reason, dict(info.metadata), delay)


def error_from(err: grpc.aio.AioRpcError) -> BotError:
    """What gRPC raised, as what the bot said."""
    metadata: Any = err.trailing_metadata() or ()
    for key, raw in metadata:
        if key == "grpc-status-details-bin":
            return error_of(status_pb2.Status.FromString(raw))
    return BotError(err.code().name, _without_terms(err.code(), err.details() or ""))


_BROKEN = ("Socket closed", "Stream removed", "GOAWAY", "reset by peer", "Broken pipe")


def _without_terms(code: grpc.StatusCode, text: str) -> str:
    """What gRPC itself says of a call that failed, in words for people who do not know it."""
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return "no answer in time"
    if code is grpc.StatusCode.UNAVAILABLE:
        if any(term in text for term in _BROKEN):
            return "the connection broke"
        return text.rpartition("Failed to connect to remote host: ")[2]
    return text


def status_to(code: str, text: str) -> status_pb2.Status:
    """An error for the wire, by the name of its code."""
    return status_pb2.Status(code=grpc.StatusCode[code].value[0], message=text)
