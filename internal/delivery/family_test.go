package delivery

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/store"
)

// bring admits an event of a person's with so many deliveries and returns their ids.
func (r *rig) bring(event, user string, n int) (ids []string) {
	r.t.Helper()
	var all []NewDelivery
	for i := range n {
		ids = append(ids, fmt.Sprintf("%s.%d", event, i))
		all = append(all, NewDelivery{ID: ids[i], Route: route("far", unordered), Match: []byte("m"), User: user, Place: r.room})
	}
	r.n++
	r.do(Admit{Events: []Event{{ID: event, Dedup: [16]byte{byte(r.n), 1}, Payload: []byte("payload"), Deliveries: all}}})
	return ids
}

func (r *rig) doneAll(ids ...string) {
	r.t.Helper()
	for _, id := range ids {
		r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: DoneKind})
	}
}

// What is erased of several events, and what is left of several, adds up (OCO-RPC-36).
func TestErasedAddsUp(t *testing.T) {
	r := well(t)
	var rows [][]byte
	var over, open []string
	for n := range 3 {
		over = append(over, r.bring(fmt.Sprint("over", n), "user:1:al", n+1)...)
		open = append(open, r.bring(fmt.Sprint("open", n), "user:1:al", 3)...)
	}
	bobs := r.bring("bobs", "user:1:bo", 2)
	r.doneAll(over...)
	r.doneAll(bobs...)
	for n := range open {
		if n%3 < 2 { // two of each event; the third has not ended
			r.doneAll(open[n])
		}
	}
	for _, id := range append([]string{"gone"}, append(append(over, bobs...), open...)...) {
		rows = append(rows, EndedKey(id))
	}
	if got := r.do(Erase{Person: alice, Rows: rows}).(Erased); got != (Erased{Events: 3, Deliveries: 6, Open: 6}) {
		t.Errorf("%+v", got)
	}
	for id, want := range map[string]bool{"over0.0": true, "over2.0": true, "over2.2": true, "open1.0": false, "bobs.0": false} {
		if r.ended(id).Forgotten != want {
			t.Errorf("%s is forgotten: %t", id, !want)
		}
	}
}

// A record that is missing hides none of the others of its event.
func TestARecordThatIsMissing(t *testing.T) {
	r := well(t)
	ids := r.bring("e", "user:1:al", 3)
	r.doneAll(ids...)
	delete(r.rows, string(EndedKey(ids[1])))
	if got := r.do(Erase{Person: alice, Rows: [][]byte{EndedKey(ids[0])}}).(Erased); got != (Erased{Events: 1, Deliveries: 2}) {
		t.Errorf("%+v", got)
	}
	if !r.ended(ids[2]).Forgotten {
		t.Error("what comes behind it is not forgotten")
	}
}

// The way from a chat service's id goes with its message, where there is one; for an
// id that no key can hold none is looked for.
func TestWaysGoWithTheirMessages(t *testing.T) {
	for _, length := range []int{0, 1, maxServiceID, maxServiceID + 1, 2 * store.MaxKeySize} {
		r := well(t)
		end := r.tell("one")
		id := strings.Repeat("x", length)
		c := sent(r.operated().Lease, chat.Sent)
		c.Operation.ServiceID = id
		r.verdict(Committed, irc, c)
		want := 0
		if length > 0 && length <= maxServiceID {
			want = 1
		}
		if got := r.count(prefixService); got != want {
			t.Errorf("%d ways for an id of %d bytes", got, length)
		}
		r.now = r.now.Add(time.Hour)
		in := Retain{Rows: [][]byte{SentKey(end.Message)}, Kept: Kept{Records: time.Minute}, Remove: true}
		facts := Facts{}
		for keys := r.m.Facts(in, facts); len(keys) > 0; keys = r.m.Facts(in, facts) {
			for _, k := range keys {
				if err := store.CheckKey(k); err != nil {
					t.Errorf("an id of %d bytes: it reads %.20q: %v", length, k, err)
				}
				facts[string(k)] = r.rows[string(k)]
			}
		}
		if out := r.do(in).(Retained); out.Messages != 1 || r.count(prefixService) != 0 {
			t.Errorf("an id of %d bytes: %+v, %d ways are left", length, out, r.count(prefixService))
		}
	}
}

// What waits to be posted for an event keeps all that is known of it, also where it is
// of none of its deliveries.
func TestAWordForAnEventKeepsIt(t *testing.T) {
	r := well(t)
	ids := r.bring("e", "user:1:al", 2)
	r.doneAll(ids...)
	o := &send{id: "m1", event: &event{id: "e"}, place: r.room}
	r.m.keep(o)
	rows := [][]byte{EndedKey(ids[0])}
	if got := r.do(Erase{Person: alice, Rows: rows}).(Erased); got != (Erased{Open: 2}) {
		t.Errorf("while it waits: %+v", got)
	}
	o.event.id = "another"
	if got := r.do(Erase{Person: alice, Rows: rows}).(Erased); got != (Erased{Events: 1, Deliveries: 2}) {
		t.Errorf("once none waits: %+v", got)
	}
}
