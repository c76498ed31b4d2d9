package delivery

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"google.golang.org/protobuf/proto"
)

const retryD1 = " To run it again: oco retry d1"

// OCO-DLV-13, OCO-DLV-15, OCO-DLV-16, OCO-DLV-36: each outcome, what the person
// reads, and whether it stays on the open list.
func TestOutcomes(t *testing.T) {
	for name, c := range map[string]struct {
		route  Route
		run    func(r *rig, id string)
		want   chat.Outcome
		listed bool
		said   []string
	}{
		"done and silent": {route("far"), func(r *rig, id string) {
			r.verdict(Committed, far, Completion{Lease: Lease{id, id + ".1"}, Kind: DoneKind})
		}, chat.Done, false, []string{"room:1:ops> deploy: done."}},
		"done with a reply": {route("far"), func(r *rig, id string) {
			r.verdict(Committed, far, Completion{Lease: Lease{id, id + ".1"}, Kind: DoneKind, Sends: []KeyedSend{{Key: "a", Text: "deployed"}}})
		}, chat.Done, false, []string{"room:1:ops> deployed"}},
		"done with a message elsewhere": {route("far"), func(r *rig, id string) {
			dev := KeyedSend{Key: "a", Text: "deployed", Place: chat.Place{Room: "room:1:dev"}, Elsewhere: true}
			r.verdict(Committed, far, Completion{Lease: Lease{id, id + ".1"}, Kind: DoneKind, Sends: []KeyedSend{dev}})
		}, chat.Done, false, []string{"room:1:dev> deployed", "room:1:ops> deploy: done."}},
		"done with a message to the person": {route("far"), func(r *rig, id string) {
			alice := KeyedSend{Key: "a", Text: "deployed", Place: chat.Place{User: "alice"}, Elsewhere: true}
			r.verdict(Committed, far, Completion{Lease: Lease{id, id + ".1"}, Kind: DoneKind, Sends: []KeyedSend{alice}})
		}, chat.Done, false, []string{"> deployed"}},
		"failed": {route("far"), func(r *rig, id string) {
			r.verdict(Committed, far, Completion{Lease: Lease{id, id + ".1"}, Kind: Fail, UserText: "no such app"})
		}, chat.Failed, true, []string{"room:1:ops> deploy failed: no such app." + retryD1}},
		"failed without a word": {route("far"), func(r *rig, id string) {
			r.verdict(Committed, far, Completion{Lease: Lease{id, id + ".1"}, Kind: Fail})
		}, chat.Failed, true, []string{"room:1:ops> deploy failed: the handler reported an error." + retryD1}},
		"lost": {route("far"), func(r *rig, id string) { r.do(Gone{far}) }, chat.Unknown, true,
			[]string{"room:1:ops> deploy: outcome unknown, the handler was lost while it ran. It may have run or not: look first." + retryD1}},
		"max_run": {route("far"), func(r *rig, id string) {
			for range 6 {
				r.pass(10 * time.Second)
				r.do(Heartbeat{far, []Lease{{id, id + ".1"}}})
			}
			if c := of[CancelFrame](r); len(c) > 0 {
				r.t.Fatal("cancelled by a heartbeat")
			}
		}, chat.Unknown, true,
			// That it still runs was not posted in time, so it is not (OCO-DLV-62).
			[]string{"room:1:ops> deploy: outcome unknown, it timed out after 1 min. It may go on: if it ends, its result is said here." + retryD1}},
		"cancelled": {route("far"), func(r *rig, id string) {
			r.do(CancelOf{id, "bob", "wrong app"})
			if c := of[CancelFrame](r); len(c) != 1 || c[0].Delivery != id || c[0].Reason != CancelPerson || c[0].Text != "cancelled by bob: wrong app" { // OCO-DLV-71
				r.t.Fatalf("the replica is not told: %+v", c)
			}
		}, chat.Cancelled, false, []string{"room:1:ops> deploy was cancelled by bob: wrong app." + retryD1}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.n = 0
			id := ""
			sink := r.comeLater(far)
			id = r.ask(c.route)
			sink()
			c.run(r, id)
			r.outcome(id, c.want)
			r.listed(id, c.listed)
			r.saidExactly(c.said...)
		})
	}
}

// comeLater lets the first delivery be d1, whatever comes before.
func (r *rig) comeLater(id Replica) func() {
	return func() {
		n := r.n
		r.n = 100
		r.come(id, 1)
		r.n = n
	}
}

// OCO-DLV-14: who did not address the bot sees nothing; the operators see what
// their routes say.
func TestNoNoticeForWhoDidNotAsk(t *testing.T) {
	for _, c := range []struct {
		notice chat.Notice
		said   []string
	}{
		{chat.NoticeNone, []string{""}},
		{chat.NoticePerson, []string{""}},
		{chat.NoticeOperators, []string{"operators> deploy of far failed: the handler reported an error. To run it again: oco retry d2"}},
	} {
		r := newRig(t)
		r.come(far, 1)
		id := r.ask(route("far", func(r *Route) { r.Notice = c.notice }), unaddressed)
		r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: Fail})
		r.outcome(id, chat.Failed)
		r.saidExactly(c.said...)
	}
	r := newRig(t)
	r.come(far, 1)
	id := r.ask(route("far", func(r *Route) { r.Notice = chat.NoticeOperators }))
	r.verdict(Committed, far, Completion{Lease: Lease{id, id + ".1"}, Kind: Fail, UserText: "x"})
	r.saidExactly(
		"room:1:ops> deploy failed: x. To run it again: oco retry d2",
		"operators> deploy of far failed: x. To run it again: oco retry d2",
	)
}

func (r *rig) first(id string) Lease { return Lease{id, id + ".1"} }

// OCO-DLV-30, OCO-DLV-31: age counts up to admission and while no replica lives,
// not while it waits in order.
func TestAge(t *testing.T) {
	r := newRig(t)
	r.n = 1
	r.do(Admit{Events: []Event{{ID: "e", Dedup: [16]byte{1}, Occurred: r.now.Add(-6 * time.Minute), Deliveries: []NewDelivery{
		{ID: "d1", Route: route("far"), Addressed: true, User: "alice", Place: r.room},
	}}}})
	r.outcome("d1", chat.Expired)
	r.saidExactly("room:1:ops> deploy did not run: far is not running." + retryD1)
	r.listed("d1", true)

	id := r.ask(route("far"))
	r.pass(4 * time.Minute)
	r.open(id)
	r.come(far, 1) // 4 minutes are used up, and it runs
	r.offered()
	second := r.ask(route("far"))
	for range 30 { // half an hour in order does not age it
		r.pass(20 * time.Second)
		r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: Progress, Extend: time.Minute})
	}
	r.open(second)
	r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: DoneKind})
	if l := r.offered(); l.Delivery != second {
		t.Fatalf("%+v is offered", l)
	}

	third := r.ask(route("far"), by("bob"))
	r.do(Gone{far})
	r.pass(3 * time.Minute)
	r.restart(time.Minute) // the time without a bot counts, and so does what came before
	r.pass(59 * time.Second)
	r.open(third)
	r.pass(2 * time.Second)
	r.outcome(third, chat.Expired)
}

// A restart does not make young what waits for a replica, and a busy bot that
// is down for a moment does not make old what waits in order.
func TestAgeOverRestarts(t *testing.T) {
	r := newRig(t)
	waits := r.ask(route("far"))
	for range 4 {
		r.pass(70 * time.Second)
		r.restart(time.Second)
	}
	r.pass(17 * time.Second)
	r.outcome(waits, chat.Expired)
	r.saidContains("far is not running")
}

// What grows too old without a tick ends all the same when its replica comes.
func TestStaleWhenTheReplicaComes(t *testing.T) {
	r := newRig(t)
	id := r.ask(route("far"))
	r.now = r.now.Add(time.Hour)
	r.come(far, 1)
	r.outcome(id, chat.Expired)
	r.saidContains("far was not running for too long")
}

// OCO-DLV-41: the newest is refused when the queue is full; others go on.
func TestFullQueue(t *testing.T) {
	r := newRig(t, func(o *Options) { o.QueueItems = 2 })
	a, b, c := r.ask(route("far")), r.ask(route("far")), r.ask(route("far"))
	r.open(a)
	r.open(b)
	r.outcome(c, chat.Refused)
	r.listed(c, false)
	r.saidExactly("room:1:ops> deploy was refused: too much is waiting for far. Say it again later. (d3)")
	r.open(r.ask(route("kid")))

	r = newRig(t, func(o *Options) { o.QueueBytes = 10 })
	r.open(r.ask(route("far")))
	r.outcome(r.ask(route("far")), chat.Refused)
	r = newRig(t, func(o *Options) { o.TotalItems = 1 })
	r.open(r.ask(route("far")))
	r.outcome(r.ask(route("kid")), chat.Refused)
}

// What the person may not do ends refused, and is told (OCO-SEC-9).
func TestRefused(t *testing.T) {
	r := newRig(t)
	id := r.ask(route("far"), func(n *NewDelivery) { n.Refused, n.UserText = true, "only deployers may" })
	r.outcome(id, chat.Refused)
	again := r.ask(route("far"), func(n *NewDelivery) { n.Refused = true })
	r.outcome(again, chat.Refused)
	r.saidExactly(
		"room:1:ops> deploy was refused: only deployers may. (d1)",
		"room:1:ops> deploy was refused: you may not run it. (d2)",
	)
}

// What was said to the person before a start of the bot still counts after it,
// and what was said elsewhere still does not (OCO-DLV-13).
func TestWhatWasSaidIsRemembered(t *testing.T) {
	for place, want := range map[chat.Place]string{
		{}:                   "room:1:ops> began",
		{Room: "room:1:dev"}: "room:1:dev> began\nroom:1:ops> deploy: done.",
	} {
		r := newRig(t)
		r.come(far, 1)
		id := r.ask(route("far"))
		began := KeyedSend{Key: "a", Text: "began", Place: place, Elsewhere: true}
		r.verdict(Committed, far, Completion{Lease: Lease{id, id + ".1"}, Kind: Progress, Sends: []KeyedSend{began}})
		r.restart(time.Second)
		r.come(far, 1)
		r.verdict(Committed, far, Completion{Lease: Lease{id, id + ".1"}, Kind: DoneKind})
		r.saidExactly(want)
	}
}

// OCO-SIZ-4: no notice is larger than a message may be, by itself or together
// with others of its room; the record keeps what the handler said.
func TestNoticesFitIntoAMessage(t *testing.T) {
	const most = 64 << 10
	for _, sign := range []string{"x", "€"} {
		r := newRig(t)
		r.come(far, 64)
		long := strings.Repeat(sign, most/len(sign))
		for range 60 {
			id := r.ask(route("far", unordered))
			r.verdict(Committed, far, Completion{Lease: Lease{id, id + ".1"}, Kind: Fail, UserText: long})
			if r.ended(id).UserText != long {
				t.Fatal("the record does not keep what the handler said")
			}
		}
		r.restart(time.Second) // the texts are on disk only
		r.come(irc, 4)
		said, ops := 0, of[Operate](r)
		for n := 0; said < 60; n++ {
			if n > 200 {
				t.Fatalf("%d of 60 are said", said)
			}
			if len(ops) == 0 {
				r.pass(2 * time.Second)
				ops = of[Operate](r)
				continue
			}
			size := 0
			for _, part := range ops[0].Parts {
				text := r.textOf(part)
				if size += len(text) + len("- \n"); !utf8.ValidString(text) || !strings.Contains(text, "oco retry d") {
					t.Fatalf("%q", text)
				}
			}
			if size > most {
				t.Fatalf("a message of %d bytes", size)
			}
			said += len(ops[0].Parts)
			r.verdict(Committed, irc, sent(ops[0].Lease, chat.Sent))
			ops = append(ops[1:], of[Operate](r)...)
		}
	}
}

func (r *rig) textOf(p Part) string {
	if p.Row == 0 {
		return p.Text
	}
	var row record.Send
	if err := proto.Unmarshal(r.rows[string(OutboxKey(p.Row))], &row); err != nil {
		r.t.Fatal(err)
	}
	return row.Text
}
