from google.rpc import status_pb2 as _status_pb2
from openchatops.v1 import capability_pb2 as _capability_pb2
from openchatops.v1 import completion_pb2 as _completion_pb2
from openchatops.v1 import event_pb2 as _event_pb2
from openchatops.v1 import message_pb2 as _message_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PublishEventsRequest(_message.Message):
    __slots__ = ("account_id", "epoch", "events", "checkpoint", "replica", "completions")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    REPLICA_FIELD_NUMBER: _ClassVar[int]
    COMPLETIONS_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    epoch: int
    events: _containers.RepeatedCompositeFieldContainer[_event_pb2.Event]
    checkpoint: str
    replica: str
    completions: _containers.RepeatedCompositeFieldContainer[_completion_pb2.Completion]
    def __init__(self, account_id: _Optional[str] = ..., epoch: _Optional[int] = ..., events: _Optional[_Iterable[_Union[_event_pb2.Event, _Mapping]]] = ..., checkpoint: _Optional[str] = ..., replica: _Optional[str] = ..., completions: _Optional[_Iterable[_Union[_completion_pb2.Completion, _Mapping]]] = ...) -> None: ...

class PublishEventsResponse(_message.Message):
    __slots__ = ("admitted", "duplicates", "errors", "checkpoint", "results")
    ADMITTED_FIELD_NUMBER: _ClassVar[int]
    DUPLICATES_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    admitted: int
    duplicates: int
    errors: _containers.RepeatedCompositeFieldContainer[EventError]
    checkpoint: str
    results: _containers.RepeatedCompositeFieldContainer[_completion_pb2.CompletionResult]
    def __init__(self, admitted: _Optional[int] = ..., duplicates: _Optional[int] = ..., errors: _Optional[_Iterable[_Union[EventError, _Mapping]]] = ..., checkpoint: _Optional[str] = ..., results: _Optional[_Iterable[_Union[_completion_pb2.CompletionResult, _Mapping]]] = ...) -> None: ...

class EventError(_message.Message):
    __slots__ = ("index", "error")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    index: int
    error: _status_pb2.Status
    def __init__(self, index: _Optional[int] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class ReportStatusRequest(_message.Message):
    __slots__ = ("account_id", "replica", "connected", "detail", "capabilities", "rooms")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    REPLICA_FIELD_NUMBER: _ClassVar[int]
    CONNECTED_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    ROOMS_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    replica: str
    connected: bool
    detail: str
    capabilities: _capability_pb2.Capabilities
    rooms: _containers.RepeatedCompositeFieldContainer[_message_pb2.Room]
    def __init__(self, account_id: _Optional[str] = ..., replica: _Optional[str] = ..., connected: _Optional[bool] = ..., detail: _Optional[str] = ..., capabilities: _Optional[_Union[_capability_pb2.Capabilities, _Mapping]] = ..., rooms: _Optional[_Iterable[_Union[_message_pb2.Room, _Mapping]]] = ...) -> None: ...

class ReportStatusResponse(_message.Message):
    __slots__ = ("epoch", "resume_checkpoint", "active")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    RESUME_CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    resume_checkpoint: str
    active: bool
    def __init__(self, epoch: _Optional[int] = ..., resume_checkpoint: _Optional[str] = ..., active: _Optional[bool] = ...) -> None: ...

class AnswerQueriesRequest(_message.Message):
    __slots__ = ("answers",)
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    answers: _containers.RepeatedCompositeFieldContainer[QueryAnswer]
    def __init__(self, answers: _Optional[_Iterable[_Union[QueryAnswer, _Mapping]]] = ...) -> None: ...

class AnswerQueriesResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class QueryAnswer(_message.Message):
    __slots__ = ("query_id", "error", "users", "rooms", "next_page_token")
    QUERY_ID_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    USERS_FIELD_NUMBER: _ClassVar[int]
    ROOMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    query_id: str
    error: _status_pb2.Status
    users: _containers.RepeatedCompositeFieldContainer[_message_pb2.User]
    rooms: _containers.RepeatedCompositeFieldContainer[_message_pb2.Room]
    next_page_token: str
    def __init__(self, query_id: _Optional[str] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., users: _Optional[_Iterable[_Union[_message_pb2.User, _Mapping]]] = ..., rooms: _Optional[_Iterable[_Union[_message_pb2.Room, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
