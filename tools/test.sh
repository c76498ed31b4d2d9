#!/usr/bin/env bash
# Runs every test and ends with how many passed, failed and were skipped.
# Without Go and git nothing runs. Where Python, Java, curl or gcc is missing, the
# tests that need it are skipped, counted and named; with CI=true that is a
# failure. What each run said is kept in build/test.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

tools/prerequisites.sh go git || exit 1
rm -rf build/test && mkdir -p build/test || exit 1
go build -C tools -o ../build/testreport ./testreport || exit 1
failed=0

# have says whether a prerequisite is there, and counts what is left out if not.
have() { # PREREQUISITE WHAT-NEEDS-IT
  local said
  said=$(tools/prerequisites.sh "$1" 2>&1) && return 0
  printf '%s\n' "$said"
  [ "${CI:-}" != true ] || { failed=1; return 1; }
  printf '%s: %s\n' "$2" "$said" >>build/test/missing.skip
  return 1
}

# go_test runs go test and keeps its events as build/test/NAME.json.
go_test() { # NAME DIRECTORY ARGUMENTS...
  local name=$1 directory=$2
  shift 2
  printf '\n== %s: go test %s\n' "$directory" "$*"
  go test -C "$directory" -timeout 20m -json "$@" | build/testreport record "build/test/$name.json" || failed=1
}

if [ -d cmd/oco ]; then
  make --no-print-directory build || exit 1
  export OCO_BIN=$PWD/bin/oco
fi

if have python 'the Python clients and library'; then
  if tools/venv.sh; then
    export OCO_PYTHON=$PWD/.venv/bin/python
  else
    failed=1
  fi
fi
have curl 'the curl client' || true
have jq 'the handlers in shell' || true
if have node 'the TypeScript library'; then
  node_here=yes
fi
have java 'the handler in Java' && have maven 'the handler in Java' || true
for server in ngircd inspircd atheme-services; do
  have "$server" 'the tests of IRC on real servers' || true
done

go_test go . ./...
go_test tools tools ./...

if have gcc 'the race detector'; then
  # The library, the bot, the harness that runs both in one process, the adapters.
  CGO_ENABLED=1 go_test race . -race . ./internal/... ./ocotest/... ./adapters/...
fi

if [ -n "${OCO_PYTHON:-}" ]; then
  printf '\n== the Python library and its examples\n'
  tools/python.sh test build/test || failed=1
fi

if [ -n "${node_here:-}" ]; then
  printf '\n== the TypeScript library and its examples\n'
  tools/typescript.sh test build/test || failed=1
fi

printf '\n'
build/testreport sum build/test/* || failed=1
exit "$failed"
