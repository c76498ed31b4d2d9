"""Says what is missing, before anything is imported that needs it. Old interpreters read this module too."""

import os
import sys

if sys.version_info < (3, 10):  # noqa: UP036 - who installs it otherwise than with pip comes here
    raise ImportError(
        "openchatops needs Python 3.10 or newer, and this is Python %d.%d (%s)"  # noqa: UP031
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )

# What gRPC does in a copy of the process that os.fork makes, while its threads run, crashes the copy now and then.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

_PACKAGES = {"grpc": "grpcio", "google.rpc": "googleapis-common-protos", "typing_extensions": "typing_extensions"}

try:
    import google.protobuf
    import google.rpc  # noqa: F401
    import grpc  # noqa: F401
    import typing_extensions  # noqa: F401
except ImportError as err:
    raise ImportError(
        f"openchatops needs the package {_PACKAGES.get(err.name or '', 'protobuf')}, which is not installed: install "
        f"it with all that it needs by `{sys.executable} -m pip install openchatops`"
    ) from None
