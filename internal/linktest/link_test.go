package linktest

import (
	"context"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// across gives both ends of a connection through a link.
func across(t *testing.T, proxy bool) (l *Link, near, far net.Conn) {
	t.Helper()
	other, far := net.Pipe()
	dial := func(context.Context) (net.Conn, error) { return other, nil }
	if l = New(dial); proxy {
		l = NewProxy(dial)
	}
	near, err := l.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return l, near, far
}

// said is what comes within a second.
func said(t *testing.T, at net.Conn) string {
	t.Helper()
	if err := at.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 100)
	n, _ := at.Read(buffer) // nothing, if it does not come
	return string(buffer[:n])
}

func say(t *testing.T, at io.Writer, text string) {
	t.Helper()
	if _, err := at.Write([]byte(text)); err != nil {
		t.Errorf("%q is not taken: %v", text, err)
	}
}

func TestALinkPassesDelaysAndHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, near, far := across(t, false)
		say(t, near, "there")
		say(t, far, "and back")
		if a, b := said(t, far), said(t, near); a != "there" || b != "and back" {
			t.Errorf("it came as %q and %q", a, b)
		}
		l.Delay(900 * time.Millisecond)
		began := time.Now()
		say(t, near, "late")
		if got := said(t, far); got != "late" || time.Since(began) != 900*time.Millisecond {
			t.Errorf("%q came after %v", got, time.Since(began))
		}
		l.Hold()
		say(t, near, "held")
		if got := said(t, far); got != "" {
			t.Errorf("%q came through", got)
		}
		l.Heal()
		if got := said(t, far); got != "held" {
			t.Errorf("%q came after all", got)
		}
		l.Close()
	})
}

func TestALinkLosesAConnectionAndNobodyIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, near, far := across(t, false)
		l.Silence()
		say(t, near, "lost")
		say(t, far, "lost")
		l.Heal() // for others
		say(t, near, "lost")
		if a, b := said(t, far), said(t, near); a != "" || b != "" {
			t.Errorf("%q and %q came", a, b)
		}
		if err := near.Close(); err != nil {
			t.Error(err)
		}
		say(t, far, "lost") // it is not told
		l.Close()
		if _, err := far.Write([]byte("x")); err == nil {
			t.Error("the other end of a closed link takes something")
		}
	})
}

func TestALinkResets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, near, far := across(t, false)
		l.Reset()
		for _, end := range []net.Conn{near, far} {
			if _, err := end.Read(make([]byte, 1)); err == nil {
				t.Error("an end was not told")
			}
		}
		l.Close()
		if _, err := l.Dial(t.Context()); err == nil || l.Dials() != 1 {
			t.Errorf("a closed link is dialled: %v, %d dials", err, l.Dials())
		}
	})
}

// A proxy answers a ping for who is not heard any more, and nothing else.
func TestAProxyAnswersPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const (
			preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
			ping    = "\x00\x00\x08\x06\x00\x00\x00\x00\x0012345678"
			ack     = "\x00\x00\x08\x06\x01\x00\x00\x00\x0012345678"
			data    = "\x00\x00\x02\x00\x00\x00\x00\x00\x01ab"
		)
		l, near, far := across(t, true)
		for _, frame := range []string{preface, ping, data} {
			say(t, near, frame)
			if got := said(t, far); got != frame {
				t.Errorf("%q came as %q", frame, got)
			}
		}
		say(t, far, data)
		if got := said(t, near); got != data {
			t.Errorf("%q came", got)
		}
		l.Silence()
		for _, end := range []net.Conn{near, far} {
			say(t, end, ping)
			if got := said(t, end); got != ack {
				t.Errorf("a ping is answered by %q", got)
			}
			for _, frame := range []string{data, ack} {
				say(t, end, frame)
				if got := said(t, end); got != "" {
					t.Errorf("%q is answered by %q", frame, got)
				}
			}
		}
		l.Close()
	})
}
