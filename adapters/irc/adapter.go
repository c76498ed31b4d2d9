package irc

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/openchatops/oco"
)

const (
	// maxWaiting bounds the messages that wait for the bot to take them.
	maxWaiting = 1000
	// maxTogether of them are handed over at once.
	maxTogether = 64
	// readyPatience is how long a send waits for the connection and the channel
	// before the bot is asked to try again.
	readyPatience = 20 * time.Second
	// stable is how long a connection has to last before the next failure counts
	// as the first.
	stable = time.Minute
	// shunned is how much longer to stay away when the server does not want us.
	shunned = 30 * time.Second
	// maxSlow is by how much less than configured is said at most.
	maxSlow = 8
)

var (
	_ oco.Adapter   = (*adapter)(nil)
	_ oco.Roster    = (*adapter)(nil)
	_ oco.Describer = (*adapter)(nil)
)

var _ interface {
	oco.Deleter
	oco.Reactor
	oco.Typer
	oco.Membership
	oco.TopicSetter
	oco.MemberLister
	oco.RoomFinder
} = (*adapter)(nil)

// New returns the adapter as the plugin "irc". It connects when it runs.
func New() *oco.AdapterPlugin {
	a := newAdapter(Config{}, nil)
	p := oco.NewAdapter("irc", "irc", a)
	now := oco.Settings(p, func(s settings) error {
		_, err := s.config()
		return err
	})
	a.config = func() Config {
		c, err := now().config()
		if err != nil { // never: they were looked at before
			a.log.Error("the settings are wrong", "error", err)
		}
		return c
	}
	return p
}

// adapter is the adapter, over all its connections.
type adapter struct {
	config func() Config // the same while Run runs
	log    *slog.Logger
	dial   func(context.Context, Config) (net.Conn, error)

	events chan arrival
	slow   int // by how much less than configured is said

	mu      sync.Mutex
	current *session        // nil unless the server has let us in
	changed chan struct{}   // closed when current or where it is changes
	lost    int             // messages for which there was no room
	since   time.Time       // from when on nothing was seen; zero: all was
	gap     string          // for operators: what was not seen before current
	told    map[string]bool // channels of which the bot was told to be in them or not
	in      map[string]bool // channels of which the bot was told that it is in them
	passed  int             // comings and goings for which there was no room
}

func newAdapter(cfg Config, log *slog.Logger) *adapter {
	return &adapter{
		config: func() Config { return cfg }, log: log, dial: dial, events: make(chan arrival, maxWaiting), slow: 1, changed: make(chan struct{}),
		told: map[string]bool{}, in: map[string]bool{},
	}
}

// Run stays connected until ctx ends.
func (a *adapter) Run(ctx context.Context, bot oco.Bot) error {
	if a.log == nil {
		a.log = slog.Default() // as oco.Main has set it by now
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	published := make(chan error, 1)
	go func() {
		defer stop()
		published <- a.publish(ctx, bot)
	}()
	a.stay(ctx, bot)
	stop()
	return <-published
}

// stay connects again and again.
func (a *adapter) stay(ctx context.Context, bot oco.Bot) {
	again := backoff{first: a.config().RetryFirst, most: a.config().RetryMost}
	for ctx.Err() == nil {
		began := time.Now()
		err := a.connect(ctx, bot)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > stable {
			again.reset()
		}
		wait := again.next()
		if _, refused := errors.AsType[unwelcome](err); refused {
			wait += shunned
		}
		if _, flood := errors.AsType[excess](err); flood {
			a.slow = min(a.slow*2, maxSlow)
		}
		reason := plain(err.Error())
		a.log.Warn("not connected", "server", a.config().Server, "reason", reason, "again_in", wait.Round(time.Millisecond))
		bot.Status(ctx, false, fmt.Sprintf("not connected to %s: %s%s", a.config().Server, reason, a.unseen()))
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

// connect is one connection, from dialling to its end.
func (a *adapter) connect(ctx context.Context, bot oco.Bot) error {
	conn, err := a.dial(ctx, a.config())
	if err != nil {
		return err
	}
	cfg := a.config()
	cfg.Channels = a.channels()
	s := newSession(cfg, conn, a.slow, a.log)
	s.incoming = a.arrived
	s.happened = a.happened
	s.report = func(s *session) { a.entered(ctx, bot, s) }
	err = s.run(ctx)
	a.left(s)
	return err
}

// entered tells the bot and who waits that s is in, or where it is now.
func (a *adapter) entered(ctx context.Context, bot oco.Bot, s *session) {
	text := s.whereabouts()
	a.mu.Lock()
	if a.current != s {
		a.current, a.gap = s, ""
		if !a.since.IsZero() {
			a.gap = fmt.Sprintf("; what was said from %s to %s UTC was not seen", a.since.UTC().Format(time.TimeOnly), time.Now().UTC().Format(time.TimeOnly))
			a.log.Warn("messages may have been missed", "from", a.since.UTC(), "to", time.Now().UTC())
		}
		a.since = time.Time{}
	}
	text += a.gap
	if a.lost > 0 {
		text += fmt.Sprintf("; %d messages were lost because the bot took none", a.lost)
	}
	a.wake()
	a.mu.Unlock()
	bot.Status(ctx, true, text)
}

// unseen says for operators from when on nothing is seen.
func (a *adapter) unseen() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.since.IsZero() {
		return ""
	}
	return fmt.Sprintf("; what was said since %s UTC is not seen", a.since.UTC().Format(time.TimeOnly))
}

// left notes that a connection is over. What was said after its last line was
// not seen.
func (a *adapter) left(s *session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.current == s {
		a.current, a.since = nil, s.heard
	}
	a.wake()
}

// wake tells who waits that something changed. The caller holds the lock.
func (a *adapter) wake() {
	close(a.changed)
	a.changed = make(chan struct{})
}

// arrived takes a message for the bot. It does not block: a server cuts off who
// does not read.
func (a *adapter) arrived(e arrival) {
	select {
	case a.events <- e:
		return
	default:
	}
	a.mu.Lock()
	a.lost++
	lost := a.lost
	a.mu.Unlock()
	if lost&(lost-1) == 0 { // at each doubling
		a.log.Error("messages are lost because the bot takes none", "lost", lost, "waiting", maxWaiting)
	}
}

// publish hands the bot what arrived, in its order, until ctx ends.
func (a *adapter) publish(ctx context.Context, bot oco.Bot) error {
	for {
		var batch []oco.Incoming
		select {
		case e := <-a.events:
			batch = append(batch, e)
		case <-ctx.Done():
			return nil
		}
		for more := true; more && len(batch) < maxTogether; {
			select {
			case e := <-a.events:
				batch = append(batch, e)
			default:
				more = false
			}
		}
		err := bot.Publish(ctx, batch...)
		if refused, ok := errors.AsType[*oco.PublishError](err); ok {
			for i, why := range refused.Events {
				a.log.Warn("the bot did not take a message", "event", batch[i].ID, "error", why)
			}
			continue
		}
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("publish: %w", err)
		}
	}
}

// Send posts a text.
func (a *adapter) Send(ctx context.Context, m oco.Outgoing) (oco.MessageID, error) {
	s, target, err := a.ready(ctx, oco.Place{Room: m.Room, User: m.User})
	if err != nil {
		return "", err
	}
	all, err := s.compose(target, m)
	if err != nil {
		return "", err
	}
	return s.say(ctx, target, all)
}

// ready waits a while until the connection and the channel are there.
func (a *adapter) ready(ctx context.Context, to oco.Place) (s *session, target string, err error) {
	s, err = a.when(ctx, func(s *session) (missing string, err error) {
		there := false
		if target, there, err = s.target(to); err != nil || there {
			return "", err
		}
		return "the adapter is not in " + target + " at the moment", nil
	})
	return s, target, err
}

// when waits a while for a connection on which nothing is missing.
func (a *adapter) when(ctx context.Context, holds func(*session) (missing string, err error)) (*session, error) {
	enough := time.NewTimer(readyPatience)
	defer enough.Stop()
	for {
		a.mu.Lock()
		s, changed := a.current, a.changed
		a.mu.Unlock()
		missing := "the adapter is not connected to " + a.config().Server
		if s != nil {
			var err error
			if missing, err = holds(s); err != nil || missing == "" {
				return s, err
			}
		}
		select {
		case <-changed:
		case <-enough.C:
			return nil, notYet(codes.Unavailable, missing)
		case <-ctx.Done():
			return nil, notYet(codes.Unavailable, missing)
		}
	}
}

// messageID returns the server's id, or one of our own where it has none.
func messageID(id string) oco.MessageID {
	if id == "" || len(id) > maxServiceID {
		id = "s-" + strings.ToLower(rand.Text())
	}
	return oco.MessageID(id)
}

// Describe says what IRC can do, and this server.
func (a *adapter) Describe() oco.Description {
	self := oco.User{ID: selfID, Name: a.config().Nick, MentionName: a.config().Nick, Bot: true, Self: true}
	levels := map[oco.Capability]oco.Level{
		oco.CanThread: oco.LevelDropped, oco.CanReply: oco.LevelDropped, oco.CanDirect: oco.LevelFull, oco.CanEdit: oco.LevelFallback,
		// The server asks for rights in the channel that only it knows.
		oco.CanSetMembership: oco.LevelPartial, oco.CanSetTopic: oco.LevelPartial,
		oco.CanReact: oco.LevelDropped, oco.CanType: oco.LevelDropped, oco.CanDelete: oco.LevelRejected,
	}
	a.mu.Lock()
	s := a.current
	a.mu.Unlock()
	if s != nil {
		s.mu.Lock()
		self = s.self()
		if s.features.tags(reactTag) && s.features.tags(replyTag) {
			levels[oco.CanReact] = oco.LevelPartial
		}
		if s.features.tags(typingTag) {
			levels[oco.CanType] = oco.LevelFull
		}
		if s.features.redacts {
			levels[oco.CanDelete] = oco.LevelPartial
		}
		s.mu.Unlock()
	}
	return oco.Description{Account: a.config().Nick + "@" + a.config().Server, Self: self, Levels: levels}
}
