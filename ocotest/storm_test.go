package ocotest

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/internal/bot"
	"github.com/openchatops/oco/internal/linktest"
)

// A storm is a bot whose adapter and handler are both connected by links that fail,
// in a bubble.
type storm struct {
	t     *testing.T
	r     *rand.Rand
	links [2]*linktest.Link

	mu     sync.Mutex
	runs   map[string]int // of each command
	lines  []int          // the commands of alice, in the order in which they ran
	ends   map[oco.RoomID][]string
	tokens map[string]bool
}

// stormAdapter is the storm's chat service. It knows repeats by their token.
type stormAdapter struct {
	*storm
	in chan oco.Incoming
}

func (a *stormAdapter) Describe() oco.Description {
	return oco.Description{Account: Name, Self: oco.User{ID: "bot", Name: Name, Bot: true, Self: true}, IdempotentSend: true, ReplaysMissed: true}
}

// Run publishes what comes, all of it at least once and some of it again and again.
func (a *stormAdapter) Run(ctx context.Context, bot oco.Bot) error {
	var all sync.WaitGroup
	defer all.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case in := <-a.in:
			all.Go(func() {
				for again := 3; again > 0; again-- {
					if err := bot.Publish(ctx, in); err != nil {
						a.t.Errorf("%s was not admitted: %v", in.ID, err)
						return
					}
					time.Sleep(time.Duration(len(in.ID)) * time.Second)
				}
			})
		}
	}
}

func (a *stormAdapter) Send(_ context.Context, m oco.Outgoing) (oco.MessageID, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.tokens[m.Token] {
		a.tokens[m.Token] = true
		a.ends[m.Room] = append(a.ends[m.Room], m.Text)
	}
	return oco.MessageID("of-" + m.Token), nil
}

func (s *storm) handler() *oco.Handler {
	h := oco.NewHandler("far")
	run := func(_ context.Context, msg *oco.Message) error {
		s.mu.Lock()
		s.runs[msg.Text()]++
		var n int
		if _, err := fmt.Sscanf(msg.Text(), "line %d", &n); err == nil {
			s.lines = append(s.lines, n)
		}
		work := time.Duration(s.r.IntN(5000)) * time.Millisecond
		s.mu.Unlock()
		time.Sleep(work)
		msg.Reply(msg.Text() + " ran")
		return nil
	}
	h.Command("once {n}", "Run once.", run)
	h.Command("line {n}", "Run once, in order.", run)
	h.Command("safe {n}", "Run, and again if that is needed.", run, oco.Repeatable())
	return h
}

// fault lets something go wrong with a link for a while.
func (s *storm) fault(l *linktest.Link) {
	s.mu.Lock()
	what, long := s.r.IntN(6), time.Duration(s.r.IntN(60_000))*time.Millisecond
	s.mu.Unlock()
	switch what {
	case 0:
		l.Silence()
	case 1:
		l.Hold()
	case 2:
		l.Delay(long / 20)
	case 3: // lost packets: short stalls
		for range 10 {
			l.Hold()
			time.Sleep(long / 20)
			l.Heal()
			time.Sleep(long / 20)
		}
	case 4:
		l.Reset()
	case 5: // a quiet time
	}
	time.Sleep(long)
	l.Heal()
}

// TestTortureNetwork lets the network of an adapter and of a handler fail in every
// way for an hour: what runs once runs at most once, one after the other where
// there is an order; each event is taken once however often it comes; and who asked
// sees an end (OCO-DLV-1, OCO-DLV-2, OCO-DLV-8, OCO-DLV-13, OCO-DLV-34).
func TestTortureNetwork(t *testing.T) {
	seeds, long := 1, 10*time.Minute
	if os.Getenv("OCO_TORTURE") == "1" {
		seeds, long = 20, time.Hour
	}
	base := uint64(time.Now().UnixNano())
	var all [4]int
	for seed := base; seed < base+uint64(seeds); seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				for i, n := range blow(t, seed, long) {
					all[i] += n
				}
			})
		})
	}
	t.Logf("seeds from %d: %d storms of %v; %d commands, %d answered, %d without an answer and told; %d connections",
		base, 2*seeds, long, all[0], all[1], all[2], all[3])
}

// blow lets a storm blow, judges it, and counts its commands, those that were
// answered, those that were not, and connections.
func blow(t *testing.T, seed uint64, long time.Duration) [4]int {
	s := &storm{t: t, r: rand.New(rand.NewPCG(seed, 0)), runs: map[string]int{}, ends: map[oco.RoomID][]string{}, tokens: map[string]bool{}}
	log := slog.New(slog.DiscardHandler)
	b, err := bot.Start(t.Context(), bot.Options{Config: configuration(Config{}, []*oco.Handler{s.handler()}), Log: log, Version: "test", Guests: true, Without: without})
	if err != nil {
		t.Fatal(err)
	}
	a := &stormAdapter{storm: s, in: make(chan oco.Incoming)}
	ctx, stop := context.WithCancel(t.Context())
	var plugins, faults sync.WaitGroup
	for i, p := range []oco.Plugin{oco.NewAdapter(adapterName, adapterName, a), s.handler()} {
		dial := func(ctx context.Context) (net.Conn, error) { return b.Dial(ctx) }
		s.links[i] = linktest.New(dial)
		key, _ := b.Guest(p.Name())
		plugins.Go(func() {
			err := oco.Run(ctx, oco.Options{Endpoint: "unix:///test", Key: key, Dialer: s.links[i].Dial, Log: log}, p)
			if err != nil {
				t.Errorf("%s ended: %v", p.Name(), err)
			}
		})
		if err := b.WaitReady(ctx, p.Name()); err != nil {
			t.Fatal(err)
		}
	}
	end := time.Now().Add(long)
	for _, l := range s.links {
		faults.Go(func() {
			for time.Now().Before(end) {
				s.fault(l)
			}
		})
	}
	said := 0
	for ; time.Now().Before(end); said++ {
		who := fmt.Sprintf("user-%d", said)
		if said%3 == 0 {
			who = "alice"
		}
		a.in <- oco.Incoming{
			ID:      oco.EventID(fmt.Sprintf("e%d", said)),
			Room:    oco.Room{ID: oco.RoomID("dm-" + who), Kind: oco.RoomDirect, Name: who},
			Actor:   oco.User{ID: oco.UserID(who), Name: who},
			Message: &oco.IncomingMessage{ID: oco.MessageID(fmt.Sprintf("p%d", said)), Text: s.text(said)},
		}
		s.mu.Lock()
		pause := time.Duration(s.r.IntN(6000)) * time.Millisecond
		s.mu.Unlock()
		time.Sleep(pause)
	}
	faults.Wait()
	time.Sleep(20 * time.Minute) // all comes to its end
	all := s.judge(said)
	stop()
	plugins.Wait()
	for _, l := range s.links {
		l.Close()
	}
	b.Stop(t.Context())
	return all
}

// text is command number n: those of alice have an order.
func (s *storm) text(n int) string {
	return fmt.Sprintf("%s %d", [...]string{"line", "once", "safe"}[n%3], n)
}

func (s *storm) judge(said int) [4]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	replied, unknown := 0, 0
	for n := range said {
		text := s.text(n)
		runs, ends := s.runs[text], strings.Join(s.ends[oco.RoomID(fmt.Sprintf("dm-user-%d", n))], "\n")
		if n%3 == 0 {
			ends = strings.Join(s.ends["dm-alice"], "\n")
		}
		told := strings.Contains(ends, "outcome unknown") || strings.Contains(ends, "did not run")
		answered := strings.Contains(ends, text+" ran")
		switch {
		case runs > 1 && n%3 != 2:
			s.t.Errorf("%q ran %d times", text, runs)
		case !answered && !told:
			s.t.Errorf("%q ran %d times, and who asked saw no end: %q", text, runs, ends)
		case answered && strings.Count("\n"+ends+"\n", "\n"+text+" ran\n") > 1:
			s.t.Errorf("%q was answered twice", text)
		case answered:
			replied++
		default:
			unknown++
		}
	}
	for i := 1; i < len(s.lines); i++ {
		if s.lines[i] < s.lines[i-1] {
			s.t.Errorf("line %d ran after line %d", s.lines[i], s.lines[i-1])
		}
	}
	dials := s.links[0].Dials() + s.links[1].Dials()
	if dials < 4 || said < 50 {
		s.t.Error("hardly anything happened: this proves nothing")
	}
	return [4]int{said, replied, unknown, dials}
}
