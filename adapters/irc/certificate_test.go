package irc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

// shows is a certificate that a trusted authority made, valid until then.
func shows(t *testing.T, until time.Time, host string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: time.Now().Add(-48 * time.Hour),
		NotAfter: time.Now().Add(48 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: until,
		IPAddresses: []net.IP{net.ParseIP(host)},
	}
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	root, err := x509.CreateCertificate(rand.Reader, authority, authority, &signer.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(root)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.CreateCertificate(rand.Reader, leaf, authority, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{made}, PrivateKey: key}, pool
}

// A certificate that has expired, or is of another host, is refused and said; a
// pin asks only whether it is that very one.
func TestCertificates(t *testing.T) {
	const host = "127.0.0.1"
	for name, test := range map[string]struct {
		until time.Time
		made  string // the host in it
		pin   func([]byte) []byte
		want  string // of the error; empty: there is none
	}{
		"good":                  {time.Now().Add(time.Hour), host, nil, ""},
		"expired":               {time.Now().Add(-time.Hour), host, nil, "certificate has expired"},
		"of another host":       {time.Now().Add(time.Hour), "127.0.0.2", nil, "certificate is valid for 127.0.0.2, not 127.0.0.1"},
		"expired and pinned":    {time.Now().Add(-time.Hour), host, func(hash []byte) []byte { return hash }, ""},
		"pinned, and not it":    {time.Now().Add(time.Hour), host, func([]byte) []byte { return make([]byte, sha256.Size) }, "has the hash sha256="},
		"of nobody that counts": {time.Now().Add(time.Hour), host, nil, "unknown authority"},
	} {
		t.Run(name, func(t *testing.T) {
			certificate, trusted := shows(t, test.until, test.made)
			l, err := tls.Listen("tcp", host+":0", &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
			if err != nil {
				t.Fatal(err)
			}
			served := make(chan struct{})
			go func() {
				defer close(served)
				conn, err := l.Accept()
				if err != nil {
					return
				}
				_ = conn.(*tls.Conn).HandshakeContext(t.Context()) // the client says what it thinks of it
				_ = conn.Close()                                   // it may be closed already
			}()
			cfg := Config{Server: l.Addr().String(), TLS: true}
			if test.pin != nil {
				hash := sha256.Sum256(certificate.Certificate[0])
				cfg.Pin = test.pin(hash[:])
			}
			config, err := tlsConfig(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if name != "of nobody that counts" {
				config.RootCAs = trusted
			}
			conn, err := tls.Dial("tcp", cfg.Server, config)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if conn != nil {
				_ = conn.Close() // the other side may have been first
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
			<-served
		})
	}
}
