package delivery

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/store"
)

func (r *rig) sendState(message string, want chat.SendState, detail string) {
	r.t.Helper()
	row := r.sentRow(message)
	if chat.SendState(row.State) != want || !strings.Contains(row.Detail, detail) {
		r.t.Fatalf("%s ended %s (%q), want %s with %q", message, chat.SendState(row.State), row.Detail, want, detail)
	}
}

// What waits longer than it is worth posting ends expired, its record says why, who
// waits for it is told, and the next of its room is posted. [OCO-DLV-59]
func TestWhatWaitsTooLongExpires(t *testing.T) {
	r := newRig(t)
	short := r.tellWith("short", Terms{ValidFor: time.Minute})
	long := r.tellWith("long", Terms{ValidFor: 48 * time.Hour}) // not longer than the operator lets it
	plain := r.tell("plain")
	waits := r.submit(Say{Send: NewSend{Place: r.room, Text: "waited for", Terms: Terms{ValidFor: 90 * time.Second}}, Wait: true})
	r.pass(time.Minute - time.Millisecond)
	if len(r.m.outbox) != 4 {
		t.Fatalf("%d are left before their time", len(r.m.outbox))
	}
	r.pass(time.Millisecond)
	r.sendState(short.Message, chat.SendExpired, "the 1m0s that it was valid for were over before it could be posted: no adapter was connected")
	r.pass(30 * time.Second)
	if end, ok := r.asked[waits].Value.(SendEnd); !ok || end.State != chat.SendExpired || !strings.Contains(end.Detail, "1m30s") {
		t.Fatalf("%+v", r.asked[waits])
	}
	r.saidExactly("room:1:ops> long", "room:1:ops> plain")
	r.restart(22 * time.Hour)
	r.come(irc, 1)
	if op := r.operated(); op.Lease.Delivery != long.Message {
		t.Fatalf("%+v", op)
	}
	r.do(Gone{irc})
	r.pass(2 * time.Hour) // a day in all
	r.sendState(long.Message, chat.SendUnknown, "an attempt may have done it")
	r.sendState(plain.Message, chat.SendExpired, "24h0m0s that messages may wait")
}

// Expired while the bot was away is told at its start; who addressed it reads that
// an answer did not reach them, once. [OCO-DLV-59]
func TestAnExpiredAnswerIsTold(t *testing.T) {
	for _, restart := range []bool{false, true} {
		r := newRig(t)
		r.come(far, 1)
		id := r.ask(route("far"))
		r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: DoneKind, Sends: []KeyedSend{{Key: "a", Text: "the answer", Terms: Terms{ValidFor: 10 * time.Minute}}}})
		if restart {
			r.restart(time.Hour)
		} else {
			r.pass(time.Hour)
		}
		r.sendState(id+"/a", chat.SendExpired, "10m0s")
		r.saidExactly("room:1:ops> An answer to you was not posted, because its time was over before it could be. Operators see why with: oco show " + id)
		r.pass(24 * time.Hour) // the notice has its own time, and nothing is said of it
		r.saidExactly("")
	}
}

// Other operations expire as messages do. [OCO-DLV-59]
func TestOperationsExpire(t *testing.T) {
	r := newRig(t, func(o *Options) { o.SendAge = time.Hour })
	end := r.do(Say{Send: NewSend{Place: r.room, Reason: chat.ForHandler, Act: &Act{Encoded: []byte("topic"), What: "topic"}}}).(SendEnd)
	r.pass(time.Hour)
	r.sendState(end.Message, chat.SendExpired, "")
	r.saidExactly("")
}

// A message in the adapter's hands is not over, whatever the time; what comes back
// too late is.
func TestWhatTheAdapterHasDoesNotExpire(t *testing.T) {
	r := newRig(t)
	r.come(irc, 1)
	one := r.tellWith("one", Terms{ValidFor: time.Second})
	op := r.operated()
	two := r.tellWith("two", Terms{ValidFor: time.Second})
	r.pass(2 * time.Second)
	r.sendState(two.Message, chat.SendExpired, "busy with another one of its room")
	if r.m.outbox[one.Message] == nil {
		t.Fatal("it expired while it was being posted")
	}
	r.verdict(Committed, irc, Completion{Lease: op.Lease, Kind: Release})
	r.sendState(one.Message, chat.SendExpired, "it was valid for")
	if r.pass(time.Minute); len(r.m.outlets) != 0 {
		t.Fatal("the room is kept")
	}
}

// An operator who changes how long messages may wait changes it for those that do.
func TestSendAgeIsTuned(t *testing.T) {
	r := newRig(t, func(o *Options) { o.SendAge = time.Hour })
	m := r.tell("one")
	r.do(Tune{SendAge: 2 * time.Hour})
	r.pass(90 * time.Minute)
	r.saidExactly("room:1:ops> one")
	r.do(Tune{SendAge: time.Hour})
	r.sendState(m.Message, chat.SendExpired, "1h0m0s")
}

// The record of what expired says what it had waited for. [OCO-DLV-59]
func TestWhyItExpired(t *testing.T) {
	elsewhere := func(r *rig) Lease {
		r.do(Say{Send: NewSend{Place: chat.Place{Room: "room:1:else"}, Text: "x", Reason: chat.ForClient}})
		return r.operated().Lease
	}
	short := Terms{ValidFor: 10 * time.Second}
	for name, c := range map[string]struct {
		play func(r *rig) SendEnd
		want string
	}{
		"no adapter ever": {func(r *rig) SendEnd { return r.tellWith("x", short) }, "no adapter was connected"},
		"no stream": {func(r *rig) SendEnd {
			r.do(Disconnect{Replica: irc, Sink: r.come(irc, 1)})
			return r.tellWith("x", short)
		}, "no adapter was connected"},
		"another room": {func(r *rig) SendEnd {
			r.come(irc, 1)
			elsewhere(r)
			return r.tellWith("x", short)
		}, "the adapter was busy"},
		"its room": {func(r *rig) SendEnd {
			r.come(irc, 1)
			r.tell("first")
			return r.tellWith("x", short)
		}, "the adapter was busy with another one of its room"},
		"a limit": {func(r *rig) SendEnd {
			r.come(irc, 1)
			end := r.tellWith("x", short)
			r.verdict(Committed, irc, Completion{Lease: r.operated().Lease, Kind: Retried, Delay: 10*time.Second + time.Millisecond})
			return end
		}, "the adapter had put its room off"},
		"a limit that is over": {func(r *rig) SendEnd {
			r.come(irc, 1)
			end := r.tellWith("x", short)
			r.verdict(Committed, irc, Completion{Lease: r.operated().Lease, Kind: Retried, Delay: 10 * time.Second})
			elsewhere(r)
			return end
		}, "the adapter was busy"},
	} {
		r := newRig(t)
		end := c.play(r)
		r.pass(10 * time.Second)
		if row := r.sentRow(end.Message); chat.SendState(row.State) != chat.SendExpired || !strings.HasSuffix(row.Detail, ": "+c.want) {
			t.Errorf("%s: %q, want %q", name, row.Detail, c.want)
		}
	}
}

// Of the notices about how a delivery stands one that has ended is forgotten, and the
// others are not.
func TestAPassingNoticeIsForgotten(t *testing.T) {
	for gone := range 3 {
		r := newRig(t)
		var all []*send
		for n := range 3 {
			all = append(all, &send{id: fmt.Sprint("n", n), delivery: "d1", passing: true})
			r.m.keep(all[n])
		}
		r.m.letGo(all[gone])
		left := slices.DeleteFunc(slices.Clone(all), func(o *send) bool { return o == all[gone] })
		if !slices.Equal(r.m.passing["d1"], left) {
			t.Errorf("without %d: %v are known", gone, r.m.passing["d1"])
		}
		for _, o := range left {
			r.m.letGo(o)
		}
		if len(r.m.passing) != 0 || len(r.m.outbox) != 0 {
			t.Errorf("without %d: %v are left", gone, r.m.passing)
		}
	}
}

// A time that somebody asked for is kept in whole milliseconds and never cut short.
func TestTimesAreRoundedUp(t *testing.T) {
	for d, want := range map[time.Duration]uint32{
		-time.Hour: 0, -1: 0, 0: 0, 1: 1, time.Millisecond - 1: 1, time.Millisecond: 1, time.Millisecond + 1: 2, 2 * time.Millisecond: 2,
		(1<<32 - 1) * time.Millisecond: 1<<32 - 1, (1<<32-1)*time.Millisecond + 1: 1<<32 - 1, 365 * 24 * time.Hour: 1<<32 - 1,
	} {
		if got := msOf(d); got != want {
			t.Errorf("%s is %d ms, want %d", d, got, want)
		}
	}
}

// A limit of a room lasts over a restart of the bot to the millisecond, and never a
// moment less. [OCO-DLV-61]
func TestARateLimitOverARestart(t *testing.T) {
	for delay, rounded := range map[time.Duration]time.Duration{
		3 * time.Second:                      3 * time.Second,
		3*time.Second + time.Microsecond:     3*time.Second + time.Millisecond,
		3*time.Second + 999*time.Microsecond: 3*time.Second + time.Millisecond,
	} {
		r := newRig(t)
		r.come(irc, 1)
		r.tell("one")
		r.verdict(Committed, irc, Completion{Lease: r.operated().Lease, Kind: Retried, Delay: delay})
		r.restart(time.Second)
		r.come(irc, 1)
		r.pass(rounded - time.Second - 1)
		if len(of[Operate](r)) != 0 {
			t.Errorf("after a limit of %s it is asked early", delay)
		}
		r.pass(1)
		if len(of[Operate](r)) != 1 {
			t.Errorf("after a limit of %s it is not asked", delay)
		}
	}
}

// A notice about how a delivery stands is not posted after its end: after an outage
// nobody reads ten of them before the result. [OCO-DLV-62]
func TestPassingNoticesAreWithdrawn(t *testing.T) {
	r := newRig(t)
	var ids []string
	for range 10 {
		ids = append(ids, r.ask(route("far", unordered)))
	}
	r.pass(10 * time.Second)
	if got := strings.Count(r.said(), "far is not running"); got != 10 {
		t.Fatalf("%d are told that they wait", got)
	}
	waiting := map[string]string{}
	for id, o := range r.m.outbox {
		waiting[o.delivery] = id
	}
	r.come(far, 10)
	for _, id := range ids[1:] {
		r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: DoneKind, Sends: []KeyedSend{{Key: "a", Text: "done " + id}}})
		r.sendState(waiting[id], chat.SendExpired, "its delivery had ended")
	}
	r.come(irc, 8)
	var said []string
	for range 20 {
		for _, op := range of[Operate](r) {
			said = append(said, op.Lease.Delivery)
			r.verdict(Committed, irc, sent(op.Lease, chat.Sent))
		}
	}
	if len(said) != 10 || said[0] != waiting[ids[0]] {
		t.Fatalf("%d are posted, first %s: want one notice and nine results", len(said), said[0])
	}
}

// One that the adapter has is posted, or withdrawn when it comes back; of one that
// travels with others, the others stay. [OCO-DLV-62]
func TestAPassingNoticeThatComesBack(t *testing.T) {
	r := newRig(t)
	one, two := r.ask(route("far", unordered)), r.ask(route("far", unordered))
	r.pass(5 * time.Second)
	r.come(irc, 8)
	op := r.operated()
	if len(op.Parts) != 2 {
		t.Fatalf("%d parts", len(op.Parts))
	}
	r.come(far, 2)
	r.do(CancelOf{Delivery: one, By: "alice"})
	if len(r.said()) == 0 || len(r.m.outbox) != 3 {
		t.Fatalf("%d in the outbox, want both notices and the outcome", len(r.m.outbox))
	}
	r.verdict(Committed, irc, Completion{Lease: op.Lease, Kind: Retried, Delay: 10 * time.Second})
	r.pass(10 * time.Second)
	again := r.operated()
	text := ""
	for _, p := range again.Parts {
		text += r.textOf(p) + "\n"
	}
	if !strings.Contains(text, "cancel "+two) || strings.Contains(text, "cancel "+one) || !strings.Contains(text, "cancelled") {
		t.Fatalf("posted:\n%s", text)
	}
	r.verdict(Committed, irc, sent(again.Lease, chat.Sent))
	if len(r.m.outbox) != 0 || len(r.m.passing) != 0 {
		t.Fatalf("%d are left, %d notices are known", len(r.m.outbox), len(r.m.passing))
	}
}

// A rate limit puts off its room and no other, keeps the order there, also over a
// restart, costs no attempt and loses nothing. [OCO-DLV-61]
func TestRateLimits(t *testing.T) {
	const rooms, limits = 100, 3 * sendAttempts
	r := newRig(t)
	r.come(irc, rooms)
	for n := range rooms {
		for part := range 2 {
			r.do(Say{Send: NewSend{Place: chat.Place{Room: fmt.Sprint("room:1:", n)}, Text: fmt.Sprint(part), Reason: chat.ForClient}})
		}
	}
	taken, held := map[string]int{}, map[string]time.Time{}
	asked, posted := map[string]int{}, map[string]string{}
	began := r.now
	take := func(ops []Operate) {
		for _, op := range ops {
			room := op.Place.Room
			if r.now.Before(held[room]) {
				t.Fatalf("%s is asked %s too early", room, held[room].Sub(r.now))
			}
			asked[room]++
			if taken[room]++; taken[room] <= limits {
				delay := time.Duration(1+asked[room]%5) * time.Second
				held[room] = r.now.Add(delay)
				r.verdict(Committed, irc, Completion{Lease: op.Lease, Kind: Retried, Delay: delay, Detail: "429"})
				continue
			}
			taken[room] = 0
			posted[room] += r.textOf(op.Parts[0])
			r.verdict(Committed, irc, sent(op.Lease, chat.Sent))
		}
	}
	live := func() {
		for len(r.m.outbox) > 0 && r.now.Sub(began) < time.Hour {
			next, ok := r.m.Next()
			if !ok {
				t.Fatal("nothing wakes the bot")
			}
			r.now = next
			r.do(Heartbeat{irc, nil})
			take(of[Operate](r))
			for len(of[Operate](r)) > 0 {
				take(of[Operate](r))
			}
		}
	}
	r.come(irc, rooms)
	for _, op := range r.leased() {
		take([]Operate{op})
	}
	r.restart(time.Millisecond)
	r.come(irc, rooms)
	if early := of[Operate](r); len(early) > 0 {
		t.Fatalf("after a restart %d rooms are asked too early", len(early))
	}
	live()
	for n := range rooms {
		room := fmt.Sprint("room:1:", n)
		if posted[room] != "01" || asked[room] != 2*limits+2 {
			t.Fatalf("%s: %q after %d requests", room, posted[room], asked[room])
		}
	}
}

// leased is what the adapter has in its hands.
func (r *rig) leased() (ops []Operate) {
	for _, o := range r.m.outbox {
		if o.lease != nil {
			ops = append(ops, Operate{Lease: Lease{o.id, o.lease.id}, Place: o.place, Parts: []Part{{Row: o.row}}})
		}
	}
	return ops
}

// A room whose rate limit lasts longer than a message is worth posting goes on with
// the next when the limit is over, and not before. [OCO-DLV-61]
func TestARateLimitOutlivesAMessage(t *testing.T) {
	r := newRig(t)
	r.come(irc, 1)
	one := r.tellWith("one", Terms{ValidFor: 10 * time.Second})
	r.verdict(Committed, irc, Completion{Lease: r.operated().Lease, Kind: Retried, Delay: 20 * time.Second})
	two := r.tell("two")
	r.do(Heartbeat{irc, nil})
	r.pass(10 * time.Second)
	r.sendState(one.Message, chat.SendExpired, "the adapter had put its room off")
	r.pass(10*time.Second - time.Millisecond)
	if len(of[Operate](r)) > 0 {
		t.Fatal("the room was asked before its limit was over")
	}
	r.pass(time.Millisecond)
	if op := r.operated(); op.Lease.Delivery != two.Message {
		t.Fatalf("%+v", op)
	}
}

// A queued message takes little memory, of which its end of time takes none beyond
// that of its room.
func TestQueuedSendFits(t *testing.T) {
	const n = 20_000
	m := New(Options{}, simStart, rand.New(rand.NewPCG(1, 1)))
	before := heap()
	batch := &store.Batch{}
	for i := range n {
		batch.Reset()
		s := m.Begin(simStart.Add(time.Duration(i)*time.Millisecond), batch)
		s.Step(1, Say{Send: NewSend{Place: chat.Place{Room: fmt.Sprintf("room:1:C%08d", i%50)}, Text: "hello", Reason: chat.ForClient}}, Facts{})
		s.End()
	}
	batch = nil
	got := float64(heap()-before) / n
	t.Logf("%.0f bytes a queued message, %d alarms", got, len(m.timers))
	if len(m.outbox) != n || len(m.timers) > 50 {
		t.Fatalf("%d messages, %d alarms", len(m.outbox), len(m.timers))
	}
	if got > 640 {
		t.Errorf("%.0f bytes a queued message, at most 640", got)
	}
	runtime.KeepAlive(m)
}
