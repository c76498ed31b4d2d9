#!/usr/bin/env bash
# The Python library in sdk/python, with the interpreter that tools/venv.sh makes:
#
#   tools/python.sh generate        generates its messages from proto/, and that of the bench
#   tools/python.sh lint            checks its style and its types
#   tools/python.sh pack DIRECTORY  builds the wheel there, as it would be published
#   tools/python.sh installed       installs the package as it is shipped in an environment of
#                                   its own and prints the interpreter of that
#   tools/python.sh test DIRECTORY  runs its tests, and those of the examples and of
#                                   the projects of `oco new`, with the package as pip installs
#                                   it; JUnit files go to the directory
#
# The tests run the bot that OCO_BIN names, else bin/oco.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
export OCO_BIN=${OCO_BIN:-$root/bin/oco} PYTHONDONTWRITEBYTECODE=1
library=$root/sdk/python
cd "$root"
tools/venv.sh
python=$root/.venv/bin/python

# pack prints where the wheel is.
pack() { # DIRECTORY
  rm -rf "$1" && mkdir -p "$1"
  "$python" -m build --wheel --no-isolation --outdir "$1" "$library" >"$1/build.log" || { cat "$1/build.log" >&2; return 1; }
  ls "$1"/*.whl
}

# installed makes a virtual environment with the package as it is shipped, beside what
# is in .venv, and prints its interpreter.
installed() {
  local here=$root/build/python
  rm -rf "$here"
  pack "$here/wheel" >/dev/null || return 1
  "$python" -m venv --without-pip "$here/venv"
  # What the package needs is there already, at the versions that are pinned.
  "$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' >"$("$here/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/beside.pth"
  "$python" -m pip --quiet --disable-pip-version-check --python "$here/venv/bin/python" install --no-index --no-deps "$here"/wheel/*.whl
  printf '%s\n' "$here/venv/bin/python"
}

# begun makes a project as `oco new` does, and tests and runs it with what installed made.
begun() { # KIND DIRECTORY
  local here=$root/build/python/new
  rm -rf "$here/my-$1" && mkdir -p "$here" && cd "$here" || return 1
  "$OCO_BIN" new "$1" --lang python "my-$1" >my.log || return 1
  cd "my-$1" || return 1
  "$python" -m ruff check --config "$library/pyproject.toml" . || return 1
  "$python" -m ruff format --check --config "$library/pyproject.toml" . || return 1
  # In place of pip install, which would take the package of a registry.
  ln -s "$root/build/python/venv" .venv && touch .venv/installed || return 1
  PYTEST_ADDOPTS="--quiet -p no:cacheprovider --junitxml=$2/python-new-$1.xml" make --no-print-directory test || return 1
  case $1 in
    handler) printf 'share 7 between 2\n' | make --silent run | grep -Fx '3 for each, and 1 left.' ;;
    adapter) "$OCO_BIN" check -c oco.yaml ;;
  esac
}

case ${1:-} in
  pack)
    pack "$2"
    ;;
  generate)
    "$python" tools/python/generate.py proto "$library"
    "$python" -m grpc_tools.protoc -Ibench/chain/yardstick --python_out=bench/languages/python yardstick.proto
    ;;
  lint)
    (cd "$library" && "$python" -m ruff check . && "$python" -m ruff format --check . && "$python" -m mypy)
    "$python" -m ruff check --config "$library/pyproject.toml" examples conformance bench
    ;;
  installed) installed ;;
  test)
    reports=$(cd "$2" && pwd)
    status=0
    OCO_INSTALLED=$(installed)
    export OCO_INSTALLED
    (cd "$library" && COVERAGE_FILE=$root/build/python.coverage \
      "$python" -m pytest -q --cov --cov-report=term:skip-covered --junitxml="$reports/python.xml") || status=1
    for example in examples/*/python; do
      name=$(basename "$(dirname "$example")")
      (cd "$example" && "$OCO_INSTALLED" -m pytest -q -p no:cacheprovider --junitxml="$reports/python-$name.xml") || status=1
    done
    for kind in handler adapter; do
      (begun "$kind" "$reports") || status=1
    done
    exit "$status"
    ;;
  *)
    echo 'usage: tools/python.sh generate | lint | pack DIRECTORY | installed | test DIRECTORY' >&2
    exit 2
    ;;
esac
