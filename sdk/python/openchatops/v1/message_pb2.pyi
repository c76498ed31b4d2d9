import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from openchatops.v1 import capability_pb2 as _capability_pb2
from openchatops.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RoomKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROOM_KIND_UNSPECIFIED: _ClassVar[RoomKind]
    ROOM_KIND_CHANNEL: _ClassVar[RoomKind]
    ROOM_KIND_DIRECT: _ClassVar[RoomKind]
    ROOM_KIND_MULTI_DIRECT: _ClassVar[RoomKind]

class RepeatPolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REPEAT_POLICY_UNSPECIFIED: _ClassVar[RepeatPolicy]
    REPEAT_POLICY_PREFER_DUP: _ClassVar[RepeatPolicy]
    REPEAT_POLICY_PREFER_LOSS: _ClassVar[RepeatPolicy]

class SendState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEND_STATE_UNSPECIFIED: _ClassVar[SendState]
    SEND_STATE_QUEUED: _ClassVar[SendState]
    SEND_STATE_SENT: _ClassVar[SendState]
    SEND_STATE_UNKNOWN: _ClassVar[SendState]
    SEND_STATE_FAILED: _ClassVar[SendState]
    SEND_STATE_EXPIRED: _ClassVar[SendState]
ROOM_KIND_UNSPECIFIED: RoomKind
ROOM_KIND_CHANNEL: RoomKind
ROOM_KIND_DIRECT: RoomKind
ROOM_KIND_MULTI_DIRECT: RoomKind
REPEAT_POLICY_UNSPECIFIED: RepeatPolicy
REPEAT_POLICY_PREFER_DUP: RepeatPolicy
REPEAT_POLICY_PREFER_LOSS: RepeatPolicy
SEND_STATE_UNSPECIFIED: SendState
SEND_STATE_QUEUED: SendState
SEND_STATE_SENT: SendState
SEND_STATE_UNKNOWN: SendState
SEND_STATE_FAILED: SendState
SEND_STATE_EXPIRED: SendState

class RoomRef(_message.Message):
    __slots__ = ("room_id", "name", "user_id", "account_id")
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    room_id: str
    name: str
    user_id: str
    account_id: str
    def __init__(self, room_id: _Optional[str] = ..., name: _Optional[str] = ..., user_id: _Optional[str] = ..., account_id: _Optional[str] = ...) -> None: ...

class Address(_message.Message):
    __slots__ = ("room", "thread_id", "start_thread_at")
    ROOM_FIELD_NUMBER: _ClassVar[int]
    THREAD_ID_FIELD_NUMBER: _ClassVar[int]
    START_THREAD_AT_FIELD_NUMBER: _ClassVar[int]
    room: RoomRef
    thread_id: str
    start_thread_at: str
    def __init__(self, room: _Optional[_Union[RoomRef, _Mapping]] = ..., thread_id: _Optional[str] = ..., start_thread_at: _Optional[str] = ...) -> None: ...

class User(_message.Message):
    __slots__ = ("user_id", "account_id", "name", "mention_name", "bot", "is_self", "principal_id", "groups", "email", "time_zone")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    MENTION_NAME_FIELD_NUMBER: _ClassVar[int]
    BOT_FIELD_NUMBER: _ClassVar[int]
    IS_SELF_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_ID_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    account_id: str
    name: str
    mention_name: str
    bot: bool
    is_self: bool
    principal_id: str
    groups: _containers.RepeatedScalarFieldContainer[str]
    email: str
    time_zone: str
    def __init__(self, user_id: _Optional[str] = ..., account_id: _Optional[str] = ..., name: _Optional[str] = ..., mention_name: _Optional[str] = ..., bot: _Optional[bool] = ..., is_self: _Optional[bool] = ..., principal_id: _Optional[str] = ..., groups: _Optional[_Iterable[str]] = ..., email: _Optional[str] = ..., time_zone: _Optional[str] = ...) -> None: ...

class Room(_message.Message):
    __slots__ = ("room_id", "account_id", "kind", "name", "alias", "topic", "private", "capabilities")
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ALIAS_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    PRIVATE_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    room_id: str
    account_id: str
    kind: RoomKind
    name: str
    alias: str
    topic: str
    private: bool
    capabilities: _capability_pb2.Capabilities
    def __init__(self, room_id: _Optional[str] = ..., account_id: _Optional[str] = ..., kind: _Optional[_Union[RoomKind, str]] = ..., name: _Optional[str] = ..., alias: _Optional[str] = ..., topic: _Optional[str] = ..., private: _Optional[bool] = ..., capabilities: _Optional[_Union[_capability_pb2.Capabilities, _Mapping]] = ...) -> None: ...

class Message(_message.Message):
    __slots__ = ("message_id", "address", "sender", "content", "reply_to", "mentions", "create_time", "update_time", "attachments")
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    SENDER_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    REPLY_TO_FIELD_NUMBER: _ClassVar[int]
    MENTIONS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENTS_FIELD_NUMBER: _ClassVar[int]
    message_id: str
    address: Address
    sender: User
    content: Content
    reply_to: str
    mentions: _containers.RepeatedCompositeFieldContainer[Mention]
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    attachments: _containers.RepeatedCompositeFieldContainer[Attachment]
    def __init__(self, message_id: _Optional[str] = ..., address: _Optional[_Union[Address, _Mapping]] = ..., sender: _Optional[_Union[User, _Mapping]] = ..., content: _Optional[_Union[Content, _Mapping]] = ..., reply_to: _Optional[str] = ..., mentions: _Optional[_Iterable[_Union[Mention, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., attachments: _Optional[_Iterable[_Union[Attachment, _Mapping]]] = ...) -> None: ...

class Attachment(_message.Message):
    __slots__ = ("file_id", "name", "media_type", "size", "url")
    FILE_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    file_id: str
    name: str
    media_type: str
    size: int
    url: str
    def __init__(self, file_id: _Optional[str] = ..., name: _Optional[str] = ..., media_type: _Optional[str] = ..., size: _Optional[int] = ..., url: _Optional[str] = ...) -> None: ...

class Content(_message.Message):
    __slots__ = ("text",)
    TEXT_FIELD_NUMBER: _ClassVar[int]
    text: str
    def __init__(self, text: _Optional[str] = ...) -> None: ...

class Mention(_message.Message):
    __slots__ = ("user_id", "room_id", "everyone", "start", "length")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    EVERYONE_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    room_id: str
    everyone: bool
    start: int
    length: int
    def __init__(self, user_id: _Optional[str] = ..., room_id: _Optional[str] = ..., everyone: _Optional[bool] = ..., start: _Optional[int] = ..., length: _Optional[int] = ...) -> None: ...

class OutgoingMessage(_message.Message):
    __slots__ = ("to", "content", "reply_to", "repeat_policy", "valid_for")
    TO_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    REPLY_TO_FIELD_NUMBER: _ClassVar[int]
    REPEAT_POLICY_FIELD_NUMBER: _ClassVar[int]
    VALID_FOR_FIELD_NUMBER: _ClassVar[int]
    to: Address
    content: Content
    reply_to: str
    repeat_policy: RepeatPolicy
    valid_for: _duration_pb2.Duration
    def __init__(self, to: _Optional[_Union[Address, _Mapping]] = ..., content: _Optional[_Union[Content, _Mapping]] = ..., reply_to: _Optional[str] = ..., repeat_policy: _Optional[_Union[RepeatPolicy, str]] = ..., valid_for: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Send(_message.Message):
    __slots__ = ("key", "message")
    KEY_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    key: str
    message: OutgoingMessage
    def __init__(self, key: _Optional[str] = ..., message: _Optional[_Union[OutgoingMessage, _Mapping]] = ...) -> None: ...

class Argument(_message.Message):
    __slots__ = ("name", "raw", "sensitive", "text", "integer", "number", "flag", "duration", "time", "user", "room", "file", "list")
    NAME_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    SENSITIVE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    INTEGER_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    FLAG_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    LIST_FIELD_NUMBER: _ClassVar[int]
    name: str
    raw: str
    sensitive: bool
    text: str
    integer: int
    number: float
    flag: bool
    duration: _duration_pb2.Duration
    time: _timestamp_pb2.Timestamp
    user: User
    room: Room
    file: Attachment
    list: ArgumentList
    def __init__(self, name: _Optional[str] = ..., raw: _Optional[str] = ..., sensitive: _Optional[bool] = ..., text: _Optional[str] = ..., integer: _Optional[int] = ..., number: _Optional[float] = ..., flag: _Optional[bool] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., user: _Optional[_Union[User, _Mapping]] = ..., room: _Optional[_Union[Room, _Mapping]] = ..., file: _Optional[_Union[Attachment, _Mapping]] = ..., list: _Optional[_Union[ArgumentList, _Mapping]] = ...) -> None: ...

class ArgumentList(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[Argument]
    def __init__(self, items: _Optional[_Iterable[_Union[Argument, _Mapping]]] = ...) -> None: ...
