package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/openchatops/oco"
)

const (
	greeting = "Type help to see what I can do. Ctrl-D ends."
	// patience is how long a line may take before the next one is asked for.
	patience = time.Second
)

// converse prompts for lines until the input or ctx ends.
func (t *terminal) converse(ctx context.Context, bot oco.Bot, s *screen, lines <-chan line) error {
	if err := s.print(s.talk, greeting); err != nil {
		return fmt.Errorf("write to the terminal: %w", err)
	}
	for {
		if err := s.ask(); err != nil {
			return fmt.Errorf("write to the terminal: %w", err)
		}
		var l line
		select {
		case l = <-lines:
		case <-ctx.Done():
			return s.leave()
		}
		switch {
		case l.end == io.EOF:
			return s.leave()
		case l.end != nil:
			return fmt.Errorf("read from the terminal: %w", l.end)
		}
		s.answered()
		if err := t.hand(ctx, bot, s, l); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// hand hands a line to the bot and waits a while for its outcome.
func (t *terminal) hand(ctx context.Context, bot oco.Bot, s *screen, l line) error {
	if l.tooLong {
		return s.complain(fmt.Sprintf("That was not taken: %v.", errTooLong))
	}
	settled, forget, err := t.publish(ctx, bot, l.text)
	if refused, ok := errors.AsType[*oco.PublishError](err); ok {
		return s.complain(fmt.Sprintf("That was not taken: %v.", refused.Events[0]))
	}
	if err != nil {
		return err
	}
	defer forget()
	enough := time.NewTimer(patience)
	defer enough.Stop()
	select {
	case <-settled:
	case <-enough.C:
	case <-ctx.Done():
	}
	return nil
}

// leave ends the line of the prompt, so that the shell's begins a new one.
func (s *screen) leave() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.prompted {
		return nil
	}
	s.prompted = false
	return s.write(s.talk, "\n")
}
