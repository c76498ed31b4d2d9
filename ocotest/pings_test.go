package ocotest

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
)

// A client may ask with a ping every 10 s whether the bot is there, also while no
// call is under way (OCO-LIF-47).
func TestTheBotBearsPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := StartWith(t, Config{})
		at := &watched{over: make(chan struct{})}
		conn, err := grpc.NewClient("passthrough:///bot", grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 5 * time.Second, PermitWithoutStream: true}),
			grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
				var err error
				at.Conn, err = b.bot.Dial(ctx)
				return at, err
			}))
		if err != nil {
			t.Fatal(err)
		}
		conn.Connect()
		pass(10 * time.Minute)
		select {
		case <-at.over:
			t.Error("the bot ended the connection of a client that pings it every 10 s")
		default:
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		b.stop()
	})
}
