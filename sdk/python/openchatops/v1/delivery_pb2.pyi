import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.rpc import status_pb2 as _status_pb2
from openchatops.v1 import adapter_pb2 as _adapter_pb2
from openchatops.v1 import bot_pb2 as _bot_pb2
from openchatops.v1 import completion_pb2 as _completion_pb2
from openchatops.v1 import event_pb2 as _event_pb2
from openchatops.v1 import message_pb2 as _message_pb2
from openchatops.v1 import operation_pb2 as _operation_pb2
from openchatops.v1 import route_pb2 as _route_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CancelReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CANCEL_REASON_UNSPECIFIED: _ClassVar[CancelReason]
    CANCEL_REASON_MAX_RUN: _ClassVar[CancelReason]
    CANCEL_REASON_PERSON: _ClassVar[CancelReason]
    CANCEL_REASON_SETTLED: _ClassVar[CancelReason]
CANCEL_REASON_UNSPECIFIED: CancelReason
CANCEL_REASON_MAX_RUN: CancelReason
CANCEL_REASON_PERSON: CancelReason
CANCEL_REASON_SETTLED: CancelReason

class AttachRequest(_message.Message):
    __slots__ = ("call", "subscribe", "complete", "heartbeat", "publish", "answers")
    CALL_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBE_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    call: int
    subscribe: SubscribeRequest
    complete: CompleteRequest
    heartbeat: HeartbeatRequest
    publish: _adapter_pb2.PublishEventsRequest
    answers: _adapter_pb2.AnswerQueriesRequest
    def __init__(self, call: _Optional[int] = ..., subscribe: _Optional[_Union[SubscribeRequest, _Mapping]] = ..., complete: _Optional[_Union[CompleteRequest, _Mapping]] = ..., heartbeat: _Optional[_Union[HeartbeatRequest, _Mapping]] = ..., publish: _Optional[_Union[_adapter_pb2.PublishEventsRequest, _Mapping]] = ..., answers: _Optional[_Union[_adapter_pb2.AnswerQueriesRequest, _Mapping]] = ...) -> None: ...

class AttachResponse(_message.Message):
    __slots__ = ("call", "error", "frames", "completed", "heartbeat", "published", "answered")
    CALL_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    COMPLETED_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    call: int
    error: _status_pb2.Status
    frames: SubscribeResponse
    completed: CompleteResponse
    heartbeat: HeartbeatResponse
    published: _adapter_pb2.PublishEventsResponse
    answered: _adapter_pb2.AnswerQueriesResponse
    def __init__(self, call: _Optional[int] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., frames: _Optional[_Union[SubscribeResponse, _Mapping]] = ..., completed: _Optional[_Union[CompleteResponse, _Mapping]] = ..., heartbeat: _Optional[_Union[HeartbeatResponse, _Mapping]] = ..., published: _Optional[_Union[_adapter_pb2.PublishEventsResponse, _Mapping]] = ..., answered: _Optional[_Union[_adapter_pb2.AnswerQueriesResponse, _Mapping]] = ...) -> None: ...

class SubscribeRequest(_message.Message):
    __slots__ = ("replica", "max_in_flight")
    REPLICA_FIELD_NUMBER: _ClassVar[int]
    MAX_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    replica: str
    max_in_flight: int
    def __init__(self, replica: _Optional[str] = ..., max_in_flight: _Optional[int] = ...) -> None: ...

class SubscribeResponse(_message.Message):
    __slots__ = ("frames",)
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    frames: _containers.RepeatedCompositeFieldContainer[Frame]
    def __init__(self, frames: _Optional[_Iterable[_Union[Frame, _Mapping]]] = ...) -> None: ...

class PullRequest(_message.Message):
    __slots__ = ("replica", "max_deliveries", "wait")
    REPLICA_FIELD_NUMBER: _ClassVar[int]
    MAX_DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    replica: str
    max_deliveries: int
    wait: _duration_pb2.Duration
    def __init__(self, replica: _Optional[str] = ..., max_deliveries: _Optional[int] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class PullResponse(_message.Message):
    __slots__ = ("frames",)
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    frames: _containers.RepeatedCompositeFieldContainer[Frame]
    def __init__(self, frames: _Optional[_Iterable[_Union[Frame, _Mapping]]] = ...) -> None: ...

class LeaveRequest(_message.Message):
    __slots__ = ("replica",)
    REPLICA_FIELD_NUMBER: _ClassVar[int]
    replica: str
    def __init__(self, replica: _Optional[str] = ...) -> None: ...

class LeaveResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Frame(_message.Message):
    __slots__ = ("ready", "delivery", "query", "cancel", "drain", "heartbeat", "settled", "settings_changed")
    READY_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    DRAIN_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    SETTLED_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_CHANGED_FIELD_NUMBER: _ClassVar[int]
    ready: _bot_pb2.Ready
    delivery: Delivery
    query: _operation_pb2.Query
    cancel: Cancel
    drain: Drain
    heartbeat: BotHeartbeat
    settled: Settled
    settings_changed: SettingsChanged
    def __init__(self, ready: _Optional[_Union[_bot_pb2.Ready, _Mapping]] = ..., delivery: _Optional[_Union[Delivery, _Mapping]] = ..., query: _Optional[_Union[_operation_pb2.Query, _Mapping]] = ..., cancel: _Optional[_Union[Cancel, _Mapping]] = ..., drain: _Optional[_Union[Drain, _Mapping]] = ..., heartbeat: _Optional[_Union[BotHeartbeat, _Mapping]] = ..., settled: _Optional[_Union[Settled, _Mapping]] = ..., settings_changed: _Optional[_Union[SettingsChanged, _Mapping]] = ...) -> None: ...

class BotHeartbeat(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SettingsChanged(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Settled(_message.Message):
    __slots__ = ("event_id", "outcomes")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    outcomes: _containers.RepeatedScalarFieldContainer[_bot_pb2.Outcome]
    def __init__(self, event_id: _Optional[str] = ..., outcomes: _Optional[_Iterable[_Union[_bot_pb2.Outcome, str]]] = ...) -> None: ...

class Cancel(_message.Message):
    __slots__ = ("delivery_id", "reason", "text")
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    delivery_id: str
    reason: CancelReason
    text: str
    def __init__(self, delivery_id: _Optional[str] = ..., reason: _Optional[_Union[CancelReason, str]] = ..., text: _Optional[str] = ...) -> None: ...

class Drain(_message.Message):
    __slots__ = ("grace",)
    GRACE_FIELD_NUMBER: _ClassVar[int]
    grace: _duration_pb2.Duration
    def __init__(self, grace: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Delivery(_message.Message):
    __slots__ = ("delivery_id", "lease_id", "attempt", "route", "match", "run_policy", "max_run", "definition_id", "traceparent", "event", "operation")
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    MATCH_FIELD_NUMBER: _ClassVar[int]
    RUN_POLICY_FIELD_NUMBER: _ClassVar[int]
    MAX_RUN_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_ID_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    delivery_id: str
    lease_id: str
    attempt: int
    route: str
    match: Match
    run_policy: _route_pb2.RunPolicy
    max_run: _duration_pb2.Duration
    definition_id: str
    traceparent: str
    event: _event_pb2.Event
    operation: _operation_pb2.Operation
    def __init__(self, delivery_id: _Optional[str] = ..., lease_id: _Optional[str] = ..., attempt: _Optional[int] = ..., route: _Optional[str] = ..., match: _Optional[_Union[Match, _Mapping]] = ..., run_policy: _Optional[_Union[_route_pb2.RunPolicy, str]] = ..., max_run: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., definition_id: _Optional[str] = ..., traceparent: _Optional[str] = ..., event: _Optional[_Union[_event_pb2.Event, _Mapping]] = ..., operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ...) -> None: ...

class Match(_message.Message):
    __slots__ = ("text", "addressed", "arguments")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ADDRESSED_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    text: str
    addressed: bool
    arguments: _containers.RepeatedCompositeFieldContainer[_message_pb2.Argument]
    def __init__(self, text: _Optional[str] = ..., addressed: _Optional[bool] = ..., arguments: _Optional[_Iterable[_Union[_message_pb2.Argument, _Mapping]]] = ...) -> None: ...

class CompleteRequest(_message.Message):
    __slots__ = ("replica", "completions")
    REPLICA_FIELD_NUMBER: _ClassVar[int]
    COMPLETIONS_FIELD_NUMBER: _ClassVar[int]
    replica: str
    completions: _containers.RepeatedCompositeFieldContainer[_completion_pb2.Completion]
    def __init__(self, replica: _Optional[str] = ..., completions: _Optional[_Iterable[_Union[_completion_pb2.Completion, _Mapping]]] = ...) -> None: ...

class CompleteResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_completion_pb2.CompletionResult]
    def __init__(self, results: _Optional[_Iterable[_Union[_completion_pb2.CompletionResult, _Mapping]]] = ...) -> None: ...

class HeartbeatRequest(_message.Message):
    __slots__ = ("replica", "held")
    REPLICA_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    replica: str
    held: _containers.RepeatedCompositeFieldContainer[HeldLease]
    def __init__(self, replica: _Optional[str] = ..., held: _Optional[_Iterable[_Union[HeldLease, _Mapping]]] = ...) -> None: ...

class HeldLease(_message.Message):
    __slots__ = ("delivery_id", "lease_id")
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    delivery_id: str
    lease_id: str
    def __init__(self, delivery_id: _Optional[str] = ..., lease_id: _Optional[str] = ...) -> None: ...

class HeartbeatResponse(_message.Message):
    __slots__ = ("lost_lease_ids", "next")
    LOST_LEASE_IDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    lost_lease_ids: _containers.RepeatedScalarFieldContainer[str]
    next: _duration_pb2.Duration
    def __init__(self, lost_lease_ids: _Optional[_Iterable[str]] = ..., next: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
