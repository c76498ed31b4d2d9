"""Generates what raw.py imports: generate.py PROTO_DIRECTORY OUTPUT_DIRECTORY."""

import glob
import importlib.resources
import os
import sys

import google.rpc
from grpc_tools import protoc


def main(protos: str, out: str) -> int:
    os.makedirs(out, exist_ok=True)
    # google/rpc/status.proto comes with googleapis-common-protos.
    foreign = os.path.dirname(os.path.dirname(next(iter(google.rpc.__path__))))
    own = str(importlib.resources.files("grpc_tools") / "_proto")
    files = sorted(glob.glob(os.path.join(protos, "openchatops", "v1", "*.proto")))
    return protoc.main(
        ["protoc", f"-I{protos}", f"-I{own}", f"-I{foreign}", f"--python_out={out}", f"--grpc_python_out={out}", *files]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
