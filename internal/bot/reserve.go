package bot

// reserveSize is memory that a bot holds and never touches, so that the operating
// system never gives it any. It makes the garbage collector, which runs when the
// heap has doubled, count from more than the few megabytes that a bot lives in:
// under load it runs less often, for at most as much garbage again as this is
// large. Twice as much would save more, and let a flood grow the bot by more than
// it may (make flood). A higher GOGC would do the same to a small bot and let the
// garbage of a large one grow without need.
const reserveSize = 12 << 20

func newReserve() []byte { return make([]byte, reserveSize) }
