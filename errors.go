package oco

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// Causes for which the context of a callback ends; see [context.Cause].
var (
	// ErrCancelled: the bot, a person or an operator cancelled the delivery.
	ErrCancelled = errors.New("oco: the delivery was cancelled")
	// ErrLeaseLost: the bot has given the delivery up or to another replica.
	ErrLeaseLost = errors.New("oco: the lease of the delivery is lost")
	// ErrMaxRun: the callback ran longer than its route allows.
	ErrMaxRun = errors.New("oco: the callback ran longer than its max_run")
	// ErrStopping: the process is told to stop and its grace is over.
	ErrStopping = errors.New("oco: the process stops")
)

// Errors of sends.
var (
	// ErrMaybeSent: the message may have been posted or not, nobody can know.
	ErrMaybeSent = errors.New("oco: the message may have been sent or not")
	// ErrNotSent: the message surely was not posted.
	ErrNotSent = errors.New("oco: the message was not sent")
	// ErrExpired: the message surely was not posted, because the time for which it
	// was worth posting was over before it could be. It is an ErrNotSent.
	ErrExpired = fmt.Errorf("%w: its time was over before it could be posted", ErrNotSent)
	// ErrEnded: the delivery has ended, nothing can be said in it any more.
	ErrEnded = errors.New("oco: the delivery has ended")
)

// Errors of other operations.
var (
	// ErrMaybeDone: what was asked for may have been done or not, nobody can know.
	ErrMaybeDone = errors.New("oco: what was asked for may have been done or not")
	// ErrNotDone: what was asked for surely was not done.
	ErrNotDone = errors.New("oco: what was asked for was not done")
)

// Errors for which [Run] gives up.
var (
	// ErrKey: the bot does not know the key.
	ErrKey = errors.New("oco: the bot does not accept the key")
	// ErrCertificate: what answers at the endpoint does not show the certificate
	// of the bot.
	ErrCertificate = errors.New("oco: this is not the bot that the endpoint names")
	// ErrFenced: a newer process serves the adapter's account.
	ErrFenced = errors.New("oco: a newer process serves this account")
	// ErrSettingsChanged: the operator changed the settings of an adapter that
	// cannot change while it runs, and its work is finished. Started again it has
	// the new ones.
	ErrSettingsChanged = errors.New("oco: the settings have changed: the adapter is to be started again")
	// ErrKilled: [Options].Kill was closed.
	ErrKilled = errors.New("oco: killed")
)

type tellError struct {
	text string
	err  error
}

func (e *tellError) Error() string {
	if e.err == nil {
		return e.text
	}
	return e.err.Error()
}
func (e *tellError) Unwrap() error { return e.err }

// Tell returns an error that, returned by a callback, fails the delivery on any
// route: the person reads userText, err goes to the log only and may be nil.
func Tell(userText string, err error) error { return &tellError{userText, err} }

type retryError struct{ delay time.Duration }

func (e *retryError) Error() string { return fmt.Sprintf("try again in %v", e.delay) }

// RetryAfter returns an error that, returned by a callback or by
// [Adapter].Send or another operation, asks for the same again after d. It is obeyed
// on any route, also a once route, up to the route's attempts. Of an operation it
// puts off all that is said in the room, in which it keeps its place, and counts as
// no attempt: a rate limit loses nothing. Wrap it to say why:
//
//	return fmt.Errorf("the registry is busy: %w", oco.RetryAfter(10*time.Second))
func RetryAfter(d time.Duration) error { return &retryError{max(d, 0)} }

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

// Permanent marks an error so that a repeatable route does not run again.
// Permanent(nil) is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

type settingError struct {
	path string
	err  error
}

func (e *settingError) Error() string { return strings.TrimPrefix(e.path+": "+e.err.Error(), ": ") }
func (e *settingError) Unwrap() error { return e.err }

// AtSetting says of an error to which setting it belongs, for those that refuse
// settings: the check of [Settings] and the build of [HandlerFrom]. The bot finds its
// place in the configuration. A path is the name of a setting, [N] for an item of a
// list, counted from 0, and .KEY for what is under a key: "commands[2].timeout". An
// error within one that has a path is below it: of two nested ones the paths are
// joined. AtSetting(path, nil) is nil.
func AtSetting(path string, err error) error {
	if err == nil {
		return nil
	}
	return &settingError{path, err}
}

// Bounds of what is told of settings that are refused. The bot cuts the whole.
const (
	maxProblem     = 2 << 10
	maxProblemPath = 1 << 10
	maxProblems    = 256
)

// problemsOf takes apart why settings are refused.
func problemsOf(err error) []*ocov1.SettingsProblem {
	var all []*ocov1.SettingsProblem
	addProblems(&all, "", err)
	return all[:min(len(all), maxProblems)]
}

func addProblems(all *[]*ocov1.SettingsProblem, path string, err error) {
	if joined, several := err.(interface{ Unwrap() []error }); several {
		// Of one that says more than those that it holds, as that of fmt.Errorf, the
		// words are told; and one that holds none is a refusal all the same.
		list := joined.Unwrap()
		if whole := errors.Join(list...); whole != nil && whole.Error() == err.Error() {
			for _, one := range list {
				addProblems(all, path, one)
			}
			return
		}
	}
	if at, is := err.(*settingError); is {
		addProblems(all, below(path, at.path), at.err)
		return
	}
	text := cmp.Or(valid(err.Error()), "the plugin says no reason")
	for at, is := errors.AsType[*settingError](err); is; at, is = errors.AsType[*settingError](at.err) {
		path = below(path, at.path)
	}
	*all = append(*all, &ocov1.SettingsProblem{Path: cut(valid(path), maxProblemPath), Text: cut(text, maxProblem)})
}

func below(path, under string) string {
	if path == "" || under == "" || strings.HasPrefix(under, "[") {
		return path + under
	}
	return path + "." + under
}

type maybeSentError struct{ err error }

func (e *maybeSentError) Error() string        { return "it may have been sent: " + e.err.Error() }
func (e *maybeSentError) Unwrap() error        { return e.err }
func (e *maybeSentError) Is(target error) bool { return target == ErrMaybeSent }

// MaybeSent marks an error of [Adapter].Send or another operation after which
// nobody can know whether the chat service has it: a timeout after the request
// was written. MaybeSent(nil) is nil.
func MaybeSent(err error) error {
	if err == nil {
		return nil
	}
	return &maybeSentError{err}
}

// panicError is a callback that panicked.
type panicError struct {
	value        any
	where, stack string
}

func (e *panicError) Error() string {
	return fmt.Sprintf("the callback panicked: %v (%s)", e.value, e.where)
}

// panicked is where the code panicked whose panic the caller's deferred function has
// recovered: the first line above that is neither of Go's own runtime nor of what a
// message or event answers.
func panicked() string {
	var pcs [64]uintptr
	frames, panics := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])]), false
	for {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic":
			panics = true
		case panics && !strings.HasPrefix(f.Function, "runtime.") && !answers(f.Function):
			return fmt.Sprintf("%s:%d in %s", f.File, f.Line, f.Function)
		}
		if !more {
			return "at a place that is not known"
		}
	}
}

// callerOf is the line that called the function skip levels above the caller.
func callerOf(skip int) string {
	_, file, line, ok := runtime.Caller(skip + 1)
	if !ok {
		return "a place that is not known"
	}
	return fmt.Sprintf("%s:%d", file, line)
}

// saidAt is the line of the author's code that called a method of a message or event.
func saidAt() string {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if !answers(f.Function) {
			return fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		if !more {
			return "a place that is not known"
		}
	}
}

// answering are the beginnings of functions that a message or event has.
var answering = []string{"(*call).", "(*Message).", "(*Event).", "delivery.", "arguments."}

// answers says that a function is what an author calls of a message or event.
func answers(function string) bool {
	rest, ours := strings.CutPrefix(function, "github.com/openchatops/oco.")
	return ours && slices.ContainsFunc(answering, func(begin string) bool { return strings.HasPrefix(rest, begin) })
}

// says is what is logged of an error of a route: with where its author declared it.
func (r *route) says(err error) error {
	if r == nil {
		return err
	}
	return fmt.Errorf("%s: %w", r.declared, err)
}

// reason returns the reason of the closed table that an error of the bot
// carries, or "".
func reason(err error) string { return info(err).GetReason() }

func info(err error) *errdetails.ErrorInfo {
	s, ok := status.FromError(err)
	if !ok {
		return nil
	}
	for _, d := range s.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			return info
		}
	}
	return nil
}

// explaining is a connection whose errors say what can be done about them.
type explaining struct{ grpc.ClientConnInterface }

func (e explaining) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	err := e.ClientConnInterface.Invoke(ctx, method, args, reply, opts...)
	if reason(err) == "SCOPE_MISSING" {
		scope := info(err).GetMetadata()["scope"]
		return fmt.Errorf("oco: the scope %s is missing: a handler asks for it with Scopes(%q), and the operator grants it in the bot's configuration, in `scopes` of that handler: %w", scope, scope, err)
	}
	return err
}

// retryDelay returns the delay that an error of a chat service or the bot asks
// for: by [RetryAfter] or by RetryInfo.
func retryDelay(err error) (time.Duration, bool) {
	if r, ok := errors.AsType[*retryError](err); ok {
		return r.delay, true
	}
	if s, ok := status.FromError(err); ok {
		for _, d := range s.Details() {
			if info, ok := d.(*errdetails.RetryInfo); ok {
				return info.GetRetryDelay().AsDuration(), true
			}
		}
	}
	return 0, false
}

// transient says that the same call may well succeed later.
func transient(err error) bool {
	switch status.Code(err) {
	case codes.InvalidArgument, codes.PermissionDenied, codes.FailedPrecondition, codes.Unimplemented, codes.OutOfRange, codes.AlreadyExists, codes.NotFound:
		return false
	case codes.ResourceExhausted:
		return reason(err) != "TOO_LARGE" && reason(err) != ""
	}
	return true
}

// dialled finds in an error of gRPC where it could not connect to, and why.
var dialled = regexp.MustCompile(`dial (?:tcp: lookup|tcp|unix) (\S+?)(?: on \S+)?: (?:connect: )?([^"\\]+)`)

// outOfReach is an error of a call as a sentence. Of a bot that cannot be reached it
// says where it was sought.
func outOfReach(err error) error {
	if found := dialled.FindStringSubmatch(err.Error()); found != nil {
		return fmt.Errorf("nobody answers at %s (%s): does the bot run, and is that where its configuration says listen.grpc?", found[1], found[2])
	}
	return worded{err}
}

// worded is an error of the bot that reads as the sentence that the bot said.
type worded struct{ error }

func (w worded) Error() string { return status.Convert(w.error).Message() }
func (w worded) Unwrap() error { return w.error }
