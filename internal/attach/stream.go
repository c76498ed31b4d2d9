// Package attach carries a plugin's calls over one stream of Attach: the messages
// are those of the calls, and so are their answers and errors.
package attach

import (
	"context"
	"errors"
	"sync"

	"google.golang.org/grpc"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// Feature is the name that a bot gives to Attach among its features.
const Feature = "oco.attach"

// ErrGone is the error of a call to which the stream brings no answer: it ended,
// or the call does not fit into it. What the call asked for may have been done or
// not; it can be made again by itself.
var ErrGone = errors.New("the stream has no answer to the call")

// room is what a call may have at most: a message of the protocol, less what
// Attach puts around it.
const room = 4<<20 - 64

type wire = grpc.BidiStreamingClient[ocov1.AttachRequest, ocov1.AttachResponse]

// A Stream is one Attach. Receive is called by one goroutine until it returns an
// error; the calls may come from many.
type Stream struct {
	wire wire
	wake chan struct{}   // has a value when something waits in queue
	gone <-chan struct{} // closed at the end
	end  context.CancelFunc

	mu      sync.Mutex
	last    uint64
	queue   []*ocov1.AttachRequest
	waiting map[uint64]chan *ocov1.AttachResponse
}

// Open opens a stream and subscribes by it. It lasts until ctx ends or Receive
// returns an error, of which one must happen.
func Open(ctx context.Context, to ocov1.DeliveryServiceClient, subscribe *ocov1.SubscribeRequest, options ...grpc.CallOption) (*Stream, error) {
	ctx, end := context.WithCancel(ctx)
	w, err := to.Attach(ctx, options...)
	if err != nil {
		end()
		return nil, err
	}
	s := &Stream{
		wire: w, wake: make(chan struct{}, 1), gone: ctx.Done(), end: end,
		queue:   []*ocov1.AttachRequest{{Kind: &ocov1.AttachRequest_Subscribe{Subscribe: subscribe}}},
		waiting: map[uint64]chan *ocov1.AttachResponse{},
	}
	s.signal()
	go s.send()
	return s, nil
}

// send is the one goroutine that sends.
func (s *Stream) send() {
	for {
		select {
		case <-s.wake:
		case <-s.gone:
			return
		}
		s.mu.Lock()
		queue := s.queue
		s.queue = nil
		s.mu.Unlock()
		for _, req := range queue {
			if s.wire.Send(req) != nil {
				return // Receive says why
			}
		}
	}
}

// Receive returns the next frames, and hands out the answers that come before
// them. Its error is why the stream ended.
func (s *Stream) Receive() (*ocov1.SubscribeResponse, error) {
	for {
		res, err := s.wire.Recv()
		if err != nil {
			s.end()
			return nil, err
		}
		if frames := res.GetFrames(); frames != nil {
			return frames, nil
		}
		s.mu.Lock()
		answer := s.waiting[res.GetCall()]
		delete(s.waiting, res.GetCall())
		s.mu.Unlock()
		if answer != nil { // else nobody waits for it any more
			answer <- res
		}
	}
}

// ask makes a call and waits for its answer.
func (s *Stream) ask(ctx context.Context, req *ocov1.AttachRequest) (*ocov1.AttachResponse, error) {
	answer := make(chan *ocov1.AttachResponse, 1)
	s.mu.Lock()
	s.last++
	req.Call = s.last
	s.waiting[req.Call] = answer
	s.queue = append(s.queue, req)
	s.mu.Unlock()
	s.signal()
	select {
	case res := <-answer:
		return res, nil
	case <-s.gone:
	case <-ctx.Done():
		s.forget(req)
	}
	select {
	case res := <-answer:
		return res, nil
	default:
		return nil, cause(ctx)
	}
}

// forget drops a call that nobody waits for any more.
func (s *Stream) forget(req *ocov1.AttachRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiting, req.Call)
	for i, waits := range s.queue {
		if waits == req {
			s.queue = append(s.queue[:i:i], s.queue[i+1:]...)
			return
		}
	}
}

func (s *Stream) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
