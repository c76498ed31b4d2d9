#!/usr/bin/env bash
# Runs every check that is no test, all of them also after one has failed.
# What cannot run is counted in build/lint and printed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

tools/prerequisites.sh go git || exit 1
rm -rf build/lint && mkdir -p build/lint build/protoimports || exit 1
failed=0

check() { # NAME COMMAND...
  local name=$1
  shift
  if "$@"; then
    printf 'ok   %s\n' "$name"
  else
    printf 'FAIL %s\n' "$name"
    failed=1
  fi
}

formatted() {
  local ugly
  ugly=$(git ls-files -z '*.go' | xargs -0 gofmt -l) || return 1
  [ -z "$ugly" ] || { printf 'not formatted:\n%s\n' "$ugly"; return 1; }
}

vulnerabilities() {
  if [ -z "${OCO_VULNDB:-}" ]; then
    printf 'SKIP govulncheck: OCO_VULNDB does not name a directory with the vulnerability database\n'
    printf 'govulncheck: OCO_VULNDB does not name a directory with the vulnerability database\n' >build/lint/govulncheck.skip
    return 0
  fi
  check govulncheck go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 -db "file://$OCO_VULNDB" ./...
}

check gofmt formatted
check 'go vet' go vet ./...
check 'go vet (tools)' go vet -C tools ./...
check staticcheck go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
check 'staticcheck (tools)' go -C tools run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
check 'imports of the protocol' go -C tools run ./protoimports ../build/protoimports
check 'buf lint' tools/buf.sh lint
check 'buf format' tools/buf.sh format --diff --exit-code proto
check 'buf format (records)' tools/buf.sh format --diff --exit-code internal/record
if tools/prerequisites.sh node; then
  check 'the TypeScript library' tools/typescript.sh lint
elif [ "${CI:-}" = true ]; then
  failed=1
else
  printf 'biome: Node is not installed\n' >build/lint/biome.skip
fi
if tools/prerequisites.sh python; then
  check 'the Python library' tools/python.sh lint
elif [ "${CI:-}" = true ]; then
  failed=1
else
  printf 'ruff and mypy: Python is not installed\n' >build/lint/python.skip
fi
vulnerabilities
exit "$failed"
