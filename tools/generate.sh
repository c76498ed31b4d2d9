#!/usr/bin/env bash
# Generates from the protocol, the records on disk and the messages of the benches.
# Needs Go and, for the first time, what the go command fetches.
set -eu
cd "$(dirname "$0")/.."

tools/prerequisites.sh go
(cd tools && go run ./protoimports ../build/protoimports)
tools/buf.sh generate
tools/buf.sh generate --template buf.gen.record.yaml
tools/buf.sh generate --template buf.gen.yardstick.yaml

# Where Python is not, the Python library keeps the messages that it has.
if tools/prerequisites.sh python; then
  tools/python.sh generate
fi

# Where Node is not, the TypeScript library keeps the messages that it has.
if tools/prerequisites.sh node; then
  tools/typescript.sh install
  rm -rf sdk/typescript/src/gen
  tools/buf.sh generate --template buf.gen.typescript.yaml
  tools/buf.sh generate --template buf.gen.languages.yaml
fi
