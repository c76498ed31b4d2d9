package delivery

import (
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"google.golang.org/protobuf/proto"
)

var alice = Person{User: "user:1:al", Rooms: []string{"room:1:D7"}}

// An id is found as a whole, and not in one that is longer.
func TestAPersonIsFoundInText(t *testing.T) {
	for text, want := range map[string]string{
		"user:1:al":                     "(forgotten)",
		"by user:1:al.":                 "by (forgotten).",
		"user:1:al: done":               "(forgotten): done",
		"user:1:al, user:1:al":          "(forgotten), (forgotten)",
		"topic of room:1:D7":            "topic of (forgotten)",
		"user:1:alice":                  "user:1:alice",
		"user:1:al.b":                   "user:1:al.b",
		"user:1:al~20x":                 "user:1:al~20x",
		"xuser:1:al":                    "xuser:1:al",
		"user:1:alice and (user:1:al)":  "user:1:alice and ((forgotten))",
		"room:1:D71":                    "room:1:D71",
		"":                              "",
		"nothing":                       "nothing",
		"user:1:aluser:1:al user:1:al/": "user:1:aluser:1:al (forgotten)/",
	} {
		got, found := alice.cut(text)
		if got != want || found != (want != text) {
			t.Errorf("%q: %q, found: %t; want %q", text, got, found, want)
		}
	}
}

// erase lets the machine take somebody out of all rows.
func (r *rig) erase(p Person) (all Erased) {
	r.t.Helper()
	in := Stretch{Until: r.now, Most: 100, Reads: 100}
	sends, err := p.NamesInSends(r.rows, in)
	if err != nil {
		r.t.Fatal(err)
	}
	deliveries, err := p.NamesIn(r.rows, in)
	if err != nil {
		r.t.Fatal(err)
	}
	for i, rows := range [][][]byte{sends.Rows, deliveries.Rows, nil} {
		if rows == nil && i < 2 {
			continue // without rows it counts what is open
		}
		n := r.do(Erase{Person: p, Rows: rows}).(Erased)
		all.Events += n.Events
		all.Deliveries += n.Deliveries
		all.Messages += n.Messages
		all.Open += n.Open
	}
	return all
}

// inRows says in which rows a text is.
func (r *rig) inRows(text string) (all []string) {
	for k, v := range r.rows {
		if strings.Contains(string(v), text) {
			all = append(all, k)
		}
	}
	return all
}

// Of a person only is left that something of theirs ran, when, and how it ended; what
// others asked for is as it was, but where it names them (OCO-RPC-35).
func TestErase(t *testing.T) {
	r := well(t)
	direct := func(n *NewDelivery) { n.Place = chat.Place{Room: "room:1:D7"} }
	his := r.ask(route("far"), by("user:1:al"), direct)
	r.finish(Fail, KeyedSend{Key: "a", Text: "one", Place: chat.Place{Room: "room:1:ops"}, Elsewhere: true})
	bobs := r.ask(route("far"), by("user:1:bob"))
	r.verdict(Committed, far, Completion{Lease: r.offered(), Kind: Fail, UserText: "ask user:1:al", Detail: "of user:1:alice"})
	r.postAll()
	r.do(Say{Send: NewSend{Place: chat.Place{User: "user:1:al"}, Text: "news"}, Caller: "ci"})
	r.postAll()
	r.do(Say{Send: NewSend{Place: r.room, Text: "news"}, Caller: "ci"})
	r.postAll()
	before, other := r.ended(his), r.copy()
	done := r.erase(alice)
	if done.Events != 1 || done.Deliveries != 1 || done.Open != 0 || done.Messages < 2 {
		t.Fatalf("%+v", done)
	}
	if rows := r.inRows("room:1:D7"); len(rows) > 0 {
		t.Errorf("their room is left in %q", rows)
	}
	after := r.ended(his)
	before.User, before.Place, before.UserText, before.Detail, before.Bare, before.Forgotten = "", nil, "", "", true, true
	if !proto.Equal(before, after) {
		t.Errorf("%v is left, want %v", after, before)
	}
	if b := r.ended(bobs); b.UserText != "ask (forgotten)" || b.Detail != "of user:1:alice" || b.User != "user:1:bob" || b.Bare || r.event("e"+bobs[1:]).Bare {
		t.Errorf("of bob's is left %v", b)
	}
	if string(r.rows[string(EventKey("e"+bobs[1:]))]) != string(other[string(EventKey("e"+bobs[1:]))]) {
		t.Error("bob's event was touched")
	}
	if again := r.erase(alice); again != (Erased{}) {
		t.Errorf("a second time: %+v", again)
	}
	r.restart(time.Minute)
}

// What is open, runs, or may yet be resolved, is left and counted (OCO-RPC-36); what
// was forgotten is resolved by nobody.
func TestEraseLeavesWhatIsOpen(t *testing.T) {
	r := well(t)
	event := Event{ID: "e", Payload: []byte("p"), Deliveries: []NewDelivery{
		{ID: "d8", Route: route("far", unordered), Match: []byte("m"), User: "user:1:al", Place: r.room},
		{ID: "d9", Route: route("kid", unordered), Match: []byte("m"), User: "user:1:al", Place: r.room},
	}}
	r.do(Admit{Events: []Event{event}})
	lease := r.offered()
	if n := r.erase(alice); n != (Erased{Open: 2}) {
		t.Fatalf("both are open: %+v", n)
	}
	r.do(Gone{far})
	r.outcome("d8", chat.Unknown)
	if n := r.erase(alice); n != (Erased{Open: 2}) || r.event("e").Bare {
		t.Fatalf("one is open, one unknown: %+v", n)
	}
	r.do(CancelOf{Delivery: "d9", By: "op"})
	if n := r.erase(alice); n != (Erased{Open: 1}) || r.event("e").Bare {
		t.Fatalf("one is unknown: %+v", n)
	}
	r.now = r.now.Add(time.Hour)
	if n := r.erase(alice); n.Events != 1 || n.Deliveries != 2 || n.Open != 0 {
		t.Fatalf("none is open: %+v", n)
	}
	r.come(far, 1)
	r.verdict(Duplicate, far, Completion{Lease: lease, Kind: DoneKind, Sends: []KeyedSend{{Key: "a", Text: "late"}}})
	r.refused(RetryOf{Old: "d8", New: NewDelivery{ID: "new", Route: route("far")}}, chat.DeliveryState)
}

// A callback that has not returned may still speak.
func TestEraseWaitsForACallback(t *testing.T) {
	r := well(t)
	d := r.ask(route("far"), by("user:1:al"))
	r.do(CancelOf{Delivery: d, By: "op"})
	r.postAll()
	if n := r.erase(alice); n.Deliveries != 0 || n.Open != 1 {
		t.Fatalf("%+v", n)
	}
}

// A message without a place is none that could be changed.
func TestAForgottenMessageIsNotLocated(t *testing.T) {
	r := well(t)
	id := r.do(Say{Send: NewSend{Place: chat.Place{User: "user:1:al"}, Text: "news"}, Caller: "ci"}).(SendEnd).Message
	r.postAll()
	r.do(Locate{id})
	r.erase(alice)
	r.refused(Locate{id}, chat.MessageNotFound)
}

// While something that answers a person waits to be posted, its record would name them
// again: their deliveries are left and counted until it is (OCO-RPC-36).
func TestEraseLeavesWhatWaitsToBePosted(t *testing.T) {
	r := newRig(t)
	r.come(far, 50)
	direct := func(n *NewDelivery) { n.Place = chat.Place{Room: "room:1:D7"} }
	his := r.ask(route("far"), by("user:1:al"), direct)
	r.verdict(Committed, far, Completion{Lease: r.offered(), Kind: Fail, UserText: "no such app"})
	if n := r.erase(alice); n != (Erased{Open: 1}) || r.ended(his).Forgotten {
		t.Fatalf("a notice waits: %+v", n)
	}
	r.come(irc, 50)
	r.postAll()
	if n := r.erase(alice); n.Open != 0 || n.Deliveries != 1 || len(r.inRows("room:1:D7")) > 0 {
		t.Fatalf("all is posted: %+v, %q", n, r.inRows("room:1:D7"))
	}
}

// An event that the adapter brought again when the bot had forgotten it has the same
// id: what became of it the first time is removed and forgotten all the same.
func TestAnEventThatCameTwice(t *testing.T) {
	r := well(t)
	bring := func(n byte, id string) {
		r.do(Admit{Events: []Event{{ID: "e", Dedup: [16]byte{n}, Payload: []byte("p"), Deliveries: []NewDelivery{
			{ID: id, Route: route("far", unordered), Match: []byte("m"), User: "user:1:al", Place: r.room},
		}}}})
	}
	bring(1, "d8")
	r.finish(Fail)
	bring(2, "d9")
	lease := r.offered()
	if n := r.erase(alice); n != (Erased{Open: 2}) {
		t.Fatalf("the second has not ended: %+v", n)
	}
	r.verdict(Committed, far, Completion{Lease: lease, Kind: Fail})
	r.postAll()
	if n := r.erase(alice); n != (Erased{Events: 1, Deliveries: 2, Messages: n.Messages}) {
		t.Fatalf("both have ended: %+v", n)
	}
	if rows := r.inRows("user:1:al"); len(rows) > 0 {
		t.Errorf("named in %q", rows)
	}
	r.now = r.now.Add(2 * time.Hour)
	kept := Kept{Records: time.Hour, Most: 100, Text: time.Hour}
	out := r.do(Retain{Rows: [][]byte{EndedKey("d8"), EndedKey("d9")}, Kept: kept, Remove: true}).(Retained)
	if out.Deliveries != 2 || out.Unsettled != 2 || r.m.onList != 0 || r.count(prefixEnded) != 0 || r.count(prefixEvent) != 0 {
		t.Errorf("%+v, %d on the open list", out, r.m.onList)
	}
}
