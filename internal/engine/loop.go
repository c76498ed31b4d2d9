package engine

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/store"
)

// stalled is by how much an alarm may be late before nobody is blamed for what could
// not be heard meanwhile.
const stalled = 5 * time.Second

// loop is the only goroutine that touches the machine.
func (e *Engine) loop(first delivery.Change) {
	defer close(e.changes)
	l := &committer{e: e, batch: first.Batch, alarm: time.NewTimer(time.Hour), lazy: time.NewTimer(time.Hour)}
	defer l.alarm.Stop()
	defer l.lazy.Stop()
	l.lazy.Stop()
	alive := time.NewTicker(aliveEvery)
	defer alive.Stop()
	if !l.commit(first) {
		return
	}
	for {
		l.arm()
		var ok bool
		select {
		case <-e.stop:
			l.flush()
			return
		default:
		}
		select {
		case c := <-e.inputs:
			ok = l.take(c)
		case <-l.alarm.C:
			ok = l.take(&call{in: delivery.Tick{}})
		case <-l.lazy.C:
			ok = l.flush()
		case <-alive.C:
			ok = l.live()
		case <-e.stop:
			l.flush()
			return
		}
		if !ok {
			return
		}
	}
}

// A committer collects the steps of one batch and applies it.
type committer struct {
	e       *Engine
	session *delivery.Session
	batch   *store.Batch
	alarm   *time.Timer // the machine's next timer, or a moment before that
	armed   time.Time   // what it is set to; zero: nothing
	lazy    *time.Timer // the latest moment for what waits for a sync
	held    []delivery.Effect
	alive   time.Time // when the store was last told that the bot lives
}

// arm sets the alarm to when the machine wants its next Tick. One that is sooner
// may stay: a Tick that comes early does nothing.
func (l *committer) arm() {
	at, ok := l.e.machine.Next()
	if !ok || !l.armed.IsZero() && !at.Before(l.armed) {
		return
	}
	l.armed = at
	l.alarm.Reset(time.Until(at))
}

// take steps the machine with an input and with all others that wait already,
// and commits once. It reports false if the engine must stop.
func (l *committer) take(c *call) bool {
	l.begin()
	for n := 1; ; n++ {
		if !l.step(c) {
			return false
		}
		if n == group || l.session.Size() >= groupSize {
			break
		}
		select {
		case c = <-l.e.inputs:
			continue
		default:
		}
		break
	}
	return l.commit(l.session.End())
}

func (l *committer) begin() {
	now := time.Now()
	l.batch.Reset()
	l.session = l.e.machine.Begin(now, l.batch)
	if late := now.Sub(l.armed); !l.armed.IsZero() && late >= 0 {
		l.armed = time.Time{}
		if late > stalled {
			l.e.opt.Log.Warn("the bot did nothing for some time: it was stopped, or its disk did not answer; its plugins get that time back", "for", late.Round(time.Second))
			l.session.Step(0, delivery.Stalled{For: late}, nil)
		}
	}
}

// step gives the machine one input with its facts. What the steps before it
// wrote is applied first, if facts must be read, so that it is seen.
func (l *committer) step(c *call) bool {
	m := l.e.machine
	facts := delivery.Facts{}
	keys := m.Facts(c.in, facts)
	if len(keys) > 0 {
		if !l.commit(l.session.End()) {
			return false
		}
		l.begin()
		keys = m.Facts(c.in, facts)
	}
	for ; len(keys) > 0; keys = m.Facts(c.in, facts) {
		for _, k := range keys {
			value, err := l.e.store.Get(k)
			if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrKey) {
				l.e.fail(err)
				return false
			}
			facts[string(k)] = value
		}
	}
	l.session.Step(l.e.expect(c), c.in, facts)
	return true
}

// commit applies what a session wants and passes its effects on to be released
// when it is durable. Effects that need no sync of their own wait for the next
// one, but not longer than lazySync.
func (l *committer) commit(change delivery.Change) bool {
	if err := l.e.load(change.Effects); err != nil {
		l.e.fail(err)
		return false
	}
	if change.Sync {
		change.Batch.Sync = true
		l.mark(change.Batch)
		return l.sync(change.Batch, change.Effects)
	}
	if change.Batch.Len() == 0 && len(l.held) == 0 {
		l.e.changes <- release{effects: change.Effects}
		return true
	}
	if len(l.held) == 0 {
		l.lazy.Reset(lazySync)
	}
	l.held = append(l.held, change.Effects...)
	if change.Batch.Len() == 0 {
		return true // in the order of the sessions
	}
	_, ok := l.apply(change.Batch)
	return ok
}

// mark notes in the store, about once a second, that the bot lives.
func (l *committer) mark(b *store.Batch) {
	if now := time.Now(); now.Sub(l.alive) > time.Second {
		l.alive = now
		b.Put(aliveKey, binary.BigEndian.AppendUint64(nil, uint64(now.UnixMilli())))
	}
}

// live notes that the bot lives although nothing happens, so that what is open
// does not age by it. It needs no sync of its own.
func (l *committer) live() bool {
	if l.e.machine.Idle() {
		return true
	}
	l.batch.Reset()
	l.mark(l.batch)
	if l.batch.Len() == 0 {
		return true
	}
	_, ok := l.apply(l.batch)
	return ok
}

// flush syncs what waits for a sync.
func (l *committer) flush() bool {
	if len(l.held) == 0 {
		return true
	}
	return l.sync(&store.Batch{Sync: true}, nil)
}

func (l *committer) sync(b *store.Batch, effects []delivery.Effect) bool {
	c, ok := l.apply(b)
	if !ok {
		return false
	}
	all := effects
	if len(l.held) > 0 {
		all = append(l.held, effects...)
		l.held = nil
		l.lazy.Stop()
	}
	l.e.changes <- release{commit: c, effects: all}
	return true
}

func (l *committer) apply(b *store.Batch) (store.Commit, bool) {
	b.Require(epochKey, l.e.epoch)
	c, err := l.e.store.Apply(b)
	if err != nil {
		if errors.Is(err, store.ErrCondition) {
			err = errors.New("another bot took over the store: this one has stopped writing")
		}
		l.e.fail(err)
		return nil, false
	}
	return c, true
}
