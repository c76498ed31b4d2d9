package bot

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/config"
)

var newYear = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

func load(t *testing.T, from config.TLS, data string, now time.Time) *certificate {
	t.Helper()
	c, err := loadCertificate(from, data, []string{"localhost", "::1", "bot.example.com"}, now)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The certificate is made once, and kept where nobody else reads it
// (OCO-SEC-22, OCO-SEC-24).
func TestTheBotsOwnCertificateIsMadeOnce(t *testing.T) {
	data := t.TempDir()
	c := load(t, config.TLS{}, data, newYear)
	if key, ok := c.PrivateKey.(*ecdsa.PrivateKey); !ok || key.Curve != elliptic.P256() {
		t.Errorf("the key is a %T", c.PrivateKey)
	}
	if left := c.Leaf.NotAfter.Sub(newYear); left != 10*365*24*time.Hour {
		t.Errorf("it lives for %s", left)
	}
	if !slices.Equal(c.Leaf.DNSNames, []string{"localhost", "bot.example.com"}) || len(c.Leaf.IPAddresses) != 1 {
		t.Errorf("it is for %q and %v", c.Leaf.DNSNames, c.Leaf.IPAddresses)
	}
	for path, mode := range map[string]os.FileMode{"tls": 0o700, "tls/cert.pem": 0o600, "tls/key.pem": 0o600} {
		if info, err := os.Stat(filepath.Join(data, path)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v %v", path, info, err)
		}
	}
	sum := sha256.Sum256(c.Leaf.Raw)
	again := load(t, config.TLS{}, data, newYear.Add(20*365*24*time.Hour))
	if again.pin() != c.pin() || c.pin() != "sha256="+hex.EncodeToString(sum[:]) {
		t.Errorf("the pin was %s and is %s", c.pin(), again.pin())
	}
	if w := again.warning(newYear); w != "" || again.trusted("localhost", newYear) {
		t.Errorf("who pins it needs no dates and no roots: %q", w)
	}
	if other := load(t, config.TLS{}, t.TempDir(), newYear); other.pin() == c.pin() {
		t.Error("two bots have the same certificate")
	}
}

// A bot that was killed between its key and its certificate makes both anew; one
// that has lost a file says what to do.
func TestDamagedCertificates(t *testing.T) {
	data := t.TempDir()
	load(t, config.TLS{}, data, newYear)
	cert, key := filepath.Join(data, "tls", "cert.pem"), filepath.Join(data, "tls", "key.pem")
	if err := os.Remove(cert); err != nil {
		t.Fatal(err)
	}
	load(t, config.TLS{}, data, newYear)
	for name, spoil := range map[string]func() error{
		"the key is gone":         func() error { return os.Remove(key) },
		"the key is another's":    func() error { return makeCertificate(filepath.Join(t.TempDir(), "c"), key, nil, newYear) },
		"the certificate is torn": func() error { return os.WriteFile(cert, []byte("-----BEGIN"), 0o600) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		_, err := loadCertificate(config.TLS{}, data, nil, newYear)
		if err == nil || !strings.Contains(err.Error(), data) || !strings.Contains(err.Error(), "remove both for a new one") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The operator's certificate is refused outside its dates, and warned of before
// (OCO-SEC-26).
func TestTheOperatorsCertificate(t *testing.T) {
	dir := t.TempDir()
	from := config.TLS{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	if _, err := loadCertificate(from, "", nil, newYear); err == nil || !strings.Contains(err.Error(), "listen.tls") || !strings.Contains(err.Error(), from.Cert) {
		t.Errorf("there is none: %v", err)
	}
	if err := makeCertificate(from.Cert, from.Key, []string{"bot.example.com"}, newYear); err != nil {
		t.Fatal(err)
	}
	for when, want := range map[time.Time]string{
		newYear.Add(selfMadeLife + time.Second): "expired at 2039-12-30T00:00:00Z",
		newYear.Add(-25 * time.Hour):            "valid from 2029-12-31T00:00:00Z only",
	} {
		_, err := loadCertificate(from, "", nil, when)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), from.Cert) {
			t.Errorf("at %s: %v", when, err)
		}
	}
	c := load(t, from, "", newYear)
	if w := c.warning(newYear); w != "" {
		t.Errorf("warned too early: %s", w)
	}
	if w := c.warning(newYear.Add(selfMadeLife - 13*24*time.Hour)); !strings.Contains(w, "2039-12-30") || !strings.Contains(w, from.Cert) {
		t.Errorf("the warning: %q", w)
	}
}

// What plugins dial has the pin unless the system trusts the certificate under
// that name (OCO-SEC-24).
func TestEndpoints(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	own := load(t, config.TLS{}, t.TempDir(), newYear)
	for _, c := range []struct {
		listen config.Listen
		at     string
		cert   *certificate
		want   string
	}{
		{config.Listen{GRPC: "127.0.0.1:0"}, "127.0.0.1:4711", nil, "127.0.0.1:4711"},
		{config.Listen{GRPC: "127.0.0.1:0"}, "127.0.0.1:4711", own, "oco+tls://127.0.0.1:4711#" + own.pin()},
		{config.Listen{GRPC: "bot.lan:9"}, "10.0.0.7:9", own, "oco+tls://bot.lan:9#" + own.pin()},
		{config.Listen{GRPC: ":9"}, "[::]:9", own, "oco+tls://" + net.JoinHostPort(host, "9") + "#" + own.pin()},
		{config.Listen{GRPC: "0.0.0.0:9"}, "0.0.0.0:9", own, "oco+tls://" + net.JoinHostPort(host, "9") + "#" + own.pin()},
		{config.Listen{GRPC: ":9", Advertise: "bot.example.com"}, "[::]:9", own, "oco+tls://bot.example.com:9#" + own.pin()},
		{config.Listen{GRPC: ":9", Advertise: "bot.example.com:443"}, "[::]:9", own, "oco+tls://bot.example.com:443#" + own.pin()},
		{config.Listen{GRPC: ":9", Advertise: "2001:db8::1"}, "[::]:9", own, "oco+tls://[2001:db8::1]:9#" + own.pin()},
	} {
		if got := endpoint(c.listen, c.at, c.cert, newYear); got != c.want {
			t.Errorf("%+v: %s, want %s", c.listen, got, c.want)
		}
	}
}

// A certificate that a root of this system signed is trusted under its own name
// only.
func TestTrustedCertificates(t *testing.T) {
	dir := t.TempDir()
	from := config.TLS{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	if err := makeCertificate(from.Cert, from.Key, []string{"bot.example.com"}, newYear); err != nil {
		t.Fatal(err)
	}
	c := load(t, from, "", newYear)
	if c.trusted("bot.example.com", newYear) {
		t.Error("nobody vouches for it yet")
	}
	roots := x509.NewCertPool()
	roots.AddCert(c.Leaf)
	c.roots = roots
	if !c.trusted("bot.example.com", newYear) || c.trusted("other.example.com", newYear) || c.trusted("bot.example.com", newYear.Add(2*selfMadeLife)) {
		t.Error("trusted under another name or at another time, or not at all")
	}
	if got := endpoint(config.Listen{GRPC: ":9", Advertise: "bot.example.com"}, "[::]:9", c, newYear); got != "oco+tls://bot.example.com:9" {
		t.Errorf("the endpoint is %s", got)
	}
}
