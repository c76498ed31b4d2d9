package delivery

import (
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// What a bot could not hear while it did nothing is not held against its plugins
// (OCO-LIF-43).
func TestNobodyIsLostWhileTheBotStoodStill(t *testing.T) {
	const still = 50 * time.Second
	r := newRig(t)
	r.come(far, 1)
	id := r.ask(route("far"))
	r.now = r.now.Add(still) // no alarm was looked at
	r.submit(Stalled{For: still})
	r.open(id)
	r.heartbeats(far, 55*time.Second, Lease{id, id + ".1"}) // max_run is a minute
	r.open(id)
	r.pass(6 * time.Second)
	r.outcome(id, chat.Unknown)
}

// Who stays silent is missed all the same.
func TestWhoStaysSilentAfterAStallIsLost(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	id := r.ask(route("far"))
	r.now = r.now.Add(time.Minute)
	r.submit(Stalled{For: time.Minute})
	r.pass(29 * time.Second)
	r.open(id)
	r.pass(2 * time.Second)
	r.outcome(id, chat.Unknown)
}
