"""Generates the messages of the Python library: generate.py PROTO_DIRECTORY LIBRARY."""

import glob
import importlib.resources
import os
import sys

import google.rpc
from grpc_tools import protoc


def main(protos: str, library: str) -> int:
    """Replaces what was generated before."""
    out = os.path.join(library, "openchatops", "v1")
    for old in glob.glob(os.path.join(out, "*_pb2.py*")):
        os.remove(old)
    # google/rpc/status.proto comes with googleapis-common-protos.
    foreign = os.path.dirname(os.path.dirname(next(iter(google.rpc.__path__))))
    own = str(importlib.resources.files("grpc_tools") / "_proto")
    files = sorted(glob.glob(os.path.join(protos, "openchatops", "v1", "*.proto")))
    arguments = [f"-I{protos}", f"-I{own}", f"-I{foreign}", f"--python_out={library}", f"--pyi_out={library}"]
    return protoc.main(["protoc", *arguments, *files])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
