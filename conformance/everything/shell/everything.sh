#!/usr/bin/env bash
# The everything-handler of bash, curl and jq: JSON over HTTP; see ../README.md.
#
#   OCO_URL=http://127.0.0.1:8765 OCO_KEY=oco_… conformance/everything/shell/everything.sh
#
# protocol.sh is what any handler needs; this file is its commands. A command is a
# function on_ROUTE, which is run in a process of its own and may be ended at any time.
set -euo pipefail

manifest() {
  cat <<'JSON'
{"version": "1", "scopes": ["store", "messages.write.direct"], "routes": [
  {"help": "Repeat some text.", "examples": ["echo hello"], "command": {"pattern": "echo {text...}", "deprecated": ["shout {text...}"]}},
  {"help": "Say what was understood.", "command": {"pattern": "say {a} [and {b}] [--loud]"}},
  {"help": "Add two numbers.", "command": {"pattern": "add {a:integer} [{b:integer=2}]", "aliases": ["plus {a:integer} [{b:integer=2}]"]}},
  {"help": "Join names.", "command": {"pattern": "join {names*}"}},
  {"help": "Pick one.", "command": {"pattern": "pick {env:prod|staging}"}},
  {"help": "Say how long that is.", "command": {"pattern": "wait {long:duration}"}},
  {"help": "Say when that is.", "command": {"pattern": "at {when:time}"}},
  {"help": "Say who that is.", "command": {"pattern": "who {user:user}"}},
  {"help": "Say where that is.", "command": {"pattern": "where {room:room}"}},
  {"help": "Say who speaks where.", "command": {"pattern": "me"}},
  {"help": "Reply twice.", "command": {"pattern": "two"}},
  {"help": "Reply, work, reply.", "command": {"pattern": "later"}},
  {"help": "Reply to the person.", "command": {"pattern": "private"}},
  {"help": "Reply nothing.", "command": {"pattern": "silent"}},
  {"help": "Fail with a text.", "command": {"pattern": "tell"}},
  {"help": "Fail.", "command": {"pattern": "break"}},
  {"help": "Ask for another attempt.", "command": {"pattern": "again"}},
  {"help": "Fail at first.", "runPolicy": "RUN_POLICY_REPEATABLE", "command": {"pattern": "flaky"}},
  {"help": "Take too long.", "maxRun": "0.2s", "command": {"pattern": "stuck"}},
  {"help": "Count.", "command": {"pattern": "count {name}"}},
  {"help": "Count, and fail.", "command": {"pattern": "fail {name}"}},
  {"help": "Run once.", "command": {"pattern": "once {n}"}},
  {"help": "Run, and again if that is needed.", "runPolicy": "RUN_POLICY_REPEATABLE", "command": {"pattern": "safe {n}"}},
  {"help": "For some.", "allow": ["ops"], "command": {"pattern": "restricted"}},
  {"help": "For few.", "danger": true, "allow": ["ops"], "command": {"pattern": "dangerous {what}"}},
  {"name": "ticket", "help": "Listen for tickets.", "hear": {"regex": "ticket (?P<id>[0-9]+)"}}
]}
JSON
}

on_echo() { reply "${arg[text]}"; }
on_say() { reply "a=${arg[a]} b=${arg[b]-absent} loud=${arg[loud]-false}"; }
on_add() { reply "$((arg[a] + arg[b]))"; } # 64 bits, as the wire has them
on_join() { reply "$(jq -r 'map(.text) | join("+")' <<<"${arg[names]}")"; }
on_pick() { reply "${arg[env]}"; }
on_wait() { reply "$(jq -r 'rtrimstr("s") | tonumber * 1000 | round' <<<"\"${arg[long]}\"")"; }
on_at() { reply "${arg[when]}"; }
on_who() { reply "${arg[user]}"; }
on_where() { reply "${arg[room]}"; }
on_me() { reply "$user in $room"; }

on_two() {
  reply one
  reply two
}

on_later() {
  reply one
  progress
  sleep 0.3
  reply two
}

on_private() { reply 'just for you' "$user"; }
on_silent() { :; }
on_tell() { fail 'this is for the log' 'This is for you.'; }
on_break() { fail 'this is for the log'; }

on_again() {
  ((attempt >= 3)) || retry 0.001s
  reply "attempt $attempt"
}

on_flaky() {
  ((attempt >= 2)) || fail 'this is for the log'
  reply "attempt $attempt"
}

on_stuck() { sleep 3600; }

on_count() {
  local held
  held=$(jq -n --arg key "${arg[name]}" '{keys: [$key]}' | call StorageService/Get | jq -r '.entries[0].value // "MA==" | @base64d')
  add "${arg[name]}" 1
  reply "$held"
}

on_fail() {
  add "${arg[name]}" 100
  fail 'this is for the log'
}

# write_down says in the file EVERYTHING_RUNS that a callback runs.
write_down() { [ -z "${EVERYTHING_RUNS:-}" ] || printf '%s %s %s\n' "$route" "${arg[n]}" "$attempt" >>"$EVERYTHING_RUNS"; }

on_once() {
  write_down
  sleep 0.03
  reply "once ${arg[n]} ran"
}

on_safe() {
  write_down
  reply "safe ${arg[n]} begins"
  progress
  sleep 0.15
  reply "safe ${arg[n]} ran"
}

on_restricted() { reply restricted; }
on_dangerous() { reply "dangerous ${arg[what]}"; }
on_ticket() { reply "ticket ${arg[id]}"; }

. "$(dirname "$0")/protocol.sh"
main "$@"
