package delivery

import (
	"testing"
	"time"
)

// While handlers are on their way back to a bot that was started again, nobody reads
// that they are not running.
func TestHandlersThatAreOnTheirWayBackAreNotMissed(t *testing.T) {
	r := newRig(t)
	r.come(far, 0)
	id := r.ask(route("far"))
	r.pass(time.Second)
	r.restart(time.Second)
	r.pass(4 * time.Second) // far has not come yet
	r.saidContains("deploy waits: the bot was started again, and goes on in a moment. To cancel it: oco cancel " + id)
}
