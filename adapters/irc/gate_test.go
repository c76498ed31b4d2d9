package irc

import (
	"bytes"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// A gate is between the bot and a server: it can keep the bot out, and knows
// what both said.
type gate struct {
	address string
	mu      sync.Mutex
	open    bool
	passed  []*passage
}

// passage is one connection through a gate.
type passage struct{ up, down record }

// record holds what went by.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write notes what went by.
func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func newGate(t *testing.T, server string) *gate {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{address: l.Addr().String(), open: true}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go g.pass(conn, server)
		}
	}()
	return g
}

func (g *gate) set(open bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = open
}

func (g *gate) pass(from net.Conn, server string) {
	defer from.Close() //nolint:errcheck // the other side sees it
	g.mu.Lock()
	open, p := g.open, &passage{}
	g.passed = append(g.passed, p)
	g.mu.Unlock()
	if !open {
		return
	}
	to, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(to, io.TeeReader(from, &p.up))
		_ = to.Close()
	}()
	_, _ = io.Copy(from, io.TeeReader(to, &p.down))
}

var pingAfter = regexp.MustCompile(`PING (oco-\d+)\r\n`)

// confirmed returns what the bot said in a channel and the server confirmed to
// it, by its echo or by the answer to the PING that followed.
func (g *gate) confirmed(channel string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var texts []string
	for _, p := range g.passed {
		up, down := p.up.String(), p.down.String()
		for at := 0; ; {
			i := strings.Index(up[at:], "PRIVMSG "+channel+" ")
			if i < 0 {
				break
			}
			at += i + len("PRIVMSG "+channel+" ")
			text, rest, _ := strings.Cut(up[at:], "\r\n")
			text = strings.TrimPrefix(text, ":")
			ping := pingAfter.FindStringSubmatch(rest)
			if strings.Contains(down, " PRIVMSG "+channel+" :"+text+"\r\n") || ping != nil && strings.Contains(down, ":"+ping[1]+"\r\n") {
				texts = append(texts, text)
			}
		}
	}
	return texts
}
