package cli

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

func TestEndpoints(t *testing.T) {
	pin := strings.Repeat("ab", 32)
	for endpoint, want := range map[string]string{
		"unix:///run/oco.sock":                  "unix:///run/oco.sock insecure",
		"127.0.0.1:9":                           "dns:///127.0.0.1:9 insecure",
		"localhost:9":                           "dns:///localhost:9 insecure",
		"oco://[::1]:9":                         "dns:///[::1]:9 insecure",
		"oco+tls://bot.example:9":               "dns:///bot.example:9 tls",
		"oco+tls://bot.example:9#sha256=" + pin: "dns:///bot.example:9 tls",
	} {
		target, creds, err := parseEndpoint(endpoint, false)
		if err != nil {
			t.Errorf("%s: %v", endpoint, err)
			continue
		}
		if got := target + " " + creds.Info().SecurityProtocol; got != want {
			t.Errorf("%s: %s", endpoint, got)
		}
	}
	for _, wrong := range []string{
		"", "unix://relative", "unix:/x", "http://h:1", "h", "h:", ":1", "oco://h:1/path", "oco://user@localhost:1", "oco://localhost:1?x=y",
		"bot.example:9", "oco://10.0.0.1:9", "oco+tls://h:1#md5=ab", "oco+tls://h:1#sha256=abcd", "oco+tls://h:1#sha256=", "a b:1", "\x1b[2J:1",
	} {
		_, _, err := parseEndpoint(wrong, false)
		if ExitCode(err) != 2 {
			t.Errorf("%q: %v", wrong, err)
		}
		if err != nil && Printable(err.Error()) != err.Error() {
			t.Errorf("the terminal would get %q", err)
		}
	}
	if _, creds, err := parseEndpoint("10.0.0.1:9", true); err != nil || creds.Info().SecurityProtocol != "insecure" {
		t.Errorf("a way that is said to be safe: %v", err)
	}
}

func TestThePinIsOfTheWholeCertificate(t *testing.T) {
	certificate := &x509.Certificate{Raw: []byte("the certificate")}
	sum := sha256.Sum256(certificate.Raw)
	for _, pin := range []string{hex.EncodeToString(sum[:]), strings.ToUpper(hex.EncodeToString(sum[:])), base64.RawURLEncoding.EncodeToString(sum[:])} {
		config, err := tlsConfig("h", "sha256="+pin)
		if err != nil {
			t.Fatal(err)
		}
		if err := config.VerifyConnection(tls.ConnectionState{PeerCertificates: []*x509.Certificate{certificate}}); err != nil {
			t.Error(err)
		}
		for _, others := range [][]*x509.Certificate{nil, {{Raw: []byte("another")}}, {{Raw: []byte("another")}, certificate}} {
			if config.VerifyConnection(tls.ConnectionState{PeerCertificates: others}) == nil {
				t.Error("a wrong certificate is trusted")
			}
		}
	}
	if config, err := tlsConfig("h", ""); err != nil || config.InsecureSkipVerify || config.ServerName != "h" {
		t.Error("without a pin the system decides")
	}
}
