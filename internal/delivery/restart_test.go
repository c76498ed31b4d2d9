package delivery

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/store"
)

// OCO-DLV-43: leases of remote replicas run their full term again, what was open
// is not offered for 15 s, and what is new is offered at once.
func TestRestartRemote(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	leased := r.ask(route("far"))
	waits := r.ask(route("far", unordered))
	r.pass(time.Second)
	r.restart(time.Second)
	r.refused(Heartbeat{far, nil}, chat.ReplicaNotFound)
	r.come(far, 4)
	if len(of[Offer](r)) > 0 {
		t.Fatal("offered before 15 s")
	}
	fresh := r.ask(route("far", unordered))
	if l := r.offered(); l.Delivery != fresh {
		t.Fatalf("%+v", l)
	}
	r.pass(4 * time.Second)
	r.saidContains("deploy waits: the bot was started again, and goes on in a moment. To cancel it: oco cancel " + waits)
	r.pass(10 * time.Second)
	if len(of[Offer](r)) > 0 {
		t.Fatal("offered before 15 s")
	}
	if lost := r.do(Heartbeat{far, []Lease{r.first(leased)}}).([]string); len(lost) > 0 {
		t.Fatalf("lost %v", lost)
	}
	r.pass(time.Second)
	if l := r.offered(); l.Delivery != waits {
		t.Fatalf("%+v", l)
	}
	r.pass(25 * time.Second)
	r.open(leased)
	r.pass(10 * time.Second)
	r.outcome(leased, chat.Unknown)
}

// OCO-DLV-44: leases of the bot's own children died with it.
func TestRestartChildren(t *testing.T) {
	r := newRig(t)
	r.come(kid, 4)
	r.do(Hello{Replica: irc, Role: chat.RoleAdapter, Child: true})
	r.do(Activate{Account: "account:1", From: irc, Idempotent: true, Service: "matrix"})
	r.do(Connect{Replica: irc, Sink: 99, Credit: 9})
	once := r.ask(route("kid"))
	again := r.ask(route("kid", repeatable, unordered, named("look")))
	waits := r.ask(route("kid"))
	m := r.tell("hello")
	r.restart(time.Second)
	r.outcome(once, chat.Unknown)
	r.open(again)
	if len(r.m.plugins["kid"].replicas) != 0 || len(r.m.leases) != 0 {
		t.Fatalf("what died is kept: %+v", r.m.plugins["kid"].replicas)
	}
	r.come(Replica{"kid", "k2"}, 4)
	if l := r.offered(); l.Delivery != waits {
		t.Fatalf("what was open for a child waits: %+v", l)
	}
	r.pass(time.Second)
	if l := r.offered(); l.ID != again+".2" {
		t.Fatalf("%+v", l)
	}
	// OCO-DLV-32, OCO-DLV-34: the message is asked for again, and the service is
	// still known to recognise it.
	r.do(Hello{Replica: Replica{"irc", "a2"}, Role: chat.RoleAdapter, Child: true})
	r.do(Activate{Account: "account:1", From: Replica{"irc", "a2"}, Idempotent: true, Service: "matrix"})
	r.do(Connect{Replica: Replica{"irc", "a2"}, Sink: 100, Credit: 9})
	op := of[Operate](r)[0]
	if op.Lease.ID != m.Message+".2" || op.Repeat || op.Epoch != 2 {
		t.Fatalf("%+v", op)
	}
}

// A merged notice stays one message over a restart.
func TestRestartKeepsNoticesTogether(t *testing.T) {
	r := newRig(t)
	r.come(irc, 4)
	for range 3 {
		r.ask(route("far"), func(n *NewDelivery) { n.Refused = true })
	}
	for len(of[Operate](r)) == 0 || len(of[Operate](r)[0].Parts) != 2 {
		for _, o := range r.m.outbox {
			if o.lease != nil {
				r.verdict(Committed, irc, sent(Lease{o.id, o.lease.id}, chat.Sent))
			}
		}
		r.pass(2 * time.Second)
	}
	r.restart(0)
	led := 0
	for _, o := range r.m.outbox {
		led += len(o.merged)
	}
	if led != 1 || len(r.m.outbox) != 2 {
		t.Fatalf("%d led of %d", led, len(r.m.outbox))
	}
	r.come(irc, 4)
	r.pass(31 * time.Second)
	r.come(irc, 4)
	r.pass(2 * time.Second)
	for _, o := range r.m.outbox {
		if o.lease != nil {
			r.verdict(Committed, irc, sent(Lease{o.id, o.lease.id}, chat.Sent))
		}
	}
	if len(r.m.outbox) != 0 {
		t.Fatalf("%d are left", len(r.m.outbox))
	}
}

// A part whose leading message ended is a message of its own.
func TestRestartPartWithoutLeader(t *testing.T) {
	r := newRig(t)
	r.ask(route("far"), func(n *NewDelivery) { n.Refused = true })
	r.rows[string(turnOfSend(1))] = []byte{0x72, 1, 'x'} // with: x
	r.restart(0)
	r.come(irc, 1)
	if len(of[Operate](r)) != 1 {
		t.Fatal("it is lost")
	}
}

// Damage is named, and nothing is taken for absent.
func TestRecoverNamesDamage(t *testing.T) {
	for key, want := range map[string]string{
		string(DeliveryKey("d1")):       "open deliveries: d1",
		string(AccountKey("account:1")): "accounts",
		string(OutboxKey(1)):            "outbox",
		prefixDedup + "xx":              "events that were seen: a key of 4 bytes where 14 were expected",
		string(dedupPrefix(0)):          "the beginning of generation 0",
		string(dedupKey(0, 1)):          "a row of generation 0",
	} {
		r := newRig(t)
		r.rows[key] = []byte{0xff, 0xff}
		if strings.HasPrefix(key, prefixOpen) {
			r.rows[string(TurnKey("d2"))] = nil
		}
		s := New(r.opt, r.now, rand.New(rand.NewPCG(1, 1))).Begin(r.now, &store.Batch{})
		if err := s.Recover(r.rows.scan, r.now); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", key, err, want)
		}
	}
	for fixed, turn := range map[string]string{string(DeliveryKey("d1")): string(TurnKey("d1")), string(OutboxKey(1)): string(turnOfSend(1))} {
		r := newRig(t)
		r.rows[fixed], r.rows[turn] = nil, []byte{0xff}
		s := New(r.opt, r.now, rand.New(rand.NewPCG(1, 1))).Begin(r.now, &store.Batch{})
		if s.Recover(r.rows.scan, r.now) == nil {
			t.Errorf("the damage of %q went unseen", turn)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a damaged record was taken for absent")
		}
	}()
	r := newRig(t)
	r.rows[string(EndedKey("d1"))] = []byte{0xff}
	r.submit(Drop{Delivery: "d1"})
}

// OCO-DLV-4: a repeat has no effect for as long as a generation is kept, also
// over restarts, and old generations go.
func TestDedup(t *testing.T) {
	r := newRig(t, func(o *Options) { o.DedupLeast, o.DedupKeep = 3, time.Hour })
	publish := func(n byte) Admitted {
		return r.do(Admit{Events: []Event{{ID: "e", Dedup: [16]byte{n}}}}).(Admitted)
	}
	if a := r.do(Admit{Events: []Event{{ID: "e", Dedup: [16]byte{1}}, {ID: "e", Dedup: [16]byte{1}}}}).(Admitted); a.Admitted != 1 || a.Duplicates != 1 {
		t.Fatalf("%+v", a)
	}
	if strings.Contains(strings.Join(keys(r), " "), prefixEvent) {
		t.Fatal("an event without deliveries is stored") // OCO-DLV-3
	}
	for n := byte(2); n < 40; n++ {
		r.now = r.now.Add(29 * time.Minute)
		if n%5 == 0 {
			r.restart(time.Minute)
		}
		if a := publish(n); a.Admitted != 1 {
			t.Fatalf("%d: %+v", n, a)
		}
		if a := publish(n - 1); a.Duplicates != 1 {
			t.Fatalf("%d: %+v", n-1, a)
		}
	}
	if n := len(keys(r)); n > 12 {
		t.Fatalf("%d rows are kept", n)
	}
	if a := publish(1); a.Admitted != 1 {
		t.Fatal("it is kept for ever")
	}
	if s := r.do(Inspect{}).(Snapshot); s.Dedup > 8 {
		t.Fatalf("%d in memory", s.Dedup)
	}
}

func keys(r *rig) []string {
	var all []string
	for k := range r.rows {
		all = append(all, k)
	}
	return all
}
