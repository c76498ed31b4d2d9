package irc

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

const (
	dialTimeout  = 20 * time.Second
	writeTimeout = 10 * time.Second
	// maxIncoming is the longest line that is read: tags may take 8191 bytes, and
	// servers exceed what documents allow.
	maxIncoming = 16 << 10
	// maxLine is the longest line that a server takes, with its end and with the
	// source that it puts before it, tags not counted.
	maxLine = 512
)

// dial connects to the server.
func dial(ctx context.Context, c Config) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	plain := &net.Dialer{}
	if !c.TLS {
		return plain.DialContext(ctx, "tcp", c.Server)
	}
	config, err := tlsConfig(c)
	if err != nil {
		return nil, err
	}
	return (&tls.Dialer{NetDialer: plain, Config: config}).DialContext(ctx, "tcp", c.Server)
}

// tlsConfig trusts what the system trusts, or the one pinned certificate.
func tlsConfig(c Config) (*tls.Config, error) {
	host, _, err := net.SplitHostPort(c.Server)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if c.Pin == nil {
		return config, nil
	}
	config.InsecureSkipVerify = true // The pin below is stronger than a name.
	config.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errors.New("the server showed no certificate")
		}
		sum := sha256.Sum256(state.PeerCertificates[0].Raw)
		if subtle.ConstantTimeCompare(sum[:], c.Pin) != 1 {
			return fmt.Errorf("the server's certificate has the hash sha256=%x, which is not the one in the setting tls", sum)
		}
		return nil
	}
	return config, nil
}

// wire reads and writes lines. One goroutine reads; write is safe for concurrent
// use.
type wire struct {
	conn net.Conn
	in   *bufio.Reader
	mu   sync.Mutex // one line is written at a time
}

func newWire(conn net.Conn) *wire {
	return &wire{conn: conn, in: bufio.NewReaderSize(conn, maxIncoming)}
}

// read returns the next line without its end. Lines that are too long are left
// out, what follows the last end of a line too.
func (w *wire) read() (string, error) {
	for {
		line, err := w.in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = w.in.ReadSlice('\n')
			}
			line = nil
		}
		if err != nil {
			return "", err
		}
		for n := len(line); n > 0 && (line[n-1] == '\n' || line[n-1] == '\r'); n-- {
			line = line[:n-1]
		}
		if len(line) > 0 {
			return string(line), nil
		}
	}
}

// write writes a message. An error that is an [unwritable] is the message's own:
// nothing was written. After any other nobody knows what was, and the connection
// is closed.
func (w *wire) write(m message) error {
	line, err := m.encode()
	if err != nil {
		return unwritable{err}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	err = w.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	if err == nil {
		_, err = w.conn.Write([]byte(line + "\r\n"))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write: %w", err), w.close())
	}
	return nil
}

// close may be called more than once.
func (w *wire) close() error {
	if err := w.conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

type unwritable struct{ error }
