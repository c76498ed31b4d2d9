#!/usr/bin/env bash
# The TypeScript library in sdk/typescript:
#
#   tools/typescript.sh install         installs what it is built with
#   tools/typescript.sh lint            builds it and checks its style
#   tools/typescript.sh test DIRECTORY  builds it and runs its tests, and those of the
#                                       examples and of the project of `oco new` with the
#                                       package as npm packs it; JUnit files go to the directory
#   tools/typescript.sh pack DIRECTORY  packs the library there, as npm would publish it
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

# build makes dist, one at a time: others may read it then.
build() {
  mkdir -p "$root/build"
  exec 9>"$root/build/typescript.lock"
  if command -v flock >/dev/null; then flock 9; fi
  install
  npm run --silent build
}

# pack prints where the package is.
pack() { # DIRECTORY
  cd "$library"
  printf '%s/%s\n' "$1" "$(npm pack --silent --pack-destination "$1" | tail -1)"
}

# program builds a program as a stranger would, with what npm packs.
program() { # SOURCE DIRECTORY
  rm -rf "$2" && mkdir -p "$2"
  cp -r "$1"/. "$2"
  local packed
  packed=$(pack "$2")
  exec 9>&-
  cd "$2"
  npm install --silent --no-save "$packed"
  npx tsc
}

# begun makes a project as `oco new` does, and tests and runs it.
begun() { # DIRECTORY
  local here=$root/build/typescript/new
  rm -rf "$here" && mkdir -p "$here" && cd "$here" || return 1
  "$OCO_BIN" new handler --lang typescript begun >begun.log || return 1
  program "$here/begun" "$here/my-handler" || return 1
  cd "$here/my-handler" || return 1
  touch node_modules/.installed # in place of npm install, which would take the package of a registry
  local reporters="--test-reporter=spec --test-reporter-destination=stdout --test-reporter=junit"
  NODE_OPTIONS="$reporters --test-reporter-destination=$1/typescript-new.xml" make --no-print-directory test || return 1
  printf 'share 7 between 2\n' | make --silent run | grep -Fx '3 for each, and 1 left.'
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
  pack)
    mkdir -p "$2" && to=$(cd "$2" && pwd)
    build
    pack "$to"
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
    (begun "$reports") || status=1
    exit "$status"
    ;;
  *)
    echo 'usage: tools/typescript.sh install | lint | test DIRECTORY | pack DIRECTORY | program SOURCE DIRECTORY' >&2
    exit 2
    ;;
esac
