package delivery

import (
	"crypto/md5"
	"slices"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// act does one thing that can happen.
func (w *world) act() {
	switch n := w.rng.IntN(100); {
	case n < 20:
		w.publish()
	case n < 45:
		w.complete(pick(w.sim, w.clients))
	case n < 60:
		w.come(pick(w.sim, w.clients))
	case n < 64:
		w.leaveStream(pick(w.sim, w.clients))
	case n < 68:
		w.die(pick(w.sim, w.clients))
	case n < 72:
		w.beat(pick(w.sim, w.clients))
	case n < 74:
		w.retain()
	case n < 86:
		w.pass()
	case n < 90:
		w.command()
	case n < 92:
		if w.chance(50) {
			w.pause()
		} else {
			w.adjust()
		}
	case n < 94:
		w.says()
	case n < 96:
		if len(w.queue) > 0 {
			w.sync(w.rng.IntN(len(w.queue)) + 1)
		}
		w.leave()
	case n < 97:
		w.do(Inspect{}, func(r Reply) {
			if s := r.Value.(Snapshot); s.Open != s.Waiting+s.Leased {
				w.failf("a snapshot that does not add up: %+v", s)
			}
		})
	case n < 98:
		w.forget()
	default:
		w.crash()
	}
}

func (w *world) people() (string, chat.Place) {
	return pick(w.sim, []string{"alice", "bob"}), chat.Place{Room: pick(w.sim, []string{"ops", "dev"}), Thread: pick(w.sim, []string{"", "", "t"})}
}

func (w *world) newDelivery(r Route) NewDelivery {
	user, place := w.people()
	n := NewDelivery{ID: w.draw("d"), Route: r, Match: []byte("match"), User: user, Place: place, Decision: "everyone may"}
	n.Addressed = r.Order != chat.OrderNone && r.Notice == chat.NoticePerson
	n.Refused = w.chance(5)
	return n
}

func (w *world) ask(n NewDelivery) {
	a := &asked{id: n.ID, route: n.Route, addressed: n.Addressed, seq: w.drawn}
	w.deliveries[n.ID], w.order = a, append(w.order, a)
}

func (w *world) publish() {
	var from *client
	for _, c := range w.clients {
		if c.adapter && c.active && !c.dead {
			from = c
		}
	}
	in := Admit{}
	if from != nil && w.chance(80) {
		in = Admit{Account: "account:1", Epoch: from.epoch, From: from.Replica, Checkpoint: w.draw("c")}
		if len(from.held) > 0 && w.chance(30) {
			in.Completions = append(in.Completions, w.completion(from, &from.held))
		}
	}
	fresh := map[[16]byte]bool{}
	for range 1 + w.rng.IntN(3) {
		if len(w.events) > 0 && w.chance(25) {
			e := pick(w.sim, w.events)
			if at, ok := w.published[e.Dedup]; !ok || w.now.Sub(at) < w.opt.DedupKeep {
				in.Events = append(in.Events, e)
			}
			continue
		}
		e := Event{ID: w.draw("e"), Payload: make([]byte, w.rng.IntN(200)), Occurred: w.now}
		e.Dedup = md5.Sum([]byte(e.ID))
		if w.chance(10) {
			e.Occurred = w.now.Add(-time.Duration(w.rng.IntN(600)) * time.Second)
		}
		if w.chance(50) {
			e.ServiceID = "s" + e.ID
		}
		for range w.rng.IntN(3) {
			e.Deliveries = append(e.Deliveries, w.newDelivery(pick(w.sim, simRoutes())))
		}
		if w.chance(10) {
			_, place := w.people()
			e.Sends = append(e.Sends, NewSend{Place: place, Text: pick(w.sim, []string{"hello", ""}), Reason: chat.ForBot})
		}
		if len(w.order) > 0 && w.chance(15) {
			e.Word = w.word()
			_, e.Asker = w.people()
		}
		w.events = append(w.events, e)
		in.Events = append(in.Events, e)
	}
	// What is new is asked now: the machine decides in this step.
	for _, e := range in.Events {
		if w.m.dedup.seen(e.Dedup) || fresh[e.Dedup] {
			continue
		}
		if _, ok := w.published[e.Dedup]; ok {
			w.failf("%s would be admitted twice", e.ID)
		}
		if !w.accepts(in) {
			continue
		}
		fresh[e.Dedup] = true
		w.published[e.Dedup] = w.now
		for _, n := range e.Deliveries {
			w.ask(n)
		}
		if r, ok := e.Word.(RetryOf); ok {
			w.ask(r.New)
		}
	}
	w.do(in, func(r Reply) {
		if r.Err == nil && r.Value.(Admitted).Admitted != len(fresh) {
			w.failf("%d admitted, %d were new", r.Value.(Admitted).Admitted, len(fresh))
		}
		if r.Err != nil && len(fresh) > 0 {
			w.failf("refused what it would take: %v", r.Err)
		}
	})
}

func (w *world) accepts(in Admit) bool {
	_, err := w.m.publisher(in)
	return err == nil && (len(in.Completions) > 0 || len(w.m.outbox) < w.opt.OutboxItems)
}

func (w *world) word() Input {
	a := pick(w.sim, w.order)
	if w.chance(50) {
		return CancelOf{Delivery: a.id, By: "alice"}
	}
	return RetryOf{Old: a.id, New: w.newDelivery(a.route), By: "alice"}
}

// command is what a person or an operator asks for.
func (w *world) command() {
	if len(w.order) == 0 {
		return
	}
	a := pick(w.sim, w.order)
	switch w.rng.IntN(3) {
	case 0:
		w.do(CancelOf{Delivery: a.id, By: "bob", Reason: pick(w.sim, []string{"", "wrong"})}, nil)
	case 1:
		w.do(Drop{Delivery: a.id, By: "op", Reason: pick(w.sim, []string{"", "old"})}, nil)
	default:
		in := RetryOf{Old: a.id, New: w.newDelivery(a.route), By: "bob"}
		w.ask(in.New)
		w.do(in, nil)
	}
}

// come makes a process register, connect or pull.
func (w *world) come(c *client) {
	if c.dead {
		c.dead = false
		if c.child {
			c.Name = w.draw(c.Name[:1] + "-")
		}
	}
	if !c.known || w.chance(10) {
		definitions := map[string]struct{}{}
		role := chat.RoleAdapter
		if !c.adapter {
			role = chat.RoleHandler
			for _, r := range simRoutes() {
				if r.Plugin == c.Plugin && !w.chance(10) {
					definitions[r.Definition] = struct{}{}
				}
			}
		}
		w.do(Hello{Replica: c.Replica, Role: role, Child: c.child, Definitions: definitions}, nil)
		c.known = true
	}
	if c.adapter {
		w.do(w.activation(c, w.chance(70)), func(r Reply) {
			if r.Err == nil {
				a := r.Value.(Activated)
				c.active, c.epoch = a.Active, a.Epoch
			}
		})
	}
	w.sinks++
	in := Connect{Replica: c.Replica, Sink: w.sinks, Credit: 1 + w.rng.IntN(3)}
	if w.chance(20) {
		in.Pull = 1 + w.rng.IntN(2)
	}
	c.sink = in.Sink
	w.do(in, func(r Reply) {
		if r.Err != nil && c.sink == in.Sink {
			c.sink, c.known = 0, false
		}
	})
}

func (w *world) leaveStream(c *client) {
	if c.sink == 0 {
		return
	}
	if w.chance(30) { // in order: its stream ends behind the last frame, and what it holds is its own
		w.do(Leave{Replica: c.Replica}, func(r Reply) {
			if r.Err != nil {
				w.failf("a replica cannot leave: %v", r.Err)
			}
		})
		return
	}
	in := Disconnect{Replica: c.Replica, Sink: c.sink}
	if len(c.held) > 0 && w.chance(50) {
		h := c.held[len(c.held)-1]
		if !h.posted {
			in.Unsent = append(in.Unsent, h.Lease)
			c.held = c.held[:len(c.held)-1]
			w.gaveBack(h)
			w.gaveBackMail(h)
		}
	}
	c.sink = 0
	w.do(in, nil)
}

func (w *world) gaveBack(h held) {
	if a := w.deliveries[h.Delivery]; a != nil {
		a.allowed++
	}
}

// die ends a process: of a child the bot is told, of another it is not.
func (w *world) die(c *client) {
	if c.dead || w.chance(40) {
		return
	}
	c.died()
	if c.child {
		w.do(Gone{c.Replica}, nil)
	}
}

func (w *world) beat(c *client) {
	if c.dead || !c.known {
		return
	}
	in := Heartbeat{Replica: c.Replica}
	for _, h := range c.held {
		in.Held = append(in.Held, h.Lease)
	}
	w.do(in, func(r Reply) {
		if r.Err != nil {
			c.known = false
			return
		}
		c.held = slices.DeleteFunc(c.held, func(h held) bool {
			lost := slices.Contains(r.Value.([]string), h.ID)
			if lost {
				c.old = append(c.old, h)
			}
			return lost
		})
	})
}

// pass lets time pass: a little, to the next alarm, or long.
func (w *world) pass() {
	w.end()
	to := w.now.Add(time.Duration(w.rng.IntN(1000)) * time.Millisecond)
	switch w.rng.IntN(10) {
	case 0:
		to = w.now.Add(time.Duration(w.rng.IntN(600)) * time.Second)
	case 1, 2, 3, 4:
		if next, ok := w.m.Next(); ok && next.After(w.now) {
			to = next
		}
	}
	w.now = to
	w.do(Tick{}, nil)
}

func (w *world) pause() {
	w.pauses()
}

func (w *world) forget() {
	if w.chance(80) {
		return
	}
	plugin := pick(w.sim, []string{"kid", "far"})
	for _, c := range w.clients {
		if c.Plugin == plugin {
			c.known = false
		}
	}
	w.do(Forget{Plugin: plugin}, nil)
}
