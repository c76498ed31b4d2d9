package delivery

import (
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"google.golang.org/protobuf/proto"
)

// restored starts on a backup that was made a minute ago.
func (r *rig) restored() {
	r.t.Helper()
	r.rows[string(RestoredKey())] = RestoredAt(r.now)
	r.restart(time.Minute)
	if _, left := r.rows[string(RestoredKey())]; left {
		r.t.Error("the mark of the restored backup is still there")
	}
}

// What was open in a backup may have run since: nothing that is once runs again, and
// what is repeatable does (OCO-STO-25).
func TestRestoredDeliveries(t *testing.T) {
	for _, name := range []string{"far", "kid"} {
		r := newRig(t)
		id := Replica{name, "1"}
		r.come(id, 2)
		leased := r.ask(route(name))
		waits := r.ask(route(name))
		again := r.ask(route(name, repeatable, unordered, named("look")))
		later := r.ask(route(name, repeatable, unordered, named("see")))
		if len(r.m.leases) != 2 {
			t.Fatalf("%d leases, want those of %s and %s", len(r.m.leases), leased, again)
		}
		r.restored()
		for _, id := range []string{leased, waits} {
			r.outcome(id, chat.Unknown)
			r.listed(id, true)
			if row := r.ended(id); row.Detail != "restored from a backup of 2027-01-15 08:00 UTC: it may have run since" {
				t.Errorf("%s: %q", id, row.Detail)
			}
		}
		r.saidContains("the bot was restored from a backup of 08:00 UTC, so it may have run since")
		if strings.Count(r.said(), "may have run since") != 3 {
			t.Errorf("said:\n%s", r.said())
		}
		r.open(again)
		r.open(later)
		r.come(Replica{name, "2"}, 4)
		r.pass(20 * time.Second)
		if len(r.m.leases) != 2 || r.m.open[again].lease == nil || r.m.open[later].lease == nil {
			t.Errorf("%s: what is repeatable does not go on: %d leases", name, len(r.m.leases))
		}
		r.restart(time.Second)
		r.open(again)
	}
}

// What waited to be posted may have been: it is posted as a possible repeat, or by
// its policy not at all; a service that recognises repeats is simply asked again.
func TestRestoredSends(t *testing.T) {
	for name, c := range map[string]struct {
		idempotent, leased bool
	}{"irc": {}, "irc, leased": {leased: true}, "matrix": {idempotent: true}, "matrix, leased": {idempotent: true, leased: true}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			connect := func(id Replica, sink Sink, credit int) {
				r.do(Hello{Replica: id, Role: chat.RoleAdapter})
				r.do(Activate{Account: "account:1", From: id, Idempotent: c.idempotent, Service: "x"})
				r.do(Connect{Replica: id, Sink: sink, Credit: credit})
			}
			connect(irc, 90, 1)
			if !c.leased {
				r.do(Disconnect{Replica: irc, Sink: 90})
			}
			say := func(text string, policy chat.RepeatPolicy) string {
				return r.do(Say{Send: NewSend{Place: chat.Place{Room: text}, Text: text, Reason: chat.ForClient, Terms: Terms{RepeatPolicy: policy}}}).(SendEnd).Message
			}
			first := say("first", 0)
			second := say("second", 0)
			rather := say("rather lost", chat.PreferLoss)
			if leased := r.m.outbox[first].lease != nil; leased != c.leased {
				t.Fatalf("the first is leased: %t", leased)
			}
			r.restored()
			var end record.Send
			v, ended := r.rows[string(SentKey(rather))]
			if ended == c.idempotent {
				t.Fatalf("what should rather be lost has ended: %t", ended)
			}
			if ended {
				if err := proto.Unmarshal(v, &end); err != nil || chat.SendState(end.State) != chat.SendUnknown || !strings.Contains(end.Detail, "restored from a backup") {
					t.Errorf("%v, %v", &end, err)
				}
			}
			connect(Replica{"irc", "a2"}, 91, 8)
			asked := map[string]bool{}
			for _, o := range r.m.outbox {
				if o.lease != nil {
					asked[o.id] = o.repeat
				}
				if !o.unsure {
					t.Errorf("%s passes for surely not posted", o.id)
				}
			}
			want := 2
			if c.idempotent {
				want = 3
			}
			if len(asked) != want || asked[first] == c.idempotent || asked[second] == c.idempotent {
				t.Errorf("asked for, as a repeat: %v", asked)
			}
			r.restart(time.Second)
			if o := r.m.outbox[second]; o == nil || !o.unsure {
				t.Error("that it may have been posted is forgotten by a restart")
			}
		})
	}
}

func TestRestoredMarkIsDamaged(t *testing.T) {
	r := newRig(t)
	r.rows[string(RestoredKey())] = []byte("x")
	m := New(r.opt, r.now, nil)
	s := m.Begin(r.now, nil)
	if err := s.Recover(r.rows.scan, r.now); err == nil || !strings.Contains(err.Error(), "the mark of a restored backup") {
		t.Errorf("%v", err)
	}
}
