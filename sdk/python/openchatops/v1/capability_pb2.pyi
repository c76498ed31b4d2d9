from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CapabilityLevel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAPABILITY_LEVEL_UNSPECIFIED: _ClassVar[CapabilityLevel]
    CAPABILITY_LEVEL_REJECTED: _ClassVar[CapabilityLevel]
    CAPABILITY_LEVEL_DROPPED: _ClassVar[CapabilityLevel]
    CAPABILITY_LEVEL_FALLBACK: _ClassVar[CapabilityLevel]
    CAPABILITY_LEVEL_PARTIAL: _ClassVar[CapabilityLevel]
    CAPABILITY_LEVEL_FULL: _ClassVar[CapabilityLevel]
CAPABILITY_LEVEL_UNSPECIFIED: CapabilityLevel
CAPABILITY_LEVEL_REJECTED: CapabilityLevel
CAPABILITY_LEVEL_DROPPED: CapabilityLevel
CAPABILITY_LEVEL_FALLBACK: CapabilityLevel
CAPABILITY_LEVEL_PARTIAL: CapabilityLevel
CAPABILITY_LEVEL_FULL: CapabilityLevel

class Capabilities(_message.Message):
    __slots__ = ("levels", "max_text_length", "idempotent_send")
    class LevelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: CapabilityLevel
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[CapabilityLevel, str]] = ...) -> None: ...
    LEVELS_FIELD_NUMBER: _ClassVar[int]
    MAX_TEXT_LENGTH_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENT_SEND_FIELD_NUMBER: _ClassVar[int]
    levels: _containers.ScalarMap[str, CapabilityLevel]
    max_text_length: int
    idempotent_send: bool
    def __init__(self, levels: _Optional[_Mapping[str, CapabilityLevel]] = ..., max_text_length: _Optional[int] = ..., idempotent_send: _Optional[bool] = ...) -> None: ...
