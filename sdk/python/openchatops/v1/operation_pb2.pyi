import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from openchatops.v1 import message_pb2 as _message_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SendReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEND_REASON_UNSPECIFIED: _ClassVar[SendReason]
    SEND_REASON_HANDLER: _ClassVar[SendReason]
    SEND_REASON_NOTICE: _ClassVar[SendReason]
    SEND_REASON_BOT: _ClassVar[SendReason]
    SEND_REASON_CLIENT: _ClassVar[SendReason]
SEND_REASON_UNSPECIFIED: SendReason
SEND_REASON_HANDLER: SendReason
SEND_REASON_NOTICE: SendReason
SEND_REASON_BOT: SendReason
SEND_REASON_CLIENT: SendReason

class Operation(_message.Message):
    __slots__ = ("account_id", "epoch", "idempotency_token", "send", "update", "delete", "reaction", "membership", "room")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SEND_FIELD_NUMBER: _ClassVar[int]
    UPDATE_FIELD_NUMBER: _ClassVar[int]
    DELETE_FIELD_NUMBER: _ClassVar[int]
    REACTION_FIELD_NUMBER: _ClassVar[int]
    MEMBERSHIP_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    epoch: int
    idempotency_token: str
    send: SendOperation
    update: UpdateOperation
    delete: DeleteOperation
    reaction: ReactionOperation
    membership: MembershipOperation
    room: RoomOperation
    def __init__(self, account_id: _Optional[str] = ..., epoch: _Optional[int] = ..., idempotency_token: _Optional[str] = ..., send: _Optional[_Union[SendOperation, _Mapping]] = ..., update: _Optional[_Union[UpdateOperation, _Mapping]] = ..., delete: _Optional[_Union[DeleteOperation, _Mapping]] = ..., reaction: _Optional[_Union[ReactionOperation, _Mapping]] = ..., membership: _Optional[_Union[MembershipOperation, _Mapping]] = ..., room: _Optional[_Union[RoomOperation, _Mapping]] = ...) -> None: ...

class UpdateOperation(_message.Message):
    __slots__ = ("address", "message_id", "content")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    address: _message_pb2.Address
    message_id: str
    content: _message_pb2.Content
    def __init__(self, address: _Optional[_Union[_message_pb2.Address, _Mapping]] = ..., message_id: _Optional[str] = ..., content: _Optional[_Union[_message_pb2.Content, _Mapping]] = ...) -> None: ...

class DeleteOperation(_message.Message):
    __slots__ = ("address", "message_id")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    address: _message_pb2.Address
    message_id: str
    def __init__(self, address: _Optional[_Union[_message_pb2.Address, _Mapping]] = ..., message_id: _Optional[str] = ...) -> None: ...

class ReactionOperation(_message.Message):
    __slots__ = ("address", "message_id", "emoji", "remove")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    EMOJI_FIELD_NUMBER: _ClassVar[int]
    REMOVE_FIELD_NUMBER: _ClassVar[int]
    address: _message_pb2.Address
    message_id: str
    emoji: str
    remove: bool
    def __init__(self, address: _Optional[_Union[_message_pb2.Address, _Mapping]] = ..., message_id: _Optional[str] = ..., emoji: _Optional[str] = ..., remove: _Optional[bool] = ...) -> None: ...

class MembershipOperation(_message.Message):
    __slots__ = ("room_id", "user_id", "leave")
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    LEAVE_FIELD_NUMBER: _ClassVar[int]
    room_id: str
    user_id: str
    leave: bool
    def __init__(self, room_id: _Optional[str] = ..., user_id: _Optional[str] = ..., leave: _Optional[bool] = ...) -> None: ...

class RoomOperation(_message.Message):
    __slots__ = ("room_id", "topic")
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    room_id: str
    topic: str
    def __init__(self, room_id: _Optional[str] = ..., topic: _Optional[str] = ...) -> None: ...

class SendOperation(_message.Message):
    __slots__ = ("message", "reason", "possible_repeat")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    POSSIBLE_REPEAT_FIELD_NUMBER: _ClassVar[int]
    message: _message_pb2.OutgoingMessage
    reason: SendReason
    possible_repeat: bool
    def __init__(self, message: _Optional[_Union[_message_pb2.OutgoingMessage, _Mapping]] = ..., reason: _Optional[_Union[SendReason, str]] = ..., possible_repeat: _Optional[bool] = ...) -> None: ...

class OperationResult(_message.Message):
    __slots__ = ("state", "message_id", "detail")
    STATE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    state: _message_pb2.SendState
    message_id: str
    detail: str
    def __init__(self, state: _Optional[_Union[_message_pb2.SendState, str]] = ..., message_id: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...

class Query(_message.Message):
    __slots__ = ("query_id", "timeout", "user", "users", "room", "rooms", "members", "typing")
    QUERY_ID_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    USERS_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    ROOMS_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    TYPING_FIELD_NUMBER: _ClassVar[int]
    query_id: str
    timeout: _duration_pb2.Duration
    user: UserQuery
    users: UsersQuery
    room: RoomQuery
    rooms: RoomsQuery
    members: MembersQuery
    typing: TypingQuery
    def __init__(self, query_id: _Optional[str] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., user: _Optional[_Union[UserQuery, _Mapping]] = ..., users: _Optional[_Union[UsersQuery, _Mapping]] = ..., room: _Optional[_Union[RoomQuery, _Mapping]] = ..., rooms: _Optional[_Union[RoomsQuery, _Mapping]] = ..., members: _Optional[_Union[MembersQuery, _Mapping]] = ..., typing: _Optional[_Union[TypingQuery, _Mapping]] = ...) -> None: ...

class UserQuery(_message.Message):
    __slots__ = ("user_id", "mention_name")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    MENTION_NAME_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    mention_name: str
    def __init__(self, user_id: _Optional[str] = ..., mention_name: _Optional[str] = ...) -> None: ...

class UsersQuery(_message.Message):
    __slots__ = ("page_token",)
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_token: str
    def __init__(self, page_token: _Optional[str] = ...) -> None: ...

class RoomQuery(_message.Message):
    __slots__ = ("room_id",)
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    room_id: str
    def __init__(self, room_id: _Optional[str] = ...) -> None: ...

class MembersQuery(_message.Message):
    __slots__ = ("room_id", "page_token")
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    room_id: str
    page_token: str
    def __init__(self, room_id: _Optional[str] = ..., page_token: _Optional[str] = ...) -> None: ...

class TypingQuery(_message.Message):
    __slots__ = ("to", "duration")
    TO_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    to: _message_pb2.Address
    duration: _duration_pb2.Duration
    def __init__(self, to: _Optional[_Union[_message_pb2.Address, _Mapping]] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class RoomsQuery(_message.Message):
    __slots__ = ("page_token",)
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_token: str
    def __init__(self, page_token: _Optional[str] = ...) -> None: ...
