#!/usr/bin/env bash
# A client of nothing but curl, against Connect/JSON on the bot's HTTP port.
#
#   OCO_URL=http://127.0.0.1:8765 OCO_KEY=oco_… e2e/curl.sh handler
#       registers a route, pulls one delivery, completes it with a reply
#   … e2e/curl.sh send ROOM TEXT
#       posts a message, with the key of a client
#   … e2e/curl.sh call SERVICE/METHOD JSON
#       prints the status and the body of any call
set -euo pipefail

# call prints the body of the answer; it fails if the bot refuses. The key and the
# request come by descriptors, so that they are in no list of processes.
call() { # SERVICE/METHOD JSON
  curl --silent --show-error --fail-with-body --max-time 60 --config /dev/fd/3 \
    --header 'Content-Type: application/json' --data-binary @- "$OCO_URL/openchatops.v1.$1" <<<"$2" 3<<KEY
header = "Authorization: Bearer $OCO_KEY"
KEY
}

# field prints the first text of a name in JSON: ids need no unescaping.
field() { # NAME JSON
  grep -o "\"$1\" *: *\"[^\"]*\"" <<<"$2" | head -n 1 | cut -d '"' -f 4
}

handler() {
  local replica="curl-$$" answer delivery lease
  call BotService/Register '{"replica": "'"$replica"'", "manifest": {"version": "1", "routes": [
    {"help": "Answer from a shell.", "command": {"pattern": "shell {word}"}}]}}' >&2

  while :; do
    answer=$(call DeliveryService/Pull '{"replica": "'"$replica"'", "wait": "30s"}')
    delivery=$(field deliveryId "$answer") && [ -n "$delivery" ] && break
  done
  lease=$(field leaseId "$answer")

  call DeliveryService/Complete '{"replica": "'"$replica"'", "completions": [{
    "deliveryId": "'"$delivery"'", "leaseId": "'"$lease"'", "done": {},
    "sends": [{"key": "answer", "message": {"content": {"text": "from a shell: '"$(field raw "$answer")"'"}}}]}]}'
}

# send is the one line of a cron job or a CI job.
send() { # ROOM TEXT
  call ChatService/SendMessage '{"requestId": "'"$RANDOM-$$"'", "message": {"to": {"room": {"name": "'"$1"'"}}, "content": {"text": "'"$2"'"}}, "wait": true}'
}

case ${1:-} in
  handler) handler ;;
  send) send "$2" "$3" ;;
  call) call "$2" "$3" ;;
  *) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
