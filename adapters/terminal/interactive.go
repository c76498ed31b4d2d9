package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/openchatops/oco"
)

const greeting = "Type help to see what I can do, /help for what this terminal can. Ctrl-D ends."

// converse prompts for lines until the input or ctx ends, at a terminal that
// can do no more than print.
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
		if err := t.hand(ctx, bot, s, l, waitAWhile); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// hand does what a line says, or hands it to the bot. Then after gets what
// brings its outcomes, and must see to it that forget is called.
func (t *terminal) hand(ctx context.Context, bot oco.Bot, s *screen, l line, after func(ctx context.Context, settled <-chan []oco.Outcome, forget func())) error {
	if l.tooLong {
		return s.complain(fmt.Sprintf("That was not taken: %v.", errTooLong))
	}
	d, err := t.obey(l.text)
	if err != nil {
		return s.complain(fmt.Sprintf("That was not done: %v.", err))
	}
	if d.answer != "" {
		if err := s.print(s.talk, d.answer); err != nil {
			return err
		}
	}
	switch {
	case d.nothing || d.says() && strings.TrimSpace(d.text) == "":
		return nil
	case t.places.deaf(d.event.Room):
		return s.complain(t.places.bot + " is not here and hears nothing of that.")
	}
	settled, forget, err := t.publish(ctx, bot, d)
	if refused, ok := errors.AsType[*oco.PublishError](err); ok {
		return s.complain(fmt.Sprintf("That was not taken: %v.", refused.Events[0]))
	}
	if err != nil {
		return err
	}
	after(ctx, settled, forget)
	return nil
}

// waitAWhile waits for an outcome, but not for ever: then the next line is asked
// for.
func waitAWhile(ctx context.Context, settled <-chan []oco.Outcome, forget func()) {
	defer forget()
	enough := time.NewTimer(patience)
	defer enough.Stop()
	select {
	case <-settled:
	case <-enough.C:
	case <-ctx.Done():
	}
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
