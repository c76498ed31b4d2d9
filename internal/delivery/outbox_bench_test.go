package delivery

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/store"
)

// BenchmarkSend is the machine's share of one message: into the outbox, to the
// adapter, and posted. rooms says how many others have something waiting.
func BenchmarkSend(b *testing.B) {
	for _, waiting := range []int{0, 10_000} {
		b.Run(fmt.Sprintf("waiting=%d", waiting), func(b *testing.B) {
			m := New(Options{}, simStart, rand.New(rand.NewPCG(1, 1)))
			batch := &store.Batch{}
			step := func(in Input) Change {
				batch.Reset()
				s := m.Begin(simStart, batch)
				s.Step(1, in, Facts{})
				return s.End()
			}
			for i := range waiting { // before there is an adapter
				step(Say{Send: NewSend{Place: chat.Place{Room: fmt.Sprint("room:1:w", i)}, Text: "waits", Reason: chat.ForClient}})
			}
			step(Hello{Replica: irc, Role: chat.RoleAdapter})
			step(Activate{Account: "account:1", From: irc, Name: "oco", Service: "irc"})
			step(Connect{Replica: irc, Sink: 1, Credit: waiting + 1})
			say := Say{Send: NewSend{Place: chat.Place{Room: "room:1:ops"}, Text: "hello", Reason: chat.ForClient}}
			b.ReportAllocs()
			for b.Loop() {
				var lease Lease
				for _, e := range step(say).Effects {
					if op, ok := e.(Operate); ok {
						lease = op.Lease
					}
				}
				step(Complete{From: irc, Completions: []Completion{sent(lease, chat.Sent)}})
			}
		})
	}
}
