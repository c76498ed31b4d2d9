package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/store"
	"github.com/openchatops/oco/internal/wire"
)

// Forget takes a person out of everything that has ended: see delivery.Erase. room
// tells from the payload of an event of theirs the direct room that it came from, or
// nothing. It works in small inputs with pauses between, so it may take long, and
// what it did stays if it is given up: it may be called again. Last it lets the store
// let go of what was removed, if the store keeps that for a while.
func (e *Engine) Forget(ctx context.Context, person delivery.Person, room func(payload []byte) (string, error), writes []delivery.Write) (all delivery.Erased, err error) {
	rooms, err := e.roomsOf(ctx, person, room)
	if err != nil {
		return all, err
	}
	person.Rooms = append(person.Rooms, rooms...)
	// Sends first: whose they are is told by the deliveries.
	for _, find := range []func(store.Reader, delivery.Stretch) (delivery.Found, error){person.NamesInSends, person.NamesIn} {
		err := e.eachStretch(ctx, find, func(rows [][]byte) error {
			return e.erase(ctx, delivery.Erase{Person: person, Rows: rows}, &all)
		})
		if err != nil {
			return all, err
		}
	}
	// What is open is counted last, so that nothing ends between unseen.
	if err := e.erase(ctx, delivery.Erase{Person: person, Writes: writes}, &all); err != nil {
		return all, err
	}
	c, ok := e.store.(store.Compacter)
	if !ok || all.Events+all.Deliveries+all.Messages == 0 {
		return all, nil
	}
	for _, prefix := range delivery.ErasedPrefixes() {
		if err := c.Compact(ctx, prefix); err != nil {
			return all, fmt.Errorf("what was removed stays on disk for a while: %w", err)
		}
	}
	return all, nil
}

// eachStretch goes through a table.
func (e *Engine) eachStretch(ctx context.Context, find func(store.Reader, delivery.Stretch) (delivery.Found, error), each func(rows [][]byte) error) error {
	// To the end, whatever the clock was when the rows were made.
	in := delivery.Stretch{Until: time.Now().AddDate(100, 0, 0), Most: retainRows, Reads: retainReads}
	for {
		found, err := find(e.store, in)
		if err != nil {
			return err
		}
		if len(found.Rows) > 0 {
			if err := each(found.Rows); err != nil {
				return err
			}
		}
		if !found.More {
			return nil
		}
		in.After = found.Last
		if err := e.keeper.pause(ctx); err != nil {
			return err
		}
	}
}

func (e *Engine) erase(ctx context.Context, in delivery.Erase, all *delivery.Erased) error {
	value, err := e.Do(ctx, in)
	if err != nil {
		return err
	}
	n := value.(delivery.Erased)
	all.Events += n.Events
	all.Deliveries += n.Deliveries
	all.Messages += n.Messages
	all.Open += n.Open
	return nil
}

// roomsOf finds the direct rooms with a person, as far as events of theirs are kept.
func (e *Engine) roomsOf(ctx context.Context, person delivery.Person, room func(payload []byte) (string, error)) (rooms []string, err error) {
	seen := map[string]bool{"": true}
	err = e.eachStretch(ctx, person.NamesIn, func(rows [][]byte) error {
		for _, key := range rows {
			id, err := e.roomOf(key, person.User, room)
			if err != nil {
				return fmt.Errorf("the row %q: %w", key, err)
			}
			if !seen[id] {
				seen[id] = true
				rooms = append(rooms, id)
			}
		}
		return nil
	})
	return rooms, err
}

// roomOf is the direct room of a delivery of the person's, or nothing.
func (e *Engine) roomOf(key []byte, user string, room func(payload []byte) (string, error)) (string, error) {
	var d record.Delivery
	var event record.Event
	if found, err := e.readKept(key, &d); err != nil || !found || d.User != user {
		return "", err
	}
	if found, err := e.readKept(delivery.EventKey(d.Event), &event); err != nil || !found || event.Bare {
		return "", err
	}
	return room(event.Payload)
}

// readKept decodes a row that may have been removed meanwhile.
func (e *Engine) readKept(key []byte, row wire.Message) (found bool, err error) {
	value, err := e.store.Get(key)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err == nil {
		err = wire.Decode(value, row)
	}
	return err == nil, err
}
