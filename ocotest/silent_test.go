package ocotest

import (
	"context"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/openchatops/oco/internal/linktest"
)

// A watched connection tells when its other end closes it.
type watched struct {
	net.Conn
	once sync.Once
	over chan struct{}
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if err != nil {
		w.once.Do(func() { close(w.over) })
	}
	return n, err
}

// The bot ends a connection whose other end is gone without a word, whatever was
// or was not called on it, within 30 s and not at once (OCO-LIF-40).
func TestTheBotEndsASilentConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := StartWith(t, Config{})
		at := &watched{over: make(chan struct{})}
		link := linktest.New(func(ctx context.Context) (net.Conn, error) {
			var err error
			at.Conn, err = b.bot.Dial(ctx)
			return at, err
		})
		conn, err := grpc.NewClient("passthrough:///bot", grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return link.Dial(ctx) }))
		if err != nil {
			t.Fatal(err)
		}
		conn.Connect()
		pass(10 * time.Minute) // who answers pings may be silent
		link.Silence()
		pass(15 * time.Second)
		over := func() bool {
			select {
			case <-at.over:
				return true
			default:
				return false
			}
		}
		if over() {
			t.Error("the connection is ended too early")
		}
		pass(15 * time.Second)
		if !over() {
			t.Error("after 30 s the connection is still there")
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		link.Close()
		b.stop()
	})
}
