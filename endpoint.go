package oco

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	grpcbackoff "google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/openchatops/oco/internal/codec"
)

// window is how much a connection may bring before it is read. It stays as it is:
// to find a better one, gRPC would send a ping along with whatever it reads.
const window = 1 << 20

// link is the way to the bot. A connection that went silent is replaced, so the
// generated clients hold the link and not the connection.
type link struct {
	dial  func() (*grpc.ClientConn, error)
	doubt *doubt

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
	mistrust := newDoubt()
	if creds.Info().SecurityProtocol == "tls" {
		creds = watched{creds, o.Endpoint, mistrust}
	}
	// gRPC waits exactly the base delay before its second try; drawing it keeps a
	// thousand plugins of a bot that was restarted apart. With the jitter the longest
	// delay is 20 s, less than the term of a lease.
	params := grpc.ConnectParams{
		Backoff: grpcbackoff.Config{
			BaseDelay:  250*time.Millisecond + mathrand.N(500*time.Millisecond),
			Multiplier: 2, Jitter: 1, MaxDelay: 10 * time.Second,
		},
		MinConnectTimeout: 10 * time.Second,
	}
	dialOptions := []grpc.DialOption{
		grpc.WithTransportCredentials(creds), grpc.WithConnectParams(params), grpc.WithDisableServiceConfig(),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(codec.New())),
		grpc.WithStaticStreamWindowSize(window), grpc.WithStaticConnWindowSize(window),
	}
	if o.Dialer != nil {
		dialOptions = append(dialOptions, grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return o.Dialer(ctx) }))
	}
	l := &link{doubt: mistrust, dial: func() (*grpc.ClientConn, error) { return grpc.NewClient(target, dialOptions...) }}
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
// makes a new one. If somebody did already, it does nothing. Old is closed last,
// while others use the new one: it waits for seconds to say that it closes.
func (l *link) replace(old *grpc.ClientConn) error {
	if changed, err := l.change(old); err != nil || !changed {
		return err
	}
	return old.Close()
}

// change puts a new connection in the place of old, if that is the one.
func (l *link) change(old *grpc.ClientConn) (changed bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.conn != old {
		return false, nil
	}
	conn, err := l.dial()
	if err != nil {
		return false, err
	}
	l.conn = conn
	return true, nil
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
		// The pin is the hash of the whole certificate.
		if sum := sha256.Sum256(leaf.Raw); subtle.ConstantTimeCompare(sum[:], pin) != 1 {
			return &pinError{shown: sum[:], pinned: pin}
		}
		return nil
	}
	return config, nil
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

// pinError is a certificate other than the one that the endpoint pins.
type pinError struct{ shown, pinned []byte }

func (e *pinError) Error() string {
	return fmt.Sprintf("the bot's certificate is not the one that the endpoint pins: its pin is sha256=%s, and the endpoint says sha256=%s; if the bot has a new certificate, take the endpoint from `oco key new`, and if it has not, somebody stands in between",
		hex.EncodeToString(e.shown), hex.EncodeToString(e.pinned))
}

// doubt is told when what answers at the endpoint cannot be the bot, so that
// only a person can help. The first reason counts.
type doubt struct {
	once sync.Once
	told chan struct{}
	err  error // after told
}

func newDoubt() *doubt { return &doubt{told: make(chan struct{})} }

func (d *doubt) tell(err error) {
	d.once.Do(func() {
		d.err = err
		close(d.told)
	})
}

// watched is TLS that tells its doubt.
type watched struct {
	credentials.TransportCredentials
	endpoint string
	doubt    *doubt
}

func (w watched) ClientHandshake(ctx context.Context, authority string, raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	conn, info, err := w.TransportCredentials.ClientHandshake(ctx, authority, raw)
	if why := distrust(err); why != nil {
		w.doubt.tell(fmt.Errorf("%w: endpoint %q: %w", ErrCertificate, w.endpoint, why))
	}
	return conn, info, err
}

func (w watched) Clone() credentials.TransportCredentials {
	w.TransportCredentials = w.TransportCredentials.Clone()
	return w
}

// distrust is why the same handshake will fail again, for people; nil if it may
// not.
func distrust(err error) error {
	if e, ok := errors.AsType[*pinError](err); ok {
		return e
	}
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		pin := ""
		if len(e.UnverifiedCertificates) > 0 {
			sum := sha256.Sum256(e.UnverifiedCertificates[0].Raw)
			pin = ", which is #sha256=" + hex.EncodeToString(sum[:]) + " if this is the right bot"
		}
		return fmt.Errorf("%w; an endpoint without a pin needs a certificate that this system trusts: `oco key new` prints the pin%s", e.Err, pin)
	}
	if e, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return fmt.Errorf("what answers there does not speak TLS (%s): is it the port of listen.grpc, and is listen.tls not off?", e.Msg)
	}
	return nil
}

func randomID() string { return strings.ToLower(rand.Text()) }

// backoff counts failures in a row.
type backoff struct{ failures int }

const (
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = 20 * time.Second
)

// next draws how long to wait: full jitter below 0.5 s, 1 s and so on to 20 s,
// less than the term of a lease.
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

// readKeys takes the keys out of the environment: who starts other programs
// does not hand them on.
func readKeys(plugins []Plugin) (map[string]string, error) {
	fd, key := os.Getenv("OCO_KEY_FD"), os.Getenv("OCO_KEY")
	for _, name := range []string{"OCO_KEY_FD", "OCO_KEY"} {
		if err := os.Unsetenv(name); err != nil {
			return nil, fmt.Errorf("unset %s: %w", name, err)
		}
	}
	switch {
	case fd != "":
		n, err := strconv.ParseUint(fd, 10, 31)
		if err != nil || n < 3 {
			return nil, fmt.Errorf("OCO_KEY_FD=%q: must be the number of an inherited descriptor, at least 3", fd)
		}
		keys, err := readKeyFile(os.NewFile(uintptr(n), "OCO_KEY_FD"))
		if len(plugins) == 1 && len(keys) == 1 {
			// The operator may call the one plugin of a process as they like: the
			// name belongs to the key.
			for _, key := range keys {
				return map[string]string{plugins[0].Name(): key}, err
			}
		}
		return keys, err
	case key != "" && len(plugins) == 1:
		return map[string]string{plugins[0].Name(): strings.TrimSpace(key)}, nil
	case key != "":
		return nil, fmt.Errorf("OCO_KEY is one key, but this process holds %d plugins: the bot gives it their keys by OCO_KEY_FD", len(plugins))
	}
	return nil, nil
}

// readKeyFile reads lines "PLUGIN KEY" to the end and closes the file.
func readKeyFile(f *os.File) (map[string]string, error) {
	keys := map[string]string{}
	lines := bufio.NewScanner(io.LimitReader(f, 1<<20))
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) == 0 {
			continue
		}
		if len(words) != 2 {
			return nil, errors.Join(errors.New(`OCO_KEY_FD: a line is not "PLUGIN KEY"`), f.Close())
		}
		keys[words[0]] = words[1]
	}
	if err := cmp.Or(lines.Err(), f.Close()); err != nil {
		return nil, fmt.Errorf("read the keys from OCO_KEY_FD: %w", err)
	}
	return keys, nil
}

// holder is the name in a key as the bot makes them, "" for others.
func holder(key string) string {
	parts := strings.SplitN(key, "_", 4)
	if len(parts) < 4 || parts[0] != "oco" {
		return ""
	}
	return parts[1]
}

// key returns the key of a plugin, "" if it has none.
func (o *Options) key(p Plugin) string {
	if k := o.Keys[p.Name()]; k != "" || len(o.Keys) > 0 {
		return k
	}
	return o.Key
}
