package delivery

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/store"
	"google.golang.org/protobuf/proto"
)

// Get and Scan make a store that can be read of rows.
func (r rows) Get(key []byte) ([]byte, error) {
	if v, ok := r[string(key)]; ok {
		return v, nil
	}
	return nil, store.ErrNotFound
}

func (r rows) Scan(prefix, after []byte, visit func(key, value []byte) error) error {
	err := r.scan(prefix, func(key, value []byte) error {
		if after != nil && string(key) <= string(after) {
			return nil
		}
		return visit(key, value)
	})
	if errors.Is(err, store.ErrStop) {
		return nil
	}
	return err
}

// retain retains, as the engine would, all that there is.
func (r *rig) retain(kept Kept) (all Retained) {
	r.t.Helper()
	add := func(n Retained) {
		all.Deliveries += n.Deliveries
		all.Messages += n.Messages
		all.Requests += n.Requests
		all.Texts += n.Texts
		all.Unsettled += n.Unsettled
		all.Later = append(all.Later, n.Later...)
	}
	for _, remove := range []bool{true, false} {
		for _, log := range Logs() {
			stretch := Stretch{Until: r.now, Most: 3, Reads: 5}
			for {
				found, err := OldRows(r.rows, log, stretch, !remove)
				if err != nil {
					r.t.Fatal(err)
				}
				in := Retain{Rows: found.Rows, Kept: kept, Remove: remove}
				if log == EndedDeliveries {
					in.Deliveries = r.count(string(EndedDeliveries)) - kept.Most
				} else {
					in.Messages = r.count(string(EndedMessages)) + r.count(string(EndedOperations)) - kept.Most
				}
				add(r.do(in).(Retained))
				if !found.More {
					break
				}
				stretch.After = found.Last
			}
		}
	}
	found, err := OldRequests(r.rows, r.now, Stretch{Most: 100, Reads: 100})
	if err != nil {
		r.t.Fatal(err)
	}
	add(r.do(Retain{Rows: found.Rows, Kept: kept, Remove: true}).(Retained))
	return all
}

func (r *rig) count(prefix string) (n int) {
	for k := range r.rows {
		if strings.HasPrefix(k, prefix) {
			n++
		}
	}
	return n
}

func (r *rig) event(id string) *record.Event {
	r.t.Helper()
	row := &record.Event{}
	if err := proto.Unmarshal(r.rows[string(EventKey(id))], row); err != nil {
		r.t.Fatal(err)
	}
	return row
}

// finish completes a delivery that was offered just now, with what it says, and lets
// the adapter post all.
func (r *rig) finish(how CompletionKind, sends ...KeyedSend) {
	r.t.Helper()
	r.verdict(Committed, far, Completion{Lease: r.offered(), Kind: how, UserText: "no such app", Detail: "because", Sends: sends})
	r.postAll()
}

func (r *rig) postAll() {
	r.t.Helper()
	post := func() {
		for _, op := range of[Operate](r) {
			r.verdict(Committed, irc, Completion{Lease: op.Lease, Kind: DoneKind, Operation: &OperationResult{State: chat.Sent, ServiceID: "x" + op.Lease.Delivery, Detail: "said it"}})
		}
	}
	for range 4 {
		post() // what was handed out, then what its end let go
	}
	r.pass(10 * time.Second)
	post()
	if n := len(r.m.outbox); n > 0 {
		r.t.Fatalf("%d sends are left: %s", n, r.said())
	}
}

var forEver = Kept{Records: 1000 * time.Hour, Most: 1000, Text: 1000 * time.Hour}

func well(t *testing.T) *rig {
	r := newRig(t)
	r.come(irc, 50)
	r.come(far, 50)
	return r
}

// A record goes with all that belongs to it when it was kept for long enough, and not
// before (OCO-DLV-52).
func TestRecordsGoByAge(t *testing.T) {
	r := well(t)
	before := r.copy()
	d := r.ask(route("far"))
	r.finish(DoneKind, KeyedSend{Key: "a", Text: "one"}, KeyedSend{Key: "b", Text: "two", Place: chat.Place{Room: "elsewhere"}, Elsewhere: true})
	if r.count(prefixSent) != 2 || r.count(prefixService) != 2 || r.count(prefixEvent) != 1 {
		t.Fatalf("%d sent, %d ways, %d events", r.count(prefixSent), r.count(prefixService), r.count(prefixEvent))
	}
	end := time.UnixMilli(r.ended(d).EndMs)
	kept := forEver
	kept.Records = time.Hour
	r.now = end.Add(time.Hour - time.Millisecond)
	if n := r.retain(kept); n.Deliveries != 0 {
		t.Fatalf("removed before its time: %+v", n)
	}
	r.now = end.Add(time.Hour)
	if n := r.retain(kept); n.Deliveries != 1 || n.Unsettled != 0 {
		t.Fatalf("%+v", n)
	}
	for k := range r.rows {
		if _, there := before[k]; !there && !strings.HasPrefix(k, prefixDedup) {
			t.Errorf("%q is left", k)
		}
	}
	r.refused(RetryOf{Old: d, New: NewDelivery{ID: "new", Route: route("far")}}, chat.DeliveryNotFound)
}

// The oldest go when there are too many; what is on the open list goes after all that
// is not, and what nobody settled is counted (OCO-DLV-53).
func TestRecordsGoByNumber(t *testing.T) {
	r := well(t)
	var bad, good []string
	for range 3 {
		bad = append(bad, r.ask(route("far")))
		r.finish(Fail)
		good = append(good, r.ask(route("far")))
		r.finish(DoneKind)
	}
	r.now = r.now.Add(2 * time.Minute)
	kept := forEver
	kept.Most = 4
	if n := r.retain(kept); n.Deliveries != 2 || n.Unsettled != 0 {
		t.Fatalf("%+v", n)
	}
	for i, id := range append(bad, good...) {
		if _, there := r.rows[string(EndedKey(id))]; there != (i != 3 && i != 4) {
			t.Errorf("%s is there: %t", id, there)
		}
	}
	kept.Most = 1
	if n := r.retain(kept); n.Deliveries != 3 || n.Unsettled != 2 {
		t.Fatalf("%+v", n)
	}
	r.listed(bad[2], true)
	if r.m.onList != 1 || r.count(prefixOpenList) != 1 || r.count(prefixEnded) != 1 {
		t.Fatalf("the open list has %d, counted %d", r.count(prefixOpenList), r.m.onList)
	}
	r.restart(time.Minute)
	if r.m.onList != 1 {
		t.Fatal("another count after a restart")
	}
}

// What has just ended stays, whatever its number, and what may yet be resolved stays
// for an hour.
func TestWhatMayBeAskedForStays(t *testing.T) {
	r := well(t)
	r.ask(route("far"))
	r.finish(DoneKind)
	kept := Kept{Records: time.Second, Most: 0, Text: 0}
	r.now = r.now.Add(30 * time.Second)
	if n := r.retain(kept); n.Deliveries != 0 {
		t.Fatalf("%+v", n)
	}
	r.now = r.now.Add(time.Minute)
	if n := r.retain(kept); n.Deliveries != 1 {
		t.Fatalf("%+v", n)
	}
	unknown := r.ask(route("far"))
	lease := r.offered()
	r.do(Gone{far})
	r.outcome(unknown, chat.Unknown)
	r.postAll()
	r.now = r.now.Add(time.Hour - time.Minute)
	if n := r.retain(kept); n.Deliveries != 0 {
		t.Fatalf("%+v", n)
	}
	r.come(far, 1)
	r.verdict(Resolved, far, Completion{Lease: lease, Kind: DoneKind})
	r.postAll()
	r.now = r.now.Add(time.Hour)
	if n := r.retain(kept); n.Deliveries != 1 {
		t.Fatalf("%+v", n)
	}
	r.verdict(NotTaken, far, Completion{Lease: lease, Kind: DoneKind})
}

// A record stays while its callback has not returned, while something that it said
// waits, and while another delivery of its event is open (OCO-DLV-56).
func TestWhatIsOpenKeepsItsRecords(t *testing.T) {
	kept := Kept{Records: time.Second, Most: 0, Text: 1000 * time.Hour}
	t.Run("callback", func(t *testing.T) {
		r := well(t)
		d := r.ask(route("far"))
		lease := r.offered()
		r.do(CancelOf{Delivery: d, By: "bob"})
		r.postAll()
		for range 30 { // the replica lives, and its callback hangs
			r.now = r.now.Add(10 * time.Second)
			r.do(Heartbeat{Replica: far, Held: []Lease{lease}})
		}
		if n := r.retain(kept); n.Deliveries != 0 {
			t.Fatalf("%+v", n)
		}
		r.verdict(Duplicate, far, Completion{Lease: lease, Kind: DoneKind})
		if n := r.retain(kept); n.Deliveries != 1 {
			t.Fatalf("%+v", n)
		}
	})
	t.Run("sends", func(t *testing.T) {
		r := newRig(t)
		r.come(far, 5)
		r.ask(route("far"))
		r.verdict(Committed, far, Completion{Lease: r.offered(), Kind: DoneKind, Sends: []KeyedSend{{Key: "a", Text: "one"}}})
		r.now = r.now.Add(2 * time.Minute)
		if n := r.retain(kept); n.Deliveries != 0 {
			t.Fatalf("%+v", n)
		}
	})
	t.Run("notices", func(t *testing.T) {
		r := newRig(t)
		r.come(far, 5)
		r.ask(route("far"))
		r.verdict(Committed, far, Completion{Lease: r.offered(), Kind: Fail})
		r.now = r.now.Add(2 * time.Minute)
		if n := r.retain(kept); n.Deliveries != 0 || r.said() == "" {
			t.Fatalf("%+v", n)
		}
	})
	t.Run("family", func(t *testing.T) {
		r := well(t)
		event := Event{ID: "e", Payload: []byte("p"), Deliveries: []NewDelivery{
			{ID: "d8", Route: route("far", unordered), Match: []byte("m"), User: "alice", Place: r.room},
			{ID: "d9", Route: route("kid", unordered), Match: []byte("m"), User: "alice", Place: r.room},
		}}
		r.do(Admit{Events: []Event{event}})
		r.verdict(Committed, far, Completion{Lease: r.offered(), Kind: DoneKind})
		r.now = r.now.Add(2 * time.Minute)
		bare := kept
		bare.Text = 0
		if n := r.retain(bare); n.Deliveries+n.Texts != 0 || len(r.event("e").Payload) == 0 {
			t.Fatalf("%+v", n)
		}
		r.do(CancelOf{Delivery: "d9", By: "bob"})
		r.postAll()
		r.now = r.now.Add(2 * time.Minute)
		if n := r.retain(kept); n.Deliveries != 2 || r.count(prefixEvent) != 0 {
			t.Fatalf("%+v", n)
		}
	})
}

// A retry keeps what it was a retry of: they go together, when the last is old.
func TestARetryKeepsWhatItRunsAgain(t *testing.T) {
	r := well(t)
	first := r.ask(route("far"))
	r.finish(Fail)
	other := r.ask(route("far"))
	r.finish(DoneKind)
	r.now = r.now.Add(time.Hour)
	r.do(RetryOf{Old: first, New: NewDelivery{ID: "d9", Route: route("far"), Match: []byte("m"), Addressed: true, User: "alice", Place: r.room}, By: "bob"})
	r.finish(DoneKind)
	r.now = r.now.Add(2 * time.Minute)
	kept := forEver
	kept.Records, kept.Most = 30*time.Minute, 2
	if n := r.retain(kept); n.Deliveries != 1 || r.rows[string(EndedKey(other))] != nil {
		t.Fatalf("%+v", n)
	}
	kept.Most = 1
	if n := r.retain(kept); n.Deliveries != 2 || r.count(prefixEvent) != 0 {
		t.Fatalf("%+v", n)
	}
}

// What people said goes when it was kept for long enough; the record still tells what
// ran, for whom, when, and how it ended, and cannot run again (OCO-DLV-54, OCO-DLV-55).
func TestTextsGo(t *testing.T) {
	r := well(t)
	d := r.ask(route("far"))
	r.finish(Fail, KeyedSend{Key: "a", Text: "uno"})
	before := r.ended(d)
	end := time.UnixMilli(before.EndMs)
	kept := forEver
	kept.Text = time.Hour
	r.now = end.Add(time.Hour - time.Millisecond)
	n := r.retain(kept)
	if n.Texts != 0 || len(n.Later) == 0 || string(n.Later[0].Row) != string(EndedKey(d)) || !n.Later[0].At.Equal(end.Add(time.Hour)) {
		t.Fatalf("%+v", n)
	}
	r.now = end.Add(2 * time.Hour)
	if n := r.retain(kept); n.Texts != 1 {
		t.Fatalf("%+v", n)
	}
	after := r.ended(d)
	if before.UserText == "" || before.Detail == "" || !IsBare(after) {
		t.Fatalf("%v is left of %v", after, before)
	}
	before.UserText, before.Detail, before.Bare = "", "", true
	if !proto.Equal(before, after) {
		t.Fatalf("%v is left of %v", after, before)
	}
	if e := r.event("e" + d[1:]); e.Payload != nil || !e.Bare || len(e.Deliveries) != 1 {
		t.Fatalf("%v is left of the event", e)
	}
	for k, v := range r.rows {
		for _, text := range []string{"payload", "no such app", "because", "said it", "uno"} {
			if strings.Contains(string(v), text) {
				t.Errorf("%q holds %q", k, text)
			}
		}
	}
	r.listed(d, true)
	r.refused(RetryOf{Old: d, New: NewDelivery{ID: "new", Route: route("far")}}, chat.DeliveryState)
	if n := r.retain(kept); n.Texts+len(n.Later) != 0 {
		t.Fatalf("it goes twice: %+v", n)
	}
	r.do(Drop{Delivery: d, By: "op", Reason: "old"}) // an operator's word is text too
	if n := r.retain(kept); n.Texts != 0 || r.ended(d).Detail != "" {
		t.Fatalf("%+v", n)
	}
}

// A request id is remembered for a day, and how its message ended with it
// (OCO-DLV-35, OCO-DLV-56).
func TestRequestIDsGo(t *testing.T) {
	r := well(t)
	say := Say{Send: NewSend{Place: r.room, Text: "news"}, Caller: "ci", Request: "r1"}
	id := r.do(say).(SendEnd).Message
	r.postAll()
	kept := Kept{Records: 1000 * time.Hour, Most: 0, Text: 0}
	r.now = simStart.Add(24*time.Hour - time.Millisecond)
	if n := r.retain(kept); n.Requests+n.Messages != 0 {
		t.Fatalf("%+v", n)
	}
	if end := r.do(say).(SendEnd); end.Message != id || end.State != chat.Sent {
		t.Fatalf("%+v", end)
	}
	r.now = simStart.Add(24*time.Hour + 20*time.Second)
	if n := r.retain(kept); n.Requests != 1 || n.Messages != 1 || r.count(prefixService)+r.count(prefixSent)+r.count(prefixRequest) != 0 {
		t.Fatalf("%+v", n)
	}
}

// A request id whose message waits is remembered until it ends.
func TestARequestIDStaysWhileItsMessageWaits(t *testing.T) {
	r := newRig(t)
	r.do(Say{Send: NewSend{Place: r.room, Text: "news"}, Caller: "ci", Request: "r1"})
	r.now = r.now.Add(48 * time.Hour)
	n := r.do(Retain{Rows: [][]byte{RequestKey("ci", "r1")}, Kept: Kept{Records: time.Second}, Remove: true}).(Retained)
	if n.Requests != 0 || r.count(prefixRequest) != 1 {
		t.Fatalf("%+v", n)
	}
}

// A way from the chat service's id leads to another message by now: it stays.
func TestAWayThatLeadsElsewhereStays(t *testing.T) {
	r := well(t)
	r.ask(route("far"))
	r.finish(DoneKind, KeyedSend{Key: "a", Text: "one"})
	way := string(ServiceKey("account:1", "xd3/a"))
	if r.rows[way] == nil {
		t.Fatalf("no way: %q", keys(r))
	}
	r.rows[way] = []byte("m1")
	r.now = r.now.Add(time.Hour)
	if n := r.retain(Kept{Records: time.Minute}); n.Deliveries != 1 || r.rows[way] == nil {
		t.Fatalf("%+v", n)
	}
}

// The row of an event's id that was hashed goes with the event.
func TestTheRowOfALongIDGoes(t *testing.T) {
	r := well(t)
	id := "event:1:~~0123"
	r.do(Admit{Events: []Event{{ID: id, Payload: []byte("p"), Writes: []Write{{LongIDKey(id), []byte("long")}}, Deliveries: []NewDelivery{
		{ID: "d9", Route: route("far"), Match: []byte("m"), User: "alice", Place: r.room},
	}}}})
	r.verdict(Committed, far, Completion{Lease: r.offered(), Kind: DoneKind})
	r.now = r.now.Add(time.Hour)
	if n := r.retain(Kept{Records: time.Minute}); n.Deliveries != 1 || r.rows[string(LongIDKey(id))] != nil {
		t.Fatalf("%+v", n)
	}
}

// What of the open list is gone is told once, with its number, also by the next bot
// if the last one had not told it yet (OCO-DLV-68).
func TestWhatIsGoneIsToldByTheNextBot(t *testing.T) {
	r := well(t)
	for range 2 {
		r.ask(route("far"))
		r.finish(Fail)
	}
	r.now = r.now.Add(2 * time.Hour)
	kept := forEver
	kept.Records = time.Hour
	if n := r.retain(kept); n.Unsettled != 2 {
		t.Fatalf("%+v", n)
	}
	r.restart(time.Minute)
	if n := r.do(Unsettled{}).(int); n != 2 {
		t.Fatalf("%d are told", n)
	}
	r.saidContains("operators> 2 deliveries that ended badly, and that nobody settled, were kept for as long as records are, and cannot be run again.")
	if n := r.do(Unsettled{}).(int); n != 0 {
		t.Fatalf("%d are told again", n)
	}
	r.restart(time.Minute)
	if n := r.do(Unsettled{}).(int); n != 0 || r.count("m/") != 0 {
		t.Fatalf("%d are told again", n)
	}
	r.rows[string(unsettledKey())] = []byte("x")
	err := New(r.opt, r.now, rand.New(rand.NewPCG(3, 4))).Begin(r.now, &store.Batch{}).Recover(r.rows.scan, r.now)
	if err == nil || !strings.Contains(err.Error(), "what is gone from the open list") {
		t.Errorf("a damaged row: %v", err)
	}
}
