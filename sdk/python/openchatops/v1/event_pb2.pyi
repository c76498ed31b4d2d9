import datetime

from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from openchatops.v1 import message_pb2 as _message_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Change(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANGE_UNSPECIFIED: _ClassVar[Change]
    CHANGE_CREATED: _ClassVar[Change]
    CHANGE_UPDATED: _ClassVar[Change]
    CHANGE_DELETED: _ClassVar[Change]
CHANGE_UNSPECIFIED: Change
CHANGE_CREATED: Change
CHANGE_UPDATED: Change
CHANGE_DELETED: Change

class Event(_message.Message):
    __slots__ = ("event_id", "account_id", "occur_time", "admit_time", "address", "actor", "historical", "room_kind", "message", "reaction", "member", "room", "custom", "native")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    OCCUR_TIME_FIELD_NUMBER: _ClassVar[int]
    ADMIT_TIME_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    HISTORICAL_FIELD_NUMBER: _ClassVar[int]
    ROOM_KIND_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    REACTION_FIELD_NUMBER: _ClassVar[int]
    MEMBER_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    CUSTOM_FIELD_NUMBER: _ClassVar[int]
    NATIVE_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    account_id: str
    occur_time: _timestamp_pb2.Timestamp
    admit_time: _timestamp_pb2.Timestamp
    address: _message_pb2.Address
    actor: _message_pb2.User
    historical: bool
    room_kind: _message_pb2.RoomKind
    message: MessageEvent
    reaction: ReactionEvent
    member: MemberEvent
    room: RoomEvent
    custom: CustomEvent
    native: bytes
    def __init__(self, event_id: _Optional[str] = ..., account_id: _Optional[str] = ..., occur_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., admit_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., address: _Optional[_Union[_message_pb2.Address, _Mapping]] = ..., actor: _Optional[_Union[_message_pb2.User, _Mapping]] = ..., historical: _Optional[bool] = ..., room_kind: _Optional[_Union[_message_pb2.RoomKind, str]] = ..., message: _Optional[_Union[MessageEvent, _Mapping]] = ..., reaction: _Optional[_Union[ReactionEvent, _Mapping]] = ..., member: _Optional[_Union[MemberEvent, _Mapping]] = ..., room: _Optional[_Union[RoomEvent, _Mapping]] = ..., custom: _Optional[_Union[CustomEvent, _Mapping]] = ..., native: _Optional[bytes] = ...) -> None: ...

class MessageEvent(_message.Message):
    __slots__ = ("change", "message", "forwarded")
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FORWARDED_FIELD_NUMBER: _ClassVar[int]
    change: Change
    message: _message_pb2.Message
    forwarded: bool
    def __init__(self, change: _Optional[_Union[Change, str]] = ..., message: _Optional[_Union[_message_pb2.Message, _Mapping]] = ..., forwarded: _Optional[bool] = ...) -> None: ...

class ReactionEvent(_message.Message):
    __slots__ = ("message_id", "emoji", "removed")
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    EMOJI_FIELD_NUMBER: _ClassVar[int]
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    message_id: str
    emoji: str
    removed: bool
    def __init__(self, message_id: _Optional[str] = ..., emoji: _Optional[str] = ..., removed: _Optional[bool] = ...) -> None: ...

class MemberEvent(_message.Message):
    __slots__ = ("user", "left")
    USER_FIELD_NUMBER: _ClassVar[int]
    LEFT_FIELD_NUMBER: _ClassVar[int]
    user: _message_pb2.User
    left: bool
    def __init__(self, user: _Optional[_Union[_message_pb2.User, _Mapping]] = ..., left: _Optional[bool] = ...) -> None: ...

class RoomEvent(_message.Message):
    __slots__ = ("change", "room")
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    change: Change
    room: _message_pb2.Room
    def __init__(self, change: _Optional[_Union[Change, str]] = ..., room: _Optional[_Union[_message_pb2.Room, _Mapping]] = ...) -> None: ...

class CustomEvent(_message.Message):
    __slots__ = ("type", "data")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    type: str
    data: _struct_pb2.Struct
    def __init__(self, type: _Optional[str] = ..., data: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...
