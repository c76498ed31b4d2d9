package engine

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/store/pebblestore"
)

// A bot that was killed knows to within seconds for how long it was away, also if
// nothing happened for long before (OCO-DLV-67).
func TestABotThatWasKilledKnowsForHowLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, err := pebblestore.OpenMemory(pebblestore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		o := Options{Delivery: delivery.Options{Operators: ops}}
		e := open(t, st, o)
		come(t, e, irc, 4)
		connect := func(e *Engine) {
			must(t, e, delivery.Activate{Account: "account:1", From: irc, Connected: true})
		}
		connect(e)
		time.Sleep(time.Hour)
		killed := time.Now()
		next := open(t, st, o) // e writes nothing any more
		defer e.Stop()
		defer next.Stop()
		time.Sleep(3 * time.Minute)
		come(t, next, irc, 4)
		connect(next)
		synctest.Wait()
		account := must(t, next, delivery.Inspect{}).(delivery.Snapshot).Accounts[0]
		if late := killed.Sub(account.MissedFrom); late < 0 || late > aliveEvery+time.Second || !account.MissedTo.Equal(time.Now().Truncate(time.Millisecond)) {
			t.Errorf("killed at %s, missed from %s to %s", killed, account.MissedFrom, account.MissedTo)
		}
	})
}

// What operators are told of it leaves with the connection that is back.
func TestOperatorsReadForHowLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, err := pebblestore.OpenMemory(pebblestore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		e := open(t, st, Options{Delivery: delivery.Options{Operators: chat.Place{Room: "operators"}}})
		defer e.Stop()
		s, _ := come(t, e, irc, 4)
		for _, connected := range []bool{true, false, true} {
			must(t, e, delivery.Activate{Account: "account:1", From: irc, Connected: connected})
			time.Sleep(20 * time.Second)
		}
		synctest.Wait()
		frames := s.all()
		if len(frames) != 1 {
			t.Fatalf("%+v", frames)
		}
		if op := frames[0].(delivery.Operate); op.Place.Room != "operators" || !strings.Contains(op.Parts[0].Text, "(20 s): messages in that time were not seen.") {
			t.Errorf("%+v", op)
		}
	})
}
