package rpc

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
)

// featureAttach is the name of Attach among the features.
const featureAttach = "oco.attach"

// maxCalls is how many calls of one Attach run at once or wait for their answers
// to be read. The stream is read no further meanwhile.
const maxCalls = 8

// Attach serves the calls of a plugin and its frames over one stream. receive and
// send are each called by one goroutine; what receive does not return an error for
// is one call, and send takes Frames and *ocov1.AttachResponse. Both must fail once
// the method of the stream has returned.
func (c *Core) Attach(ctx context.Context, receive func(*ocov1.AttachRequest) error, send func(any) error) error {
	if !c.has(featureAttach) {
		return chat.Refuse(chat.FeatureMissing, "this bot does not serve %s", featureAttach).With("feature", featureAttach)
	}
	first := new(ocov1.AttachRequest)
	if err := receive(first); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	subscribe, ok := first.GetKind().(*ocov1.AttachRequest_Subscribe)
	if !ok || first.GetCall() != 0 {
		return invalid("kind", "the first message of this stream is subscribe, whose call is 0")
	}
	a := &attachment{core: c, receive: receive, send: send, slots: make(chan struct{}, maxCalls), wake: make(chan struct{}, 1)}
	return c.serve(ctx, subscribe.Subscribe, func(f Frames) error { return send(attachedFrames(f)) }, a)
}

// An attachment is what an Attach has beside the stream of a Subscribe: calls and
// their answers. The methods that the stream calls may be called on none.
type attachment struct {
	core    *Core
	receive func(*ocov1.AttachRequest) error
	send    func(any) error
	slots   chan struct{} // an element for each call until its answer is sent
	wake    chan struct{} // has a value when there is something to look at
	last    uint64        // the highest number of a call so far

	mu      sync.Mutex
	running int
	answers []*ocov1.AttachResponse
	over    bool  // no call comes any more
	why     error // what the caller did wrong, if that is why
}

// begin reads calls until the stream ends. end, which must be called, ends the
// calls that run; what they changed or did not change their callers learn by
// calling again.
func (a *attachment) begin(ctx context.Context) (end func()) {
	if a == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	go a.read(ctx, &running)
	return func() {
		cancel()
		a.close(nil) // so that none begins
		running.Wait()
	}
}

// read starts calls as they come.
func (a *attachment) read(ctx context.Context, running *sync.WaitGroup) {
	for {
		select {
		case a.slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		in := new(ocov1.AttachRequest)
		err := a.receive(in)
		switch {
		case errors.Is(err, io.EOF):
			a.close(nil)
			return
		case err != nil && !errors.Is(err, errUndecodable):
			a.close(err)
			return
		}
		if refused := a.number(in); refused != nil {
			a.close(cmp.Or(err, error(refused)))
			return
		}
		sized := withSize(ctx)
		turn := a.core.Turn(ctx, addrOf(ctx))
		if turn.Received(ctx, received(sized), 1) != nil || !a.start(running) {
			turn.End()
			return
		}
		go func() {
			defer running.Done()
			defer turn.End()
			a.answer(a.core.attached(sized, in, err))
		}()
	}
}

// number takes the number of a call, which must be new: an answer that fits two
// calls would be no answer.
func (a *attachment) number(in *ocov1.AttachRequest) *chat.Error {
	_, again := in.GetKind().(*ocov1.AttachRequest_Subscribe)
	switch {
	case again:
		return invalid("kind", "this stream is subscribed already: subscribe comes once, as the first message")
	case in.GetCall() == 0:
		return invalid("call", "it is 0, and an answer could not say what it answers: count from 1")
	case in.GetCall() <= a.last:
		return invalid("call", "%d is not new on this stream, where %d was the last: count upwards", in.GetCall(), a.last)
	}
	a.last = in.GetCall()
	return nil
}

// start counts a call in, unless the stream ends.
func (a *attachment) start(running *sync.WaitGroup) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over {
		return false
	}
	a.running++
	running.Add(1)
	return true
}

func (a *attachment) answer(out *ocov1.AttachResponse) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running--
	a.answers = append(a.answers, out)
	a.signal()
}

func (a *attachment) close(why error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.over {
		a.over, a.why = true, why
	}
	a.signal()
}

func (a *attachment) signal() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// woken has a value when flush should be called.
func (a *attachment) woken() <-chan struct{} {
	if a == nil {
		return nil
	}
	return a.wake
}

// flush sends the answers that wait. ended says that none will follow, and why.
func (a *attachment) flush() (ended bool, err error) {
	if a == nil {
		return false, nil
	}
	a.mu.Lock()
	answers := a.answers
	a.answers = nil
	ended, why := a.over && a.running == 0, a.why
	a.mu.Unlock()
	for _, out := range answers {
		if err := a.send(out); err != nil {
			return false, err
		}
		<-a.slots
	}
	if ended {
		err = why
	}
	return ended, err
}

// finish takes no more calls and sends the answers to those that run, as long as
// that does not take too long.
func (a *attachment) finish(ctx context.Context) error {
	if a == nil {
		return nil
	}
	late := time.NewTimer(farewell)
	defer late.Stop()
	a.close(nil)
	for {
		if ended, err := a.flush(); ended || err != nil {
			return err
		}
		select {
		case <-a.wake:
		case <-late.C:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
