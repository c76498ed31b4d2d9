package intake_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/route"
	"github.com/openchatops/oco/internal/store"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A parley is a chat service in which bots talk that it does not know to be bots,
// with a clock of its own.
type parley struct {
	t       *testing.T
	now     time.Time
	latency time.Duration // from a post until the others have it
	direct  bool
	bots    []*bot
	waits   []func()
	events  int
}

// A bot is an intake whose handlers answer what they are given.
type bot struct {
	*parley
	name    string
	in      *intake.Intake
	handler map[string]string // route -> what it replies; "$" stands for what was said
	posted  []string
	answers map[string]bool // the traces of what it answered
	held    map[string]int
	rows    store.Store
}

const operatorsRoom = "room:1:~23ops"

func newParley(t *testing.T, latency time.Duration, direct bool) *parley {
	return &parley{t: t, now: time.Unix(1_000_000, 0), latency: latency, direct: direct}
}

// add makes a bot with routes and what their handlers reply.
func (p *parley) add(name string, rules intake.Rules, handler map[string]string, routes ...route.Definition) *bot {
	b := &bot{parley: p, name: name, handler: handler, held: map[string]int{}, answers: map[string]bool{}, rows: newBench(p.t).store}
	rules.Address.Name = name
	table := tableOf(p.t, routes...)
	b.in = intake.New(intake.Options{
		Engine: b, Table: func() *route.Table { return table }, Rules: rules, People: authz.New(nil, nil), Claims: &bench{},
		Held: func(h intake.Held) { b.held[h.Why]++ }, Now: func() time.Time { return p.now },
		Self: func(string) string { return "user:1:" + name },
	})
	p.bots = append(p.bots, b)
	return b
}

func (b *bot) Store() store.Store { return b.rows }

// Do is the rest of the bot: it runs handlers and posts.
func (b *bot) Do(_ context.Context, in delivery.Input) (any, error) {
	for _, e := range in.(delivery.Admit).Events {
		for _, d := range e.Deliveries {
			switch reply := b.handler[d.Route.Name]; {
			case d.Refused:
				b.post(e.Trace, d.Place, d.Route.Name+" was refused: "+d.UserText)
			case reply != "":
				b.post(e.Trace, d.Place, strings.ReplaceAll(reply, "$", "it"))
			}
		}
		for _, s := range e.Sends {
			b.post(e.Trace, s.Place, s.Text)
		}
	}
	return delivery.Admitted{Admitted: 1}, nil
}

// post says something to everybody but itself, a while later.
func (b *bot) post(trace string, to chat.Place, text string) {
	if to.Room == operatorsRoom {
		b.held["told"]++
		return
	}
	b.posted = append(b.posted, text)
	b.answers[trace] = true
	b.in.Posting(trace)
	b.in.Posted(trace)
	b.say(b.name, text)
}

// say lets somebody say something that the others hear after the latency.
func (p *parley) say(who, text string) {
	for _, other := range p.bots {
		if other.name != who {
			p.waits = append(p.waits, func() { other.hear(who, text) })
		}
	}
}

// hear takes what somebody said, several things in one batch.
func (b *bot) hear(who string, texts ...string) {
	var events []*ocov1.Event
	for _, text := range texts {
		b.events++
		events = append(events, said(who, text, func(e *ocov1.Event) {
			e.EventId = fmt.Sprint("e", b.events)
			e.Address.Room.By = &ocov1.RoomRef_RoomId{RoomId: "lobby"}
			if b.direct {
				direct(e)
			}
		}))
	}
	if _, _, bad, err := b.in.Publish(b.t.Context(), delivery.Replica{}, &ocov1.PublishEventsRequest{AccountId: "account:1", Events: events}, nil); err != nil || len(bad) > 0 {
		b.t.Fatal(bad, err)
	}
}

// run goes on until nobody says anything more, or it is clear that they never stop.
func (p *parley) run() {
	for range 200 {
		if len(p.waits) == 0 {
			return
		}
		p.now = p.now.Add(p.latency)
		waits := p.waits
		p.waits = nil
		for _, hear := range waits {
			hear()
		}
	}
}

func guarded() intake.Rules {
	return intake.Rules{UserMessages: 120, LoopAnswers: 4, OperatorsRoom: chat.Place{Room: operatorsRoom}}
}

func hears(name, regex string) route.Definition {
	return route.Definition{Kind: route.Hear, ID: "h" + name, Name: name, Regex: regex}
}

func commands(pattern string) route.Definition {
	return route.Definition{Kind: route.Command, ID: "c" + pattern, Patterns: []string{pattern}}
}

// Two bots that answer each other stop: neither answers more than five times, whatever
// they answer with and whoever began (OCO-SEC-29, OCO-SEC-30).
func TestBotsThatAnswerEachOtherStop(t *testing.T) {
	ear, echo := hears("ear", "."), commands("echo {text...}")
	for name, c := range map[string]struct {
		direct  bool
		latency time.Duration
		first   string
		a, b    map[string]string
		routesA []route.Definition
		routesB []route.Definition
		told    bool // operators are
	}{
		"neither knows the command": {direct: true, first: "hello"},
		"slowly":                    {direct: true, latency: 7 * time.Second, first: "hello"},
		"both hear everything": {first: "hello", a: map[string]string{"ear": "a says $"}, b: map[string]string{"ear": "b says $"},
			routesA: []route.Definition{ear}, routesB: []route.Definition{ear}, told: true},
		"both hear, in a direct room": {direct: true, first: "hello", a: map[string]string{"ear": "a says $"}, b: map[string]string{"ear": "b says $"},
			routesA: []route.Definition{ear}, routesB: []route.Definition{ear}},
		"one hears, the other does not know": {direct: true, first: "hello", a: map[string]string{"ear": "a says $"}, routesA: []route.Definition{ear}},
		"commands": {direct: true, first: "marco", a: map[string]string{"marco": "polo"}, b: map[string]string{"polo": "marco"},
			routesA: []route.Definition{commands("marco")}, routesB: []route.Definition{commands("polo")}, told: true},
		"commands by name": {first: "a: marco", a: map[string]string{"marco": "b: polo"}, b: map[string]string{"polo": "a: marco"},
			routesA: []route.Definition{commands("marco")}, routesB: []route.Definition{commands("polo")}, told: true},
		"a command and an echo": {direct: true, first: "echo x", a: map[string]string{"echo": "echo $"}, b: map[string]string{"echo": "echo $"},
			routesA: []route.Definition{echo}, routesB: []route.Definition{echo}, told: true},
		"a command and a hear route": {first: "a: marco", a: map[string]string{"marco": "polo!"}, b: map[string]string{"ear": "a: marco"},
			routesA: []route.Definition{commands("marco")}, routesB: []route.Definition{ear}, told: true},
		"commands that may not be run": {direct: true, first: "wipe", b: map[string]string{"ear": "wipe"},
			routesA: []route.Definition{{Kind: route.Command, ID: "w", Patterns: []string{"wipe"}, Danger: true}}, routesB: []route.Definition{ear}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.latency == 0 {
				c.latency = 200 * time.Millisecond
			}
			p := newParley(t, c.latency, c.direct)
			a, b := p.add("a", guarded(), c.a, c.routesA...), p.add("b", guarded(), c.b, c.routesB...)
			p.say("b", c.first) // a has it, and answers b
			p.run()
			if len(a.answers) > 5 || len(b.answers) > 5 || len(a.answers) < 2 || len(p.waits) > 0 {
				t.Errorf("a answered %d things, b %d:\n%s\n\n%s", len(a.answers), len(b.answers), strings.Join(a.posted, "\n"), strings.Join(b.posted, "\n"))
			}
			if a.held["told"] > 1 || b.held["told"] > 1 || c.told && a.held["told"]+b.held["told"] == 0 {
				t.Errorf("operators were told %d and %d times", a.held["told"], b.held["told"])
			}
		})
	}
}

// The bounds are off where the configuration turns them off, which shows that it is
// they that end the talk.
func TestWithoutBoundsBotsTalkForEver(t *testing.T) {
	p := newParley(t, 200*time.Millisecond, true)
	a := p.add("a", intake.Rules{}, nil)
	p.add("b", intake.Rules{}, nil)
	p.say("b", "hello")
	if p.run(); len(a.posted) < 50 || len(p.waits) == 0 {
		t.Errorf("they stopped after %d", len(a.posted))
	}
}

// People are no programs: what they say is taken, however they say it.
func TestPeopleAreNotTakenForPrograms(t *testing.T) {
	for name, pause := range map[string]time.Duration{"pasted": 0, "pasted, as fast as servers let": 2 * time.Second, "said quickly": 1600 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			p := newParley(t, 10*time.Millisecond, true)
			a := p.add("a", guarded(), map[string]string{"marco": "polo", "ear": "heard"}, commands("marco"), hears("ear", "."))
			if pause == 0 {
				a.hear("alice", slices.Repeat([]string{"marco"}, 40)...)
			} else {
				for range 40 {
					p.now = p.now.Add(pause)
					a.hear("alice", "marco")
				}
			}
			if len(a.posted) != 80 || len(a.held) > 0 {
				t.Errorf("%d posts, %v", len(a.posted), a.held)
			}
		})
	}
}

// A person who is taken for a program says it again after a few seconds; somebody
// else, and the same one elsewhere, is not affected (OCO-SEC-29).
func TestAPauseEndsWhatIsHeld(t *testing.T) {
	p := newParley(t, 0, true)
	a := p.add("a", guarded(), map[string]string{"marco": "polo"}, commands("marco"))
	for range 7 {
		p.now = p.now.Add(time.Second)
		a.hear("alice", "marco")
	}
	// The fifth is answered so, the sixth comes too soon after that, the seventh not.
	if got := strings.Join(a.posted, "|"); !strings.HasPrefix(got, "polo|polo|polo|polo|You answer me at once") || !strings.HasSuffix(got, "say it again.|polo") {
		t.Fatalf("posted %s", got)
	}
	a.hear("bob", "marco")
	if len(a.posted) != 7 || a.held[intake.HeldLoop] != 2 {
		t.Errorf("posted %q, held %v", a.posted, a.held)
	}
}

// Who is told often enough that there is no such command is told so no more for a
// minute, and runs commands all the time (OCO-SEC-30).
func TestWrongCommandsAreAnsweredOnlySoOften(t *testing.T) {
	p := newParley(t, 0, true)
	a := p.add("a", guarded(), map[string]string{"marco": "polo"}, commands("marco"), commands("scale {n:integer}"))
	say := func(text string) string {
		before := len(a.posted)
		p.now = p.now.Add(3 * time.Second)
		if a.hear("alice", text); len(a.posted) == before {
			return ""
		}
		return strings.Join(a.posted[before:], "|")
	}
	for i, text := range []string{"x", "scale many", "y", "z"} {
		got := say(text)
		if last := strings.Contains(got, "no more of it for a minute"); got == "" || last != (i == 3) {
			t.Errorf("%s: %q", text, got)
		}
	}
	if got := say("again"); got != "" {
		t.Errorf("answered %q", got)
	}
	if got := say("marco"); got != "polo" {
		t.Errorf("a command: %q", got)
	}
	if got := say("x"); !strings.HasPrefix(got, "There is no command") {
		t.Errorf("after a command that there is: %q", got)
	}
	for range 5 {
		say("x")
	}
	p.now = p.now.Add(time.Minute)
	if got := say("x"); !strings.HasPrefix(got, "There is no command") {
		t.Errorf("after a minute: %q", got)
	}
}

// What the guard remembers is bounded, whoever speaks wherever, and goes on to work
// for who speaks now.
func TestTheGuardForgetsWhoIsSilent(t *testing.T) {
	p := newParley(t, 0, true)
	a := p.add("a", guarded(), map[string]string{"marco": "polo"}, commands("marco"))
	for i := range 10_000 {
		a.hear(fmt.Sprint("user", i), "marco")
	}
	if talks, traces, people := intake.Remembered(a.in); talks > 4096 || traces > 4*4096 || people > 4096 {
		t.Errorf("%d talks, %d traces, %d people", talks, traces, people)
	}
	for range 7 {
		a.hear("alice", "marco")
	}
	if a.held[intake.HeldLoop] != 3 {
		t.Errorf("held %v", a.held)
	}
}
