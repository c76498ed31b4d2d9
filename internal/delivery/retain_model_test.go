package delivery

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"google.golang.org/protobuf/proto"
)

// A story is what happened to one event, and what retention may do with it, as the rule
// says it in words (OCO-DLV-52 to OCO-DLV-56).
type story struct {
	event   string
	ids     []string // of its deliveries, in order
	listed  int      // of them on the open list
	ended   time.Time
	records int // how many have ended
	open    bool
	pinned  bool // open, spoken of, may be resolved, or only just over
	removed bool
	bare    bool
}

// stories reads what is in the store, without the machine's help but for what is open.
func stories(r *rig) []*story {
	var all []*story
	err := r.rows.scan([]byte(prefixEvent), func(key, value []byte) error {
		var e record.Event
		if err := proto.Unmarshal(value, &e); err != nil {
			return err
		}
		s := &story{event: string(key[2:]), ids: e.Deliveries, bare: e.Bare}
		for _, id := range e.Deliveries {
			if r.m.open[id] != nil {
				s.pinned, s.open = true, true
				continue
			}
			d := r.ended(id)
			s.records++
			if end := time.UnixMilli(d.EndMs); end.After(s.ended) {
				s.ended = end
			}
			outcome := chat.Outcome(d.Outcome)
			bad := outcome == chat.Failed || outcome == chat.Unknown || outcome == chat.Expired
			if bad && !d.Settled {
				s.listed++
			}
			if outcome == chat.Unknown && d.Resolved == 0 && d.RetriedAs == "" && r.now.Sub(time.UnixMilli(d.EndMs)) < time.Hour {
				s.pinned = true
			}
			for _, o := range r.m.outbox {
				s.pinned = s.pinned || o.delivery == id
			}
			for _, l := range r.m.leases {
				s.pinned = s.pinned || l.id == leaseID(id, d.Offers)
			}
		}
		s.pinned = s.pinned || r.now.Sub(s.ended) < time.Minute
		all = append(all, s)
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	// The age of what belongs together is that of its last delivery.
	slices.SortFunc(all, func(a, b *story) int { return strings.Compare(a.ids[len(a.ids)-1], b.ids[len(b.ids)-1]) })
	return all
}

// expect applies the rule.
func expect(all []*story, kept Kept, now time.Time) {
	records, listed := 0, 0
	for _, s := range all {
		records += s.records
		listed += s.listed
	}
	remove := func(s *story) {
		s.removed = true
		records -= s.records
		listed -= s.listed
	}
	for _, s := range all {
		if !s.pinned && now.Sub(s.ended) >= kept.Records {
			remove(s)
		}
	}
	for _, s := range all {
		if !s.removed && !s.pinned && records > kept.Most && (s.listed == 0 || listed > kept.Most) {
			remove(s)
		}
	}
	for _, s := range all {
		s.bare = s.bare || !s.open && !s.removed && now.Sub(s.ended) >= kept.Text
	}
}

// What is left after random histories is what the rule says, no more and no less.
func TestWhatIsLeftIsWhatTheRuleSays(t *testing.T) {
	removed, stayed := 0, 0
	for seed := range uint64(150) {
		rng := rand.New(rand.NewPCG(seed, 9))
		r := newRig(t)
		r.come(irc, 50)
		r.come(far, 50)
		someHours(r, rng)
		kept := Kept{
			Records: time.Duration(rng.IntN(300)) * time.Minute, Most: rng.IntN(12), Text: time.Duration(rng.IntN(100)) * time.Minute,
		}
		if rng.IntN(3) == 0 {
			r.restart(time.Duration(rng.IntN(60)) * time.Second)
		}
		want := stories(r)
		expect(want, kept, r.now)
		r.retain(kept)
		for _, s := range want {
			value, there := r.rows[string(EventKey(s.event))]
			var e record.Event
			if err := proto.Unmarshal(value, &e); err != nil {
				t.Fatal(err)
			}
			if there == s.removed || there && e.Bare != s.bare {
				t.Fatalf("seed %d, %+v: the event is there: %t, bare: %t; want %+v", seed, kept, there, e.Bare, s)
			}
			for _, id := range s.ids {
				_, ended := r.rows[string(EndedKey(id))]
				if r.m.open[id] == nil && ended == s.removed {
					t.Fatalf("seed %d, %+v: %s is there: %t; want %+v", seed, kept, id, ended, s)
				}
			}
			if s.removed {
				removed++
			} else {
				stayed++
			}
		}
		if n := r.count(prefixOpenList); n != r.m.onList {
			t.Fatalf("seed %d: the open list has %d, counted %d", seed, n, r.m.onList)
		}
	}
	if removed < 200 || stayed < 200 {
		t.Fatalf("%d went and %d stayed: that proves little", removed, stayed)
	}
}

// someHours lets things happen for some hours.
func someHours(r *rig, rng *rand.Rand) {
	var ids []string
	for n := range 40 {
		id := fmt.Sprintf("d%03d", n)
		in := Event{ID: fmt.Sprintf("e%d", n), Dedup: [16]byte{byte(n), 1}, Payload: []byte("p")}
		for i := range 1 + rng.IntN(2) {
			plugin := []string{"far", "kid"}[rng.IntN(5)/4]
			in.Deliveries = append(in.Deliveries, NewDelivery{
				ID: id + string(rune('a'+i)), Route: route(plugin, unordered), Match: []byte("m"), User: "alice", Place: r.room, Addressed: rng.IntN(4) == 0,
			})
			ids = append(ids, id+string(rune('a'+i)))
		}
		r.do(Admit{Events: []Event{in}})
		for _, f := range of[Offer](r) {
			switch rng.IntN(5) {
			case 0: // its lease is lost
			case 1:
				r.say(far, Completion{Lease: f.Lease, Kind: Fail, UserText: "no such app"})
			default:
				r.say(far, Completion{Lease: f.Lease, Kind: DoneKind, Sends: []KeyedSend{{Key: "a", Text: "one"}}[:rng.IntN(2)]})
			}
		}
		r.pass(time.Duration(rng.IntN(600)) * time.Second)
		if r.m.plugins["far"].replicas["f1"] == nil {
			r.come(far, 50)
		}
		if rng.IntN(3) == 0 {
			r.come(irc, 50)
			for range 30 {
				for _, op := range of[Operate](r) {
					r.say(irc, Completion{Lease: op.Lease, Kind: DoneKind, Operation: &OperationResult{State: chat.Sent, ServiceID: "x" + op.Lease.Delivery}})
				}
				r.pass(3 * time.Second)
			}
		}
		switch old := ids[rng.IntN(len(ids))]; rng.IntN(8) {
		case 0:
			r.submit(Drop{Delivery: old, By: "op"})
		case 1:
			again := id + "z"
			if reply := r.asked[r.submit(RetryOf{Old: old, New: NewDelivery{ID: again, Route: route("far", unordered), Match: []byte("m"), User: "alice", Place: r.room}, By: "bob"})]; reply.Err == nil {
				ids = append(ids, again)
			}
		}
	}
	r.pass(time.Duration(rng.IntN(90)) * time.Minute)
}
