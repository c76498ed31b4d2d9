import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RunPolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUN_POLICY_UNSPECIFIED: _ClassVar[RunPolicy]
    RUN_POLICY_ONCE: _ClassVar[RunPolicy]
    RUN_POLICY_REPEATABLE: _ClassVar[RunPolicy]

class Order(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_UNSPECIFIED: _ClassVar[Order]
    ORDER_USER: _ClassVar[Order]
    ORDER_ROOM: _ClassVar[Order]
    ORDER_ROUTE: _ClassVar[Order]
    ORDER_NONE: _ClassVar[Order]

class Notice(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTICE_UNSPECIFIED: _ClassVar[Notice]
    NOTICE_PERSON: _ClassVar[Notice]
    NOTICE_OPERATORS: _ClassVar[Notice]
    NOTICE_NONE: _ClassVar[Notice]

class ArgumentType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ARGUMENT_TYPE_UNSPECIFIED: _ClassVar[ArgumentType]
    ARGUMENT_TYPE_TEXT: _ClassVar[ArgumentType]
    ARGUMENT_TYPE_INTEGER: _ClassVar[ArgumentType]
    ARGUMENT_TYPE_NUMBER: _ClassVar[ArgumentType]
    ARGUMENT_TYPE_FLAG: _ClassVar[ArgumentType]
    ARGUMENT_TYPE_DURATION: _ClassVar[ArgumentType]
    ARGUMENT_TYPE_TIME: _ClassVar[ArgumentType]
    ARGUMENT_TYPE_USER: _ClassVar[ArgumentType]
    ARGUMENT_TYPE_ROOM: _ClassVar[ArgumentType]
    ARGUMENT_TYPE_FILE: _ClassVar[ArgumentType]
    ARGUMENT_TYPE_CHOICE: _ClassVar[ArgumentType]

class ArgumentCheck(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ARGUMENT_CHECK_UNSPECIFIED: _ClassVar[ArgumentCheck]
    ARGUMENT_CHECK_URL: _ClassVar[ArgumentCheck]
    ARGUMENT_CHECK_JSON: _ClassVar[ArgumentCheck]
    ARGUMENT_CHECK_REGEX: _ClassVar[ArgumentCheck]
RUN_POLICY_UNSPECIFIED: RunPolicy
RUN_POLICY_ONCE: RunPolicy
RUN_POLICY_REPEATABLE: RunPolicy
ORDER_UNSPECIFIED: Order
ORDER_USER: Order
ORDER_ROOM: Order
ORDER_ROUTE: Order
ORDER_NONE: Order
NOTICE_UNSPECIFIED: Notice
NOTICE_PERSON: Notice
NOTICE_OPERATORS: Notice
NOTICE_NONE: Notice
ARGUMENT_TYPE_UNSPECIFIED: ArgumentType
ARGUMENT_TYPE_TEXT: ArgumentType
ARGUMENT_TYPE_INTEGER: ArgumentType
ARGUMENT_TYPE_NUMBER: ArgumentType
ARGUMENT_TYPE_FLAG: ArgumentType
ARGUMENT_TYPE_DURATION: ArgumentType
ARGUMENT_TYPE_TIME: ArgumentType
ARGUMENT_TYPE_USER: ArgumentType
ARGUMENT_TYPE_ROOM: ArgumentType
ARGUMENT_TYPE_FILE: ArgumentType
ARGUMENT_TYPE_CHOICE: ArgumentType
ARGUMENT_CHECK_UNSPECIFIED: ArgumentCheck
ARGUMENT_CHECK_URL: ArgumentCheck
ARGUMENT_CHECK_JSON: ArgumentCheck
ARGUMENT_CHECK_REGEX: ArgumentCheck

class Route(_message.Message):
    __slots__ = ("name", "help", "priority", "allow", "danger", "run_policy", "order", "notice", "max_run", "stale_after", "max_attempts", "examples", "command", "hear", "event")
    NAME_FIELD_NUMBER: _ClassVar[int]
    HELP_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    ALLOW_FIELD_NUMBER: _ClassVar[int]
    DANGER_FIELD_NUMBER: _ClassVar[int]
    RUN_POLICY_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    MAX_RUN_FIELD_NUMBER: _ClassVar[int]
    STALE_AFTER_FIELD_NUMBER: _ClassVar[int]
    MAX_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    EXAMPLES_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    HEAR_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    name: str
    help: str
    priority: int
    allow: _containers.RepeatedScalarFieldContainer[str]
    danger: bool
    run_policy: RunPolicy
    order: Order
    notice: Notice
    max_run: _duration_pb2.Duration
    stale_after: _duration_pb2.Duration
    max_attempts: int
    examples: _containers.RepeatedScalarFieldContainer[str]
    command: CommandMatch
    hear: HearMatch
    event: EventMatch
    def __init__(self, name: _Optional[str] = ..., help: _Optional[str] = ..., priority: _Optional[int] = ..., allow: _Optional[_Iterable[str]] = ..., danger: _Optional[bool] = ..., run_policy: _Optional[_Union[RunPolicy, str]] = ..., order: _Optional[_Union[Order, str]] = ..., notice: _Optional[_Union[Notice, str]] = ..., max_run: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., stale_after: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., max_attempts: _Optional[int] = ..., examples: _Optional[_Iterable[str]] = ..., command: _Optional[_Union[CommandMatch, _Mapping]] = ..., hear: _Optional[_Union[HearMatch, _Mapping]] = ..., event: _Optional[_Union[EventMatch, _Mapping]] = ...) -> None: ...

class CommandMatch(_message.Message):
    __slots__ = ("pattern", "aliases", "arguments", "deprecated", "on_edit")
    PATTERN_FIELD_NUMBER: _ClassVar[int]
    ALIASES_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    DEPRECATED_FIELD_NUMBER: _ClassVar[int]
    ON_EDIT_FIELD_NUMBER: _ClassVar[int]
    pattern: str
    aliases: _containers.RepeatedScalarFieldContainer[str]
    arguments: _containers.RepeatedCompositeFieldContainer[ArgumentSpec]
    deprecated: _containers.RepeatedScalarFieldContainer[str]
    on_edit: bool
    def __init__(self, pattern: _Optional[str] = ..., aliases: _Optional[_Iterable[str]] = ..., arguments: _Optional[_Iterable[_Union[ArgumentSpec, _Mapping]]] = ..., deprecated: _Optional[_Iterable[str]] = ..., on_edit: _Optional[bool] = ...) -> None: ...

class HearMatch(_message.Message):
    __slots__ = ("regex", "addressed_only", "exclusive", "include_bots", "on_edit", "arguments")
    REGEX_FIELD_NUMBER: _ClassVar[int]
    ADDRESSED_ONLY_FIELD_NUMBER: _ClassVar[int]
    EXCLUSIVE_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_BOTS_FIELD_NUMBER: _ClassVar[int]
    ON_EDIT_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    regex: str
    addressed_only: bool
    exclusive: bool
    include_bots: bool
    on_edit: bool
    arguments: _containers.RepeatedCompositeFieldContainer[ArgumentSpec]
    def __init__(self, regex: _Optional[str] = ..., addressed_only: _Optional[bool] = ..., exclusive: _Optional[bool] = ..., include_bots: _Optional[bool] = ..., on_edit: _Optional[bool] = ..., arguments: _Optional[_Iterable[_Union[ArgumentSpec, _Mapping]]] = ...) -> None: ...

class EventMatch(_message.Message):
    __slots__ = ("types",)
    TYPES_FIELD_NUMBER: _ClassVar[int]
    types: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, types: _Optional[_Iterable[str]] = ...) -> None: ...

class ArgumentSpec(_message.Message):
    __slots__ = ("name", "type", "choices", "default_text", "help", "sensitive", "optional", "list", "check", "rest")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_TEXT_FIELD_NUMBER: _ClassVar[int]
    HELP_FIELD_NUMBER: _ClassVar[int]
    SENSITIVE_FIELD_NUMBER: _ClassVar[int]
    OPTIONAL_FIELD_NUMBER: _ClassVar[int]
    LIST_FIELD_NUMBER: _ClassVar[int]
    CHECK_FIELD_NUMBER: _ClassVar[int]
    REST_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: ArgumentType
    choices: _containers.RepeatedScalarFieldContainer[str]
    default_text: str
    help: str
    sensitive: bool
    optional: bool
    list: bool
    check: ArgumentCheck
    rest: bool
    def __init__(self, name: _Optional[str] = ..., type: _Optional[_Union[ArgumentType, str]] = ..., choices: _Optional[_Iterable[str]] = ..., default_text: _Optional[str] = ..., help: _Optional[str] = ..., sensitive: _Optional[bool] = ..., optional: _Optional[bool] = ..., list: _Optional[bool] = ..., check: _Optional[_Union[ArgumentCheck, str]] = ..., rest: _Optional[bool] = ...) -> None: ...
