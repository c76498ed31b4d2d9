package engine

import (
	"fmt"

	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/store"
	"github.com/openchatops/oco/internal/wire"
)

// release is what may be let out once commit is durable; a nil commit is.
type release struct {
	commit  store.Commit
	effects []delivery.Effect
}

// releaseLoop lets effects out in the order of their batches.
func (e *Engine) releaseLoop() {
	defer close(e.stopped)
	for r := range e.changes {
		if r.commit != nil {
			if err := r.commit.Wait(); err != nil {
				e.fail(err)
				for range e.changes { // nothing after a failed sync is let out
				}
				return
			}
		}
		e.perform(r.effects)
	}
}

// perform does what the effects say: frames, then answers.
func (e *Engine) perform(effects []delivery.Effect) {
	var order []delivery.Sink
	frames := map[delivery.Sink][]delivery.Effect{}
	push := func(id delivery.Sink, f delivery.Effect) {
		if _, ok := frames[id]; !ok {
			order = append(order, id)
		}
		frames[id] = append(frames[id], f)
	}
	var closed []delivery.CloseSink
	for _, effect := range effects {
		switch f := effect.(type) {
		case delivery.Offer:
			push(f.Sink, f)
		case delivery.Operate:
			push(f.Sink, f)
		case delivery.CancelFrame:
			push(f.Sink, f)
		case delivery.SettledFrame:
			push(f.Sink, f)
		case delivery.DrainFrame:
			push(f.Sink, f)
		case delivery.CloseSink:
			closed = append(closed, f)
		}
	}
	for _, id := range order {
		if s := e.find(id); s != nil {
			s.Take(frames[id])
		}
	}
	for _, c := range closed {
		if s := e.find(c.Sink); s != nil {
			s.Close(c.Err)
		}
	}
	for _, effect := range effects {
		switch f := effect.(type) {
		case delivery.Reply:
			e.answer(f)
		case delivery.Report:
			e.keeper.saw(f)
			if e.opt.Report != nil {
				e.opt.Report(f)
			}
		}
	}
}

// load reads what frames need and the machine does not keep in memory. It must
// run before the batch of their session is applied: that may remove the rows,
// if what was offered ended in the same session.
func (e *Engine) load(effects []delivery.Effect) error {
	for i, effect := range effects {
		switch f := effect.(type) {
		case delivery.Offer:
			if f.Match != nil {
				continue // at hand
			}
			whole := f
			if err := e.loadOffer(&whole); err != nil {
				return err
			}
			effects[i] = whole
		case delivery.Operate:
			if err := e.loadParts(f.Parts); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *Engine) loadOffer(f *delivery.Offer) error {
	var d record.Delivery
	var ev record.Event
	if err := e.read(delivery.DeliveryKey(f.Lease.Delivery), &d); err != nil {
		return err
	}
	if err := e.read(delivery.EventKey(f.Event), &ev); err != nil {
		return err
	}
	f.Match, f.Payload = d.Match, ev.Payload
	return nil
}

func (e *Engine) loadParts(parts []delivery.Part) error {
	for i, p := range parts {
		if p.Row == 0 {
			continue
		}
		var row record.Send
		if err := e.read(delivery.OutboxKey(p.Row), &row); err != nil {
			return err
		}
		parts[i].Text, parts[i].Act = row.Text, row.Operation
	}
	return nil
}

// read decodes a row that must be there.
func (e *Engine) read(key []byte, row wire.Message) error {
	value, err := e.store.Get(key)
	if err != nil {
		return fmt.Errorf("the row %q: %w", key, err)
	}
	if err := wire.Decode(value, row); err != nil {
		return fmt.Errorf("the row %q is damaged: %w", key, err)
	}
	return nil
}

func (e *Engine) find(id delivery.Sink) Sink {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.sinks[id]
}

// expect notes who waits for the answer to an input: nobody any more if the
// caller has left meanwhile.
func (e *Engine) expect(c *call) delivery.Token {
	if c.done == nil {
		return 0
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if c.left {
		return 0
	}
	e.token++
	c.token = e.token
	e.calls[e.token] = c
	return e.token
}

// abandon forgets a call whose caller does not wait any more. If the machine may
// hold it for long, the machine is told.
func (e *Engine) abandon(c *call) {
	e.mu.Lock()
	c.left = true
	_, open := e.calls[c.token]
	delete(e.calls, c.token)
	e.mu.Unlock()
	if !open || !delivery.Waits(c.in) {
		return
	}
	select {
	case e.inputs <- &call{in: delivery.Abandon{Caller: c.token}}:
	case <-e.stopped:
	}
}

func (e *Engine) answer(r delivery.Reply) {
	e.mu.Lock()
	c := e.calls[r.Token]
	delete(e.calls, r.Token)
	e.mu.Unlock()
	if c == nil {
		return
	}
	a := answer{value: r.Value}
	if r.Err != nil {
		a.err = r.Err
	}
	c.done <- a
}

// fail stops the engine: what cannot store never acknowledges.
func (e *Engine) fail(err error) {
	e.opt.Log.Error("the store failed; the bot stops, and nothing that was not stored is acknowledged", "error", err)
	e.opt.Fatal(err)
	e.once.Do(func() { close(e.stop) })
}
