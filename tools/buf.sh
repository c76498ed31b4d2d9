#!/usr/bin/env bash
# Runs buf, at one version for everybody: from its npm package where Node is,
# else compiled from its Go module, which takes minutes the first time.
set -eu
version=1.75.0
root=$(cd "$(dirname "$0")/.." && pwd)
buf=$root/build/buf/node_modules/.bin/buf

if [ ! -x "$buf" ] && command -v npm >/dev/null; then
  mkdir -p "$root/build/buf"
  npm install --silent --prefix "$root/build/buf" --no-save --no-audit --no-fund "@bufbuild/buf@$version" >&2 || true
fi
if [ -x "$buf" ]; then
  exec "$buf" "$@"
fi
exec go run "github.com/bufbuild/buf/cmd/buf@v$version" "$@"
