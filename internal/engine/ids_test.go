package engine

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
)

// Bots that follow each other within the same millisecond, as when one is killed
// right after its start, draw no id twice.
func TestStartsInOneMillisecondDrawDifferentIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))) // ids have no time before 2026
		st := newGated()
		seen := map[string]bool{}
		for range 4 {
			e, err := Open(st, Options{Delivery: delivery.DefaultOptions()})
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				value, err := e.Do(context.Background(), delivery.Say{Send: delivery.NewSend{Place: chat.Place{Room: "room:1:a"}, Text: "x", Reason: chat.ForBot}})
				if err != nil {
					t.Fatal(err)
				}
				id := value.(delivery.SendEnd).Message
				if seen[id] {
					t.Errorf("%s was drawn twice", id)
				}
				seen[id] = true
			}
			e.Stop()
		}
	})
}
