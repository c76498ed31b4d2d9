import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from openchatops.v1 import bot_pb2 as _bot_pb2
from openchatops.v1 import event_pb2 as _event_pb2
from openchatops.v1 import message_pb2 as _message_pb2
from openchatops.v1 import options_pb2 as _options_pb2
from openchatops.v1 import route_pb2 as _route_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DeliveryState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DELIVERY_STATE_UNSPECIFIED: _ClassVar[DeliveryState]
    DELIVERY_STATE_WAITING: _ClassVar[DeliveryState]
    DELIVERY_STATE_HELD: _ClassVar[DeliveryState]
    DELIVERY_STATE_LEASED: _ClassVar[DeliveryState]
    DELIVERY_STATE_ENDED: _ClassVar[DeliveryState]
DELIVERY_STATE_UNSPECIFIED: DeliveryState
DELIVERY_STATE_WAITING: DeliveryState
DELIVERY_STATE_HELD: DeliveryState
DELIVERY_STATE_LEASED: DeliveryState
DELIVERY_STATE_ENDED: DeliveryState

class MatchMessageRequest(_message.Message):
    __slots__ = ("text", "user_id", "mention_name", "room", "edited")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    MENTION_NAME_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    EDITED_FIELD_NUMBER: _ClassVar[int]
    text: str
    user_id: str
    mention_name: str
    room: _message_pb2.RoomRef
    edited: bool
    def __init__(self, text: _Optional[str] = ..., user_id: _Optional[str] = ..., mention_name: _Optional[str] = ..., room: _Optional[_Union[_message_pb2.RoomRef, _Mapping]] = ..., edited: _Optional[bool] = ...) -> None: ...

class MatchMessageResponse(_message.Message):
    __slots__ = ("addressed", "text", "command", "hears", "near", "own_word", "answer", "ambiguities", "ignored")
    ADDRESSED_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    HEARS_FIELD_NUMBER: _ClassVar[int]
    NEAR_FIELD_NUMBER: _ClassVar[int]
    OWN_WORD_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    AMBIGUITIES_FIELD_NUMBER: _ClassVar[int]
    IGNORED_FIELD_NUMBER: _ClassVar[int]
    addressed: bool
    text: str
    command: RouteMatch
    hears: _containers.RepeatedCompositeFieldContainer[RouteMatch]
    near: _containers.RepeatedCompositeFieldContainer[NearMatch]
    own_word: str
    answer: str
    ambiguities: _containers.RepeatedCompositeFieldContainer[Ambiguity]
    ignored: bool
    def __init__(self, addressed: _Optional[bool] = ..., text: _Optional[str] = ..., command: _Optional[_Union[RouteMatch, _Mapping]] = ..., hears: _Optional[_Iterable[_Union[RouteMatch, _Mapping]]] = ..., near: _Optional[_Iterable[_Union[NearMatch, _Mapping]]] = ..., own_word: _Optional[str] = ..., answer: _Optional[str] = ..., ambiguities: _Optional[_Iterable[_Union[Ambiguity, _Mapping]]] = ..., ignored: _Optional[bool] = ...) -> None: ...

class RouteMatch(_message.Message):
    __slots__ = ("plugin_id", "route", "pattern", "arguments", "allowed", "decision", "offline", "waits", "deprecated")
    PLUGIN_ID_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    PATTERN_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    OFFLINE_FIELD_NUMBER: _ClassVar[int]
    WAITS_FIELD_NUMBER: _ClassVar[int]
    DEPRECATED_FIELD_NUMBER: _ClassVar[int]
    plugin_id: str
    route: str
    pattern: str
    arguments: _containers.RepeatedCompositeFieldContainer[_message_pb2.Argument]
    allowed: bool
    decision: str
    offline: bool
    waits: str
    deprecated: bool
    def __init__(self, plugin_id: _Optional[str] = ..., route: _Optional[str] = ..., pattern: _Optional[str] = ..., arguments: _Optional[_Iterable[_Union[_message_pb2.Argument, _Mapping]]] = ..., allowed: _Optional[bool] = ..., decision: _Optional[str] = ..., offline: _Optional[bool] = ..., waits: _Optional[str] = ..., deprecated: _Optional[bool] = ...) -> None: ...

class NearMatch(_message.Message):
    __slots__ = ("plugin_id", "route", "usage", "problem", "allowed")
    PLUGIN_ID_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    plugin_id: str
    route: str
    usage: str
    problem: str
    allowed: bool
    def __init__(self, plugin_id: _Optional[str] = ..., route: _Optional[str] = ..., usage: _Optional[str] = ..., problem: _Optional[str] = ..., allowed: _Optional[bool] = ...) -> None: ...

class Ambiguity(_message.Message):
    __slots__ = ("first", "second", "example")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    SECOND_FIELD_NUMBER: _ClassVar[int]
    EXAMPLE_FIELD_NUMBER: _ClassVar[int]
    first: RouteKey
    second: RouteKey
    example: str
    def __init__(self, first: _Optional[_Union[RouteKey, _Mapping]] = ..., second: _Optional[_Union[RouteKey, _Mapping]] = ..., example: _Optional[str] = ...) -> None: ...

class RouteKey(_message.Message):
    __slots__ = ("plugin_id", "route", "pattern")
    PLUGIN_ID_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    PATTERN_FIELD_NUMBER: _ClassVar[int]
    plugin_id: str
    route: str
    pattern: str
    def __init__(self, plugin_id: _Optional[str] = ..., route: _Optional[str] = ..., pattern: _Optional[str] = ...) -> None: ...

class GetStatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetStatusResponse(_message.Message):
    __slots__ = ("bot", "ready", "warnings", "accounts", "counts", "uptime", "plugins", "process_id")
    class CountsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    BOT_FIELD_NUMBER: _ClassVar[int]
    READY_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    UPTIME_FIELD_NUMBER: _ClassVar[int]
    PLUGINS_FIELD_NUMBER: _ClassVar[int]
    PROCESS_ID_FIELD_NUMBER: _ClassVar[int]
    bot: _bot_pb2.GetBotInfoResponse
    ready: bool
    warnings: _containers.RepeatedScalarFieldContainer[str]
    accounts: _containers.RepeatedCompositeFieldContainer[AccountStatus]
    counts: _containers.ScalarMap[str, int]
    uptime: _duration_pb2.Duration
    plugins: _containers.RepeatedCompositeFieldContainer[Plugin]
    process_id: int
    def __init__(self, bot: _Optional[_Union[_bot_pb2.GetBotInfoResponse, _Mapping]] = ..., ready: _Optional[bool] = ..., warnings: _Optional[_Iterable[str]] = ..., accounts: _Optional[_Iterable[_Union[AccountStatus, _Mapping]]] = ..., counts: _Optional[_Mapping[str, int]] = ..., uptime: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., plugins: _Optional[_Iterable[_Union[Plugin, _Mapping]]] = ..., process_id: _Optional[int] = ...) -> None: ...

class AccountStatus(_message.Message):
    __slots__ = ("account_id", "service", "connected", "detail")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    CONNECTED_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    service: str
    connected: bool
    detail: str
    def __init__(self, account_id: _Optional[str] = ..., service: _Optional[str] = ..., connected: _Optional[bool] = ..., detail: _Optional[str] = ...) -> None: ...

class ListPluginsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListPluginsResponse(_message.Message):
    __slots__ = ("plugins",)
    PLUGINS_FIELD_NUMBER: _ClassVar[int]
    plugins: _containers.RepeatedCompositeFieldContainer[Plugin]
    def __init__(self, plugins: _Optional[_Iterable[_Union[Plugin, _Mapping]]] = ...) -> None: ...

class Plugin(_message.Message):
    __slots__ = ("plugin_id", "role", "version", "replicas", "scopes", "paused", "waiting", "state", "detail", "restarts", "process_id", "last_exit", "last_exit_ago", "next_start", "pause_reason")
    PLUGIN_ID_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    REPLICAS_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    RESTARTS_FIELD_NUMBER: _ClassVar[int]
    PROCESS_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_EXIT_FIELD_NUMBER: _ClassVar[int]
    LAST_EXIT_AGO_FIELD_NUMBER: _ClassVar[int]
    NEXT_START_FIELD_NUMBER: _ClassVar[int]
    PAUSE_REASON_FIELD_NUMBER: _ClassVar[int]
    plugin_id: str
    role: _bot_pb2.Role
    version: str
    replicas: _containers.RepeatedCompositeFieldContainer[Replica]
    scopes: _containers.RepeatedScalarFieldContainer[str]
    paused: bool
    waiting: int
    state: str
    detail: str
    restarts: int
    process_id: int
    last_exit: str
    last_exit_ago: _duration_pb2.Duration
    next_start: _duration_pb2.Duration
    pause_reason: str
    def __init__(self, plugin_id: _Optional[str] = ..., role: _Optional[_Union[_bot_pb2.Role, str]] = ..., version: _Optional[str] = ..., replicas: _Optional[_Iterable[_Union[Replica, _Mapping]]] = ..., scopes: _Optional[_Iterable[str]] = ..., paused: _Optional[bool] = ..., waiting: _Optional[int] = ..., state: _Optional[str] = ..., detail: _Optional[str] = ..., restarts: _Optional[int] = ..., process_id: _Optional[int] = ..., last_exit: _Optional[str] = ..., last_exit_ago: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., next_start: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., pause_reason: _Optional[str] = ...) -> None: ...

class Replica(_message.Message):
    __slots__ = ("replica", "last_seen", "in_flight", "max_in_flight", "connected")
    REPLICA_FIELD_NUMBER: _ClassVar[int]
    LAST_SEEN_FIELD_NUMBER: _ClassVar[int]
    IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    MAX_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    CONNECTED_FIELD_NUMBER: _ClassVar[int]
    replica: str
    last_seen: _duration_pb2.Duration
    in_flight: int
    max_in_flight: int
    connected: bool
    def __init__(self, replica: _Optional[str] = ..., last_seen: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., in_flight: _Optional[int] = ..., max_in_flight: _Optional[int] = ..., connected: _Optional[bool] = ...) -> None: ...

class ListRoutesRequest(_message.Message):
    __slots__ = ("plugin_id", "page_size", "page_token")
    PLUGIN_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    plugin_id: str
    page_size: int
    page_token: str
    def __init__(self, plugin_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRoutesResponse(_message.Message):
    __slots__ = ("routes", "next_page_token")
    ROUTES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    routes: _containers.RepeatedCompositeFieldContainer[RegisteredRoute]
    next_page_token: str
    def __init__(self, routes: _Optional[_Iterable[_Union[RegisteredRoute, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RegisteredRoute(_message.Message):
    __slots__ = ("plugin_id", "definition_id", "route", "orphaned", "disabled", "hidden", "operator_aliases", "impaired")
    PLUGIN_ID_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_ID_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    ORPHANED_FIELD_NUMBER: _ClassVar[int]
    DISABLED_FIELD_NUMBER: _ClassVar[int]
    HIDDEN_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_ALIASES_FIELD_NUMBER: _ClassVar[int]
    IMPAIRED_FIELD_NUMBER: _ClassVar[int]
    plugin_id: str
    definition_id: str
    route: _route_pb2.Route
    orphaned: bool
    disabled: bool
    hidden: bool
    operator_aliases: _containers.RepeatedScalarFieldContainer[str]
    impaired: str
    def __init__(self, plugin_id: _Optional[str] = ..., definition_id: _Optional[str] = ..., route: _Optional[_Union[_route_pb2.Route, _Mapping]] = ..., orphaned: _Optional[bool] = ..., disabled: _Optional[bool] = ..., hidden: _Optional[bool] = ..., operator_aliases: _Optional[_Iterable[str]] = ..., impaired: _Optional[str] = ...) -> None: ...

class ListDeliveriesRequest(_message.Message):
    __slots__ = ("outcomes", "states", "open_list", "plugin_id", "page_size", "page_token")
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    OPEN_LIST_FIELD_NUMBER: _ClassVar[int]
    PLUGIN_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.RepeatedScalarFieldContainer[_bot_pb2.Outcome]
    states: _containers.RepeatedScalarFieldContainer[DeliveryState]
    open_list: bool
    plugin_id: str
    page_size: int
    page_token: str
    def __init__(self, outcomes: _Optional[_Iterable[_Union[_bot_pb2.Outcome, str]]] = ..., states: _Optional[_Iterable[_Union[DeliveryState, str]]] = ..., open_list: _Optional[bool] = ..., plugin_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDeliveriesResponse(_message.Message):
    __slots__ = ("deliveries", "next_page_token")
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    deliveries: _containers.RepeatedCompositeFieldContainer[DeliveryRecord]
    next_page_token: str
    def __init__(self, deliveries: _Optional[_Iterable[_Union[DeliveryRecord, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DeliveryRecord(_message.Message):
    __slots__ = ("delivery_id", "event_id", "plugin_id", "route", "state", "outcome", "resolved_outcome", "settled", "attempts", "address", "user_id", "decision", "user_text", "sends", "admit_time", "end_time", "detail", "retried_as", "traceparent")
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    PLUGIN_ID_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    RESOLVED_OUTCOME_FIELD_NUMBER: _ClassVar[int]
    SETTLED_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    USER_TEXT_FIELD_NUMBER: _ClassVar[int]
    SENDS_FIELD_NUMBER: _ClassVar[int]
    ADMIT_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    RETRIED_AS_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENT_FIELD_NUMBER: _ClassVar[int]
    delivery_id: str
    event_id: str
    plugin_id: str
    route: str
    state: DeliveryState
    outcome: _bot_pb2.Outcome
    resolved_outcome: _bot_pb2.Outcome
    settled: bool
    attempts: _containers.RepeatedCompositeFieldContainer[Attempt]
    address: _message_pb2.Address
    user_id: str
    decision: str
    user_text: str
    sends: _containers.RepeatedCompositeFieldContainer[SentRecord]
    admit_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    detail: str
    retried_as: str
    traceparent: str
    def __init__(self, delivery_id: _Optional[str] = ..., event_id: _Optional[str] = ..., plugin_id: _Optional[str] = ..., route: _Optional[str] = ..., state: _Optional[_Union[DeliveryState, str]] = ..., outcome: _Optional[_Union[_bot_pb2.Outcome, str]] = ..., resolved_outcome: _Optional[_Union[_bot_pb2.Outcome, str]] = ..., settled: _Optional[bool] = ..., attempts: _Optional[_Iterable[_Union[Attempt, _Mapping]]] = ..., address: _Optional[_Union[_message_pb2.Address, _Mapping]] = ..., user_id: _Optional[str] = ..., decision: _Optional[str] = ..., user_text: _Optional[str] = ..., sends: _Optional[_Iterable[_Union[SentRecord, _Mapping]]] = ..., admit_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., detail: _Optional[str] = ..., retried_as: _Optional[str] = ..., traceparent: _Optional[str] = ...) -> None: ...

class Attempt(_message.Message):
    __slots__ = ("attempt", "replica", "start_time", "end_time", "ended_by")
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    REPLICA_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    ENDED_BY_FIELD_NUMBER: _ClassVar[int]
    attempt: int
    replica: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    ended_by: str
    def __init__(self, attempt: _Optional[int] = ..., replica: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_by: _Optional[str] = ...) -> None: ...

class SentRecord(_message.Message):
    __slots__ = ("message_id", "state", "detail", "operation", "make_time", "end_time")
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    MAKE_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    message_id: str
    state: _message_pb2.SendState
    detail: str
    operation: str
    make_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, message_id: _Optional[str] = ..., state: _Optional[_Union[_message_pb2.SendState, str]] = ..., detail: _Optional[str] = ..., operation: _Optional[str] = ..., make_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ShowRecordRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class ShowRecordResponse(_message.Message):
    __slots__ = ("event", "deliveries")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    event: _event_pb2.Event
    deliveries: _containers.RepeatedCompositeFieldContainer[DeliveryRecord]
    def __init__(self, event: _Optional[_Union[_event_pb2.Event, _Mapping]] = ..., deliveries: _Optional[_Iterable[_Union[DeliveryRecord, _Mapping]]] = ...) -> None: ...

class RetryDeliveryRequest(_message.Message):
    __slots__ = ("delivery_id",)
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    delivery_id: str
    def __init__(self, delivery_id: _Optional[str] = ...) -> None: ...

class RetryDeliveryResponse(_message.Message):
    __slots__ = ("delivery",)
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    delivery: DeliveryRecord
    def __init__(self, delivery: _Optional[_Union[DeliveryRecord, _Mapping]] = ...) -> None: ...

class DropDeliveryRequest(_message.Message):
    __slots__ = ("delivery_id", "reason")
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    delivery_id: str
    reason: str
    def __init__(self, delivery_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class DropDeliveryResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CancelDeliveryRequest(_message.Message):
    __slots__ = ("delivery_id", "reason")
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    delivery_id: str
    reason: str
    def __init__(self, delivery_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class CancelDeliveryResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CreateClaimRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CreateClaimResponse(_message.Message):
    __slots__ = ("code", "valid_for")
    CODE_FIELD_NUMBER: _ClassVar[int]
    VALID_FOR_FIELD_NUMBER: _ClassVar[int]
    code: str
    valid_for: _duration_pb2.Duration
    def __init__(self, code: _Optional[str] = ..., valid_for: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class CreateKeyRequest(_message.Message):
    __slots__ = ("name", "role", "scopes", "replace_oldest")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    REPLACE_OLDEST_FIELD_NUMBER: _ClassVar[int]
    name: str
    role: _bot_pb2.Role
    scopes: _containers.RepeatedScalarFieldContainer[str]
    replace_oldest: bool
    def __init__(self, name: _Optional[str] = ..., role: _Optional[_Union[_bot_pb2.Role, str]] = ..., scopes: _Optional[_Iterable[str]] = ..., replace_oldest: _Optional[bool] = ...) -> None: ...

class CreateKeyResponse(_message.Message):
    __slots__ = ("key_id", "key", "endpoint")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    key: str
    endpoint: str
    def __init__(self, key_id: _Optional[str] = ..., key: _Optional[str] = ..., endpoint: _Optional[str] = ...) -> None: ...

class RevokeKeyRequest(_message.Message):
    __slots__ = ("key_id",)
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    def __init__(self, key_id: _Optional[str] = ...) -> None: ...

class RevokeKeyResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListKeysRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListKeysResponse(_message.Message):
    __slots__ = ("keys",)
    KEYS_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedCompositeFieldContainer[KeyInfo]
    def __init__(self, keys: _Optional[_Iterable[_Union[KeyInfo, _Mapping]]] = ...) -> None: ...

class KeyInfo(_message.Message):
    __slots__ = ("key_id", "name", "role", "scopes", "create_time")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    name: str
    role: _bot_pb2.Role
    scopes: _containers.RepeatedScalarFieldContainer[str]
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, key_id: _Optional[str] = ..., name: _Optional[str] = ..., role: _Optional[_Union[_bot_pb2.Role, str]] = ..., scopes: _Optional[_Iterable[str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SetPausedRequest(_message.Message):
    __slots__ = ("plugin_id", "paused", "reason")
    PLUGIN_ID_FIELD_NUMBER: _ClassVar[int]
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    plugin_id: str
    paused: bool
    reason: str
    def __init__(self, plugin_id: _Optional[str] = ..., paused: _Optional[bool] = ..., reason: _Optional[str] = ...) -> None: ...

class SetPausedResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReloadRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReloadResponse(_message.Message):
    __slots__ = ("changed", "restarted", "needs_restart")
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    RESTARTED_FIELD_NUMBER: _ClassVar[int]
    NEEDS_RESTART_FIELD_NUMBER: _ClassVar[int]
    changed: _containers.RepeatedScalarFieldContainer[str]
    restarted: _containers.RepeatedScalarFieldContainer[str]
    needs_restart: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, changed: _Optional[_Iterable[str]] = ..., restarted: _Optional[_Iterable[str]] = ..., needs_restart: _Optional[_Iterable[str]] = ...) -> None: ...

class RestartPluginRequest(_message.Message):
    __slots__ = ("plugin_id",)
    PLUGIN_ID_FIELD_NUMBER: _ClassVar[int]
    plugin_id: str
    def __init__(self, plugin_id: _Optional[str] = ...) -> None: ...

class RestartPluginResponse(_message.Message):
    __slots__ = ("plugins",)
    PLUGINS_FIELD_NUMBER: _ClassVar[int]
    plugins: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, plugins: _Optional[_Iterable[str]] = ...) -> None: ...

class BackupRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class BackupResponse(_message.Message):
    __slots__ = ("part",)
    PART_FIELD_NUMBER: _ClassVar[int]
    part: bytes
    def __init__(self, part: _Optional[bytes] = ...) -> None: ...

class ForgetUserRequest(_message.Message):
    __slots__ = ("user_id",)
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    def __init__(self, user_id: _Optional[str] = ...) -> None: ...

class ForgetUserResponse(_message.Message):
    __slots__ = ("events", "deliveries", "open")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    events: int
    deliveries: int
    open: int
    def __init__(self, events: _Optional[int] = ..., deliveries: _Optional[int] = ..., open: _Optional[int] = ...) -> None: ...
