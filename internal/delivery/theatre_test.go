package delivery

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"google.golang.org/protobuf/proto"
)

// A theatre is a rig with an adapter in it: what people see is a transcript of
// what was posted in the chat service.
type theatre struct {
	*rig
	asked   []Operate // and not answered
	seen    []string
	adapter Replica
	dark    bool // nobody answers for the adapter
}

func newTheatre(t *testing.T, options ...func(*Options)) *theatre {
	x := &theatre{rig: newRig(t, options...), adapter: irc}
	x.watch = func(e Effect) {
		if op, ok := e.(Operate); ok {
			x.asked = append(x.asked, op)
		}
	}
	x.enter()
	x.n = 0 // the first delivery is d1
	return x
}

// enter lets the adapter come, connected.
func (x *theatre) enter() {
	n := x.n
	x.n = 500 + len(x.seen) + int(x.token)
	x.dark = false
	x.come(x.adapter, 8)
	x.connected(true)
	x.n = n
}

// hand registers a replica and lets the numbers of deliveries alone.
func (x *theatre) hand(id Replica, credit int) {
	n := x.n
	x.n = 1000 + int(x.token)
	x.come(id, credit)
	x.n = n
}

func (x *theatre) connected(on bool) {
	x.do(Activate{Account: "account:1", From: x.adapter, Name: "oco", Service: "irc", WantsSettled: true, Connected: on, Reacts: x.reacts()})
}

func (x *theatre) reacts() bool { return x.opt.React != nil }

// play answers for the adapter until all is said, over as many gaps between
// notices as that takes.
func (x *theatre) play() {
	x.t.Helper()
	for range 100 {
		x.answer()
		if len(x.m.outbox) == 0 || x.dark {
			return
		}
		x.pass(time.Second)
		x.lives(x.adapter)
	}
	x.t.Fatalf("never said: %s", x.said())
}

// answer posts what the adapter is asked for.
func (x *theatre) answer() {
	for len(x.asked) > 0 && !x.dark {
		op := x.asked[0]
		x.asked = x.asked[1:]
		x.post(op)
		x.say(x.adapter, sent(op.Lease, chat.Sent))
	}
}

// post shows what the adapter was asked for.
func (x *theatre) post(op Operate) {
	var texts []string
	for _, part := range op.Parts {
		texts = append(texts, x.textOf(part))
		if act := x.actOf(part); act != "" {
			texts = []string{"(" + act + ")"}
		}
	}
	where := op.Place.Room
	if op.Place.Thread != "" {
		where += "/" + op.Place.Thread
	}
	text := strings.Join(texts, " | ")
	if op.Repeat {
		text = "(perhaps said before) " + text
	}
	x.seen = append(x.seen, where+"> "+text)
}

// late restarts the bot on what it had on disk.
func (x *theatre) late(away time.Duration) {
	x.asked, x.dark = nil, true
	x.restart(away)
}

// actOf is what an operation asks for that is no message.
func (x *theatre) actOf(p Part) string {
	if p.Row == 0 {
		return string(p.Act)
	}
	var row record.Send
	if err := proto.Unmarshal(x.rows[string(OutboxKey(p.Row))], &row); err != nil {
		x.t.Fatal(err)
	}
	return string(row.Operation)
}

func (x *theatre) wants(want ...string) {
	x.t.Helper()
	if got := strings.Join(x.seen, "\n"); got != strings.Join(want, "\n") {
		x.t.Errorf("people see:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}

// reply completes with a reply.
func reply(l Lease, text string) Completion {
	return Completion{Lease: l, Kind: DoneKind, Sends: []KeyedSend{{Key: "a", Text: text}}}
}

func (x *theatre) lease(id string, n int) Lease { return Lease{id, fmt.Sprintf("%s.%d", id, n)} }

// beat lets time pass while replicas live and name what they hold.
func (x *theatre) beat(d time.Duration, id Replica, held ...Lease) {
	for ; d > 0; d -= 5 * time.Second {
		x.pass(min(d, 5*time.Second))
		x.lives(id, held...)
		x.answer()
		if !x.dark {
			x.lives(x.adapter)
		}
	}
}

// lives lets a replica say so, if the bot knows it.
func (x *theatre) lives(id Replica, held ...Lease) {
	if p := x.m.plugins[id.Plugin]; p != nil && p.replicas[id.Name] != nil {
		x.submit(Heartbeat{id, held})
	}
}
