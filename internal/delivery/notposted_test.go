package delivery

import (
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// Whoever addressed the bot sees an answer, or that it did not reach them, also
// if the bot stopped meanwhile; of a notice that cannot be posted nothing more is
// said, and neither is anything to who did not ask. [OCO-DLV-13]
func TestAnswerThatIsNotPosted(t *testing.T) {
	for _, c := range []struct {
		name      string
		addressed bool
		state     chat.SendState
		restart   bool
		want      string // in the notice; empty: silence
	}{
		{"refused by the service", true, chat.SendFailed, false, "could not be posted"},
		{"refused after a restart", true, chat.SendFailed, true, "could not be posted"},
		{"nobody knows", true, chat.SendUnknown, false, "may not have been posted"},
		{"posted", true, chat.Sent, false, ""},
		{"nobody asked", false, chat.SendFailed, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.come(far, 1)
			id := r.ask(route("far"), func(n *NewDelivery) { n.Addressed = c.addressed })
			r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: DoneKind, Sends: []KeyedSend{{Key: "a", Text: "the answer"}}})
			if c.restart {
				r.restart(0)
			}
			r.come(irc, 8)
			op := r.operated()
			r.verdict(Committed, irc, sent(op.Lease, c.state))
			if c.state == chat.SendUnknown { // posted once more, marked
				op = r.operated()
				r.verdict(Committed, irc, sent(op.Lease, c.state))
			}
			if c.want == "" {
				r.saidExactly("")
				return
			}
			notice := r.operated()
			if notice.Reason != chat.ForNotice || !strings.Contains(notice.Parts[0].Text, c.want) || !strings.Contains(notice.Parts[0].Text, "oco show "+id) {
				t.Fatalf("%+v, want a notice that it %s", notice, c.want)
			}
			r.verdict(Committed, irc, sent(notice.Lease, chat.SendFailed))
			r.saidExactly("")
		})
	}
}

// An acknowledgement is all that a person sees of a command that said nothing, and
// nobody would tell them that it was lost: it is posted until somebody knows, a few
// times, with pauses and each time marked. [OCO-DLV-51]
func TestAcknowledgementThatIsLostAgainAndAgain(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	id := r.ask(route("far"), func(n *NewDelivery) { n.Addressed = true })
	r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: DoneKind})
	r.come(irc, 8)
	op := r.operated()
	if op.Reason != chat.ForBot {
		t.Fatalf("%+v, want an acknowledgement", op)
	}
	first := op.Lease.Delivery
	for _, pause := range []time.Duration{0, 2 * time.Second, 4 * time.Second, 8 * time.Second} {
		r.verdict(Committed, irc, sent(op.Lease, chat.SendUnknown))
		if pause > 0 {
			if r.pass(pause - time.Millisecond); len(of[Operate](r)) > 0 {
				t.Fatalf("it is said again before %s: of an adapter that never knows that makes a flood", pause)
			}
			r.pass(time.Millisecond)
		}
		if op = r.operated(); !op.Repeat || op.Lease.Delivery != first {
			t.Fatalf("%+v, want the acknowledgement again, marked", op)
		}
	}
	r.verdict(Committed, irc, sent(op.Lease, chat.SendUnknown))
	if r.pass(time.Minute); len(of[Operate](r)) > 0 {
		t.Fatal("there is no end")
	}
	r.saidExactly("")
}
