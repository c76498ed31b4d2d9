import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.rpc import status_pb2 as _status_pb2
from openchatops.v1 import capability_pb2 as _capability_pb2
from openchatops.v1 import message_pb2 as _message_pb2
from openchatops.v1 import route_pb2 as _route_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_HANDLER: _ClassVar[Role]
    ROLE_ADAPTER: _ClassVar[Role]
    ROLE_OPERATOR: _ClassVar[Role]
    ROLE_CLIENT: _ClassVar[Role]

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_DONE: _ClassVar[Outcome]
    OUTCOME_FAILED: _ClassVar[Outcome]
    OUTCOME_UNKNOWN: _ClassVar[Outcome]
    OUTCOME_EXPIRED: _ClassVar[Outcome]
    OUTCOME_REFUSED: _ClassVar[Outcome]
    OUTCOME_CANCELLED: _ClassVar[Outcome]
ROLE_UNSPECIFIED: Role
ROLE_HANDLER: Role
ROLE_ADAPTER: Role
ROLE_OPERATOR: Role
ROLE_CLIENT: Role
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_DONE: Outcome
OUTCOME_FAILED: Outcome
OUTCOME_UNKNOWN: Outcome
OUTCOME_EXPIRED: Outcome
OUTCOME_REFUSED: Outcome
OUTCOME_CANCELLED: Outcome

class GetBotInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetBotInfoResponse(_message.Message):
    __slots__ = ("name", "version", "instance_id", "features", "limits", "caller")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: str
    instance_id: str
    features: _containers.RepeatedScalarFieldContainer[str]
    limits: Limits
    caller: Caller
    def __init__(self, name: _Optional[str] = ..., version: _Optional[str] = ..., instance_id: _Optional[str] = ..., features: _Optional[_Iterable[str]] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ..., caller: _Optional[_Union[Caller, _Mapping]] = ...) -> None: ...

class Caller(_message.Message):
    __slots__ = ("name", "role", "scopes")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    name: str
    role: Role
    scopes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., role: _Optional[_Union[Role, str]] = ..., scopes: _Optional[_Iterable[str]] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("max_message", "max_batch", "max_batch_items", "max_text", "max_value", "max_transaction", "max_native", "max_in_flight")
    MAX_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    MAX_BATCH_FIELD_NUMBER: _ClassVar[int]
    MAX_BATCH_ITEMS_FIELD_NUMBER: _ClassVar[int]
    MAX_TEXT_FIELD_NUMBER: _ClassVar[int]
    MAX_VALUE_FIELD_NUMBER: _ClassVar[int]
    MAX_TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    MAX_NATIVE_FIELD_NUMBER: _ClassVar[int]
    MAX_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    max_message: int
    max_batch: int
    max_batch_items: int
    max_text: int
    max_value: int
    max_transaction: int
    max_native: int
    max_in_flight: int
    def __init__(self, max_message: _Optional[int] = ..., max_batch: _Optional[int] = ..., max_batch_items: _Optional[int] = ..., max_text: _Optional[int] = ..., max_value: _Optional[int] = ..., max_transaction: _Optional[int] = ..., max_native: _Optional[int] = ..., max_in_flight: _Optional[int] = ...) -> None: ...

class RegisterRequest(_message.Message):
    __slots__ = ("manifest", "replica", "client_features", "settings_problems", "settings_only")
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    REPLICA_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FEATURES_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_ONLY_FIELD_NUMBER: _ClassVar[int]
    manifest: Manifest
    replica: str
    client_features: _containers.RepeatedScalarFieldContainer[str]
    settings_problems: _containers.RepeatedCompositeFieldContainer[SettingsProblem]
    settings_only: bool
    def __init__(self, manifest: _Optional[_Union[Manifest, _Mapping]] = ..., replica: _Optional[str] = ..., client_features: _Optional[_Iterable[str]] = ..., settings_problems: _Optional[_Iterable[_Union[SettingsProblem, _Mapping]]] = ..., settings_only: _Optional[bool] = ...) -> None: ...

class SettingsProblem(_message.Message):
    __slots__ = ("path", "text")
    PATH_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    path: str
    text: str
    def __init__(self, path: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class Manifest(_message.Message):
    __slots__ = ("version", "description", "scopes", "required_features", "routes", "settings", "adapter")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FEATURES_FIELD_NUMBER: _ClassVar[int]
    ROUTES_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    version: str
    description: str
    scopes: _containers.RepeatedScalarFieldContainer[str]
    required_features: _containers.RepeatedScalarFieldContainer[str]
    routes: _containers.RepeatedCompositeFieldContainer[_route_pb2.Route]
    settings: _containers.RepeatedCompositeFieldContainer[_route_pb2.ArgumentSpec]
    adapter: AdapterInfo
    def __init__(self, version: _Optional[str] = ..., description: _Optional[str] = ..., scopes: _Optional[_Iterable[str]] = ..., required_features: _Optional[_Iterable[str]] = ..., routes: _Optional[_Iterable[_Union[_route_pb2.Route, _Mapping]]] = ..., settings: _Optional[_Iterable[_Union[_route_pb2.ArgumentSpec, _Mapping]]] = ..., adapter: _Optional[_Union[AdapterInfo, _Mapping]] = ...) -> None: ...

class AdapterInfo(_message.Message):
    __slots__ = ("service", "account", "bot_user", "capabilities", "replays_missed", "wants_settled")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    BOT_USER_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    REPLAYS_MISSED_FIELD_NUMBER: _ClassVar[int]
    WANTS_SETTLED_FIELD_NUMBER: _ClassVar[int]
    service: str
    account: str
    bot_user: _message_pb2.User
    capabilities: _capability_pb2.Capabilities
    replays_missed: bool
    wants_settled: bool
    def __init__(self, service: _Optional[str] = ..., account: _Optional[str] = ..., bot_user: _Optional[_Union[_message_pb2.User, _Mapping]] = ..., capabilities: _Optional[_Union[_capability_pb2.Capabilities, _Mapping]] = ..., replays_missed: _Optional[bool] = ..., wants_settled: _Optional[bool] = ...) -> None: ...

class RegisterResponse(_message.Message):
    __slots__ = ("plugin_id", "granted_scopes", "routes", "bot", "settings", "account_id")
    PLUGIN_ID_FIELD_NUMBER: _ClassVar[int]
    GRANTED_SCOPES_FIELD_NUMBER: _ClassVar[int]
    ROUTES_FIELD_NUMBER: _ClassVar[int]
    BOT_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    plugin_id: str
    granted_scopes: _containers.RepeatedScalarFieldContainer[str]
    routes: _containers.RepeatedCompositeFieldContainer[RouteResult]
    bot: GetBotInfoResponse
    settings: _containers.RepeatedCompositeFieldContainer[_message_pb2.Argument]
    account_id: str
    def __init__(self, plugin_id: _Optional[str] = ..., granted_scopes: _Optional[_Iterable[str]] = ..., routes: _Optional[_Iterable[_Union[RouteResult, _Mapping]]] = ..., bot: _Optional[_Union[GetBotInfoResponse, _Mapping]] = ..., settings: _Optional[_Iterable[_Union[_message_pb2.Argument, _Mapping]]] = ..., account_id: _Optional[str] = ...) -> None: ...

class RouteResult(_message.Message):
    __slots__ = ("route", "error", "definition_id")
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_ID_FIELD_NUMBER: _ClassVar[int]
    route: str
    error: _status_pb2.Status
    definition_id: str
    def __init__(self, route: _Optional[str] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., definition_id: _Optional[str] = ...) -> None: ...

class UnregisterRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class UnregisterResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListCommandsRequest(_message.Message):
    __slots__ = ("user_id", "room", "prefix", "page_size", "page_token", "with_schema")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    PREFIX_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    WITH_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    room: _message_pb2.RoomRef
    prefix: str
    page_size: int
    page_token: str
    with_schema: bool
    def __init__(self, user_id: _Optional[str] = ..., room: _Optional[_Union[_message_pb2.RoomRef, _Mapping]] = ..., prefix: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., with_schema: _Optional[bool] = ...) -> None: ...

class ListCommandsResponse(_message.Message):
    __slots__ = ("commands", "next_page_token")
    COMMANDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    commands: _containers.RepeatedCompositeFieldContainer[Command]
    next_page_token: str
    def __init__(self, commands: _Optional[_Iterable[_Union[Command, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class Command(_message.Message):
    __slots__ = ("plugin_id", "route", "pattern", "aliases", "help", "arguments", "danger", "offline", "examples", "hidden", "schema", "slash_command")
    PLUGIN_ID_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    PATTERN_FIELD_NUMBER: _ClassVar[int]
    ALIASES_FIELD_NUMBER: _ClassVar[int]
    HELP_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    DANGER_FIELD_NUMBER: _ClassVar[int]
    OFFLINE_FIELD_NUMBER: _ClassVar[int]
    EXAMPLES_FIELD_NUMBER: _ClassVar[int]
    HIDDEN_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_FIELD_NUMBER: _ClassVar[int]
    SLASH_COMMAND_FIELD_NUMBER: _ClassVar[int]
    plugin_id: str
    route: str
    pattern: str
    aliases: _containers.RepeatedScalarFieldContainer[str]
    help: str
    arguments: _containers.RepeatedCompositeFieldContainer[_route_pb2.ArgumentSpec]
    danger: bool
    offline: bool
    examples: _containers.RepeatedScalarFieldContainer[str]
    hidden: bool
    schema: str
    slash_command: SlashCommand
    def __init__(self, plugin_id: _Optional[str] = ..., route: _Optional[str] = ..., pattern: _Optional[str] = ..., aliases: _Optional[_Iterable[str]] = ..., help: _Optional[str] = ..., arguments: _Optional[_Iterable[_Union[_route_pb2.ArgumentSpec, _Mapping]]] = ..., danger: _Optional[bool] = ..., offline: _Optional[bool] = ..., examples: _Optional[_Iterable[str]] = ..., hidden: _Optional[bool] = ..., schema: _Optional[str] = ..., slash_command: _Optional[_Union[SlashCommand, _Mapping]] = ...) -> None: ...

class SlashCommand(_message.Message):
    __slots__ = ("name", "description", "options")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    options: _containers.RepeatedCompositeFieldContainer[SlashOption]
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., options: _Optional[_Iterable[_Union[SlashOption, _Mapping]]] = ...) -> None: ...

class SlashOption(_message.Message):
    __slots__ = ("name", "argument", "description", "type", "required", "choices")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ARGUMENT_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    name: str
    argument: str
    description: str
    type: _route_pb2.ArgumentType
    required: bool
    choices: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., argument: _Optional[str] = ..., description: _Optional[str] = ..., type: _Optional[_Union[_route_pb2.ArgumentType, str]] = ..., required: _Optional[bool] = ..., choices: _Optional[_Iterable[str]] = ...) -> None: ...

class Ready(_message.Message):
    __slots__ = ("max_in_flight", "heartbeat_interval", "lease_term", "instance_id")
    MAX_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    LEASE_TERM_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    max_in_flight: int
    heartbeat_interval: _duration_pb2.Duration
    lease_term: _duration_pb2.Duration
    instance_id: str
    def __init__(self, max_in_flight: _Optional[int] = ..., heartbeat_interval: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., lease_term: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., instance_id: _Optional[str] = ...) -> None: ...
