package rpc_test

import (
	"context"
	"net"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
)

// Of 257 connections of a listener that have shown no key the oldest is closed, and
// never one that has (OCO-SEC-31).
func TestTheOldestStrangerMakesRoom(t *testing.T) {
	w := newWorld(t)
	lobby := w.core.Lobby()
	guest, far := visit(t, lobby)
	if refused := w.core.Met(w.as(chat.RoleHandler), guest, nil); refused != nil {
		t.Fatal(refused)
	}
	var strangers []net.Conn
	for range 256 {
		_, far := visit(t, lobby)
		strangers = append(strangers, far)
	}
	if !open(strangers[0]) {
		t.Fatal("256 are too many already")
	}
	visit(t, lobby)
	if open(strangers[0]) || !open(strangers[1]) {
		t.Error("not the oldest had to go")
	}
	if !open(far) {
		t.Error("one that has shown a key had to go")
	}
}

// A plugin has 128 connections at most, on all listeners; one that closes makes
// room (OCO-SIZ-28).
func TestAPluginHas128Connections(t *testing.T) {
	w := newWorld(t)
	ctx := w.as(chat.RoleHandler)
	var first net.Conn
	for n := range 128 {
		at, far := visit(t, w.core.Lobby())
		if refused := w.core.Met(ctx, at, nil); refused != nil {
			t.Fatal(n, refused)
		}
		if again := w.core.Met(ctx, at, nil); again != nil {
			t.Fatal("its second call:", again)
		}
		if n == 0 {
			first = far
		}
	}
	at, far := visit(t, w.core.Lobby())
	if refused := w.core.Met(ctx, at, nil); refused == nil || refused.Reason != chat.QuotaExceeded {
		t.Fatal(refused)
	}
	if open(far) || !open(first) {
		t.Error("not the one too many was closed")
	}
	other, _ := visit(t, w.core.Lobby())
	if refused := w.core.Met(w.as(chat.RoleClient), other, nil); refused != nil {
		t.Error("another plugin:", refused)
	}
}

// A connection that closes is counted no more.
func TestAClosedConnectionMakesRoom(t *testing.T) {
	w := newWorld(t)
	ctx := w.as(chat.RoleHandler)
	for n := range 300 {
		near, far := net.Pipe()
		conn, err := w.core.Lobby().Listen(&oneConn{conn: near}).Accept()
		if err != nil {
			t.Fatal(err)
		}
		if refused := w.core.Met(ctx, conn.RemoteAddr(), nil); refused != nil {
			t.Fatal(n, refused)
		}
		for range 2 { // the second time nothing is counted
			_ = conn.Close()
		}
		_ = far.Close()
	}
}

// A connection that shows a thousand wrong keys at once is closed; refusals for
// other reasons count for nothing (OCO-SEC-32).
func TestWhoShowsWrongKeysLosesTheConnection(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		reason chat.Reason
		closed bool
	}{{chat.KeyMissing, true}, {chat.KeyInvalid, true}, {chat.ScopeMissing, false}} {
		at, far := visit(t, w.core.Lobby())
		for range 1000 {
			if got := w.core.Met(context.Background(), at, chat.Refuse(c.reason, "no")); got.Reason != c.reason {
				t.Fatal(got)
			}
		}
		if !open(far) {
			t.Errorf("%s: closed too early", c.reason)
		}
		for range 100 { // some more come with time
			w.core.Met(context.Background(), at, chat.Refuse(c.reason, "no"))
		}
		if open(far) == c.closed {
			t.Errorf("%s: open %v", c.reason, !c.closed)
		}
	}
}

// Who takes calls back all the time loses the connection, and dials again
// (OCO-SEC-34).
func TestWhoTakesCallsBackLosesTheConnection(t *testing.T) {
	w := newWorld(t)
	ctx := bearer(t.Context(), w.key(chat.RoleHandler))
	service := ocov1.NewDeliveryServiceClient(w.dial())
	lost := 0
	for n := 0; n < 3000 && lost == 0; n++ {
		short, cancel := context.WithCancel(ctx)
		stream, err := service.Subscribe(short, &ocov1.SubscribeRequest{Replica: "one"})
		if err == nil {
			_, err = stream.Recv()
		}
		cancel()
		if err != nil {
			lost++
		}
	}
	if lost == 0 {
		t.Fatal("3,000 calls were taken back, and the connection is still there")
	}
}
