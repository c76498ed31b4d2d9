package oco

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A key goes out in the clear on this machine only, unless the operator says
// otherwise, and what is no endpoint is refused (OCO-SEC-20, OCO-LIF-44, OCO-LIF-45).
func TestEndpoints(t *testing.T) {
	pin := strings.Repeat("ab", 32)
	for _, c := range []struct {
		endpoint string
		insecure bool
		target   string // or
		problem  string
	}{
		{"unix:///run/oco.sock", false, "unix:///run/oco.sock", ""},
		{"unix://run/oco.sock", false, "", "unix:///absolute/path"},
		{"127.0.0.1:7000", false, "dns:///127.0.0.1:7000", ""},
		{"localhost:7000", false, "dns:///localhost:7000", ""},
		{"oco://[::1]:7000", false, "dns:///[::1]:7000", ""},
		{"oco://bot.example:7000", false, "", "unencrypted"},
		{"192.0.2.1:7000", false, "", "unencrypted"},
		{"localhost.example:7000", false, "", "unencrypted"},
		{"oco://bot.example:7000", true, "dns:///bot.example:7000", ""},
		{"oco+tls://bot.example:7000", false, "dns:///bot.example:7000", ""},
		{"oco+tls://bot.example:7000#sha256=" + pin, false, "dns:///bot.example:7000", ""},
		{"oco+tls://bot.example:7000#sha256=abc", false, "", "is not a SHA-256"},
		{"oco+tls://bot.example:7000#sha1=abc", false, "", "only sha256=PIN"},
		{"oco+tls://bot.example", false, "", "a host and a port"},
		{"oco://localhost:7000/x", false, "", "nothing else"},
		{"https://bot.example:7000", false, "", "must be unix:///path"},
		{"bot", false, "", "a host and a port"},
		{"", false, "", "a host and a port"},
	} {
		target, creds, err := parseEndpoint(c.endpoint, c.insecure)
		switch {
		case c.problem == "" && (err != nil || target != c.target):
			t.Errorf("%s: %s, %v", c.endpoint, target, err)
		case c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)):
			t.Errorf("%s: error %v, want %q in it", c.endpoint, err, c.problem)
		case c.problem == "" && strings.HasPrefix(c.endpoint, "oco+tls") != (creds.Info().SecurityProtocol == "tls"):
			t.Errorf("%s: protected by %q", c.endpoint, creds.Info().SecurityProtocol)
		}
	}
}

// tlsBot serves a fake bot with a certificate that nobody signed.
func tlsBot(t *testing.T) (address string, pin [sha256.Size]byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})))
	ocov1.RegisterChatServiceServer(srv, outerBot())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(lis) }()
	t.Cleanup(func() {
		srv.Stop()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return lis.Addr().String(), sha256.Sum256(der)
}

func TestPin(t *testing.T) {
	address, pin := tlsBot(t)
	other := pin
	other[0] ^= 1
	for _, c := range []struct {
		fragment string
		ok       bool
	}{
		{"#sha256=" + hex.EncodeToString(pin[:]), true},
		{"#sha256=" + base64.RawURLEncoding.EncodeToString(pin[:]), true},
		{"#sha256=" + hex.EncodeToString(other[:]), false},
		{"", false}, // no authority signed it
	} {
		client, err := Dial("oco+tls://"+address+c.fragment, "key")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		_, err = client.GetUser(ctx, UserLookup{ID: "u"})
		cancel()
		// The fake bot serves no users: reaching it is UNIMPLEMENTED.
		if reached := status.Code(err) == codes.Unimplemented; reached != c.ok {
			t.Errorf("%q: %v", c.fragment, err)
		}
		if err := client.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}

// A plugin that finds at its endpoint what cannot be its bot says so and ends,
// before it has said its key (OCO-SEC-25).
func TestAPluginEndsWhereItsBotIsNot(t *testing.T) {
	address, pin := tlsBot(t)
	other := pin
	other[0] ^= 1
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close() //nolint:errcheck // its end ends the loop
	go func() {
		for {
			conn, err := plain.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("SSH-2.0-OpenSSH_9.9\r\n")) // it may be gone
			_ = conn.Close()
		}
	}()
	for _, c := range []struct {
		endpoint string
		words    []string
	}{
		{"oco+tls://" + address + "#sha256=" + hex.EncodeToString(other[:]),
			[]string{"is not the one that the endpoint pins", hex.EncodeToString(pin[:]), hex.EncodeToString(other[:]), "oco key new"}},
		{"oco+tls://" + address, []string{"a certificate that this system trusts", "#sha256=" + hex.EncodeToString(pin[:])}},
		{"oco+tls://" + plain.Addr().String(), []string{"does not speak TLS", "listen.tls"}},
	} {
		err := Run(t.Context(), Options{Endpoint: c.endpoint, Key: "oco_secret", Log: slog.New(slog.DiscardHandler)}, NewHandler("test"))
		if !errors.Is(err, ErrCertificate) || !strings.Contains(err.Error(), c.endpoint) {
			t.Errorf("%s: %v", c.endpoint, err)
			continue
		}
		for _, word := range c.words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s does not say %q: %v", c.endpoint, word, err)
			}
		}
	}
}

func TestBackoffDrawsBelowItsLimit(t *testing.T) {
	var b backoff
	for i, limit := range []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 20 * time.Second, 20 * time.Second} {
		for range 100 {
			b.failures = i
			if d := b.next(); d < 0 || d >= limit {
				t.Errorf("failure %d: waits %v, limit %v", i, d, limit)
			}
		}
	}
}
