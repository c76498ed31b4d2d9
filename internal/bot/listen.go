package bot

import (
	"errors"
	"fmt"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/gateway"
	"github.com/openchatops/oco/internal/rpc"
)

// listen opens what others than children come in by: the operator's socket, the
// port of remote plugins, the HTTP port.
func (b *Bot) listen() error {
	// First, so that whoever makes a key by the operator's socket learns where
	// its holder dials.
	if err := b.listenGRPC(); err != nil {
		return err
	}
	l, endpoint, err := b.dir.listen("operator")
	if err != nil {
		return err
	}
	if err := b.serve(l, rpc.Door{}, nil); err != nil {
		return err
	}
	key, _ := b.keys.Launch("operator", chat.RoleOperator, nil)
	if err := b.dir.invite(endpoint, key); err != nil {
		return err
	}
	return b.listenHTTP()
}

func (b *Bot) listenHTTP() error {
	at := b.o.Config.Listen.HTTP
	if at == "" {
		return nil
	}
	l, err := net.Listen("tcp", at)
	if err != nil && b.o.Config.Listen.HTTPOptional {
		b.log.Warn("the HTTP port is taken; the bot runs without it", "address", at, "error", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("listen.http: %s cannot be opened: %w", at, err)
	}
	if b.http, err = gateway.New(b.core, gateway.Options{Log: b.log, Ready: b.core.Readiness, Metrics: b.metrics.handler()}); err != nil {
		return errors.Join(err, l.Close())
	}
	go func() {
		if err := b.http.Serve(l); err != nil {
			b.log.Error("the HTTP port has failed", "error", err)
		}
	}()
	b.log.Info("HTTP", "address", l.Addr().String())
	return nil
}

// serve answers gRPC on a listener. shown is nil for plaintext.
func (b *Bot) serve(l net.Listener, door rpc.Door, shown credentials.TransportCredentials) error {
	s, err := rpc.NewServer(b.core, door, shown)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	b.servers = append(b.servers, s)
	go func() {
		if err := s.Serve(l); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			b.log.Error("a listener has failed", "address", l.Addr().String(), "error", err)
		}
	}()
	return nil
}

// stopServers ends the servers: calls under way may finish until the time is
// over.
func (b *Bot) stopServers(within time.Duration) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, s := range b.servers {
			s.GracefulStop()
		}
	}()
	select {
	case <-done:
	case <-time.After(within):
		for _, s := range b.servers {
			s.Stop()
		}
		<-done
	}
}
