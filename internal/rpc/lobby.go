package rpc

import (
	"container/list"
	"context"
	"net"
	"sync"
	"sync/atomic"

	"golang.org/x/time/rate"
	"google.golang.org/grpc/peer"

	"github.com/openchatops/oco/internal/chat"
)

const (
	// maxStrangers is how many connections of a listener may have shown no key yet.
	// One more, and the oldest of them goes: who has a key shows it at once.
	maxStrangers = 256
	// wrongKeys a connection may show so many of, and so many a second.
	wrongKeys      = 1000
	wrongKeysEvery = 10
)

// A Lobby knows the connections of a listener until they are closed: whose they
// are, and which have not said it yet.
type Lobby struct {
	shares *shares

	mu        sync.Mutex
	strangers list.List // of *visitor, the oldest first
}

// Lobby makes the lobby of one more listener.
func (c *Core) Lobby() *Lobby { return &Lobby{shares: &c.shares} }

// Listen is a listener whose connections pass by the lobby.
func (l *Lobby) Listen(outer net.Listener) net.Listener { return lobbyListener{outer, l} }

type lobbyListener struct {
	net.Listener
	lobby *Lobby
}

// Accept implements net.Listener.
func (l lobbyListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.lobby.welcome(conn), nil
}

// welcome takes a connection in.
func (l *Lobby) welcome(conn net.Conn) *visitor {
	v := &visitor{Conn: conn, lobby: l}
	l.mu.Lock()
	v.place = l.strangers.PushBack(v)
	var oldest *visitor
	if l.strangers.Len() > maxStrangers {
		oldest = l.strangers.Front().Value.(*visitor)
	}
	l.mu.Unlock()
	if oldest != nil {
		_ = oldest.Close() // a stranger is told nothing
	}
	return v
}

// A visitor is a connection. What gRPC and net/http know of it, its remote
// address, leads back to it.
type visitor struct {
	net.Conn
	lobby *Lobby
	known atomic.Bool // has shown a key
	wrong *rate.Limiter
	close sync.Once

	// Guarded by lobby.mu.
	place *list.Element // among the strangers, nil if it is none
	share *share        // of whom it is, nil if nobody knows
	gone  bool
}

// A visitorAddr is the address of a visitor.
type visitorAddr struct {
	net.Addr
	visitor *visitor
}

// RemoteAddr implements net.Conn.
func (v *visitor) RemoteAddr() net.Addr { return visitorAddr{v.Conn.RemoteAddr(), v} }

// Close implements net.Conn.
func (v *visitor) Close() error {
	v.close.Do(func() {
		v.lobby.mu.Lock()
		defer v.lobby.mu.Unlock()
		v.gone = true
		v.leave()
		if v.share != nil {
			v.share.leaves()
		}
	})
	return v.Conn.Close()
}

// leave takes it from among the strangers. The caller holds lobby.mu.
func (v *visitor) leave() {
	if v.place != nil {
		v.lobby.strangers.Remove(v.place)
		v.place = nil
	}
}

// addrOf is the remote address of the connection that a call of gRPC came by.
func addrOf(ctx context.Context) net.Addr {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return nil
	}
	return p.Addr
}

// visitorAt is the connection with a remote address, nil if it passed no lobby.
func visitorAt(at net.Addr) *visitor {
	a, _ := at.(visitorAddr)
	return a.visitor
}

// Met says what came of a call by the connection with this remote address: who
// called, or why it was refused. A connection that is one too many, or shows wrong
// keys again and again, is closed. It does not block.
func (c *Core) Met(ctx context.Context, at net.Addr, refused *chat.Error) *chat.Error {
	v := visitorAt(at)
	switch {
	case v == nil || v.known.Load() && refused == nil:
		return refused
	case refused != nil && refused.Reason != chat.KeyMissing && refused.Reason != chat.KeyInvalid:
		return refused
	case refused != nil:
		if v.tries() {
			_ = v.Close() // it is told by that
		}
		return refused
	}
	name := caller(ctx).Name
	if !v.becomes(c.shares.of(name)) {
		_ = v.Close() // it is told by that, and by the refusal if that still arrives
		return chat.Refuse(chat.QuotaExceeded, "%s has %d connections, and no more are taken: close some", name, maxConnections).With("limit", "connections")
	}
	return nil
}

// tries says that a wrong key was shown once too often.
func (v *visitor) tries() bool {
	v.lobby.mu.Lock()
	defer v.lobby.mu.Unlock()
	if v.wrong == nil {
		v.wrong = rate.NewLimiter(wrongKeysEvery, wrongKeys)
	}
	return !v.wrong.Allow()
}

// becomes makes a stranger the connection of a plugin, unless that has too many.
// Whose it is is settled by the first key: a connection of several plugins counts
// for one.
func (v *visitor) becomes(s *share) bool {
	v.lobby.mu.Lock()
	defer v.lobby.mu.Unlock()
	if v.share != nil || v.gone {
		return true
	}
	if !s.enters() {
		return false
	}
	v.share = s
	v.leave()
	v.known.Store(true)
	return true
}

// begin is Begin for a call of gRPC. Who takes calls back all the time loses the
// connection.
func (c *Core) begin(ctx context.Context) (end func(), refused *chat.Error) {
	counted, refused := c.Begin(ctx)
	if refused != nil {
		return nil, refused
	}
	return func() {
		counted()
		if ctx.Err() != context.Canceled || c.shares.of(caller(ctx).Name).givenUp.Allow() {
			return
		}
		if v := visitorAt(addrOf(ctx)); v != nil {
			_ = v.Close() // it is told by that
		}
	}, nil
}
