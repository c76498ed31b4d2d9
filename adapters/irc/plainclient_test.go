package irc

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// A plainClient is an ordinary client that people use: it knows nothing of the
// adapter and has none of its code.
type plainClient struct {
	t    *testing.T
	nick string
	conn net.Conn

	mu    sync.Mutex
	lines []string // not yet looked at
	more  chan struct{}
	gone  bool
}

// dialPlain connects and waits until the server has let it in.
func dialPlain(t *testing.T, address, nick string) *plainClient {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	c := &plainClient{t: t, nick: nick, conn: conn, more: make(chan struct{}, 1)}
	t.Cleanup(c.leave)
	go c.listen()
	c.send("NICK " + nick)
	c.send("USER " + nick + " 0 * :" + nick)
	c.expect(" 001 ")
	return c
}

func (c *plainClient) leave() {
	_ = c.conn.Close() // it may be closed already
}

func (c *plainClient) listen() {
	in := bufio.NewReader(c.conn)
	for {
		line, err := in.ReadString('\n')
		if rest, ping := strings.CutPrefix(line, "PING"); ping {
			_, _ = fmt.Fprintf(c.conn, "PONG%s", rest)
			continue
		}
		c.mu.Lock()
		if err != nil {
			c.gone = true
		} else {
			c.lines = append(c.lines, strings.TrimRight(line, "\r\n"))
		}
		c.mu.Unlock()
		select {
		case c.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// send says a line; an error shows at the next expect.
func (c *plainClient) send(line string) { _, _ = c.conn.Write([]byte(line + "\r\n")) }

func (c *plainClient) say(target, text string) { c.send("PRIVMSG " + target + " :" + text) }

// next returns the next line, or false if the connection is over or nothing
// comes before the deadline.
func (c *plainClient) next(deadline <-chan time.Time) (string, bool) {
	for {
		c.mu.Lock()
		if len(c.lines) > 0 {
			line := c.lines[0]
			c.lines = c.lines[1:]
			c.mu.Unlock()
			return line, true
		}
		gone := c.gone
		c.mu.Unlock()
		if gone {
			return "", false
		}
		select {
		case <-c.more:
		case <-deadline:
			return "", false
		}
	}
}

// expect reads up to a line with all parts in it and returns that.
func (c *plainClient) expect(parts ...string) string {
	c.t.Helper()
	return c.expectThat(fmt.Sprintf("%q", parts), func(line string) bool { return hasAll(line, parts) })
}

func (c *plainClient) expectThat(what string, holds func(line string) bool) string {
	c.t.Helper()
	deadline := time.After(patience)
	var seen []string
	for {
		line, ok := c.next(deadline)
		if !ok {
			c.t.Fatalf("%s got no line with %s, only\n%s", c.nick, what, strings.Join(seen, "\n"))
		}
		seen = append(seen, line)
		if holds(line) {
			return line
		}
	}
}

// expectText reads up to the next message of somebody to a target and returns
// its text; it has to be want.
func (c *plainClient) expectText(from, target, want string) {
	c.t.Helper()
	line := c.expect(":"+from+"!", " PRIVMSG "+target+" :")
	if _, text, _ := strings.Cut(line, " PRIVMSG "+target+" :"); text != want {
		c.t.Errorf("%s said %q in %s, want %q", from, text, target, want)
	}
}

func hasAll(line string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(line, part) {
			return false
		}
	}
	return true
}

// join comes into a channel.
func (c *plainClient) join(channel string) {
	c.t.Helper()
	c.send("JOIN " + channel)
	c.expect(" 366 ")
}

// awaitMember waits until somebody is in a channel. Messages that come meanwhile
// are handed to others, if there is somebody.
func (c *plainClient) awaitMember(channel, nick string, others ...func(line string)) {
	c.t.Helper()
	await(c.t, nick+" is in "+channel, func() bool {
		c.send("NAMES " + channel)
		in := false
		deadline := time.After(patience)
		for {
			line, ok := c.next(deadline)
			if !ok || strings.Contains(line, " 366 ") {
				return in
			}
			for _, other := range others {
				other(line)
			}
			if _, names, found := strings.Cut(line, channel+" :"); found && strings.Contains(line, " 353 ") {
				for name := range strings.FieldsSeq(names) {
					in = in || strings.TrimLeft(name, "@+") == nick
				}
			}
		}
	})
}
