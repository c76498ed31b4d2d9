import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.rpc import status_pb2 as _status_pb2
from openchatops.v1 import message_pb2 as _message_pb2
from openchatops.v1 import operation_pb2 as _operation_pb2
from openchatops.v1 import storage_pb2 as _storage_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_COMMITTED: _ClassVar[Verdict]
    VERDICT_DUPLICATE: _ClassVar[Verdict]
    VERDICT_RESOLVED: _ClassVar[Verdict]
    VERDICT_REFUSED: _ClassVar[Verdict]
VERDICT_UNSPECIFIED: Verdict
VERDICT_COMMITTED: Verdict
VERDICT_DUPLICATE: Verdict
VERDICT_RESOLVED: Verdict
VERDICT_REFUSED: Verdict

class Completion(_message.Message):
    __slots__ = ("delivery_id", "lease_id", "sends", "progress", "done", "fail", "retry", "release")
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    SENDS_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    FAIL_FIELD_NUMBER: _ClassVar[int]
    RETRY_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    delivery_id: str
    lease_id: str
    sends: _containers.RepeatedCompositeFieldContainer[_message_pb2.Send]
    progress: Progress
    done: Done
    fail: Fail
    retry: Retry
    release: Release
    def __init__(self, delivery_id: _Optional[str] = ..., lease_id: _Optional[str] = ..., sends: _Optional[_Iterable[_Union[_message_pb2.Send, _Mapping]]] = ..., progress: _Optional[_Union[Progress, _Mapping]] = ..., done: _Optional[_Union[Done, _Mapping]] = ..., fail: _Optional[_Union[Fail, _Mapping]] = ..., retry: _Optional[_Union[Retry, _Mapping]] = ..., release: _Optional[_Union[Release, _Mapping]] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("extend",)
    EXTEND_FIELD_NUMBER: _ClassVar[int]
    extend: _duration_pb2.Duration
    def __init__(self, extend: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Done(_message.Message):
    __slots__ = ("operation", "transact")
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    TRANSACT_FIELD_NUMBER: _ClassVar[int]
    operation: _operation_pb2.OperationResult
    transact: _storage_pb2.Transaction
    def __init__(self, operation: _Optional[_Union[_operation_pb2.OperationResult, _Mapping]] = ..., transact: _Optional[_Union[_storage_pb2.Transaction, _Mapping]] = ...) -> None: ...

class Fail(_message.Message):
    __slots__ = ("user_text", "error")
    USER_TEXT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    user_text: str
    error: _status_pb2.Status
    def __init__(self, user_text: _Optional[str] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class Retry(_message.Message):
    __slots__ = ("delay", "reason")
    DELAY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    delay: _duration_pb2.Duration
    reason: str
    def __init__(self, delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class Release(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: str
    def __init__(self, reason: _Optional[str] = ...) -> None: ...

class CompletionResult(_message.Message):
    __slots__ = ("delivery_id", "verdict", "error", "conflicts", "revision")
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    delivery_id: str
    verdict: Verdict
    error: _status_pb2.Status
    conflicts: _containers.RepeatedCompositeFieldContainer[_storage_pb2.Entry]
    revision: int
    def __init__(self, delivery_id: _Optional[str] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., conflicts: _Optional[_Iterable[_Union[_storage_pb2.Entry, _Mapping]]] = ..., revision: _Optional[int] = ...) -> None: ...
