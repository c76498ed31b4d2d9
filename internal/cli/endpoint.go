package cli

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// parseEndpoint gives gRPC's target for an endpoint and the protection that it
// asks for. A key travels over a unix socket, loopback or TLS, elsewhere only if
// plain allows it.
func parseEndpoint(endpoint string, plain bool) (target string, creds credentials.TransportCredentials, err error) {
	wrong := func(text string) (string, credentials.TransportCredentials, error) {
		return "", nil, Usage(fmt.Sprintf("the endpoint `%s` %s", Printable(endpoint), text))
	}
	if path, ok := strings.CutPrefix(endpoint, "unix://"); ok {
		if !strings.HasPrefix(path, "/") {
			return wrong("must be unix:///absolute/path")
		}
		return endpoint, insecure.NewCredentials(), nil
	}
	text := endpoint
	if !strings.Contains(text, "://") {
		text = "oco://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "oco" && u.Scheme != "oco+tls" {
		return wrong("must be unix:///path, host:port, oco://host:port or oco+tls://host:port#sha256=PIN")
	}
	host, port, err := net.SplitHostPort(u.Host)
	if err != nil || host == "" || port == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return wrong("must name a host and a port and nothing else")
	}
	if u.Scheme == "oco+tls" {
		config, err := tlsConfig(host, u.Fragment)
		if err != nil {
			return wrong(err.Error())
		}
		return "dns:///" + u.Host, credentials.NewTLS(config), nil
	}
	if ip := net.ParseIP(host); !plain && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return wrong("would carry the key unencrypted to another machine: use oco+tls://, or set OCO_INSECURE=1 if the way is safe")
	}
	return "dns:///" + u.Host, insecure.NewCredentials(), nil
}

// tlsConfig trusts the certificate with the pin and no other, or without a pin
// those that the system trusts.
func tlsConfig(host, fragment string) (*tls.Config, error) {
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS13}
	if fragment == "" {
		return config, nil
	}
	text, found := strings.CutPrefix(fragment, "sha256=")
	pin, ok := decodePin(text)
	if !found || !ok {
		return nil, errors.New("must pin a certificate by #sha256= and its hash in hex or base64url")
	}
	config.InsecureSkipVerify = true // The pin below is stronger than a name.
	config.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errors.New("the bot showed no certificate")
		}
		if sum := sha256.Sum256(state.PeerCertificates[0].Raw); subtle.ConstantTimeCompare(sum[:], pin) != 1 {
			return errors.New("the bot's certificate is not the one that the endpoint pins")
		}
		return nil
	}
	return config, nil
}

func decodePin(text string) (pin []byte, ok bool) {
	if pin, err := hex.DecodeString(strings.ReplaceAll(text, ":", "")); err == nil && len(pin) == sha256.Size {
		return pin, true
	}
	pin, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	return pin, err == nil && len(pin) == sha256.Size
}
