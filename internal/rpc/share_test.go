package rpc_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/rpc"
)

// inBubble runs a test with a clock of its own.
func inBubble(t *testing.T, test func(t *testing.T, w *world, ctx context.Context)) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ctx, cancel := context.WithCancel(w.as(chat.RoleHandler))
		defer cancel()
		test(t, w, ctx)
	})
}

// begin runs a step that may block and says whether it is over.
func begin(step func()) (over func() bool) {
	done := make(chan struct{})
	go func() { defer close(done); step() }()
	return func() bool {
		synctest.Wait()
		select {
		case <-done:
			return true
		default:
			return false
		}
	}
}

// A plugin has two messages received at once, whichever connections they come by;
// another plugin is not in its way (OCO-SIZ-25).
func TestAPluginWaitsForItsTurnToBeRead(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, ctx context.Context) {
		first, second, third := w.core.Turn(ctx, nil), w.core.Turn(ctx, nil), w.core.Turn(ctx, nil)
		for _, turn := range []*rpc.Turn{first, second} {
			if err := turn.Read(ctx); err != nil {
				t.Fatal(err)
			}
		}
		over := begin(func() {
			if err := third.Read(ctx); err != nil {
				t.Error(err)
			}
		})
		if over() {
			t.Error("a third message is read beside two")
		}
		other := w.core.Turn(w.as(chat.RoleClient), nil)
		if err := other.Read(ctx); err != nil {
			t.Error(err)
		}
		other.End()
		if err := first.Received(ctx, 1, 1); err != nil {
			t.Error(err)
		}
		if !over() {
			t.Error("the third waits although the first was received")
		}
		for _, turn := range []*rpc.Turn{first, second, third} {
			turn.End()
		}
	})
}

// The calls of a plugin hold 8 MiB of large messages; what is small waits for
// nothing (OCO-SIZ-26).
func TestAPluginHoldsNoMoreThanItsShare(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, ctx context.Context) {
		full, late, small := w.core.Turn(ctx, nil), w.core.Turn(ctx, nil), w.core.Turn(ctx, nil)
		if err := full.Received(ctx, 1<<20, 64); err != nil { // all, though it would like more
			t.Fatal(err)
		}
		if err := small.Received(ctx, rpc.SmallMessage, 1); err != nil {
			t.Error(err)
		}
		over := begin(func() {
			if err := late.Received(ctx, rpc.SmallMessage+1, 1); err != nil {
				t.Error(err)
			}
		})
		if over() {
			t.Error("more is held than a share")
		}
		full.End()
		if !over() {
			t.Error("it waits although nothing is held any more")
		}
		late.End()
	})
}

// Beyond 16 MiB a plugin sends no more than 32 MiB a second in large messages
// (OCO-SIZ-29).
func TestLargeMessagesAreSlowedDown(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, ctx context.Context) {
		begun := time.Now()
		for range 12 { // 48 MiB: 16 at once, 32 in a second
			turn := w.core.Turn(ctx, nil)
			if err := turn.Received(ctx, 4<<20, 1); err != nil {
				t.Fatal(err)
			}
			turn.End()
		}
		if took := time.Since(begun); took < time.Second || took > 1100*time.Millisecond {
			t.Errorf("it took %v", took)
		}
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if err := w.core.Turn(ctx, nil).Received(gone, 4<<20, 1); err == nil {
			t.Error("a call that ended waits on")
		}
	})
}

// Who takes longer than 10 s to send a message, while others of its plugin wait,
// is cut off (OCO-SEC-33).
func TestWhoSendsTooSlowlyIsCutOff(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, ctx context.Context) {
		lobby := w.core.Lobby()
		at, far := visit(t, lobby)
		slow, other, waits := w.core.Turn(ctx, at), w.core.Turn(ctx, nil), w.core.Turn(ctx, nil)
		for _, turn := range []*rpc.Turn{slow, other} {
			if err := turn.Read(ctx); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute) // nobody minds
		if !open(far) {
			t.Fatal("cut off although nobody waits")
		}
		over := begin(func() {
			if err := waits.Read(ctx); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(10 * time.Second)
		if open(far) {
			t.Error("not cut off")
		}
		slow.End() // its call fails with the connection
		if !over() {
			t.Error("who waited still waits")
		}
		other.End()
		waits.End()
	})
}

// A plugin has a thousand calls under way at most, on all connections, and others
// are not counted with them (OCO-SIZ-27).
func TestAPluginHasAThousandCallsUnderWay(t *testing.T) {
	w := newWorld(t)
	ctx := w.as(chat.RoleHandler)
	var last func()
	for range 1000 {
		end, refused := w.core.Begin(ctx)
		if refused != nil {
			t.Fatal(refused)
		}
		last = end
	}
	if _, err := ocov1.NewBotServiceClient(w.dial()).GetBotInfo(bearer(t.Context(), w.key(chat.RoleHandler)), &ocov1.GetBotInfoRequest{}); reason(err) != chat.QuotaExceeded || status.Code(err) != codes.ResourceExhausted {
		t.Errorf("one more: %v", err)
	}
	if _, err := ocov1.NewBotServiceClient(w.dial()).GetBotInfo(bearer(t.Context(), w.key(chat.RoleClient)), &ocov1.GetBotInfoRequest{}); err != nil {
		t.Errorf("another plugin: %v", err)
	}
	last()
	if _, err := ocov1.NewBotServiceClient(w.dial()).GetBotInfo(bearer(t.Context(), w.key(chat.RoleHandler)), &ocov1.GetBotInfoRequest{}); err != nil {
		t.Errorf("after one has ended: %v", err)
	}
}

// visit opens a connection that passes a lobby: its remote address as the bot has
// it, and the other end.
func visit(t *testing.T, lobby *rpc.Lobby) (at net.Addr, far net.Conn) {
	t.Helper()
	near, far := net.Pipe()
	l := lobby.Listen(&oneConn{conn: near})
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(); _ = far.Close() })
	return conn.RemoteAddr(), far
}

// oneConn accepts one connection.
type oneConn struct {
	net.Listener
	conn net.Conn
}

func (l *oneConn) Accept() (net.Conn, error) { return l.conn, nil }

// open says whether the bot has left a connection open.
func open(far net.Conn) bool {
	if err := far.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		return false
	}
	_, err := far.Read(make([]byte, 1))
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}
