package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/openchatops/oco"
)

// pipe takes each line to its outcome before the next. It returns nil if all
// were done or ctx ended, and an [ErrNotDone] if not.
func (t *terminal) pipe(ctx context.Context, bot oco.Bot, s *screen, lines <-chan line) error {
	total, notDone := 0, 0
	for {
		var l line
		select {
		case l = <-lines:
		case <-ctx.Done():
			return nil
		}
		switch {
		case l.end == io.EOF && notDone == 0:
			return nil
		case l.end == io.EOF:
			return fmt.Errorf("%w: %d of %d", ErrNotDone, notDone, total)
		case l.end != nil:
			return fmt.Errorf("read standard input: %w", l.end)
		}
		total++
		done, err := t.take(ctx, bot, s, l)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		case !done:
			notDone++
		}
		// Nobody reads any more: the rest of the lines must not run unheard.
		if err := s.broken(); err != nil {
			return fmt.Errorf("%w: what line %d said could not be written: %w", ErrNotDone, l.number, err)
		}
	}
}

// take takes one line to its outcome and reports whether it was done. An error
// says that no line can be taken any more.
func (t *terminal) take(ctx context.Context, bot oco.Bot, s *screen, l line) (bool, error) {
	if l.tooLong {
		return false, s.complain(fmt.Sprintf("line %d was not taken: %v", l.number, errTooLong))
	}
	settled, forget, err := t.publish(ctx, bot, t.speech(l.text))
	if refused, ok := errors.AsType[*oco.PublishError](err); ok {
		return false, s.complain(fmt.Sprintf("line %d was not taken: %v", l.number, refused.Events[0]))
	}
	if err != nil {
		return false, err
	}
	defer forget()
	select {
	case got := <-settled:
		return allDone(got), nil
	case <-ctx.Done():
		return false, nil
	}
}
