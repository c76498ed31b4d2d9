package delivery

import (
	"strings"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"google.golang.org/protobuf/proto"
)

// told is what the world remembers of what people read.
type told struct {
	reacts  bool
	replays bool
	account record.Account    // as it is in the store
	working map[string]string // delivery -> the message that says that it still runs
	acks    map[string]string // delivery -> the reaction that acknowledges it
}

func newTold(x *sim) told {
	return told{reacts: x.chance(50), replays: x.chance(30), working: map[string]string{}, acks: map[string]string{}}
}

// activation is what an adapter says of itself.
func (w *world) activation(c *client, connected bool) Activate {
	in := Activate{
		Account: "account:1", From: c.Replica, Name: "oco", Service: "irc", Idempotent: w.idempotent, WantsSettled: true,
		Connected: connected, Replays: w.told.replays, Reacts: w.told.reacts,
	}
	if w.chance(30) {
		in.ReactsIn = map[string]bool{"dev": !w.told.reacts}
	}
	return in
}

// simReact acknowledges most events.
func simReact(payload []byte) []byte {
	if len(payload) < 20 {
		return nil
	}
	return []byte("react")
}

func (w *world) pauses() {
	in := Pause{Plugin: pick(w.sim, []string{"", "kid", "far"}), Paused: w.chance(40), By: pick(w.sim, []string{"", "alice"})}
	if in.Paused {
		in.Reason = pick(w.sim, []string{"", "release"})
	}
	w.do(in, nil)
	if w.chance(5) {
		w.do(Unsettled{}, nil)
	}
	if w.chance(20) {
		w.do(Broken{Plugins: []string{pick(w.sim, []string{"kid", "far"})}, Why: "exit status 1"}, nil)
	}
}

// toldFollows holds what a session says to what happened in it.
func (x *sim) toldFollows(c Change) {
	x.t.Helper()
	t := &x.world.told
	missed := false
	var account []byte
	for w := range c.Batch.Writes {
		key := string(w.Key)
		switch {
		case strings.HasPrefix(key, prefixOutbox) && w.Value != nil:
			var row record.Send
			if err := proto.Unmarshal(w.Value, &row); err != nil {
				x.failf("%v", err)
			}
			missed = x.noticed(&row) || missed
		case strings.HasPrefix(key, prefixSent) && w.Value != nil:
			x.acknowledged(w.Value)
		case key == string(AccountKey("account:1")):
			account = w.Value
		}
	}
	before := t.account.MissedToMs
	if account != nil {
		t.account.Reset()
		if err := proto.Unmarshal(account, &t.account); err != nil {
			x.failf("%v", err)
		}
	}
	if a := &t.account; a.Connected && a.AwaySinceMs != 0 {
		x.failf("the account is connected, and away since %d", a.AwaySinceMs)
	} else if told := a.MissedToMs != before; told != missed || told && (t.replays || a.MissedToMs-a.MissedFromMs < missedLeast.Milliseconds()) {
		x.failf("missed from %d to %d, before to %d, and said: %t", a.MissedFromMs, a.MissedToMs, before, missed)
	}
}

// noticed looks at something that the bot says, and reports whether it is that
// messages were missed.
func (x *sim) noticed(row *record.Send) (missed bool) {
	t := &x.world.told
	switch {
	case row.What != "" && row.Reason == uint32(chat.ForBot):
		if x.world.deliveries[row.Delivery] == nil || !x.world.deliveries[row.Delivery].addressed || row.Text == "" {
			x.failf("a reaction acknowledges what nobody asked for: %v", row)
		}
		t.acks[row.Delivery] = row.Id
	case strings.Contains(row.Text, " is still running."): // OCO-DLV-65
		if before := t.working[row.Delivery]; before != "" && before != row.Id {
			x.failf("%s is said twice to run still", row.Delivery)
		}
		t.working[row.Delivery] = row.Id
	case strings.Contains(row.Text, "messages in that time"): // OCO-DLV-67
		if place(row.Place) != x.opt.Operators || row.Delivery != "" {
			x.failf("a time away is told in %v", row.Place)
		}
		return true
	}
	return false
}

// acknowledged: a reaction that is not surely set is said by a text, which is in the
// outbox in the same batch (OCO-DLV-66).
func (x *sim) acknowledged(value []byte) {
	var ended record.Send
	if err := proto.Unmarshal(value, &ended); err != nil {
		x.failf("%v", err)
	}
	if ended.Id == "" || x.world.told.acks[ended.Delivery] != ended.Id || ended.State == uint32(chat.Sent) {
		return
	}
	for _, o := range x.m.outbox {
		if o.delivery == ended.Delivery && o.reason == chat.ForBot && !o.isAct() {
			return
		}
	}
	for k, v := range x.applied {
		var row record.Send
		if strings.HasPrefix(k, prefixSent) && proto.Unmarshal(v, &row) == nil && row.Delivery == ended.Delivery && row.Reason == uint32(chat.ForBot) && row.What == "" {
			return // it ended in the same session
		}
	}
	x.failf("the reaction %s ended %s, and nothing is said", ended.Id, chat.SendState(ended.State))
}

// crashed forgets what did not reach the disk.
func (t *told) crashed(x *sim) {
	ids := map[string]bool{}
	for k, v := range x.applied {
		var row record.Send
		if strings.HasPrefix(k, prefixOutbox) || strings.HasPrefix(k, prefixSent) {
			if err := proto.Unmarshal(v, &row); err != nil {
				x.failf("%v", err)
			}
			ids[row.Id] = true
		}
	}
	for _, of := range []map[string]string{t.working, t.acks} {
		for delivery, id := range of {
			if !ids[id] {
				delete(of, delivery)
			}
		}
	}
	t.account.Reset()
	if v := x.applied[string(AccountKey("account:1"))]; v != nil {
		if err := proto.Unmarshal(v, &t.account); err != nil {
			x.failf("%v", err)
		}
	}
}

// presenceAgrees: what the store says of the connection is what the machine knows.
func (x *sim) presenceAgrees() {
	x.t.Helper()
	a := x.m.accounts["account:1"]
	if a == nil {
		return
	}
	away := int64(0)
	if a.awaySince != noAge {
		away = x.m.wall(a.awaySince)
	}
	row := &x.world.told.account
	if a.connected != row.Connected || away != row.AwaySinceMs || a.connected && a.awaySince != noAge {
		x.failf("the machine has connected %t, away since %d; the store %v", a.connected, away, row)
	}
	if a.connected && a.active == nil {
		x.failf("nobody serves the account, and it is connected")
	}
}
