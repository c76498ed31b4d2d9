// Package linktest stands between two programs and fails as networks do: it
// delays, holds up, resets, and loses a connection without either end being told.
package linktest

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// A Link passes connections on. It may be used in a bubble of testing/synctest if
// its dial function may.
type Link struct {
	dial func(ctx context.Context) (net.Conn, error)
	// pings says that it knows HTTP/2, and answers pings for who is not heard any
	// more.
	pings bool

	mu      sync.Mutex
	changed chan struct{} // closed and renewed when something below changes
	wires   map[*wire]bool
	held    bool
	silent  bool
	delay   time.Duration
	dials   int
	closed  bool
	running sync.WaitGroup
}

// New makes a link to what dial reaches.
func New(dial func(ctx context.Context) (net.Conn, error)) *Link {
	return &Link{dial: dial, changed: make(chan struct{}), wires: map[*wire]bool{}}
}

// NewProxy makes a link that knows HTTP/2 without TLS, and answers pings on
// connections that are silent: who only pings finds nothing wrong.
func NewProxy(dial func(ctx context.Context) (net.Conn, error)) *Link {
	l := New(dial)
	l.pings = true
	return l
}

// A wire is one connection through the link.
type wire struct {
	near, far net.Conn
	dead      bool // what comes is lost, whatever becomes of the link
}

// Dial opens a connection in memory.
func (l *Link) Dial(ctx context.Context) (net.Conn, error) {
	mine, near := net.Pipe()
	if err := l.join(ctx, near); err != nil {
		return nil, errors.Join(err, mine.Close())
	}
	return mine, nil
}

// Serve passes on what is accepted until the listener is closed.
func (l *Link) Serve(from net.Listener) {
	for {
		near, err := from.Accept()
		if err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		_ = l.join(ctx, near) // who dialled sees a connection that is closed
		cancel()
	}
}

// join connects near with the other side.
func (l *Link) join(ctx context.Context, near net.Conn) error {
	far, err := l.dial(ctx)
	if err != nil {
		return errors.Join(err, near.Close())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errors.Join(net.ErrClosed, near.Close(), far.Close())
	}
	w := &wire{near: near, far: far, dead: l.silent}
	l.wires[w] = true
	l.dials++
	l.running.Go(func() { l.pump(w, near, far, l.pings) })
	l.running.Go(func() { l.pump(w, far, near, false) })
	return nil
}

// Dials is how many connections there were.
func (l *Link) Dials() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dials
}

func (l *Link) change(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
	close(l.changed)
	l.changed = make(chan struct{})
}

// Delay delays whatever is sent from now on.
func (l *Link) Delay(d time.Duration) { l.change(func() { l.delay = d }) }

// Hold lets nothing through until Heal, as a network that loses packets, which
// are sent again.
func (l *Link) Hold() { l.change(func() { l.held = true }) }

// Silence loses what is sent on the connections that there are, for ever, and on
// those that are opened until Heal. Nobody is told.
func (l *Link) Silence() {
	l.change(func() {
		l.silent = true
		for w := range l.wires {
			w.dead = true
		}
	})
}

// Heal lets things through again.
func (l *Link) Heal() { l.change(func() { l.held, l.silent, l.delay = false, false, 0 }) }

// Reset ends all connections.
func (l *Link) Reset() {
	l.change(func() {
		for w := range l.wires {
			w.close()
		}
	})
}

// Close ends the link and all that goes through it.
func (l *Link) Close() {
	l.change(func() { l.closed = true })
	l.Reset()
	l.running.Wait()
}

// close ends both halves: by a reset, where there is such a thing.
func (w *wire) close() {
	for _, c := range []net.Conn{w.near, w.far} {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // it may be closed already
		}
		_ = c.Close() // it may be closed already
	}
}

// pump passes on what from says. preface says that from is a client of HTTP/2.
func (l *Link) pump(w *wire, from, to net.Conn, preface bool) {
	read := chunks(from)
	if l.pings {
		read = frames(from, preface)
	}
	for {
		said, err := read()
		if err != nil {
			l.ended(w)
			return
		}
		if !l.wait(w) {
			if answer := pong(said); l.pings && answer != nil {
				_, err = from.Write(answer)
			}
		} else {
			_, err = to.Write(said)
		}
		if err != nil {
			l.ended(w)
			return
		}
	}
}

// wait waits until something may be sent; false says that it is lost.
func (l *Link) wait(w *wire) bool {
	for {
		l.mu.Lock()
		dead, held, delay, changed := w.dead, l.held && !l.closed, l.delay, l.changed
		l.mu.Unlock()
		switch {
		case dead:
			return false
		case !held:
			time.Sleep(delay)
			return true
		}
		<-changed
	}
}

// ended ends a wire one end of which ended. Of a dead one the other end does not
// learn that.
func (l *Link) ended(w *wire) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.dead && !l.closed {
		return
	}
	delete(l.wires, w)
	w.close()
}

// chunks reads what comes, as it comes.
func chunks(from io.Reader) func() ([]byte, error) {
	buffer := make([]byte, 16<<10)
	return func() ([]byte, error) {
		n, err := from.Read(buffer)
		return buffer[:n], err
	}
}
