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

// tell puts one message of the bot's own into the room.
func (r *rig) tell(text string) SendEnd {
	r.t.Helper()
	return r.do(Say{Send: NewSend{Place: r.room, Text: text, Reason: chat.ForClient}}).(SendEnd)
}

// operated is the one operation of the last input.
func (r *rig) operated() Operate {
	r.t.Helper()
	all := of[Operate](r)
	if len(all) != 1 {
		r.t.Fatalf("%d operations, want 1: %+v", len(all), all)
	}
	return all[0]
}

func sent(l Lease, state chat.SendState) Completion {
	return Completion{Lease: l, Kind: DoneKind, Operation: &OperationResult{State: state, ServiceID: "ts1", Detail: "said so"}}
}

func (r *rig) sentRow(message string) *record.Send {
	r.t.Helper()
	var row record.Send
	v, ok := r.rows[string(SentKey(message))]
	if !ok {
		r.t.Fatalf("%s has not ended", message)
	}
	if err := proto.Unmarshal(v, &row); err != nil {
		r.t.Fatal(err)
	}
	return &row
}

// OCO-DLV-33: one message a room, in the order of their commits; a room that has
// to wait holds up no other.
func TestRoomsAreLines(t *testing.T) {
	r := newRig(t)
	r.come(irc, 8)
	one := r.tell("one")
	op := r.operated()
	if op.Lease.Delivery != one.Message || op.Parts[0].Text != "one" || op.Epoch != 1 || op.Account != "account:1" || len(op.Token) > 25 {
		t.Fatalf("%+v", op)
	}
	r.tell("two")
	if len(of[Operate](r)) > 0 {
		t.Fatal("two at once in a room")
	}
	r.verdict(Committed, irc, Completion{Lease: op.Lease, Kind: Retried, Delay: 5 * time.Second}) // 429
	r.do(Say{Send: NewSend{Place: chat.Place{Room: "room:1:dev"}, Text: "elsewhere", Reason: chat.ForBot}})
	r.operated()
	r.pass(4999 * time.Millisecond)
	if len(of[Operate](r)) > 0 {
		t.Fatal("the room did not wait")
	}
	r.pass(time.Millisecond)
	again := r.operated()
	if again.Lease.Delivery != one.Message || again.Attempt != 1 || again.Repeat || again.Token != op.Token || again.Parts[0].Row == 0 {
		t.Fatalf("%+v", again)
	}
	r.verdict(Committed, irc, sent(again.Lease, chat.Sent))
	if r.operated().Parts[0].Row != again.Parts[0].Row+1 {
		t.Fatal("two is not next")
	}
	if row := r.sentRow(one.Message); row.State != uint32(chat.Sent) || row.ServiceId != "ts1" {
		t.Fatalf("%+v", row)
	}
	if got := string(r.rows[string(ServiceKey("account:1", "ts1"))]); got != one.Message {
		t.Fatalf("the service's id leads to %q", got)
	}
	r.verdict(Duplicate, irc, sent(again.Lease, chat.Sent))
}

// OCO-DLV-34: what nobody knows is repeated with the same token, once and marked
// if the service cannot tell.
func TestUnknownSends(t *testing.T) {
	r := newRig(t)
	r.come(irc, 8)
	m := r.tell("one")
	first := r.operated()
	r.verdict(Committed, irc, sent(first.Lease, chat.SendUnknown))
	second := r.operated()
	if !second.Repeat || second.Token != first.Token {
		t.Fatalf("%+v", second)
	}
	r.verdict(Committed, irc, sent(second.Lease, chat.SendUnknown))
	if row := r.sentRow(m.Message); row.State != uint32(chat.SendUnknown) || !row.PossibleRepeat {
		t.Fatalf("%+v", row)
	}

	r.do(Activate{Account: "account:1", From: irc, Idempotent: true})
	m = r.tell("two")
	for n := range sendAttempts {
		op := r.operated()
		if op.Repeat || op.Attempt != n+1 {
			t.Fatalf("%+v", op)
		}
		r.verdict(Committed, irc, sent(op.Lease, chat.SendUnknown))
		if n > 0 { // with growing pauses
			r.do(Heartbeat{irc, nil})
			r.pass(8 * time.Second)
		}
	}
	if row := r.sentRow(m.Message); row.State != uint32(chat.SendUnknown) {
		t.Fatalf("%+v", row)
	}
}

// What an earlier attempt surely knows ends a send, which is not posted again; the
// adapter is told so (OCO-DLV-71).
func TestEarlierAttemptEndsASend(t *testing.T) {
	for _, leased := range []bool{true, false} {
		r := newRig(t)
		r.come(irc, 8)
		m := r.tell("one")
		op := r.operated()
		sink := op.Sink
		r.pass(29 * time.Second)
		r.do(Heartbeat{irc, nil})
		r.pass(2 * time.Second) // its term is over: lost, and again at once
		second := r.operated()
		if !leased {
			r.verdict(Committed, irc, Completion{Lease: second.Lease, Kind: Retried, Delay: time.Minute})
		}
		r.verdict(Committed, irc, sent(op.Lease, chat.Sent))
		if c := of[CancelFrame](r); leased != (len(c) == 1 && c[0].Sink == sink && c[0].Reason == CancelSettled && c[0].Delivery == m.Message) {
			t.Fatalf("leased %t: %+v", leased, r.frames)
		}
		r.pass(2 * time.Minute)
		if len(of[Operate](r)) > 0 || len(r.m.outbox) > 0 {
			t.Fatal("it was sent again")
		}
		r.sentRow(m.Message)
	}
}

// A send ends failed, is given back, or is asked for too often.
func TestSendsThatDoNotGo(t *testing.T) {
	r := newRig(t)
	r.come(irc, 8)
	m := r.tell("one")
	op := r.operated()
	r.verdict(Committed, irc, Completion{Lease: op.Lease, Kind: Progress})
	r.verdict(Committed, irc, Completion{Lease: op.Lease, Kind: Release})
	r.pass(50 * time.Millisecond)
	second := r.operated()
	if second.Attempt != 1 || second.Lease.ID == op.Lease.ID {
		t.Fatalf("%+v", second)
	}
	for _, c := range []Completion{{Lease: op.Lease, Kind: Release}, {Lease: Lease{m.Message, m.Message + ".9"}, Kind: DoneKind}} {
		if v := r.say(irc, c); v.Kind != NotTaken || v.Err.Reason != chat.LeaseLost {
			t.Fatalf("%+v", v)
		}
	}
	if v := r.say(far, sent(second.Lease, chat.Sent)); v.Kind != NotTaken {
		t.Fatal("a handler said what became of a send")
	}
	r.verdict(Committed, irc, Completion{Lease: second.Lease, Kind: Fail, Detail: "no such room"})
	if row := r.sentRow(m.Message); row.State != uint32(chat.SendFailed) || row.Detail != "no such room" {
		t.Fatalf("%+v", row)
	}
	m = r.tell("two")
	for range sendAttempts {
		r.verdict(Committed, irc, Completion{Lease: r.operated().Lease, Kind: Retried})
		r.do(Heartbeat{irc, nil})
		r.pass(8 * time.Second)
	}
	if row := r.sentRow(m.Message); row.State != uint32(chat.SendFailed) || !strings.HasPrefix(row.Detail, "the adapter gave up") {
		t.Fatalf("%+v", row)
	}
}

// Notices of one room within 2 s are one message: after a crash 40 unknowns are not
// 40 messages (OCO-DLV-33).
func TestNoticesAreMerged(t *testing.T) {
	r := newRig(t)
	r.come(far, 64)
	for range 41 {
		r.ask(route("far", unordered))
	}
	r.come(irc, 8)
	r.do(Gone{far})
	op := r.operated()
	if len(op.Parts) != 41 || op.Reason != chat.ForNotice {
		t.Fatalf("%d parts", len(op.Parts))
	}
	r.verdict(Committed, irc, sent(op.Lease, chat.Sent))
	if len(r.m.outbox) != 0 || len(r.rows) == 0 {
		t.Fatalf("%d are left", len(r.m.outbox))
	}
	r.pass(time.Second)
	r.ask(route("far"), func(n *NewDelivery) { n.Refused = true })
	r.ask(route("far"), func(n *NewDelivery) { n.Refused = true })
	r.tell("a reply does not wait")
	r.verdict(Committed, irc, sent(r.operated().Lease, chat.Sent))
	r.pass(time.Second - time.Millisecond)
	if len(of[Operate](r)) > 0 {
		t.Fatal("a notice within 2 s")
	}
	r.pass(time.Millisecond)
	if op := r.operated(); len(op.Parts) != 2 {
		t.Fatalf("%+v", op)
	}
	// A part is no send of its own any more.
	for id, o := range r.m.outbox {
		if o.lead != nil {
			if v := r.say(irc, sent(Lease{id, id + ".1"}, chat.Sent)); v.Kind != NotTaken {
				t.Fatal("a part ended alone")
			}
		}
	}
}

// Notices that the adapter gives back are handed out again together, before what came
// after them, and need not wait for the gap between notices again.
func TestNoticesThatComeBack(t *testing.T) {
	r := newRig(t)
	refused := func() { r.ask(route("far"), func(n *NewDelivery) { n.Refused = true }) }
	refused()
	refused()
	r.pass(time.Minute)
	r.come(irc, 1)
	op := r.operated()
	if len(op.Parts) != 2 {
		t.Fatalf("%d parts", len(op.Parts))
	}
	r.tell("later")
	r.verdict(Committed, irc, Completion{Lease: op.Lease, Kind: Release})
	if t := r.m.outlets[r.room.Key()]; len(t.notices) != 2 || len(t.sends) != 1 {
		r.t.Fatalf("%d notices and %d messages wait", len(t.notices), len(t.sends))
	}
	r.pass(releaseHold - 1)
	if len(of[Operate](r)) > 0 {
		t.Fatal("they are handed out at once")
	}
	r.pass(1)
	again := r.operated()
	if len(again.Parts) != 2 || again.Lease.Delivery != op.Lease.Delivery || again.Attempt != 1 {
		t.Fatalf("%+v", again)
	}
	r.verdict(Committed, irc, sent(again.Lease, chat.Sent))
	if next := r.operated(); len(next.Parts) != 1 || r.textOf(next.Parts[0]) != "later" {
		t.Fatalf("%+v", next)
	}
}

// OCO-DLV-20, OCO-DLV-21: a committed key is not sent again; all or nothing; and no
// other room is granted (OCO-SEC-13).
func TestKeys(t *testing.T) {
	r := newRig(t)
	r.come(far, 8)
	id := r.ask(route("far"))
	progress := func(sends ...KeyedSend) Completion {
		return Completion{Lease: r.first(id), Kind: Progress, Sends: sends}
	}
	r.verdict(Committed, far, progress(KeyedSend{Key: "a", Text: "one"}))
	r.verdict(Committed, far, progress(KeyedSend{Key: "a", Text: "another body"}, KeyedSend{Key: "b", Text: "two"}))
	r.saidExactly("room:1:ops> one", "room:1:ops> two")
	elsewhere := chat.Place{Room: "room:1:dev"}
	for reason, sends := range map[chat.Reason][]KeyedSend{
		chat.RoomForbidden: {{Key: "c", Text: "x"}, {Key: "d", Text: "x", Place: elsewhere}},
		chat.FieldInvalid:  {{Key: "c", Text: "x"}, {Key: "a/b", Text: "x"}},
	} {
		if v := r.say(far, progress(sends...)); v.Kind != NotTaken || v.Err.Reason != reason {
			t.Fatalf("%+v", v)
		}
	}
	many := make([]KeyedSend, maxKeys)
	for i := range many {
		many[i].Key = fmt.Sprint(i)
	}
	if v := r.say(far, progress(many...)); v.Kind != NotTaken || v.Err.Reason != chat.QuotaExceeded {
		t.Fatalf("%+v", v)
	}
	r.verdict(Committed, far, progress(KeyedSend{Key: "c", Text: "x", Place: elsewhere, Elsewhere: true}))
	r.saidContains("room:1:dev> x")
	r.restart(0) // OCO-DLV-32: and a restart forgets no key
	r.come(far, 8)
	r.verdict(Committed, far, progress(KeyedSend{Key: "a", Text: "again"}))
	if strings.Contains(r.said(), "again") {
		t.Fatal("a committed key was sent again")
	}
}

// A send is waited for to its end, also by who asks again, under the id of its
// delivery and key (OCO-IDS-9).
func TestWaitForASend(t *testing.T) {
	r := newRig(t)
	r.come(far, 8)
	r.come(irc, 8)
	id := r.ask(route("far"))
	in := Complete{From: far, Wait: true, Completions: []Completion{{Lease: r.first(id), Kind: DoneKind, Sends: []KeyedSend{{Key: "a", Text: "x"}}}}}
	one := r.submit(in)
	op := r.operated()
	two := r.submit(in) // the delivery has ended, its send has not
	if len(r.asked) == 0 || r.asked[one].Token != 0 || r.asked[two].Token != 0 {
		t.Fatal("answered before the end")
	}
	r.verdict(Committed, irc, sent(op.Lease, chat.SendFailed))
	for _, token := range []Token{one, two, r.submit(in)} {
		if end, ok := r.asked[token].Value.(SendEnd); !ok || end.State != chat.SendFailed || end.Detail != "said so" || end.Message != id+"/a" {
			t.Fatalf("%+v", r.asked[token])
		}
	}
	in.Completions[0].Sends[0].Key = "b"
	if end := r.do(in).(SendEnd); end.State != chat.SendUnknown { // nothing of a late one is taken
		t.Fatalf("%+v", end)
	}
	in.Completions[0].Sends[0].Key = "/"
	in.Completions[0].Lease = r.first(r.ask(route("far")))
	r.refused(in, chat.FieldInvalid)
}

// OCO-DLV-35: the same request id answers as the first time, or not at all.
func TestRequestIDs(t *testing.T) {
	r := newRig(t)
	in := Say{Send: NewSend{Place: r.room, Text: "x"}, Caller: "ci", Request: "r1", Body: [16]byte{1}}
	first := r.do(in).(SendEnd)
	if again := r.do(in).(SendEnd); again != first || first.State != chat.Queued || len(r.m.outbox) != 1 {
		t.Fatalf("%+v, then %+v", first, again)
	}
	wait := in
	wait.Wait = true
	token := r.submit(wait)
	other := in
	other.Body[0]++
	r.refused(other, chat.RequestIDReused)
	for range maxWaiters - 1 {
		r.submit(wait)
	}
	r.refused(wait, chat.QuotaExceeded)
	r.come(irc, 1)
	r.verdict(Committed, irc, sent(r.operated().Lease, chat.Sent))
	if end := r.asked[token].Value.(SendEnd); end.State != chat.Sent {
		t.Fatalf("%+v", end)
	}
	if end := r.do(wait).(SendEnd); end.State != chat.Sent {
		t.Fatalf("%+v", end)
	}
	in.Request = strings.Repeat("x", 5000)
	r.refused(in, chat.FieldInvalid)
	wait.Request = ""
	r.submit(wait)
	if len(of[Operate](r)) != 1 {
		t.Fatal("a message without request id is a new one")
	}
}

// The outbox has an end: senders and publishers are turned away, and who brings
// completions is not.
func TestFullOutbox(t *testing.T) {
	r := newRig(t, func(o *Options) { o.OutboxItems = 1 })
	r.come(irc, 1)
	r.come(far, 1)
	id := r.ask(route("far"))
	r.tell("one")
	op := r.operated()
	r.refused(Say{Send: NewSend{Place: r.room, Text: "two"}}, chat.QueueFull)
	r.refused(Admit{Events: []Event{{ID: "e"}}}, chat.QueueFull)
	if v := r.say(far, Completion{Lease: r.first(id), Kind: DoneKind, Sends: []KeyedSend{{Key: "a"}}}); v.Err.Reason != chat.QueueFull {
		t.Fatalf("%+v", v)
	}
	r.open(id)
	in := Admit{Account: "account:1", Epoch: 1, From: irc, Completions: []Completion{sent(op.Lease, chat.Sent)}, Checkpoint: "c1"}
	if a := r.do(in).(Admitted); a.Verdicts[0].Kind != Committed || a.Checkpoint != "c1" {
		t.Fatalf("%+v", a)
	}
	long := sent(Lease{}, chat.Sent)
	long.Operation.ServiceID = strings.Repeat("x", 3000)
	r.tell("two")
	long.Lease = r.operated().Lease
	r.verdict(Committed, irc, long)
}

// An adapter that lives and hangs keeps its slot; the message is asked for again
// in another, and what the first says in the end still counts.
func TestAdapterHangs(t *testing.T) {
	r := newRig(t)
	r.come(irc, 2)
	m := r.tell("one")
	op := r.operated()
	var again []Operate
	for range 6 {
		r.pass(10 * time.Second)
		again = append(again, of[Operate](r)...)
		if len(again) == 0 {
			r.do(Heartbeat{irc, []Lease{op.Lease}})
		}
	}
	if len(again) != 1 || !again[0].Repeat || again[0].Lease.Delivery != m.Message || len(of[CancelFrame](r)) != 1 || of[CancelFrame](r)[0].Reason != CancelMaxRun {
		t.Fatalf("%+v", r.frames)
	}
	replica := r.m.plugins["irc"].replicas["a1"]
	if len(replica.leases) != 2 {
		t.Fatalf("%d slots are taken", len(replica.leases))
	}
	if v := r.say(irc, Completion{Lease: op.Lease, Kind: Retried}); v.Err == nil || v.Err.Reason != chat.LeaseLost || len(replica.leases) != 1 {
		t.Fatalf("%+v, %d slots", v, len(replica.leases))
	}
	r.verdict(Committed, irc, sent(op.Lease, chat.Sent))
	r.sentRow(m.Message)
	if len(replica.leases) != 1 {
		t.Fatal("the slot of the second attempt is its callback's")
	}
	r.verdict(Duplicate, irc, sent(again[0].Lease, chat.Sent))
	if len(replica.leases) != 0 {
		t.Fatal("the slot is kept")
	}
}
