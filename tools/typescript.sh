#!/usr/bin/env bash
# The TypeScript library in sdk/typescript:
#
#   tools/typescript.sh install         installs what it is built with
#   tools/typescript.sh lint            builds it and checks its style
#   tools/typescript.sh test DIRECTORY  builds it and runs its tests, and those of the
#                                       examples with the package as npm packs it; JUnit
#                                       files go to the directory
#
# The tests run the bot that OCO_BIN names, else bin/oco.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
export OCO_BIN=${OCO_BIN:-$root/bin/oco} npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false
cd "$root/sdk/typescript"

if ! cmp -s package-lock.json node_modules/.installed; then
  npm ci --silent
  cp package-lock.json node_modules/.installed
fi
case ${1:-} in
  lint | test) npm run --silent build ;;
esac

case ${1:-} in
  install) ;;
  lint)
    npm run --silent lint
    ;;
  test)
    reports=$(cd "$root" && cd "$2" && pwd)
    status=0
    npx c8 --include 'dist/src/**' --exclude 'dist/src/gen/**' --reporter text-summary --check-coverage --lines 85 \
      node --test --test-reporter=spec --test-reporter-destination=stdout \
      --test-reporter=junit --test-reporter-destination="$reports/typescript.xml" dist/test/*.test.js || status=1

    # Examples are built as a stranger would, against what npm packs.
    packed=$root/build/typescript
    rm -rf "$packed" && mkdir -p "$packed"
    tarball=$packed/$(npm pack --silent --pack-destination "$packed" | tail -1)
    for example in "$root"/examples/*/typescript; do
      name=$(basename "$(dirname "$example")")
      cp -r "$example" "$packed/$name"
      cd "$packed/$name"
      npm install --silent --no-save "$tarball"
      npx tsc
      node --test --test-reporter=spec --test-reporter-destination=stdout \
        --test-reporter=junit --test-reporter-destination="$reports/typescript-$name.xml" dist/*.test.js || status=1
    done
    exit "$status"
    ;;
  *)
    echo 'usage: tools/typescript.sh install | lint | test DIRECTORY' >&2
    exit 2
    ;;
esac
