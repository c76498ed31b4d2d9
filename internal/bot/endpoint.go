package bot

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"slices"
	"time"

	"google.golang.org/grpc/credentials"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/rpc"
)

// listenGRPC opens the port of remote plugins, with TLS unless it is off.
func (b *Bot) listenGRPC() error {
	c := b.o.Config.Listen
	if c.GRPC == "" {
		return nil
	}
	var shown credentials.TransportCredentials
	if !c.TLS.Off {
		cert, err := loadCertificate(c.TLS, b.dir.data, names(c), time.Now())
		if err != nil {
			return err
		}
		b.certificate = cert
		shown = credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{cert.Certificate}, MinVersion: tls.VersionTLS13})
	}
	l, err := net.Listen("tcp", c.GRPC)
	if err != nil {
		return fmt.Errorf("listen.grpc: %s cannot be opened: %w", c.GRPC, err)
	}
	b.remote = endpoint(c, l.Addr().String(), b.certificate, time.Now())
	b.log.Info("remote plugins", "address", l.Addr().String(), "endpoint", b.remote)
	return b.serveAlways(l, rpc.Door{}, shown)
}

// endpoint is what the holder of a new key dials; address is where the bot
// listens. cert is nil without TLS.
func endpoint(c config.Listen, address string, cert *certificate, now time.Time) string {
	host, port := advertised(c, address)
	at := net.JoinHostPort(host, port)
	if cert == nil {
		return at
	}
	if cert.trusted(host, now) {
		return "oco+tls://" + at
	}
	return "oco+tls://" + at + "#" + cert.pin()
}

// advertised is the host and the port that plugins dial.
func advertised(c config.Listen, address string) (host, port string) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	if c.Advertise != "" {
		if h, p, err := net.SplitHostPort(c.Advertise); err == nil {
			return h, p
		}
		return c.Advertise, port
	}
	// The name that the operator wrote, rather than what it stands for.
	if h, _, err := net.SplitHostPort(c.GRPC); err == nil && h != "" {
		host = h
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		if name, err := os.Hostname(); err == nil {
			return name, port
		}
		return "localhost", port
	}
	return host, port
}

// names are those that a certificate of the bot's own making is for. Who pins it
// does not look at them; other clients may.
func names(c config.Listen) []string {
	host, _ := advertised(c, c.GRPC)
	all := []string{"localhost", "127.0.0.1", "::1"}
	if !slices.Contains(all, host) {
		all = append(all, host)
	}
	return all
}

// endpoint is where the holder of a new key dials, or calls if nothing but the HTTP
// port listens; empty: nowhere.
func (b *Bot) endpoint(chat.Role) string { return cmp.Or(b.remote, b.url) }
