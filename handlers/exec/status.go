package exec

import (
	"context"
	"strings"
	"time"

	"github.com/openchatops/oco"
)

const (
	// editEvery is how often a status is edited at most; a long one ever less.
	editEvery = time.Second
	editMost  = 5 * time.Second
	// tailBytes and tailLines bound what is shown while a program runs.
	tailBytes = 2 << 10
	tailLines = 15
	// lastEdit bounds the edit that says how it ended.
	lastEdit = slack / 2
)

// A board is where a status is shown.
type board struct {
	// canEdit says whether a message can be edited there. It may block.
	canEdit func(context.Context) bool
	// reply says something, and returns what edits it and waits until it is done.
	reply func(text string) (edit func(ctx context.Context, text string) error)
}

// post is the room of a message as a board. A place where an edit would be a message
// of its own gets none.
func post(msg *oco.Message) board {
	return board{
		canEdit: func(ctx context.Context) bool {
			room, err := msg.Bot().GetRoom(ctx, oco.To{Room: msg.Room().ID})
			return err == nil && room.Levels[oco.CanEdit] == oco.LevelFull
		},
		reply: func(text string) func(context.Context, string) error {
			handle := msg.Reply(text)
			return func(ctx context.Context, text string) error { return handle.Update(ctx, text, oco.Wait()) }
		},
	}
}

// A status is one message that shows how a program goes on: nothing if it ends within
// a second, and only the end of it where messages cannot be edited.
type status struct {
	ctx     context.Context
	board   board
	stop    context.CancelFunc
	stopped chan struct{}
	edit    func(context.Context, string) error // after stopped; nil: nothing was said
}

// follow shows what a program prints until end is called.
func follow(ctx context.Context, p *program, out *output, b board) *status {
	s := &status{ctx: ctx, board: b, stopped: make(chan struct{})}
	running, stop := context.WithCancel(ctx)
	s.stop = stop
	go func() {
		defer close(s.stopped)
		s.run(running, p, out)
	}()
	return s
}

func (s *status) run(ctx context.Context, p *program, out *output) {
	able := s.board.canEdit(ctx)
	pause := editEvery
	shown := int64(-1)
	for able {
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return
		}
		size := out.size()
		switch text := p.going(out); {
		case s.edit == nil:
			s.edit = s.board.reply(text)
		case size == shown:
			continue
		default:
			if s.edit(ctx, text) != nil {
				return // the end is said all the same
			}
			pause = min(pause+pause/10, editMost)
		}
		shown = size
	}
}

// end says how it ended, in the message if there is one and else in a new one.
func (s *status) end(text string) {
	s.stop()
	<-s.stopped
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), lastEdit)
	defer cancel()
	if s.edit == nil || s.edit(ctx, text) != nil {
		s.board.reply(text)
	}
}

// going is what is shown while the program runs.
func (p *program) going(out *output) string {
	return withBlock(out.last(tailBytes, tailLines), "Running.")
}

// final is what is shown when it has ended.
func (p *program) final(e ending, out *output) string {
	return withBlock(out.text(p.MaxOutput, p.MaxLines), p.verdict(e))
}

// verdict is one line about an ending.
func (p *program) verdict(e ending) string {
	text := e.text()
	switch reason := p.Exit[e.code]; {
	case e.stopped != nil:
		return strings.ToUpper(text[:1]) + text[1:] + "."
	case reason != "":
		return reason + " (" + text + " after " + length(e.took) + ")"
	case e.code == 0:
		return "Done in " + length(e.took) + "."
	}
	return strings.ToUpper(text[:1]) + text[1:] + " after " + length(e.took) + "."
}

func withBlock(text, said string) string {
	if text == "" {
		return said
	}
	return block(text) + "\n" + said
}
