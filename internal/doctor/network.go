package doctor

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"
)

const (
	dialWithin = 3 * time.Second
	// endsSoon is how long before its end a certificate is to be renewed.
	endsSoon = 14 * 24 * time.Hour
)

// ports looks whether the bot answers on its ports, or could take them.
func (e *examination) ports() {
	for _, port := range []struct{ key, address string }{{"listen.http", e.Config.Listen.HTTP}, {"listen.grpc", e.Config.Listen.GRPC}} {
		switch {
		case port.address == "":
		case e.status == nil:
			e.free(port.key, port.address)
		case port.key == "listen.http":
			e.answers(port.key, port.address)
		}
	}
}

// free looks whether a port can be taken.
func (e *examination) free(key, address string) {
	l, err := new(net.ListenConfig).Listen(e.ctx, "tcp", address)
	switch {
	case err == nil:
		if err := l.Close(); err != nil {
			e.add(Warn, key, err.Error(), "try again")
			return
		}
		e.ok(key, address+" is free")
	case errors.Is(err, syscall.EADDRINUSE):
		level := Fail
		if e.Config.Listen.HTTPOptional && key == "listen.http" {
			level = Warn
		}
		e.add(level, key, address+" is taken by "+holder(address), "end that, or give the bot another address by `"+key+"`")
	case errors.Is(err, syscall.EACCES):
		e.add(Fail, key, address+" may not be taken by this user", "take a port above 1023, or let the service have it")
	default:
		e.add(Fail, key, err.Error(), "correct `"+key+"`")
	}
}

// answers asks the HTTP port of a bot that runs how it is.
func (e *examination) answers(key, address string) {
	ctx, cancel := context.WithTimeout(e.ctx, dialWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+local(address)+"/healthz", nil)
	if err != nil {
		e.add(Fail, key, err.Error(), "correct `"+key+"`")
		return
	}
	client := &http.Client{Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}}
	res, err := client.Do(req)
	switch {
	case err != nil && e.Config.Listen.HTTPOptional:
		e.add(Warn, key, "the bot does not answer at "+address, "another program has the port: see `oco status`")
	case err != nil:
		e.add(Fail, key, "the bot does not answer at "+address+": "+err.Error(), "see the bot's log")
	default:
		err := res.Body.Close()
		if res.StatusCode != http.StatusOK || err != nil {
			e.add(Fail, key, fmt.Sprintf("something else answers at %s, with %s", address, res.Status), "end that, or give the bot another address by `"+key+"`")
			return
		}
		e.ok(key, "the bot answers at "+address)
	}
}

// local is where this machine reaches an address at which something listens.
func local(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("localhost", port)
	}
	return address
}

// certificate looks at what remote plugins see, and goes there as one.
func (e *examination) certificate() {
	const subject = "remote plugins"
	if e.Config.Listen.GRPC == "" {
		return
	}
	c, err := e.Certificate()
	if err != nil {
		e.add(Fail, subject, err.Error(), "correct `listen.tls`")
		return
	}
	if left := c.Ends.Sub(e.Now); c.TLS && c.Pin != "" && !c.SelfMade {
		text := "the certificate ends at " + c.Ends.UTC().Format(time.RFC3339)
		switch {
		case left <= 0:
			e.add(Fail, subject, text, "renew it and restart the bot")
		case left < endsSoon:
			e.add(Warn, subject, text, "renew it and restart the bot")
		default:
			e.ok(subject, text)
		}
	}
	if e.status != nil {
		e.dial(subject, c)
	}
}

// dial goes to the bot as a remote plugin does.
func (e *examination) dial(subject string, c Certificate) {
	ctx, cancel := context.WithTimeout(e.ctx, dialWithin)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", c.Address)
	if err != nil {
		e.add(Warn, subject, fmt.Sprintf("%s, which they dial, is not to be reached from here: %v", c.Address, err), "see whether they reach it, or set `listen.advertise`")
		return
	}
	defer conn.Close() //nolint:errcheck // it was only looked at
	if !c.TLS {
		e.ok(subject, c.Address+" answers, in plain text")
		return
	}
	// The pin is the check, as it is for plugins.
	t := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}) //nolint:gosec
	if err := t.HandshakeContext(ctx); err != nil {
		e.add(Fail, subject, fmt.Sprintf("%s does not speak TLS: %v", c.Address, err), "see whether something else answers there")
		return
	}
	sum := sha256.Sum256(t.ConnectionState().PeerCertificates[0].Raw)
	if seen := hex.EncodeToString(sum[:]); seen != c.Pin {
		e.add(Fail, subject, c.Address+" shows another certificate than the bot has on disk, sha256="+seen, "restart the bot if the file was replaced; else see who answers there")
		return
	}
	e.ok(subject, c.Address+" shows the bot's certificate, sha256="+c.Pin[:16]+"…")
}
