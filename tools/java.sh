#!/usr/bin/env bash
# Programs in Java, each a Maven project of its own:
#
#   tools/java.sh program SOURCE DIRECTORY
#                       builds the program in SOURCE and puts it, a NAME.jar for java -jar
#                       and what it needs beside it, in the directory
#
# What was built is kept in build/java until the sources or proto/ change.
set -euo pipefail
cd "$(dirname "$0")/.."

# state is a hash of all that a program is made of.
state() { # SOURCE
  find "$1" proto tools/java.sh -type f ! -path '*/target/*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum
}

program() { # SOURCE DIRECTORY
  local here=$PWD/build/java/${1//\//-}
  mkdir -p "$here" "$2"
  # Tests of several packages build the same one at the same time.
  exec 9>"$here.lock"
  if command -v flock >/dev/null; then flock 9; fi
  if [ "$(state "$1")" != "$(cat "$here/state" 2>/dev/null)" ]; then
    rm -rf "$here" && mkdir -p "$here"
    mvn --quiet --batch-mode --file "$1/pom.xml" -Dout="$here" package >"$here/build.log" 2>&1 || { cat "$here/build.log" >&2; return 1; }
    state "$1" >"$here/state"
  fi
  cp -r "$here"/*.jar "$here/lib" "$2"
}

case ${1:-} in
  program) program "${2%/}" "$3" ;;
  *)
    echo 'usage: tools/java.sh program SOURCE DIRECTORY' >&2
    exit 2
    ;;
esac
