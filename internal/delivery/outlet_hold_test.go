package delivery

import (
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/store"
)

// Until when a room is put off is known after a restart also if the message that
// met the rate limit has ended meanwhile: its time was over, or an earlier attempt
// turned out to have posted it. [OCO-DLV-61]
func TestRateLimitOutlivesWhoMetIt(t *testing.T) {
	putOff := func(r *rig, l Lease) {
		r.verdict(Committed, irc, Completion{Lease: l, Kind: Retried, Delay: time.Hour})
	}
	for name, meet := range map[string]func(r *rig){
		"its time was over": func(r *rig) {
			r.tellWith("one", Terms{ValidFor: 10 * time.Minute})
			putOff(r, r.operated().Lease)
			r.pass(11 * time.Minute)
		},
		"an earlier attempt had posted it": func(r *rig) {
			r.tell("one")
			first := r.operated().Lease
			r.hang(first)
			putOff(r, r.operated().Lease)
			r.verdict(Committed, irc, sent(first, chat.Sent))
		},
	} {
		t.Run(name, func(t *testing.T) { outlivesWhoMetIt(t, meet, false) })
		t.Run(name+", and another one waited", func(t *testing.T) { outlivesWhoMetIt(t, meet, true) })
	}
}

func outlivesWhoMetIt(t *testing.T, meet func(r *rig), waited bool) {
	r := newRig(t)
	r.come(irc, 8)
	meet(r)
	if waited {
		r.tell("two")
	}
	began := r.now
	r.restart(time.Second)
	r.come(irc, 8)
	if !waited {
		r.tell("two")
	}
	for r.now.Sub(began) < 48*time.Minute {
		if ops := of[Operate](r); len(ops) > 0 {
			t.Fatalf("offered too early: %+v", ops)
		}
		r.do(Heartbeat{irc, nil})
		r.pass(10 * time.Second)
	}
	for len(of[Operate](r)) == 0 && r.now.Sub(began) < 2*time.Hour {
		r.do(Heartbeat{irc, nil})
		r.pass(10 * time.Second)
	}
	if op := r.operated(); r.textOf(op.Parts[0]) != "two" {
		t.Fatalf("%+v", op)
	}
	if n := r.count(prefixPutOff); n != 0 {
		t.Errorf("%d rooms are put off still", n)
	}
}

// Of a room in which nothing is left to say, nothing is left when its time is over.
func TestARoomIsPutOffNoLongerThanAsked(t *testing.T) {
	r := newRig(t)
	r.come(irc, 8)
	r.tellWith("one", Terms{ValidFor: 10 * time.Minute})
	r.verdict(Committed, irc, Completion{Lease: r.operated().Lease, Kind: Retried, Delay: time.Hour})
	for until := r.now.Add(time.Hour); r.now.Before(until); r.pass(10 * time.Second) {
		if n := r.count(prefixPutOff); n != 1 {
			t.Fatalf("%d rooms are put off at %s", n, r.now)
		}
		r.do(Heartbeat{irc, nil})
	}
	if n := r.count(prefixPutOff); n != 0 || len(r.m.outlets) != 0 {
		t.Errorf("%d rooms are put off, and %d are known", n, len(r.m.outlets))
	}
}

// A clock that was wrong when a room was put off does not silence it for longer than a
// day.
func TestARoomIsPutOffForADayAtMostAfterARestart(t *testing.T) {
	r := newRig(t)
	r.tell("one")
	room := slices.Collect(maps.Keys(r.m.outlets))[0]
	r.rows[string(putOffKey(room))] = binary.BigEndian.AppendUint64(nil, uint64(ms(r.now.AddDate(1, 0, 0))))
	r.restart(time.Second)
	if t := r.m.outlets[room]; t.hold <= int64(23*time.Hour) || t.hold > int64(24*time.Hour) {
		r.t.Errorf("it is put off for %s", time.Duration(t.hold))
	}
}

func TestADamagedTimeOfARoom(t *testing.T) {
	r := newRig(t)
	r.rows[string(putOffKey("room:1:ops"))] = []byte("x")
	err := New(r.opt, r.now, rand.New(rand.NewPCG(3, 4))).Begin(r.now, &store.Batch{}).Recover(r.rows.scan, r.now)
	if err == nil || !strings.Contains(err.Error(), "rooms that are put off: a time has 1 bytes") {
		t.Errorf("it says %v", err)
	}
}
