package oco

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	grpcbackoff "google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

// link is the way to the bot. A connection that went silent is replaced, so the
// generated clients hold the link and not the connection.
type link struct {
	dial func() (*grpc.ClientConn, error)

	mu     sync.Mutex
	conn   *grpc.ClientConn
	closed bool
}

var _ grpc.ClientConnInterface = (*link)(nil)

func newLink(o Options) (*link, error) {
	target, creds, err := parseEndpoint(o.Endpoint, o.Insecure)
	if o.Dialer != nil {
		target, creds, err = "passthrough:///bot", insecure.NewCredentials(), nil
	}
	if err != nil {
		return nil, err
	}
	// gRPC waits exactly the base delay before its second try; drawing it keeps a
	// thousand plugins of a bot that was restarted apart.
	params := grpc.ConnectParams{
		Backoff: grpcbackoff.Config{
			BaseDelay:  250*time.Millisecond + mathrand.N(500*time.Millisecond),
			Multiplier: 2, Jitter: 1, MaxDelay: 15 * time.Second,
		},
		MinConnectTimeout: 10 * time.Second,
	}
	dialOptions := []grpc.DialOption{grpc.WithTransportCredentials(creds), grpc.WithConnectParams(params), grpc.WithDisableServiceConfig()}
	if o.Dialer != nil {
		dialOptions = append(dialOptions, grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return o.Dialer(ctx) }))
	}
	l := &link{dial: func() (*grpc.ClientConn, error) { return grpc.NewClient(target, dialOptions...) }}
	l.conn, err = l.dial()
	if err != nil {
		return nil, fmt.Errorf("oco: endpoint %q: %w", o.Endpoint, err)
	}
	return l, nil
}

func (l *link) current() *grpc.ClientConn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn
}

// Invoke and NewStream use the connection of the moment.
func (l *link) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	return l.current().Invoke(ctx, method, args, reply, opts...)
}

// NewStream is like Invoke.
func (l *link) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return l.current().NewStream(ctx, desc, method, opts...)
}

// replace ends the connection old, over which nothing is heard any more, and
// makes a new one. If somebody did already, it does nothing.
func (l *link) replace(old *grpc.ClientConn) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.conn != old {
		return nil
	}
	conn, err := l.dial()
	if err != nil {
		return err
	}
	l.conn = conn
	return old.Close()
}

// Close ends the connection for good.
func (l *link) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	return l.conn.Close()
}

// keyed is a link with a plugin key on every call.
type keyed struct {
	*link
	key string
}

func (k keyed) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	return k.link.Invoke(k.with(ctx), method, args, reply, opts...)
}

func (k keyed) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return k.link.NewStream(k.with(ctx), desc, method, opts...)
}

func (k keyed) with(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+k.key)
}

// parseEndpoint returns gRPC's target and the protection that the endpoint asks
// for. A bare key goes over a unix socket, loopback or TLS only.
func parseEndpoint(endpoint string, allowInsecure bool) (string, credentials.TransportCredentials, error) {
	wrong := func(format string, args ...any) (string, credentials.TransportCredentials, error) {
		return "", nil, fmt.Errorf("oco: endpoint %q: %s", endpoint, fmt.Sprintf(format, args...))
	}
	if path, ok := strings.CutPrefix(endpoint, "unix://"); ok {
		if !strings.HasPrefix(path, "/") {
			return wrong("a unix socket is unix:///absolute/path")
		}
		return endpoint, insecure.NewCredentials(), nil
	}
	if !strings.Contains(endpoint, "://") {
		endpoint = "oco://" + endpoint
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return wrong("%v", err)
	}
	if u.Scheme != "oco" && u.Scheme != "oco+tls" {
		return wrong("must be unix:///path, host:port, oco://host:port or oco+tls://host:port#sha256=PIN")
	}
	host, port, err := net.SplitHostPort(u.Host)
	if err != nil || host == "" || port == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return wrong("must name a host and a port and nothing else")
	}
	target := "dns:///" + u.Host
	if u.Scheme == "oco+tls" {
		config, err := tlsConfig(host, u.Fragment)
		if err != nil {
			return wrong("%v", err)
		}
		return target, credentials.NewTLS(config), nil
	}
	ip := net.ParseIP(host)
	if !allowInsecure && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return wrong("the key would travel unencrypted to another machine; use oco+tls://, or set OCO_INSECURE=1 if the way is safe")
	}
	return target, insecure.NewCredentials(), nil
}

// tlsConfig trusts the certificate with that pin and no other, or without a pin
// those that the system trusts.
func tlsConfig(host, fragment string) (*tls.Config, error) {
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS13}
	if fragment == "" {
		return config, nil
	}
	text, ok := strings.CutPrefix(fragment, "sha256=")
	if !ok {
		return nil, errors.New("after # only sha256=PIN is understood")
	}
	pin, err := decodePin(text)
	if err != nil {
		return nil, err
	}
	config.InsecureSkipVerify = true // The pin below is stronger than a name.
	config.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errors.New("the bot showed no certificate")
		}
		leaf := state.PeerCertificates[0]
		if !matchesPin(leaf, pin) {
			return errors.New("the bot's certificate is not the one that the endpoint pins")
		}
		return nil
	}
	return config, nil
}

// matchesPin compares with the hash of the whole certificate.
func matchesPin(leaf *x509.Certificate, pin []byte) bool {
	sum := sha256.Sum256(leaf.Raw)
	return subtle.ConstantTimeCompare(sum[:], pin) == 1
}

// decodePin takes the hash in hex or in base64url.
func decodePin(text string) ([]byte, error) {
	if pin, err := hex.DecodeString(strings.ReplaceAll(text, ":", "")); err == nil && len(pin) == sha256.Size {
		return pin, nil
	}
	if pin, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "=")); err == nil && len(pin) == sha256.Size {
		return pin, nil
	}
	return nil, fmt.Errorf("the pin %q is not a SHA-256 in hex or base64url", text)
}

func randomID() string { return strings.ToLower(rand.Text()) }

// backoff counts failures in a row.
type backoff struct{ failures int }

const (
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = 30 * time.Second
)

// next draws how long to wait: full jitter below 0.5 s, 1 s and so on to 30 s.
func (b *backoff) next() time.Duration {
	limit := maxBackoff
	if b.failures < 6 {
		limit = firstBackoff << b.failures
	}
	b.failures++
	return mathrand.N(limit)
}

// sleep waits for what next drew. It returns false if ctx ended first.
func (b *backoff) sleep(ctx context.Context) bool {
	t := time.NewTimer(b.next())
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
