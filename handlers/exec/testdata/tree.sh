# Writes its process id and that of a child into $1, and waits. With "stubborn" both
# ignore TERM.
[ "${2:-}" = stubborn ] && trap '' TERM
sh -c 'while :; do sleep 600; done' &
echo "$$ $!" >"$1.new" && mv "$1.new" "$1"
echo waiting
while :; do wait; done
