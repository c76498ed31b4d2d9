package irc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

const (
	// entryPatience is how long a server may take to let us in; some look the
	// other side's name up first.
	entryPatience = time.Minute
	// Without a line for quietTerm the server is asked for one, without one for
	// deadTerm the link is dead.
	quietTerm = 25 * time.Second
	deadTerm  = 55 * time.Second
	beatTerm  = 5 * time.Second
	// regainTerm is how often the wanted nick is asked for.
	regainTerm = time.Minute
	// maxChores bounds what waits for the flood limit beside what is said.
	maxChores = 256
	// A line costs two units of the flood limit, a PING, which servers take more
	// lightly, one.
	lineCost = 2
	pingCost = 1
)

// session is one connection to a server. One goroutine runs it; send and the
// roster come from others.
type session struct {
	cfg      Config
	wire     *wire
	limit    *rate.Limiter
	log      *slog.Logger
	now      func() time.Time
	incoming func(arrival)
	happened func(arrival)    // what counts less than messages
	report   func(s *session) // something about where we are has changed

	// Of the goroutine that runs the session.
	login    login
	batches  map[string]batch
	began    time.Time
	heard    time.Time // the last line
	asked    bool      // a PING waits for its PONG
	regain   time.Time // when to ask for the wanted nick
	entered  bool      // the server has let us in
	farewell string    // what the server said in ERROR

	labelled atomic.Bool // the server answers what has a label
	receipts receipts
	chores   chan message
	life     context.Context // ends with the session
	end      context.CancelCauseFunc

	mu     sync.Mutex
	people *people
	wants  []*want
	server string               // its name
	mask   string               // our own nick!user@host, once known
	dirty  bool                 // report is due
	typing map[string]time.Time // by target: until when we show that we are at work
	split  map[string]time.Time // by nick: until when a split of the network may hide them
	// features are what only some servers have.
	features features
}

// errEnded is the cause of the end of a session's life.
var errEnded = errors.New("the connection has ended")

func newSession(cfg Config, conn net.Conn, slow int, log *slog.Logger) *session {
	host, _, err := net.SplitHostPort(cfg.Server)
	if err != nil {
		host = cfg.Server
	}
	unit := cfg.Interval * time.Duration(slow) / lineCost
	s := &session{
		cfg: cfg, wire: newWire(conn), limit: rate.NewLimiter(rate.Every(unit), max(cfg.Burst/slow, 1)*lineCost), log: log, now: time.Now,
		login:   login{offered: map[string]string{}, on: map[string]bool{}},
		batches: map[string]batch{}, chores: make(chan message, maxChores),
		people: newPeople(log), wants: newWants(cfg.Channels), server: host, typing: map[string]time.Time{}, split: map[string]time.Time{},
	}
	s.people.wanted = func(channel string) bool { return s.wanted(channel) != nil }
	s.life, s.end = context.WithCancelCause(context.Background())
	return s
}

// run speaks with the server until the connection or ctx ends. It returns why.
func (s *session) run(ctx context.Context) error {
	s.began, s.heard = s.now(), s.now()
	lines, broken := make(chan string), make(chan error, 1)
	var work sync.WaitGroup
	work.Go(func() { broken <- s.listen(lines) })
	work.Go(s.doChores)
	err := s.greet()
	if err == nil {
		err = s.serve(ctx, lines, broken)
	}
	if ctx.Err() != nil {
		err = errors.Join(ctx.Err(), s.wire.write(message{command: "QUIT", params: []string{"the bot stops"}}))
	}
	s.end(errEnded)
	err = errors.Join(err, s.wire.close())
	work.Wait()
	return err
}

// listen brings lines until the connection or the session ends.
func (s *session) listen(lines chan<- string) error {
	for {
		line, err := s.wire.read()
		if err != nil {
			return err
		}
		select {
		case lines <- line:
		case <-s.life.Done():
			return errEnded
		}
	}
}

func (s *session) serve(ctx context.Context, lines <-chan string, broken <-chan error) error {
	beat := time.NewTicker(beatTerm)
	defer beat.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case line := <-lines:
			s.heard, s.asked = s.now(), false
			err = s.take(line)
		case err := <-broken:
			if s.farewell != "" {
				return judged(s.farewell, fmt.Errorf("the server ended the connection: %s", s.farewell))
			}
			return fmt.Errorf("the connection broke: %w", err)
		case <-beat.C:
			err = s.beat()
		}
		if err != nil {
			return err
		}
		s.mu.Lock()
		due := s.dirty && s.entered
		s.dirty = s.dirty && !due
		s.mu.Unlock()
		if due {
			s.report(s)
		}
	}
}

// changed asks for a report. The caller holds the lock.
func (s *session) changed() { s.dirty = true }

// beat looks whether the server lives and whether we are where we should be.
func (s *session) beat() error {
	now := s.now()
	switch quiet := now.Sub(s.heard); {
	case !s.entered && now.Sub(s.began) > entryPatience:
		return fmt.Errorf("the server did not let us in within %v", entryPatience)
	case quiet >= deadTerm:
		return fmt.Errorf("the server was silent for %v", quiet.Round(time.Second))
	case quiet >= quietTerm && !s.asked && s.entered:
		s.asked = true
		if err := s.wire.write(message{command: "PING", params: []string{"oco-alive"}}); err != nil {
			return err
		}
	}
	if !s.entered {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range joins(s.wants, now) {
		s.chore(m)
	}
	s.typeOn(now)
	if nick := s.nickMissed(); nick != "" && !now.Before(s.regain) {
		s.regain = now.Add(regainTerm)
		s.chore(message{command: "NICK", params: []string{nick}})
	}
	return nil
}

// nickMissed returns the nick of the configuration if we have another. The
// caller holds the lock.
func (s *session) nickMissed() string {
	nick := alternative(s.cfg.Nick, 0, s.people.nickLength)
	if s.people.isSelf(nick) {
		return ""
	}
	return nick
}

// chore has a line sent when the flood limit lets it. What is too much is left
// out; joins and nicks are tried again, and whose account nobody asked for has
// none.
func (s *session) chore(m message) {
	select {
	case s.chores <- m:
	default:
		s.log.Warn("a line was not sent: too many wait", "command", m.command)
	}
}

func (s *session) doChores() {
	for {
		var m message
		select {
		case m = <-s.chores:
		case <-s.life.Done():
			return
		}
		if s.limit.WaitN(s.life, lineCost) != nil {
			return
		}
		if err := s.wire.write(m); err != nil {
			s.log.Warn("a line was not sent", "command", m.command, "error", err)
		}
	}
}
