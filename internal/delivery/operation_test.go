package delivery

import (
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/store"
)

// act asks for an operation in the room.
func act(what string, change ...func(*Say)) Say {
	in := Say{Send: NewSend{
		Place: chat.Place{Room: "room:1:ops"}, Reason: chat.ForHandler, Level: chat.Full,
		Act: &Act{Encoded: []byte("encoded " + what), What: what},
	}}
	for _, c := range change {
		c(&in)
	}
	return in
}

func withID(request string, body byte) func(*Say) {
	return func(in *Say) { in.Caller, in.Request, in.Body = "handler:web", request, [16]byte{body} }
}

func waiting(in *Say) { in.Wait = true }

// An operation waits behind what was said in its room before, and what is said
// after waits for it: an update never overtakes its message (OCO-OPS-8).
func TestOperationsKeepTheLineOfTheirRoom(t *testing.T) {
	r := newRig(t)
	r.come(irc, 8)
	r.tell("deploying")
	first := r.operated()
	end := r.do(act("update of it")).(SendEnd)
	if end.State != chat.Queued || end.Level != chat.Full || !IsID(KindOperation, end.Message) || len(of[Operate](r)) > 0 {
		t.Fatalf("%+v, %+v", end, r.frames)
	}
	r.tell("deployed")
	r.do(Say{Send: NewSend{Place: chat.Place{Room: "room:1:dev"}, Act: &Act{Encoded: []byte("x"), What: "elsewhere"}}})
	if op := r.operated(); op.Place.Room != "room:1:dev" {
		t.Fatalf("another room was held up: %+v", op)
	}
	r.verdict(Committed, irc, sent(first.Lease, chat.Sent))
	op := r.operated()
	if op.Lease.Delivery != end.Message || len(op.Parts) != 1 || op.Parts[0].Row == 0 || op.Attempt != 1 || op.Repeat || len(op.Token) > 25 {
		t.Fatalf("%+v", op)
	}
	r.verdict(Committed, irc, sent(op.Lease, chat.Sent))
	if third := r.operated(); third.Parts[0].Row == 0 || third.Lease.Delivery[0] != KindSend {
		t.Fatalf("%+v", third)
	}
	row := r.sentRow(end.Message)
	if row.State != uint32(chat.Sent) || row.What != "update of it" || row.Operation != nil || row.ServiceId != "" || row.Level != uint32(chat.Full) {
		t.Fatalf("%+v", row)
	}
	if own := string(r.rows[string(ServiceKey("account:1", "ts1"))]); own == end.Message {
		t.Fatal("an operation is taken for the message that it changed")
	}
}

// Of what is handed out at once the content is at hand; later it is in its row.
func TestAnOperationIsHandedOutWhole(t *testing.T) {
	r := newRig(t)
	r.come(irc, 8)
	r.do(act("topic of ops"))
	if op := r.operated(); string(op.Parts[0].Act) != "encoded topic of ops" || op.Parts[0].Row != 0 {
		t.Fatalf("%+v", op.Parts)
	}
}

// An operation that is lost, or of which the adapter does not know, is asked for
// again with the same token, unmarked, five times with pauses, and ends unknown
// (OCO-OPS-9).
func TestOperationsOfUnknownResult(t *testing.T) {
	for name, lose := range map[string]func(r *rig, op Operate){
		"said so": func(r *rig, op Operate) { r.verdict(Committed, irc, sent(op.Lease, chat.SendUnknown)) },
		"died":    func(r *rig, _ Operate) { r.do(Gone{irc}); r.come(irc, 8) },
	} {
		r := newRig(t)
		r.come(irc, 8)
		end := r.do(act("topic of ops")).(SendEnd)
		token := r.operated().Token
		for n := range operationAttempts {
			op := r.operated()
			if op.Repeat || op.Attempt != n+1 || op.Token != token {
				t.Fatalf("%s: %+v", name, op)
			}
			lose(r, op)
			if len(of[Operate](r)) > 0 {
				t.Fatalf("%s: asked again without a pause", name)
			}
			if n < operationAttempts-1 {
				r.pass(r.opt.withDefaults().Backoff[n])
			}
		}
		if row := r.sentRow(end.Message); row.State != uint32(chat.SendUnknown) || row.PossibleRepeat {
			t.Errorf("%s: %+v", name, row)
		}
		if len(r.m.outbox) > 0 {
			t.Errorf("%s: it is still there", name)
		}
	}
}

// What the adapter surely knows is the end, and what it puts off it is asked for
// again, as a message.
func TestOperationsThatTheAdapterAnswers(t *testing.T) {
	r := newRig(t)
	r.come(irc, 8)
	end := r.do(act("topic of ops")).(SendEnd)
	r.verdict(Committed, irc, Completion{Lease: r.operated().Lease, Kind: Retried, Delay: time.Minute})
	for range 3 {
		r.do(Heartbeat{irc, nil})
		r.pass(20 * time.Second)
	}
	r.verdict(Committed, irc, sent(r.operated().Lease, chat.SendFailed))
	if row := r.sentRow(end.Message); row.State != uint32(chat.SendFailed) || row.Detail != "said so" {
		t.Fatalf("%+v", row)
	}
	if all := of[Report](r); len(all) != 1 || all[0].Kind != "operated" || all[0].What != "topic of ops" || all[0].Message != end.Message || all[0].State != chat.SendFailed {
		t.Fatalf("reported: %+v", all)
	}
}

// An operation is on disk before its call returns, and is done by the next bot
// if this one dies, in its place in the line (OCO-OPS-7).
func TestOperationsSurviveARestart(t *testing.T) {
	r := newRig(t)
	r.tell("deploying")
	end := r.do(act("update of it", withID("r1", 1))).(SendEnd)
	r.restart(time.Second)
	r.come(irc, 8)
	r.verdict(Committed, irc, sent(r.operated().Lease, chat.Sent))
	op := r.operated()
	if op.Lease.Delivery != end.Message || op.Parts[0].Row == 0 {
		t.Fatalf("%+v", op)
	}
	r.restart(time.Second) // it is in the hands of the adapter
	if o := r.m.outbox[end.Message]; o == nil || !o.isAct() || o.level != chat.Full || o.what != "update of it" {
		t.Fatalf("%+v", o)
	}
	r.come(irc, 8)
	r.verdict(Committed, irc, sent(op.Lease, chat.Sent))
	if got := r.do(act("update of it", withID("r1", 1))).(SendEnd); got != (SendEnd{Message: end.Message, State: chat.Sent, Level: chat.Full, Detail: "said so"}) {
		t.Fatalf("%+v", got)
	}
}

// Messages and operations share the ids of requests (OCO-OPS-11).
func TestRequestsAreRecognised(t *testing.T) {
	r := newRig(t)
	first := r.do(act("topic of ops", withID("r1", 1))).(SendEnd)
	if again := r.do(act("topic of ops", withID("r1", 1))); again != first || len(r.m.outbox) != 1 {
		t.Fatalf("%+v, %+v", first, again)
	}
	r.refused(act("topic of ops", withID("r1", 2)), chat.RequestIDReused)
	message := Say{Send: NewSend{Place: r.room, Text: "x"}}
	withID("r1", 3)(&message)
	r.refused(message, chat.RequestIDReused)
	// What is dropped meanwhile was done by the first.
	dropped := func(in *Say) { in.Send.Act, in.Send.Level = nil, chat.Dropped }
	if again := r.do(act("", withID("r1", 1), dropped)); again != first {
		t.Fatalf("%+v", again)
	}
	r.refused(act("", withID("r1", 2), dropped), chat.RequestIDReused)
}

// What is dropped is done at once: nothing is queued or kept (OCO-OPS-4).
func TestWhatIsDroppedIsNotQueued(t *testing.T) {
	r := newRig(t)
	before := len(r.rows)
	in := Say{Send: NewSend{Place: r.room, Level: chat.Dropped}}
	withID("r1", 1)(&in)
	if end := r.do(in); end != (SendEnd{State: chat.Sent, Level: chat.Dropped}) {
		t.Fatalf("%+v", end)
	}
	if len(r.m.outbox) != 0 || len(r.rows) != before {
		t.Fatalf("%d rows, before %d", len(r.rows), before)
	}
}

func TestAFullOutboxTakesNoOperation(t *testing.T) {
	r := newRig(t, func(o *Options) { o.OutboxItems = 2 })
	r.do(act("one"))
	r.do(act("two"))
	r.refused(act("three"), chat.QueueFull)
}

// Nobody fills the outbox for all others: of what one caller asks for outside
// deliveries a share waits, also after a restart (OCO-OPS-24).
func TestACallerHasAShareOfTheOutbox(t *testing.T) {
	r := newRig(t, func(o *Options) { o.OutboxShare = 2 })
	byCaller := func(name string) func(*Say) { return func(in *Say) { in.Caller = name } }
	first := r.do(act("one", byCaller("handler:web"))).(SendEnd)
	say := Say{Send: NewSend{Place: r.room, Text: "two", Reason: chat.ForHandler}, Caller: "handler:web"}
	r.do(say)
	r.refused(act("three", byCaller("handler:web")), chat.QueueFull)
	r.refused(say, chat.QueueFull)
	r.do(act("another's", byCaller("handler:other")))
	r.restart(time.Second)
	r.refused(say, chat.QueueFull)
	r.come(irc, 4)
	op := of[Operate](r)[0]
	if op.Lease.Delivery != first.Message {
		t.Fatalf("%+v", op)
	}
	r.verdict(Committed, irc, sent(op.Lease, chat.Sent))
	r.do(say)
	r.refused(say, chat.QueueFull)
}

// A message is found while it waits and when it has ended; an operation is none.
func TestMessagesAreLocated(t *testing.T) {
	r := newRig(t)
	waits := r.do(Say{Send: NewSend{Place: chat.Place{Room: "room:1:dev", Thread: "t"}, Text: "x", Reason: chat.ForClient}}).(SendEnd)
	want := Located{Place: chat.Place{Room: "room:1:dev", Thread: "t"}, Reason: chat.ForClient}
	if got := r.do(Locate{waits.Message}); got != want {
		t.Fatalf("%+v", got)
	}
	operation := r.do(act("topic")).(SendEnd)
	r.refused(Locate{operation.Message}, chat.MessageNotFound)
	r.come(irc, 8)
	for len(r.m.outbox) > 0 {
		for _, o := range r.m.outbox {
			r.verdict(Committed, irc, sent(Lease{o.id, o.lease.id}, chat.Sent))
		}
	}
	if got := r.do(Locate{waits.Message}); got != want {
		t.Fatalf("%+v", got)
	}
	r.refused(Locate{operation.Message}, chat.MessageNotFound)
	r.refused(Locate{"msg:1:5"}, chat.MessageNotFound)
}

// A caller that has left is forgotten: what waits for a send are callers that are
// there. Before, 64 that had left kept all others from waiting.
func TestCallersThatLeftDoNotWait(t *testing.T) {
	r := newRig(t)
	r.come(irc, 8)
	var gone []Token
	for range maxWaiters {
		gone = append(gone, r.submit(act("topic", withID("r1", 1), waiting)))
	}
	r.refused(act("topic", withID("r1", 1), waiting), chat.QuotaExceeded)
	for _, token := range gone[1:] {
		r.submit(Abandon{Caller: token})
		r.submit(Abandon{Caller: token}) // twice does no harm
	}
	last := r.submit(act("topic", withID("r1", 1), waiting))
	for _, o := range r.m.outbox {
		if len(o.waiters) != 2 || len(r.m.waiters) != 2 {
			t.Fatalf("%d wait for it, %d in all", len(o.waiters), len(r.m.waiters))
		}
		r.verdict(Committed, irc, sent(Lease{o.id, o.lease.id}, chat.Sent))
	}
	for _, token := range []Token{gone[0], last} {
		if end, ok := r.asked[token].Value.(SendEnd); !ok || end.State != chat.Sent || end.Level != chat.Full {
			t.Fatalf("%+v", r.asked[token])
		}
	}
	for _, token := range gone[1:] {
		if reply, ok := r.asked[token]; ok {
			t.Fatalf("one that left was answered: %+v", reply)
		}
	}
	if len(r.m.waiters) != 0 {
		t.Fatal("somebody waits for what has ended")
	}
	// One whose caller left before its step is not kept at all.
	s := r.m.Begin(r.now, &store.Batch{})
	s.Step(0, act("again", waiting), Facts{})
	r.take(s.End())
	if len(r.m.waiters) != 0 {
		t.Fatal("nobody is kept waiting")
	}
}

func TestWhatWaits(t *testing.T) {
	for _, c := range []struct {
		in   Input
		want bool
	}{{Say{Wait: true}, true}, {Say{}, false}, {Complete{Wait: true}, true}, {Complete{}, false}, {Tick{}, false}} {
		if Waits(c.in) != c.want {
			t.Errorf("%T: %t", c.in, !c.want)
		}
	}
}
