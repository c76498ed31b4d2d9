#!/usr/bin/env bash
# The TypeScript library in sdk/typescript:
#
#   tools/typescript.sh install         installs what it is built with
#   tools/typescript.sh lint            builds it and checks its style
#   tools/typescript.sh test DIRECTORY  builds it and runs its tests, and those of the
#                                       examples with the package as npm packs it; JUnit
#                                       files go to the directory
#   tools/typescript.sh program SOURCE DIRECTORY
#                                       builds the program in SOURCE in the directory, with
#                                       the package as npm packs it
#
# The tests run the bot that OCO_BIN names, else bin/oco.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
export OCO_BIN=${OCO_BIN:-$root/bin/oco} npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false
library=$root/sdk/typescript

install() {
  cd "$library"
  if ! cmp -s package-lock.json node_modules/.installed; then
    npm ci --silent
    cp package-lock.json node_modules/.installed
  fi
}

build() {
  install
  npm run --silent build
}

# program builds a program as a stranger would, with what npm packs.
program() { # SOURCE DIRECTORY
  rm -rf "$2" && mkdir -p "$2"
  cp -r "$1"/. "$2"
  cd "$library"
  local packed
  packed=$(npm pack --silent --pack-destination "$2" | tail -1)
  cd "$2"
  npm install --silent --no-save "./$packed"
  npx tsc
}

# Tests of node's runner print what they do; the file that follows keeps it as JUnit.
runner=(node --test --test-reporter=spec --test-reporter-destination=stdout --test-reporter=junit --test-reporter-destination)
# Less than 85 % of the lines run is a failure.
covered=(npx c8 --temp-directory "$root/build/c8" --include 'dist/src/**' --exclude 'dist/src/gen/**' --reporter text-summary --check-coverage --lines 85)

case ${1:-} in
  install) install ;;
  lint)
    build
    npm run --silent lint
    ;;
  program)
    build
    program "$(cd "$root" && cd "$2" && pwd)" "$3"
    ;;
  test)
    build
    reports=$(cd "$root" && cd "$2" && pwd)
    status=0
    "${covered[@]}" "${runner[@]}" "$reports/typescript.xml" dist/test/*.test.js || status=1
    for example in "$root"/examples/*/typescript; do
      name=$(basename "$(dirname "$example")")
      program "$example" "$root/build/typescript/$name"
      "${runner[@]}" "$reports/typescript-$name.xml" dist/*.test.js || status=1
    done
    exit "$status"
    ;;
  *)
    echo 'usage: tools/typescript.sh install | lint | test DIRECTORY | program SOURCE DIRECTORY' >&2
    exit 2
    ;;
esac
