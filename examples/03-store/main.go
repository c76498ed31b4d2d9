// Command 03-store counts how often it was asked to, exactly: however often
// the handler or the bot is killed, the counter is the number of commands that
// ended done.
package main

import (
	"context"
	"fmt"

	"github.com/openchatops/oco"
)

func main() { oco.Main(newHandler()) }

func newHandler() *oco.Handler {
	h := oco.NewHandler("counter")
	h.Scopes("store") // the operator grants it: scopes: [store]
	h.Command("count", "Count one more.", count, oco.InOrder(oco.OrderNone))
	h.Command("total", "Say how many there were.", total, oco.Repeatable())
	h.Command("reserve {n:integer}", "Take some of ten, if so many are left.", reserve)
	return h
}

// count fills the transaction of its delivery: it commits in one step with the
// outcome and the reply, or not at all.
func count(_ context.Context, msg *oco.Message) error {
	msg.Transaction().Add("total", 1)
	msg.Reply("Counted.")
	return nil
}

func total(ctx context.Context, msg *oco.Message) error {
	var n int64
	if _, err := msg.Store().Get(ctx, "total", &n); err != nil {
		return err
	}
	msg.Reply(fmt.Sprintf("%d so far.", n))
	return nil
}

// reserve decides by what is there, so it writes at once, and only if nobody
// else wrote meanwhile.
func reserve(ctx context.Context, msg *oco.Message) error {
	left, err := oco.Update(ctx, msg.Store(), "left", func(left int64, found bool) (int64, error) {
		if !found {
			left = 10
		}
		if left < msg.Int("n") || msg.Int("n") < 1 {
			return 0, oco.Tell(fmt.Sprintf("There are %d left.", left), nil)
		}
		return left - msg.Int("n"), nil
	})
	if err != nil {
		return err
	}
	msg.Reply(fmt.Sprintf("They are yours; %d are left.", left))
	return nil
}
