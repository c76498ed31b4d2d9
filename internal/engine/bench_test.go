package engine

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/store/pebblestore"
)

// BenchmarkRoundTrip is what the commit loop does for a command and its reply:
// admission, completion with the reply, and the word of the adapter that it is
// posted, each in batches of 20.
func BenchmarkRoundTrip(b *testing.B) {
	const batch = 20
	st, err := pebblestore.Open(b.TempDir(), pebblestore.Options{NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			b.Error(err)
		}
	}()
	e := open(b, st, Options{})
	defer e.Stop()
	come(b, e, far, 1000)
	come(b, e, irc, 1000)
	payload, match := make([]byte, 400), make([]byte, 300)
	posted := []delivery.Completion(nil) // rides in the next admission
	epoch := must(b, e, delivery.Activate{Account: "account:1", From: irc}).(delivery.Activated).Epoch
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; n += batch {
		admit := delivery.Admit{Account: "account:1", Epoch: epoch, From: irc, Completions: posted}
		complete := delivery.Complete{From: far}
		posted = nil
		for i := range batch {
			number := uint64(n + i)
			id := fmt.Sprintf("d%026d", number)
			ev := delivery.Event{ID: fmt.Sprintf("event:1:Ev%07d", number), Payload: payload, Trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
			binary.BigEndian.PutUint64(ev.Dedup[:], number*0x9E3779B97F4A7C15)
			where := chat.Place{Room: fmt.Sprintf("room:1:C%d", number%4096)}
			ev.Deliveries = []delivery.NewDelivery{{
				ID: id, Match: match, Addressed: true, User: fmt.Sprintf("user:1:U%d", number%4096), Place: where,
				Route: command("", chat.OrderUser).Events[0].Deliveries[0].Route, Decision: "everyone may",
			}}
			admit.Events = append(admit.Events, ev)
			complete.Completions = append(complete.Completions, delivery.Completion{
				Lease: delivery.Lease{Delivery: id, ID: id + ".1"}, Kind: delivery.DoneKind,
				Sends: []delivery.KeyedSend{{Key: "1", Text: string(match[:150])}},
			})
			message := chat.MessageID(id, "1")
			posted = append(posted, delivery.Completion{
				Lease: delivery.Lease{Delivery: message, ID: message + ".1"}, Kind: delivery.DoneKind,
				Operation: &delivery.OperationResult{State: chat.Sent, ServiceID: fmt.Sprintf("R%024d", number)},
			})
		}
		must(b, e, admit)
		must(b, e, complete)
	}
}
