package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/openchatops/oco"
)

// tickEvery is how often the window and the work that goes on are looked at.
const tickEvery = 250 * time.Millisecond

// edit lets a person edit lines until the input or ctx ends.
func (t *terminal) edit(ctx context.Context, bot oco.Bot, s *screen) (err error) {
	lister, _ := bot.(oco.CommandLister)
	c := &completer{ctx: ctx, bot: lister, places: t.places}
	h := &history{privacy: c.privacy, failed: func(err error) { s.tell(noHistory(err)) }}
	e, err := newEditor(s.streams, t.places, c, h)
	if err != nil {
		return err
	}
	s.edits(e)
	defer func() {
		s.edits(nil)
		err = errors.Join(err, e.close())
	}()
	if err := s.print(s.talk, greeting); err != nil {
		return fmt.Errorf("write to the terminal: %w", err)
	}
	if err := h.open(s.getenv); err != nil {
		s.tell(noHistory(err))
	}
	next, lines := make(chan struct{}), make(chan line, 1)
	defer close(next)
	go func() {
		for range next {
			lines <- e.read()
		}
	}()
	for {
		next <- struct{}{}
		l, err := t.await(ctx, e, lines)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		case l.end == io.EOF:
			return nil
		case l.end != nil:
			return fmt.Errorf("read from the terminal: %w", l.end)
		}
		if err := t.hand(ctx, bot, s, l, t.watch); err != nil && ctx.Err() == nil {
			return err
		}
		e.idle()
	}
}

// await waits for a line and keeps the terminal up to date meanwhile.
func (t *terminal) await(ctx context.Context, e *editor, lines <-chan line) (line, error) {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		select {
		case l := <-lines:
			return l, nil
		case <-tick.C:
			_, room := t.places.here()
			if err := e.tick(t.pending.silent(time.Now(), room.ID)); err != nil {
				return line{}, fmt.Errorf("write to the terminal: %w", err)
			}
		case <-ctx.Done():
			return line{}, nil
		}
	}
}

// watch lets a line count as going on until its outcome is known.
func (t *terminal) watch(ctx context.Context, settled <-chan []oco.Outcome, forget func()) {
	if !t.pending.begin(time.Now()) {
		forget()
		return
	}
	go func() {
		defer forget()
		defer t.pending.end()
		enough := time.NewTimer(lost)
		defer enough.Stop()
		select {
		case <-settled:
		case <-enough.C:
		case <-ctx.Done():
		}
	}()
}

// open reads what was typed before, if it is known where.
func (h *history) open(getenv func(string) string) error {
	path, err := historyPath(getenv)
	if err != nil {
		return err
	}
	return h.load(path)
}

func noHistory(err error) string {
	return fmt.Sprintf("What you type is not kept for the next time: %v.", err)
}
