package engine

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
)

// What the bot had not told of its open list when it stopped, because it told
// something of the kind within the hour, is told by the next one. [OCO-DLV-68]
func TestWhatIsGoneIsToldAfterAStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newGated()
		kept := forEver
		kept.Records = time.Hour
		operators := chat.Place{Room: "operators"}
		options := Options{Kept: kept, Delivery: delivery.Options{Operators: operators}}
		e := open(t, st, options)
		come(t, e, far, 100)
		for _, id := range []string{"d1", "d2", "d3"} {
			must(t, e, command(id, chat.OrderNone))
			fail := done(id)
			fail.Completions[0].Kind = delivery.Fail
			must(t, e, fail)
			if id == "d1" {
				time.Sleep(10 * time.Minute)
			}
		}
		s, _ := come(t, e, irc, 100)
		post(t, e, s)
		time.Sleep(70 * time.Minute) // d1 goes and is told, then the others go
		e.Stop()
		if st.count("x/") != 0 {
			t.Fatal("not gone yet")
		}
		e = open(t, st, options)
		s, _ = come(t, e, irc, 100)
		post(t, e, s)
		time.Sleep(time.Minute)
		e.Stop()
		told := 0
		for _, f := range s.all() {
			if op, ok := f.(delivery.Operate); ok && op.Place == operators && strings.HasPrefix(op.Parts[0].Text, "2 deliveries ") {
				told++
			}
		}
		if told != 1 {
			t.Errorf("told %d times of the two that the last bot did not tell of", told)
		}
	})
}
