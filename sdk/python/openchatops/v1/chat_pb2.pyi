import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from openchatops.v1 import capability_pb2 as _capability_pb2
from openchatops.v1 import message_pb2 as _message_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class InDelivery(_message.Message):
    __slots__ = ("delivery_id", "lease_id", "key")
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    delivery_id: str
    lease_id: str
    key: str
    def __init__(self, delivery_id: _Optional[str] = ..., lease_id: _Optional[str] = ..., key: _Optional[str] = ...) -> None: ...

class SendMessageRequest(_message.Message):
    __slots__ = ("request_id", "in_delivery", "message", "wait")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    IN_DELIVERY_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    in_delivery: InDelivery
    message: _message_pb2.OutgoingMessage
    wait: bool
    def __init__(self, request_id: _Optional[str] = ..., in_delivery: _Optional[_Union[InDelivery, _Mapping]] = ..., message: _Optional[_Union[_message_pb2.OutgoingMessage, _Mapping]] = ..., wait: _Optional[bool] = ...) -> None: ...

class SendMessageResponse(_message.Message):
    __slots__ = ("message_id", "state")
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    message_id: str
    state: _message_pb2.SendState
    def __init__(self, message_id: _Optional[str] = ..., state: _Optional[_Union[_message_pb2.SendState, str]] = ...) -> None: ...

class GetUserRequest(_message.Message):
    __slots__ = ("account_id", "user_id", "mention_name")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    MENTION_NAME_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    user_id: str
    mention_name: str
    def __init__(self, account_id: _Optional[str] = ..., user_id: _Optional[str] = ..., mention_name: _Optional[str] = ...) -> None: ...

class GetUserResponse(_message.Message):
    __slots__ = ("user",)
    USER_FIELD_NUMBER: _ClassVar[int]
    user: _message_pb2.User
    def __init__(self, user: _Optional[_Union[_message_pb2.User, _Mapping]] = ...) -> None: ...

class ListUsersRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "account_id")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    account_id: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., account_id: _Optional[str] = ...) -> None: ...

class ListUsersResponse(_message.Message):
    __slots__ = ("users", "next_page_token")
    USERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    users: _containers.RepeatedCompositeFieldContainer[_message_pb2.User]
    next_page_token: str
    def __init__(self, users: _Optional[_Iterable[_Union[_message_pb2.User, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListRoomsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "account_id")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    account_id: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., account_id: _Optional[str] = ...) -> None: ...

class ListRoomsResponse(_message.Message):
    __slots__ = ("rooms", "next_page_token")
    ROOMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    rooms: _containers.RepeatedCompositeFieldContainer[_message_pb2.Room]
    next_page_token: str
    def __init__(self, rooms: _Optional[_Iterable[_Union[_message_pb2.Room, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class OperationStatus(_message.Message):
    __slots__ = ("operation_id", "state", "level", "detail")
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    operation_id: str
    state: _message_pb2.SendState
    level: _capability_pb2.CapabilityLevel
    detail: str
    def __init__(self, operation_id: _Optional[str] = ..., state: _Optional[_Union[_message_pb2.SendState, str]] = ..., level: _Optional[_Union[_capability_pb2.CapabilityLevel, str]] = ..., detail: _Optional[str] = ...) -> None: ...

class UpdateMessageRequest(_message.Message):
    __slots__ = ("request_id", "message_id", "content", "wait")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    message_id: str
    content: _message_pb2.Content
    wait: bool
    def __init__(self, request_id: _Optional[str] = ..., message_id: _Optional[str] = ..., content: _Optional[_Union[_message_pb2.Content, _Mapping]] = ..., wait: _Optional[bool] = ...) -> None: ...

class UpdateMessageResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: OperationStatus
    def __init__(self, operation: _Optional[_Union[OperationStatus, _Mapping]] = ...) -> None: ...

class DeleteMessageRequest(_message.Message):
    __slots__ = ("request_id", "message_id", "wait", "room")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    message_id: str
    wait: bool
    room: _message_pb2.RoomRef
    def __init__(self, request_id: _Optional[str] = ..., message_id: _Optional[str] = ..., wait: _Optional[bool] = ..., room: _Optional[_Union[_message_pb2.RoomRef, _Mapping]] = ...) -> None: ...

class DeleteMessageResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: OperationStatus
    def __init__(self, operation: _Optional[_Union[OperationStatus, _Mapping]] = ...) -> None: ...

class SetReactionRequest(_message.Message):
    __slots__ = ("request_id", "message_id", "emoji", "remove", "wait", "room", "delivery_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    EMOJI_FIELD_NUMBER: _ClassVar[int]
    REMOVE_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    message_id: str
    emoji: str
    remove: bool
    wait: bool
    room: _message_pb2.RoomRef
    delivery_id: str
    def __init__(self, request_id: _Optional[str] = ..., message_id: _Optional[str] = ..., emoji: _Optional[str] = ..., remove: _Optional[bool] = ..., wait: _Optional[bool] = ..., room: _Optional[_Union[_message_pb2.RoomRef, _Mapping]] = ..., delivery_id: _Optional[str] = ...) -> None: ...

class SetReactionResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: OperationStatus
    def __init__(self, operation: _Optional[_Union[OperationStatus, _Mapping]] = ...) -> None: ...

class SetTypingRequest(_message.Message):
    __slots__ = ("to", "duration", "delivery_id")
    TO_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    to: _message_pb2.Address
    duration: _duration_pb2.Duration
    delivery_id: str
    def __init__(self, to: _Optional[_Union[_message_pb2.Address, _Mapping]] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., delivery_id: _Optional[str] = ...) -> None: ...

class SetTypingResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SetMembershipRequest(_message.Message):
    __slots__ = ("request_id", "room", "user_id", "leave", "wait")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    LEAVE_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    room: _message_pb2.RoomRef
    user_id: str
    leave: bool
    wait: bool
    def __init__(self, request_id: _Optional[str] = ..., room: _Optional[_Union[_message_pb2.RoomRef, _Mapping]] = ..., user_id: _Optional[str] = ..., leave: _Optional[bool] = ..., wait: _Optional[bool] = ...) -> None: ...

class SetMembershipResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: OperationStatus
    def __init__(self, operation: _Optional[_Union[OperationStatus, _Mapping]] = ...) -> None: ...

class UpdateRoomRequest(_message.Message):
    __slots__ = ("request_id", "room", "topic", "wait")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    room: _message_pb2.RoomRef
    topic: str
    wait: bool
    def __init__(self, request_id: _Optional[str] = ..., room: _Optional[_Union[_message_pb2.RoomRef, _Mapping]] = ..., topic: _Optional[str] = ..., wait: _Optional[bool] = ...) -> None: ...

class UpdateRoomResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: OperationStatus
    def __init__(self, operation: _Optional[_Union[OperationStatus, _Mapping]] = ...) -> None: ...

class GetRoomRequest(_message.Message):
    __slots__ = ("room",)
    ROOM_FIELD_NUMBER: _ClassVar[int]
    room: _message_pb2.RoomRef
    def __init__(self, room: _Optional[_Union[_message_pb2.RoomRef, _Mapping]] = ...) -> None: ...

class GetRoomResponse(_message.Message):
    __slots__ = ("room",)
    ROOM_FIELD_NUMBER: _ClassVar[int]
    room: _message_pb2.Room
    def __init__(self, room: _Optional[_Union[_message_pb2.Room, _Mapping]] = ...) -> None: ...

class ListMembersRequest(_message.Message):
    __slots__ = ("room", "page_size", "page_token")
    ROOM_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    room: _message_pb2.RoomRef
    page_size: int
    page_token: str
    def __init__(self, room: _Optional[_Union[_message_pb2.RoomRef, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListMembersResponse(_message.Message):
    __slots__ = ("users", "next_page_token")
    USERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    users: _containers.RepeatedCompositeFieldContainer[_message_pb2.User]
    next_page_token: str
    def __init__(self, users: _Optional[_Iterable[_Union[_message_pb2.User, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
