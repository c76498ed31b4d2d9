#!/usr/bin/env bash
# Runs the long proofs that nothing is lost, one after the other, and ends with
# which passed, how long each took and its figures. What each said is kept in
# build/torture. A proof that cannot run here is skipped and says why.
#
#   tools/torture.sh            all of them: about an hour on two cores
#   tools/torture.sh NAME...    these; `tools/torture.sh list` names them
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

# NAME PACKAGE TESTS: what it shows.
proofs=(
  "store       ./internal/store/pebblestore ^Test(Crash|NewDirectorySurvives|Kill|Failure|Fault|BitFlips|EveryBit|Torn|Damaged): power cuts, failed calls, killed processes, flipped bits"
  "engine      ./internal/engine            ^Test(Crash|Fault): power cuts and failed calls below the commit loop"
  "transacts   ./internal/rpc               ^TestCrash: the storage API is linearizable over power cuts"
  "simulator   ./internal/delivery          ^TestTorture: drawn schedules of the state machine"
  "network     ./ocotest                    ^TestTortureNetwork: networks that fail for an hour of fake time"
  "recovery    ./internal/engine            ^TestTortureRecovery: ready in time with a million rows"
  "retention   ./internal/engine            ^TestTortureRetention: a store that stays bounded"
  "backup      ./internal/bot               Torture|Restore|Backup: copies under load, and what comes of them"
  "powercut    ./e2e                        ^TestTorturePowerCut: power cuts of the real bot under load"
  "tls         ./e2e                        ^TestTortureNetwork: networks between real processes fail"
  "hang        ./ocotest                    ^TestTortureHang: one handler of twenty hangs"
  "syscalls    ./e2e                        ^Test(StorageFaults|KillAtWrites|FaultsAtStart): every write and sync fails or kills"
  "kill        ./e2e                        ^TestKill(Points|Churn|WhileAMessage): processes are killed at every step"
  "stop        ./e2e                        ^Test(SIGTERM|NoProcessOutlives): the bot is stopped under load, and leaves no process"
  "replicas    ./e2e                        ^Test(ReplicasAreKilled|RollingRestart): replicas are killed and replaced under load"
  "handlers    ./e2e                        ^Test(KillHandlers|TheJudgeSeesWrong): handlers in every language are killed and stopped under load"
  "linearity   ./e2e                        ^TestKillsLeave: what the store for plugins holds after kills"
  "reload      ./e2e                        ^Test.*Reload: reloads under load"
  "irc         ./adapters/irc               ^TestRealServers: real servers, killed under traffic"
)

if [ "${1:-}" = list ]; then
  for p in "${proofs[@]}"; do printf '%s\n' "$p" | sed -E 's/^([a-z]+) .*: /\1: /'; done
  exit 0
fi
tools/prerequisites.sh go || exit 1
for wanted in "$@"; do
  printf '%s\n' "${proofs[@]}" | grep -q "^$wanted " || { echo "torture.sh: there is no proof $wanted; tools/torture.sh list names them" >&2; exit 2; }
done
mkdir -p build/torture || exit 1
export OCO_TORTURE=1
failed=0 summary=()

# figures are what the tests of a proof logged, and why some were skipped.
figures() { # LOG
  sed -nE 's/^ {4,8}[a-z0-9_]+_test\.go:[0-9]+: /    /p' "$1" | cut -c1-400 | tail -12
}

for p in "${proofs[@]}"; do
  read -r name package tests <<<"${p%%: *}"
  if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then continue; fi
  log=build/torture/$name.log
  printf '== %s: %s\n' "$name" "${p#*: }"
  began=$SECONDS
  if "${GO:-go}" test -count=1 -v -timeout 60m -run "$tests" "$package" >"$log" 2>&1; then
    verdict=passed
    if ! grep -q '^--- PASS' "$log"; then
      verdict=skipped
      grep -q '^--- SKIP' "$log" || { verdict='MISSING: no test has this name'; failed=1; }
    elif grep -q '^--- SKIP' "$log"; then
      verdict="passed, $(grep -c '^--- SKIP' "$log") skipped"
    fi
  else
    verdict=FAILED failed=1
    grep -E '^ *--- FAIL|^panic:|^FAIL' "$log" | head -5
  fi
  line=$(printf '%-10s %5d s  %s' "$name" $((SECONDS - began)) "$verdict")
  printf '%s\n' "$line"
  figures "$log"
  summary+=("$line")
done

printf '\nWhat passed, and how long it took (build/torture has what each said):\n'
for line in "${summary[@]}"; do
  printf '%s\n' "$line"
  figures "build/torture/${line%% *}.log"
done
exit "$failed"
