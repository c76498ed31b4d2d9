#!/usr/bin/env bash
# Says which of the named prerequisites are missing and how to install them.
# Exits 1 if one is.
#
#   tools/prerequisites.sh go git python curl gcc
set -u

missing=0
lack() { # WHAT HOW
  printf 'missing: %s. Install it: %s\n' "$1" "$2" >&2
  missing=1
}

# go_is_new says whether the go command is, or can fetch, what go.mod asks for.
go_is_new() {
  local version
  version=$(cd "$(dirname "$0")/.." && go env GOVERSION 2>/dev/null) || return 1
  [[ $version =~ ^go1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= 26))
}

# node_is_new says whether the node command is what the TypeScript library asks for.
node_is_new() { [[ $(node --version 2>/dev/null) =~ ^v([0-9]+) ]] && ((BASH_REMATCH[1] >= 20)); }

# java_is_new says whether the Java compiler is what the programs in Java ask for.
java_is_new() { [[ $(javac -version 2>&1) =~ ^javac\ ([0-9]+) ]] && ((BASH_REMATCH[1] >= 17)); }

for name in "$@"; do
  case $name in
    go) go_is_new || lack 'Go 1.26 or newer' 'apt-get install golang-go, or if that is older: https://go.dev/dl' ;;
    git) command -v git >/dev/null || lack 'git' 'apt-get install git' ;;
    python) python3 -c 'import ensurepip, venv' 2>/dev/null || lack 'python3 with venv' 'apt-get install python3 python3-venv' ;;
    node) node_is_new && command -v npm >/dev/null || lack 'Node 20 or newer with npm' 'apt-get install nodejs npm, or if that is older: https://nodejs.org' ;;
    java) java_is_new || lack 'a JDK, 17 or newer' 'apt-get install default-jdk-headless, or if that is older: https://adoptium.net' ;;
    maven) command -v mvn >/dev/null || lack 'Maven, for programs in Java' 'apt-get install maven' ;;
    curl) command -v curl >/dev/null || lack 'curl' 'apt-get install curl' ;;
    jq) command -v jq >/dev/null || lack 'jq' 'apt-get install jq' ;;
    gcc) command -v gcc >/dev/null || lack 'gcc, for the race detector' 'apt-get install gcc libc6-dev' ;;
    ngircd | inspircd | atheme-services)
      command -v "$name" >/dev/null || [ -x "/usr/sbin/$name" ] || lack "$name, a real server for the tests of IRC" "apt-get install $name" ;;
    *) printf 'prerequisites.sh: unknown prerequisite %s\n' "$name" >&2; exit 2 ;;
  esac
done
exit "$missing"
