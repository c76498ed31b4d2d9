package exec

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/internal/supervise"
)

const (
	// maxReason and reasonLines bound what a person is told of why a program failed.
	maxReason   = 1 << 10
	reasonLines = 6
)

// errands start the programs of all handlers of this process.
var errands = sync.OnceValue(supervise.NewErrands)

// An ending is how a program ended.
type ending struct {
	code   int
	signal string
	// stopped is why it was ended; nil: it ended by itself.
	stopped error
	took    time.Duration
}

var errTimeout = errors.New("its timeout is over")

// serve is the callback of the command.
func (p *program) serve(ctx context.Context, msg *oco.Message) error {
	given, err := p.read(msg)
	var arguments []string
	if err == nil {
		arguments, err = p.argv(given)
	}
	if refused, is := errors.AsType[refusal](err); is {
		return oco.Tell(refused.Error(), errors.New("an argument was not taken, so the program was not run"))
	}
	input, err := p.input(msg, given)
	if err != nil {
		return oco.Permanent(fmt.Errorf("the arguments cannot be written as JSON: %w", err))
	}
	out, errs := &output{}, &output{}
	if p.Output == "stream" {
		errs = out // as they come
	}
	began := time.Now()
	started, err := errands().Start(supervise.Errand{
		Path: p.path, Args: arguments, Dir: p.dir, Env: p.env, User: p.user, Stdin: input, Stdout: out, Stderr: errs,
	})
	if errors.Is(err, syscall.E2BIG) {
		return oco.Tell("that is more than this system takes as arguments of a program; say less at once.", p.unstarted(err))
	}
	if err != nil {
		return oco.Tell("the program could not be started; an operator finds the reason in the log.", p.unstarted(err))
	}
	var shown *status
	if p.Output == "stream" {
		shown = follow(ctx, p, out, post(msg))
	}
	e, left := p.attend(ctx, started)
	e.took = time.Since(began)
	msg.Log().Info("a program has ended", "program", p.path, "exit_code", e.code, "signal", e.signal, "stopped", e.stopped, "took", e.took)
	if left != nil {
		msg.Log().Error("a program has left something behind", "program", p.path, "error", left)
	}
	if shown != nil {
		shown.end(p.final(e, out))
		return p.judge(e, "")
	}
	if text := out.text(p.MaxOutput, p.MaxLines); text != "" {
		msg.Reply(p.shaped(text))
	}
	if text := p.Exit[e.code]; text != "" && e.stopped == nil {
		msg.Reply(text)
	}
	return p.judge(e, errs.last(maxReason, reasonLines))
}

// unstarted says for operators why a program could not be started.
func (p *program) unstarted(err error) error {
	as := ""
	if p.user != nil {
		as = " as " + p.user.Name
	}
	err = fmt.Errorf("in %s%s: %w", p.dir, as, err)
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w: it must be allowed to be there and to run the program", err)
	}
	return err
}

// attend waits for the end of the program, and brings it about when its time is over or
// the delivery is: it is asked to end, and killed if it does not.
func (p *program) attend(ctx context.Context, started *supervise.Started) (e ending, left error) {
	timeout := time.NewTimer(p.Timeout)
	defer timeout.Stop()
	select {
	case <-started.Done():
	case <-timeout.C:
		e.stopped = errTimeout
	case <-ctx.Done():
		e.stopped = context.Cause(ctx)
	}
	if e.stopped != nil {
		left = started.Terminate()
		p.await(started)
		left = errors.Join(left, started.Kill())
	}
	var behind error
	e.code, e.signal, behind = started.Result()
	return e, errors.Join(left, behind)
}

// await gives a program time to end that was asked to.
func (p *program) await(started *supervise.Started) {
	grace := time.NewTimer(p.killAfter)
	defer grace.Stop()
	select {
	case <-started.Done():
	case <-grace.C:
	}
}

// shaped is what was printed as it is said.
func (p *program) shaped(text string) string {
	if p.Output == "block" {
		return block(text)
	}
	return text
}

// judge makes an ending the outcome of the delivery. why is what the program said of
// it.
func (p *program) judge(e ending, why string) error {
	if _, explained := p.Exit[e.code]; e.stopped == nil && (e.code == 0 || explained) {
		return nil
	}
	text := e.text()
	switch {
	case why == "":
		text += "."
	case strings.Contains(why, "\n"):
		text += ". It said last:\n" + why
	default:
		text += ": " + why
	}
	err := errors.New(e.text()) // what the program says may hold anything, so no log has it
	if errors.Is(e.stopped, oco.ErrStopping) && p.Repeatable {
		return err // it runs again
	}
	return oco.Tell(text, err)
}

// text says how a program ended that did not do what it was to do.
func (e ending) text() string {
	switch {
	case errors.Is(e.stopped, errTimeout):
		return "the program was ended after " + length(e.took) + ", because its timeout was over"
	case errors.Is(e.stopped, oco.ErrStopping):
		return "the program was ended after " + length(e.took) + ", because I am being stopped"
	case e.stopped != nil:
		return "the program was ended after " + length(e.took) + ", because the command was cancelled"
	case e.signal != "":
		return "the program was ended by a signal (" + e.signal + ")"
	}
	return fmt.Sprintf("exit code %d", e.code)
}

// length is a duration for people.
func length(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	d = d.Round(time.Second)
	if d < time.Hour {
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	}
	d = d.Round(time.Minute)
	return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
}
