package bot

import (
	"context"
	"net"
	"sync"

	"google.golang.org/grpc/test/bufconn"
)

// A guestList is the listener of a bot with Guests: connections in memory.
type guestList struct{ *bufconn.Listener }

func newGuestList() *guestList { return &guestList{bufconn.Listen(1 << 20)} }

func (l *guestList) dial(ctx context.Context) (net.Conn, error) { return l.DialContext(ctx) }

func (l *guestList) close() { l.Listener.Close() }

// readiness says which plugins are registered and take deliveries.
type readiness struct {
	mu    sync.Mutex
	state map[string]chan struct{} // closed: ready
}

func newReadiness() *readiness { return &readiness{state: map[string]chan struct{}{}} }

func (r *readiness) of(name string) chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state[name] == nil {
		r.state[name] = make(chan struct{})
	}
	return r.state[name]
}

func (r *readiness) set(name string) {
	c := r.of(name)
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-c:
	default:
		close(c)
	}
}

// forget makes a plugin one that is not ready.
func (r *readiness) forget(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.state[name]; c != nil {
		select {
		case <-c:
			delete(r.state, name)
		default:
		}
	}
}

func (r *readiness) wait(ctx context.Context, name string) error {
	select {
	case <-r.of(name):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
