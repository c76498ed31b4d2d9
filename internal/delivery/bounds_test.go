package delivery

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
)

// What is removed of several events adds up, whatever else is among the rows, and as
// many messages go as are too many (OCO-DLV-53, OCO-DLV-54).
func TestRetainedAddsUp(t *testing.T) {
	r := well(t)
	rows := [][]byte{EndedKey("gone")}
	for n := range 3 {
		ids := r.bring(fmt.Sprint("e", n), "user:1:al", 2)
		r.doneAll(ids...)
		for _, id := range ids {
			rows = append(rows, EndedKey(id))
		}
	}
	r.now = r.now.Add(2 * time.Hour)
	if out := r.do(Retain{Rows: rows, Kept: Kept{Records: 48 * time.Hour, Most: 99, Text: time.Hour}}).(Retained); out.Texts != 3 {
		t.Errorf("%+v", out)
	}
	if out := r.do(Retain{Rows: rows, Kept: Kept{Records: time.Hour, Most: 99}, Remove: true}).(Retained); out.Deliveries != 6 || r.count(prefixEnded) != 0 {
		t.Errorf("%+v, %d are left", out, r.count(prefixEnded))
	}
	var sends [][]byte
	for n := range 5 {
		sends = append(sends, SentKey(r.tell(fmt.Sprint(n)).Message))
		r.postAll()
	}
	r.now = r.now.Add(25 * time.Hour)
	for _, c := range []struct{ tooMany, gone, left int }{{0, 0, 5}, {2, 2, 3}, {9, 3, 0}} {
		in := Retain{Rows: sends, Kept: Kept{Records: 48 * time.Hour, Most: 99}, Remove: true, Messages: c.tooMany}
		if out := r.do(in).(Retained); out.Messages != c.gone || r.count(prefixSent) != c.left {
			t.Errorf("%d too many: %+v, %d are left", c.tooMany, out, r.count(prefixSent))
		}
	}
}

// A message that was asked for outside a delivery stays for a day, however many there
// are: a request id may lead to it. What a delivery said goes with that (OCO-DLV-56).
func TestWhichMessagesStay(t *testing.T) {
	for name, c := range map[string]struct {
		row   *record.Send
		id    string
		age   time.Duration
		stays bool
	}{
		"asked for":              {&record.Send{}, "m1", time.Hour, true},
		"asked for, a day ago":   {&record.Send{}, "m1", requestKept, false},
		"of an event":            {&record.Send{Event: "e"}, "m1", time.Hour, false},
		"of a delivery":          {&record.Send{Delivery: "d1"}, "m1", time.Hour, false},
		"of both":                {&record.Send{Event: "e", Delivery: "d1"}, "m1", time.Hour, false},
		"just ended":             {&record.Send{Event: "e"}, "m1", justEnded - time.Millisecond, true},
		"not quite just ended":   {&record.Send{Event: "e"}, "m1", justEnded, false},
		"said by a delivery":     {&record.Send{Event: "e", Delivery: "d1"}, "d1/a", time.Hour, true},
		"said by one, long gone": {&record.Send{Event: "e", Delivery: "d1"}, "d1/a", 99 * time.Hour, true},
	} {
		r := newRig(t)
		r.pass(100 * time.Hour)
		c.row.EndMs = ms(r.now.Add(-c.age))
		row, err := proto.Marshal(c.row)
		if err != nil {
			t.Fatal(err)
		}
		r.rows[string(SentKey(c.id))] = row
		in := Retain{Rows: [][]byte{SentKey(c.id)}, Kept: Kept{Records: 48 * time.Hour}, Remove: true, Messages: 1}
		if out := r.do(in).(Retained); (out.Messages == 0) != c.stays {
			t.Errorf("%s: %+v", name, out)
		}
	}
}

// Those of a plugin that wait are looked at from the oldest on.
func TestInWhichOrderWhatWaitsIsLookedAt(t *testing.T) {
	r := newRig(t)
	var want []string
	for second := range 4 {
		for n := range 5 {
			id := fmt.Sprintf("d%d", 100-10*second+n) // the ids do not go up with time
			want = append(want, id)
			r.ask(route("far", unordered), unaddressed, func(d *NewDelivery) { d.ID = id })
		}
		r.pass(time.Second)
	}
	var got []string
	for _, d := range r.m.waitingFor(r.m.plugins["far"]) {
		got = append(got, d.id)
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%v, want %v", got, want)
	}
}

// A caller and its request id may be so long together, and no longer.
func TestHowLongARequestIDMayBe(t *testing.T) {
	for length, fits := range map[int]bool{1: true, maxRequest - 2: true, maxRequest - 1: false} {
		r := newRig(t)
		in := Say{Send: NewSend{Place: r.room, Text: "x"}, Caller: "ci", Request: strings.Repeat("r", length)}
		if reply := r.asked[r.submit(in)]; (reply.Err == nil) != fits {
			t.Errorf("an id of %d bytes: %v", length, reply.Err)
		}
	}
}

// A counter goes up and down to the ends of 64 bits, and not beyond.
func TestTheEndsOfACounter(t *testing.T) {
	for _, c := range []struct {
		from, by int64
		fits     bool
	}{
		{math.MaxInt64 - 1, 1, true}, {math.MaxInt64, 1, false}, {math.MaxInt64, 0, true}, {math.MaxInt64, -1, true}, {1, math.MaxInt64, false}, {-1, math.MaxInt64, true},
		{math.MinInt64 + 1, -1, true}, {math.MinInt64, -1, false}, {math.MinInt64, 0, true}, {math.MinInt64, 1, true}, {-1, math.MinInt64, false}, {0, math.MinInt64, true},
	} {
		sum, err := add(&record.Entry{Value: fmt.Append(nil, c.from)}, 0, EntryWrite{Op: AddEntry, Key: "n", Delta: c.by})
		if (err == nil) != c.fits || c.fits && sum != c.from+c.by {
			t.Errorf("%d and %d: %d, %v", c.from, c.by, sum, err)
		}
	}
	for name, row := range map[string]*record.Entry{"no number": {Value: []byte("x")}, "nothing": {}, "apart": {Value: []byte("1"), Apart: 1}} {
		if _, err := add(row, 0, EntryWrite{Op: AddEntry, Key: "n", Delta: 1}); err == nil || err.Reason != chat.FieldInvalid {
			t.Errorf("%s is a counter: %v", name, err)
		}
	}
}

// A message is reported with how long it took.
func TestHowLongAMessageTook(t *testing.T) {
	r := newRig(t)
	r.pass(time.Minute)
	end := r.tell("x")
	r.pass(2500 * time.Millisecond)
	r.come(irc, 1)
	r.verdict(Committed, irc, sent(r.operated().Lease, chat.Sent))
	for _, e := range of[Report](r) {
		if e.Message == end.Message && e.Took == 2500*time.Millisecond {
			return
		}
	}
	t.Errorf("%+v", of[Report](r))
}

// What runs is told of while its handler has named it a moment ago, and else looked at
// again (OCO-DLV-65).
func TestWhenItIsSaidToRun(t *testing.T) {
	for silence, want := range map[time.Duration]bool{namedWithin: true, namedWithin + 1: false} {
		r := newRig(t)
		r.come(far, 1)
		id := r.ask(route("far"))
		r.pass(DefaultOptions().WorkTold - silence)
		r.do(Heartbeat{far, []Lease{r.first(id)}})
		r.pass(silence)
		if got := strings.Contains(r.said(), "is still running"); got != want {
			t.Errorf("named %s ago: told %t", silence, got)
		}
	}
}
