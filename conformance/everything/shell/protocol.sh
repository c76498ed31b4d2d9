# shellcheck shell=bash
# What a handler of bash, curl and jq needs beside its commands. Source it behind
# the functions on_ROUTE and manifest, and call main.
#
# A callback finds its arguments in the array arg, and attempt, route, user and room.
# It calls
#   reply TEXT [USER]        says something when it is done, to USER alone if given
#   progress                 says at once what was replied so far
#   add KEY NUMBER           counts in the store, if it ends well
#   fail LOG [TEXT]          ends badly; TEXT is for the person
#   retry DELAY [LOG]        ends, and asks to be run again after, say, 30s
# and may call the bot: call SERVICE/METHOD, with the request on standard input.

SLOTS=8      # callbacks that run at once
PULL_WAIT=5  # seconds that one Pull waits
BEAT=8       # seconds between two heartbeats
GRACE=20     # seconds for what runs when the program is told to stop
REPLICA="shell-$HOSTNAME-$$"
URL=${OCO_URL:-http://127.0.0.1:8765}
leaving=

say() { printf '%s\n' "$*" >&2; }

# ask makes one call with the request $2 and sets status and answer. The key goes
# through a pipe, so it is in no list of processes; the request goes through standard
# input, for it may be longer than an argument.
ask() { # METHOD REQUEST [SECONDS]
  answer=$(curl --silent --show-error --max-time "${3:-20}" --config <(printf 'header = "Authorization: Bearer %s"\n' "$KEY") \
    --header 'Content-Type: application/json' --data-binary @- --write-out '\n%{http_code}' \
    "$URL/openchatops.v1.$1" <<<"$2" 2>&1) || :
  status=${answer##*$'\n'}
  answer=${answer%$'\n'*}
}

# reason is that of a refusal.
reason() { jq -r '[.details[]?.debug.reason // empty][0] // .code' <<<"$answer"; }

# call prints what the bot answers to standard input. It tries again and again while
# there is no bot or no room for more, and registers with a bot that does not know us. It
# returns 1 if the bot refuses, or if main was killed and nobody is left to work for.
call() { # METHOD [SECONDS]
  local request pause=500 told='' why answer status
  request=$(cat)
  while :; do
    ask "$1" "$request" "${2:-20}"
    case $status in
      200)
        if [ "$1" != DeliveryService/Complete ] || [[ $answer != *'"QUEUE_FULL"'* ]]; then
          printf '%s\n' "$answer"
          return 0 # with the 0, or in a trap it is the status from before
        fi ;;
      4??)
        why=$(reason) || why='what answers is no bot'
        if [ "$why" = REPLICA_NOT_FOUND ] && [ "$1" != BotService/Register ]; then
          register || return 1
          continue
        elif [ "$why" != QUEUE_FULL ]; then
          say "$1: $why: $(jq -r .message <<<"$answer")"
          return 1
        fi ;;
    esac
    [ -n "$told" ] || say "trying again: $1: ${answer//$'\n'/ }"
    told=1
    kill -0 $$ 2>/dev/null || return 1
    sleep "$(printf '%d.%03d' $((pause > 1000 ? RANDOM % (pause / 1000) : 0)) $((RANDOM % (pause < 1000 ? pause : 1000))))"
    ((pause = pause < 5000 ? 2 * pause : 10000))
  done
}

register() {
  manifest | jq -c --arg replica "$REPLICA" '{$replica, manifest: .}' | call BotService/Register |
    jq -r '.routes[]? | select(.error) | "the bot does not take \(.route): \(.error.message)"' >&2
}

# ---- within a callback

replies=() # pairs of a text and a user
writes='[]'
said=0     # replies that were committed
refusal='the bot refuses it'

reply() { replies+=("$1" "${2:-}"); }

add() { writes=$(jq -c --arg key "$1" --arg delta "$2" '. + [{add: {$key, $delta}}]' <<<"$writes"); }

# complete commits what was replied, and how the callback ended, as JSON. Ids need no
# quoting.
complete() { # KIND
  local result sends='[]'
  if ((${#replies[@]} > 0)); then
    sends=$(jq -nc --argjson said "$said" '$ARGS.positional | [range(0; length; 2) as $i | {
      key: "\($said + $i / 2 + 1)",
      message: ({content: {text: .[$i]}} + if .[$i + 1] == "" then {} else {to: {room: {userId: .[$i + 1]}}} end)}]' \
      --args "${replies[@]}")
  fi
  result=$(printf '{"replica": "%s", "completions": [{"deliveryId": "%s", "leaseId": "%s", "sends": %s, %s]}' \
    "$REPLICA" "$delivery_id" "$lease_id" "$sends" "${1#\{}" | call DeliveryService/Complete) || return 1
  ((said += ${#replies[@]} / 2)) || :
  replies=()
  [[ $result == *VERDICT_REFUSED* ]] || return 0
  refusal=$(jq -r '.results[0] | select(.verdict == "VERDICT_REFUSED") | .error |
    "\([.details[]?.reason // empty][0] // "refused"): \(.message)"' <<<"$result")
  say "$route: the bot refuses a completion: $refusal"
  return 1
}

progress() { complete '{"progress": {}}' || exit 1; }

# finish ends the callback. If the bot does not take it, perhaps it was a reply: the
# lease stays, so it fails instead.
finish() { # KIND
  trap '' TERM
  trap - EXIT
  complete "$1" || [[ $refusal == LEASE_LOST:* ]] || complete "$(failure "$refusal")" || :
  exit 0
}

failure() { jq -nc --arg log "$1" --arg text "${2:-}" '{fail: {userText: $text, error: {code: 2, message: $log}}}'; }

fail() {
  if [ "$run_policy" = RUN_POLICY_REPEATABLE ] && [ -z "${2:-}" ]; then
    retry 0s "$1"
  fi
  finish "$(failure "$@")"
}

retry() { finish "$(jq -nc --arg delay "$1" --arg reason "${2:-}" '{retry: {$delay, $reason}}')"; }

ended() { # STATUS
  if [ "$1" = 0 ]; then
    finish "{\"done\": {\"transact\": {\"writes\": $writes}}}"
  fi
  fail "the callback ended with status $1"
}

# stopped says so at once: the bot waits for it.
stopped() {
  if [ "$run_policy" = RUN_POLICY_REPEATABLE ]; then
    finish '{"retry": {"reason": "it was stopped"}}'
  fi
  finish '{"fail": {"error": {"code": 1, "message": "it was stopped"}}}'
}

# run runs the callback of a delivery, or gives it back when the program stops. It has a
# process of its own, and those that it starts are ended with it.
run() { # DELIVERY-ID LEASE-ID DELIVERY
  delivery_id=$1 lease_id=$2 delivery=$3 route='' run_policy=''
  trap stopped TERM
  trap 'ended $?' EXIT
  declare -A arg=()
  eval "$(jq -r '"attempt=\(.attempt) route=\(.route | @sh) run_policy=\(.runPolicy | @sh)",
    "user=\(.event.actor.userId // "" | @sh) room=\(.event.address.room.roomId // "" | @sh)",
    (.match.arguments[]? | "arg[\(.name)]=\(
       .text // .integer // .number // .duration // .time // .user.userId // .room.roomId
       // (if .list then .list.items | tojson else .flag end) | tostring | @sh)")' <<<"$delivery")"
  [ -z "$leaving" ] || finish '{"release": {"reason": "the handler stops"}}'
  "on_${route}"
}

# ---- the one loop

declare -A lease_of=() delivery_of=() # by the process of a callback

# start gives a delivery a process.
start() { # DELIVERY-ID LEASE-ID DELIVERY
  run "$@" &
  delivery_of[$!]=$1 lease_of[$!]=$2
}

# stop_those ends callbacks that are not wanted any more: they say so themselves.
stop_those() { # ID…, of deliveries or leases
  local pid id
  for id in "$@"; do
    for pid in "${!lease_of[@]}"; do
      if [ "$id" = "${lease_of[$pid]}" ] || [ "$id" = "${delivery_of[$pid]}" ]; then
        kill -- "-$pid" 2>/dev/null || :
      fi
    done
  done
}

# reap forgets the callbacks that have ended. bash may lose the end of one that comes when
# a signal does, and call it running for ever: so its processes are looked for too.
reap() {
  local running pid
  running=" $(jobs -pr | tr '\n' ' ')"
  for pid in "${!lease_of[@]}"; do
    if [[ $running != *" $pid "* ]] || ! kill -0 -- "-$pid" 2>/dev/null; then
      unset "lease_of[$pid]" "delivery_of[$pid]"
    fi
  done
}

# beat keeps the leases of what runs, and ends what is not ours any more. Without a bot
# there will be another one.
beat() {
  local pid held status answer
  reap
  next_beat=$((SECONDS + BEAT))
  ((${#lease_of[@]} > 0)) || return 0
  held=$(for pid in "${!lease_of[@]}"; do printf '%s %s\n' "${delivery_of[$pid]}" "${lease_of[$pid]}"; done |
    jq -cRn --arg replica "$REPLICA" '{$replica, held: [inputs | split(" ") | {deliveryId: .[0], leaseId: .[1]}]}')
  ask DeliveryService/Heartbeat "$held" 5
  [ "$status" != 200 ] || stop_those $(jq -r '.lostLeaseIds[]?' <<<"$answer") # ids hold no blanks
}

# attend waits for a job. SIGTERM is heard meanwhile; if there is no bot, leave ends it.
# It returns 1 if the job failed, or perhaps did: it may have ended while leave ran.
attend() { # PID
  waiting=$1
  until wait "$1"; do
    kill -0 "$1" 2>/dev/null || return 1
  done
}

# pull waits for what the bot has for us.
pull() {
  local number=$((SLOTS - ${#lease_of[@]})) request
  : >"$mail"
  if ((number <= 0)); then # only a heartbeat can say that something is to stop
    sleep 0.2
    return 0
  fi
  request=$(jq -nc --arg replica "$REPLICA" --arg wait "${PULL_WAIT}s" --argjson number "$number" \
    '{$replica, $wait, maxDeliveries: $number}')
  # In the background, so that SIGTERM is heard while it waits. What came counts, however
  # the wait for it ended.
  call DeliveryService/Pull $((PULL_WAIT + 10)) <<<"$request" >"$mail" &
  attend $! || [ -s "$mail" ]
}

# take takes what a pull brought. It is not part of a condition: there set -e would mean
# nothing, also in the callbacks that it starts.
take() {
  local kind id lease frame
  while read -r kind id lease frame; do
    case $kind in
      delivery) start "$id" "$lease" "$frame" ;;
      cancel) stop_those "$id" ;;
    esac
  done < <(jq -r '.frames[]? | (.delivery // empty | "delivery \(.deliveryId) \(.leaseId) \(tojson)"),
    (.cancel // empty | "cancel \(.deliveryId)")' "$mail")
}

# leave says "no more, please" at SIGTERM: the Pull that waits ends behind what came
# last. Without a bot nothing can come.
leave() {
  leaving=1
  ask DeliveryService/Leave "{\"replica\": \"$REPLICA\"}" 5
  [ "$status" = 200 ] || [ -z "${waiting:-}" ] || kill -- "-$waiting" 2>/dev/null || :
}

main() {
  local next_beat=$BEAT waiting='' end pid
  if [ "${1:-}" = --manifest ]; then # oco check asks
    manifest
    return 0
  fi
  if [ -n "${OCO_KEY_FD:-}" ]; then # the bot started this program
    read -r _ KEY <&"$OCO_KEY_FD"
  else
    KEY=${OCO_KEY:?This is a handler of OpenChatOps. oco key new NAME makes a key for it}
    unset OCO_KEY # what callbacks start does not see it
  fi
  mail=$(mktemp)
  trap 'rm -f "$mail"' EXIT
  set -m # a callback is a group of processes, which can be ended as one
  trap leave TERM INT
  register &
  attend $! || [ -n "$leaving" ] || exit 1
  while [ -z "$leaving" ]; do
    if pull; then
      take
    elif [ -z "$leaving" ]; then
      exit 1
    fi
    ((SECONDS < next_beat)) || beat
    reap
  done
  end=$((SECONDS + GRACE))
  while reap && ((${#lease_of[@]} > 0)); do
    if ((SECONDS >= end)); then
      say "${#lease_of[@]} callbacks still run: the bot will tell that nobody knows how they ended"
      for pid in "${!lease_of[@]}"; do kill -KILL -- "-$pid" || :; done
      exit 1
    fi
    ((SECONDS < next_beat)) || beat
    sleep 0.1
  done
}
