package exec

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// paper is a board that is written down.
type paper struct {
	able  bool
	stuck bool // edits fail

	mu   sync.Mutex
	said []string
}

func (p *paper) write(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said = append(p.said, line)
}

func (p *paper) lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.said)
}

func (p *paper) board() board {
	return board{
		canEdit: func(context.Context) bool { return p.able },
		reply: func(text string) func(context.Context, string) error {
			p.write("said " + text)
			return func(_ context.Context, text string) error {
				if p.stuck {
					return errors.New("the chat service is away")
				}
				p.write("edited " + text)
				return nil
			}
		},
	}
}

func (p *paper) want(t *testing.T, lines ...string) {
	t.Helper()
	if said := p.lines(); !slices.Equal(said, lines) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(said, "\n--\n"), strings.Join(lines, "\n--\n"))
	}
}

func streaming() *program {
	return &program{command: &command{Output: "stream", MaxOutput: 1000, MaxLines: 100, Exit: map[int]string{3: "There is nothing to do"}}}
}

func TestAStatusIsOneMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, out, on := streaming(), &output{}, &paper{able: true}
		s := follow(t.Context(), p, out, on.board())
		time.Sleep(editEvery + time.Millisecond)
		on.want(t, "said Running.")
		_, _ = out.Write([]byte("one\n"))
		_, _ = out.Write([]byte("two\n"))
		time.Sleep(editEvery)
		time.Sleep(10 * editEvery) // nothing is edited without news
		_, _ = out.Write([]byte(numbered(20)))
		time.Sleep(editMost)
		s.end(p.final(ending{took: 20 * time.Second}, out))
		fence := func(text string) string { return "```\n" + strings.TrimSuffix(text, "\n") + "\n```\n" }
		on.want(t, "said Running.", "edited "+fence("one\ntwo")+"Running.",
			"edited "+fence(strings.TrimPrefix(numbered(20), "1\n2\n3\n4\n5\n"))+"Running.",
			"edited "+fence("one\ntwo\n"+numbered(20))+"Done in 20 s.")
	})
}

// A long one is edited ever less often.
func TestAStatusIsEditedEverLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, out, on := streaming(), &output{}, &paper{able: true}
		s := follow(t.Context(), p, out, on.board())
		for range 3600 {
			_, _ = out.Write([]byte("x\n"))
			time.Sleep(time.Second)
		}
		s.end("end")
		if n := len(on.lines()); n < 700 || n > 760 {
			t.Errorf("it was edited %d times in an hour", n)
		}
	})
}

func TestAStatusThatNobodyNeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, out, on := streaming(), &output{}, &paper{able: true}
		s := follow(t.Context(), p, out, on.board())
		time.Sleep(editEvery / 2)
		s.end(p.final(ending{took: 500 * time.Millisecond}, out))
		on.want(t, "said Done in 0.5 s.")
	})
}

// Where nothing can be edited, or not any more, the end is said all the same.
func TestAStatusThatCannotBeEdited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, out, on := streaming(), &output{}, &paper{}
		s := follow(t.Context(), p, out, on.board())
		time.Sleep(time.Minute)
		s.end("end")
		on.want(t, "said end")

		on = &paper{able: true, stuck: true}
		s = follow(t.Context(), p, out, on.board())
		time.Sleep(2 * editEvery)
		_, _ = out.Write([]byte("one\n"))
		time.Sleep(time.Minute)
		s.end("end")
		on.want(t, "said Running.", "said end")
	})
}

// The end is also said if the delivery is cancelled.
func TestAStatusOfACancelledCommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, out, on := streaming(), &output{}, &paper{able: true}
		ctx, cancel := context.WithCancel(t.Context())
		s := follow(ctx, p, out, on.board())
		time.Sleep(2 * editEvery)
		cancel()
		synctest.Wait()
		s.end(p.final(ending{code: -1, stopped: context.Canceled, took: 2 * time.Second}, out))
		on.want(t, "said Running.", "edited The program was ended after 2.0 s, because the command was cancelled.")
	})
}

func TestVerdicts(t *testing.T) {
	p := streaming()
	for want, e := range map[string]ending{
		"Done in 1.5 s.":          {took: 1500 * time.Millisecond},
		"Exit code 2 after 90 s.": {code: 2, took: 90 * time.Second},
		"There is nothing to do (exit code 3 after 5 min 7 s)":            {code: 3, took: 307 * time.Second},
		"The program was ended by a signal (killed) after 3 h 12 min.":    {code: -1, signal: "killed", took: 192 * time.Minute},
		"The program was ended after 12 s, because its timeout was over.": {code: 3, stopped: errTimeout, took: 12 * time.Second},
	} {
		if got := p.verdict(e); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
