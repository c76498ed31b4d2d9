package bot

import (
	"errors"
	"fmt"
	"net"
	"slices"
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
	if err := b.serveAlways(l, rpc.Door{}, nil); err != nil {
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
	b.url = webURL(at, l.Addr().String())
	b.log.Info("HTTP", "address", l.Addr().String())
	return nil
}

// webURL is what programs on this machine call: the name that the operator wrote, and
// the port that it is.
func webURL(configured, address string) string {
	host, _, _ := net.SplitHostPort(configured) // an address that was listened on
	_, port, _ := net.SplitHostPort(address)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// serveAlways serves on a listener that is there as long as the bot.
func (b *Bot) serveAlways(l net.Listener, door rpc.Door, shown credentials.TransportCredentials) error {
	s, err := b.serve(l, door, shown)
	if err == nil {
		b.servers = append(b.servers, s)
	}
	return err
}

// serve answers gRPC on a listener. shown is nil for plaintext.
func (b *Bot) serve(l net.Listener, door rpc.Door, shown credentials.TransportCredentials) (*rpc.Server, error) {
	s, err := rpc.NewServer(b.core, door, shown)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	go func() {
		if err := s.Serve(l); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			b.log.Error("a listener has failed", "address", l.Addr().String(), "error", err)
		}
	}()
	return s, nil
}

// stopServers ends servers: calls under way may finish until the time is over.
func stopServers(within time.Duration, servers ...*rpc.Server) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, s := range servers {
			s.GracefulStop()
		}
	}()
	select {
	case <-done:
	case <-time.After(within):
		for _, s := range servers {
			s.Stop()
		}
		<-done
	}
}

// allServers are those that are there as long as the bot, and those of processes.
func (b *Bot) allServers() []*rpc.Server {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := slices.Clone(b.servers)
	for _, r := range b.running {
		all = append(all, r.server)
	}
	return all
}
