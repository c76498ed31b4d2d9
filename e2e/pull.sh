#!/usr/bin/env bash
# A handler of nothing but a shell and curl that does not even register: the bot has
# its manifest (the key `manifest` of its configuration), so it only pulls and
# completes.
#
#   pull.sh URL      URL is the bot's HTTP port; the key comes by the descriptor that
#                    OCO_KEY_FD names, as the bot hands it down, or by OCO_KEY
set -euo pipefail

if [ -n "${OCO_KEY_FD:-}" ]; then
  read -r _ OCO_KEY <&"$OCO_KEY_FD"
fi

# The key and the request come by descriptors, so that they are in no list of processes.
call() { # METHOD JSON
  curl --silent --show-error --fail-with-body --max-time 60 --config /dev/fd/3 \
    --header 'Content-Type: application/json' --data-binary @- "$1" <<<"$2" 3<<KEY
header = "Authorization: Bearer $OCO_KEY"
KEY
}

# field prints the first text of a name in JSON: ids need no unescaping.
field() { # NAME JSON
  grep -o "\"$1\" *: *\"[^\"]*\"" <<<"$2" | head -n 1 | cut -d '"' -f 4
}

service=$1/openchatops.v1.DeliveryService
replica=pull-$$
while :; do
  answer=$(call "$service/Pull" '{"replica": "'"$replica"'", "maxDeliveries": 1, "wait": "30s"}')
  delivery=$(field deliveryId "$answer") || continue
  call "$service/Complete" '{"replica": "'"$replica"'", "completions": [{
    "deliveryId": "'"$delivery"'", "leaseId": "'"$(field leaseId "$answer")"'", "done": {},
    "sends": [{"key": "answer", "message": {"content": {"text": "from a shell: '"$(field raw "$answer")"'"}}}]}]}' >/dev/null
done
