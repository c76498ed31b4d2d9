#!/usr/bin/env bash
# Makes .venv with what the Python tests import, if it is not there or older
# than the list of it.
set -eu
cd "$(dirname "$0")/.."

wanted=tools/python/requirements.txt
if [ -x .venv/bin/python ] && cmp -s "$wanted" .venv/requirements.txt; then
  exit 0
fi
rm -rf .venv
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement "$wanted"
cp "$wanted" .venv/requirements.txt
