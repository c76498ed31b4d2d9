package irc

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openchatops/oco"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// fakeBot takes what the adapter publishes.
type fakeBot struct {
	mu      sync.Mutex
	events  []oco.Incoming
	status  []string
	publish func(context.Context) error // instead of taking events
}

func (b *fakeBot) Publish(ctx context.Context, events ...oco.Incoming) error {
	b.mu.Lock()
	instead := b.publish
	b.mu.Unlock()
	if instead != nil {
		if err := instead(ctx); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, events...)
	return nil
}

func (b *fakeBot) Status(_ context.Context, connected bool, detail string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	state := "down: "
	if connected {
		state = "up: "
	}
	b.status = append(b.status, state+detail)
}

func (*fakeBot) Checkpoint() string { return "" }

func (b *fakeBot) lastStatus() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.status) == 0 {
		return ""
	}
	return b.status[len(b.status)-1]
}

// take returns what was published and forgets it.
func (b *fakeBot) take() []oco.Incoming {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := b.events
	b.events = nil
	return taken
}

// A stage is an adapter that runs in a synctest bubble, and a server that says
// what the test wants.
type stage struct {
	t       *testing.T
	bot     *fakeBot
	adapter *adapter
	stop    context.CancelFunc
	ended   chan error

	mu     sync.Mutex
	server net.Conn // of the newest connection
	said   []string // what the adapter said and nobody looked at
	dials  int
	refuse error // of dialling
}

func bubble(t *testing.T, change func(*Config), f func(*testing.T, *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cfg := Config{
			Server: "irc.test:6667", Nick: "oco", User: "oco", RealName: "OpenChatOps", Channels: []Channel{{Name: "#ops"}},
			Burst: 100, Interval: 10 * time.Millisecond, MaxLines: 15, RetryFirst: 2 * time.Second, RetryMost: time.Minute,
		}
		if change != nil {
			change(&cfg)
		}
		s := &stage{t: t, bot: &fakeBot{}, ended: make(chan error, 1)}
		s.adapter = newAdapter(cfg, quiet())
		s.adapter.dial = s.dial
		ctx, stop := context.WithCancel(t.Context())
		s.stop = stop
		go func() { s.ended <- s.adapter.Run(ctx, s.bot) }()
		synctest.Wait()
		f(t, s)
		stop()
		if err := <-s.ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func (s *stage) dial(context.Context, Config) (net.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dials++
	if s.refuse != nil {
		return nil, s.refuse
	}
	ours, theirs := net.Pipe()
	s.server, s.said = theirs, nil
	go s.listen(theirs)
	return ours, nil
}

// newest returns the server's end of the newest connection.
func (s *stage) newest() net.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.server
}

func (s *stage) listen(conn net.Conn) {
	in := bufio.NewScanner(conn)
	for in.Scan() {
		if channel, asks := strings.CutPrefix(in.Text(), "MODE #"); asks && !strings.Contains(channel, " ") {
			s.modes(conn, "#"+channel)
			continue
		}
		s.mu.Lock()
		if s.server == conn {
			s.said = append(s.said, in.Text())
		}
		s.mu.Unlock()
	}
}

// modes answers which modes a channel has, as servers do.
func (s *stage) modes(conn net.Conn, channel string) {
	modes := "+nt"
	if strings.HasPrefix(channel, "#secret") {
		modes = "+nst"
	}
	_, _ = io.WriteString(conn, ":irc.test 324 oco "+channel+" "+modes+"\r\n") // the connection may end
}

// says has the server say lines.
func (s *stage) says(lines ...string) {
	s.t.Helper()
	conn := s.newest()
	for _, line := range lines {
		if _, err := io.WriteString(conn, line+"\r\n"); err != nil && !errors.Is(err, io.ErrClosedPipe) {
			s.t.Fatal(err)
		}
	}
	synctest.Wait()
}

// heard returns what the adapter said, with line feeds between.
func (s *stage) heard() string {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	text := strings.Join(s.said, "\n")
	s.said = nil
	return text
}

func (s *stage) wantHeard(want ...string) {
	s.t.Helper()
	if got := s.heard(); got != strings.Join(want, "\n") {
		s.t.Errorf("the adapter said\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func (s *stage) wantStatus(parts ...string) {
	s.t.Helper()
	synctest.Wait()
	got := s.bot.lastStatus()
	for _, part := range parts {
		if !strings.Contains(got, part) {
			s.t.Errorf("the status is %q, want %q in it", got, part)
		}
	}
}

// pass lets time pass on a link that lives.
func (s *stage) pass(d time.Duration) {
	s.t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); {
		time.Sleep(min(beatTerm, time.Until(end)))
		s.says(":irc.test PONG irc.test x")
	}
}

// redialled waits for the next connection.
func (s *stage) redialled() {
	s.t.Helper()
	before := s.newest()
	for range 600 {
		synctest.Wait()
		if s.newest() != before {
			return
		}
		time.Sleep(time.Second)
	}
	s.t.Fatal("not connected again within ten minutes")
}

// cut ends the connection as a server does that is killed.
func (s *stage) cut() {
	s.t.Helper()
	if err := s.newest().Close(); err != nil {
		s.t.Fatal(err)
	}
	synctest.Wait()
}

// everything is what a server with all capabilities offers.
const everything = "account-notify account-tag batch cap-notify chghost draft/message-redaction draft/x echo-message extended-join labeled-response message-tags multi-prefix server-time sasl=EXTERNAL,PLAIN"

const greeting = "CAP LS 302\nNICK oco\nUSER oco 0 * OpenChatOps"

// welcome lets the adapter in: with these capabilities, "" for a server that has
// none, and into #ops.
func (s *stage) welcome(capabilities string) {
	s.t.Helper()
	s.wantHeard(greeting)
	switch capabilities {
	case "":
		s.says(":irc.test 421 oco CAP :Unknown command")
	default:
		s.says(":irc.test CAP * LS :" + capabilities)
		asked, found := strings.CutPrefix(s.heard(), "CAP REQ :")
		if !found {
			s.t.Fatalf("the adapter asks for %q", asked)
		}
		s.says(":irc.test CAP * ACK :" + asked)
		s.wantHeard("CAP END")
	}
	s.enter("oco")
	s.wantHeard("JOIN #ops")
	s.says(":oco!~oco@host.test JOIN #ops", ":irc.test 353 oco = #ops :oco alice bob", ":irc.test 366 oco #ops :End of /NAMES list.")
	s.heard() // WHO
	s.bot.take()
}

// enter says what a server says when it lets somebody in.
func (s *stage) enter(nick string) {
	s.t.Helper()
	s.says(":irc.test 001 "+nick+" :Welcome", ":irc.test 004 "+nick+" irc.test v o o",
		":irc.test 005 "+nick+" CASEMAPPING=ascii CHANTYPES=# NICKLEN=20 WHOX :are supported by this server", ":irc.test 422 "+nick+" :No MOTD")
}

// post has the adapter post and returns what became of it.
func (s *stage) post(m oco.Outgoing) <-chan posted {
	result := make(chan posted, 1)
	go func() {
		ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
		defer cancel()
		id, err := s.adapter.Send(ctx, m)
		result <- posted{id, err}
	}()
	synctest.Wait()
	return result
}

type posted struct {
	id  oco.MessageID
	err error
}
