package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A sending is a row of messages, during which one process is killed.
type sending struct {
	victim string        // bot or adapter
	step   string        // at which it is killed; empty: after delay
	nth    int           // which message it is that comes to the step
	delay  time.Duration // counted from the first message
	keyed  bool          // the service recognises repeats
	loss   bool          // the sender prefers a loss
}

func (c sending) String() string {
	at := fmt.Sprintf("%s_%d", c.step, c.nth)
	if c.step == "" {
		at = c.delay.String()
	}
	service := "keyless"
	if c.keyed {
		service = "keyed"
	}
	return fmt.Sprintf("%s/%s/%s/loss=%t", c.victim, at, service, c.loss)
}

// What came of a sending, counted at the service.
type counts struct{ kills, messages, twice, never int }

func (a *counts) add(b counts) {
	a.kills += b.kills
	a.messages += b.messages
	a.twice += b.twice
	a.never += b.never
}

const eachRoom = 5 // messages of a sending in each of its two rooms

// TestKillWhileAMessageIsSent kills the bot or the adapter by -9 at each step of a
// message, with a service that recognises repeats and one that does not, and counts
// at the service: with keys every message is there once; without, one whose sender
// prefers a repeat is there once or twice, the second time marked, and one whose
// sender prefers a loss once or, if its state is unknown, not at all. In each room
// the order stays (OCO-DLV-32, OCO-DLV-33, OCO-DLV-34, OCO-DLV-58).
func TestKillWhileAMessageIsSent(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 0))
	modes := []sending{{}, {loss: true}, {keyed: true}, {keyed: true, loss: true}}
	var all []sending
	for _, c := range modes {
		for _, c.victim = range []string{"adapter", "bot"} {
			for _, c.step = range []string{"send", "recorded", "sent"} {
				for c.nth = 1; c.nth <= 2*eachRoom; c.nth += 3 {
					all = append(all, c)
				}
			}
		}
	}
	timed := 410
	if !torture {
		timed = 2
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		all = all[:8]
	}
	for range timed {
		c := modes[r.IntN(len(modes))]
		c.victim, c.delay = []string{"adapter", "bot"}[r.IntN(2)], time.Duration(r.IntN(30_000))*time.Microsecond
		all = append(all, c)
	}
	var mu sync.Mutex
	sums := map[string]*counts{}
	t.Run("sending", func(t *testing.T) {
		for _, c := range all {
			t.Run(c.String(), func(t *testing.T) {
				t.Parallel()
				n := c.kill(t)
				mu.Lock()
				defer mu.Unlock()
				mode := fmt.Sprintf("keyed=%t loss=%t", c.keyed, c.loss)
				if sums[mode] == nil {
					sums[mode] = &counts{}
				}
				sums[mode].add(n)
			})
		}
	})
	for mode, n := range sums {
		t.Logf("seed %d, %s: %d kills, %d messages, %d posted twice, %d not at all", seed, mode, n.kills, n.messages, n.twice, n.never)
	}
	if torture && len(all) < 500 {
		t.Errorf("only %d kills, want 500", len(all))
	}
}

// kill goes through a sending and judges it.
func (c sending) kill(t *testing.T) counts {
	s := newService(t)
	s.idempotent = c.keyed
	role := "adapter"
	if c.keyed {
		role = "collapsing"
	}
	b := newBot(t, fmt.Sprintf("adapter: {name: chat, command: [%q, plugin, %s, %q]}\nlimits: {stop_grace: 5s}\n", self, role, s.url))
	b.start()
	b.awaitPlugins("chat")
	killed := make(chan struct{})
	var once sync.Once
	strike := func() {
		once.Do(func() {
			if c.victim == "bot" {
				b.kill()
			} else {
				killProcess(t, s.pid(role))
			}
			close(killed)
		})
	}
	s.trap = func(step string) {
		if step == c.step && s.reached(step) >= c.nth {
			strike()
		}
	}
	if c.step == "" {
		time.AfterFunc(c.delay, strike)
	}
	var started sync.WaitGroup
	if c.victim == "bot" {
		started.Go(func() {
			<-killed
			b.start()
		})
	}
	states := c.send(t, b)
	select {
	case <-killed:
	case <-time.After(patience):
		t.Fatalf("the step %q was not reached %d times", c.step, c.nth)
	}
	started.Wait()
	b.await("everything is posted or given up", func() bool { return settled(b) })
	n, problems := c.judge(s.posted(), states())
	for _, problem := range problems {
		t.Errorf("%s: posted %+v", problem, s.posted())
	}
	return n
}

// send says the messages, each until the bot has it, and returns what tells their
// states.
func (c sending) send(t *testing.T, b *bot) (states func() map[string]ocov1.SendState) {
	var mu sync.Mutex
	ids := map[string]string{}
	var rooms sync.WaitGroup
	for _, room := range []string{"lobby", "yard"} {
		rooms.Go(func() {
			for n := range eachRoom {
				text := fmt.Sprint(room, " ", n)
				await(t, "the bot has "+text, func() bool {
					id, err := c.sendOne(t.Context(), b, room, text)
					mu.Lock()
					defer mu.Unlock()
					ids[text] = id
					return err == nil
				})
			}
		})
	}
	rooms.Wait()
	return func() map[string]ocov1.SendState {
		found := map[string]ocov1.SendState{}
		err := b.admin(t.Context(), func(ctx context.Context, admin ocov1.AdminServiceClient) error {
			for text, id := range ids {
				shown, err := admin.ShowRecord(ctx, &ocov1.ShowRecordRequest{Id: id})
				if err != nil {
					return fmt.Errorf("%s: %w", text, err)
				}
				found[text] = shown.GetDeliveries()[0].GetSends()[0].GetState()
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		return found
	}
}

func (c sending) sendOne(ctx context.Context, b *bot, room, text string) (id string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	m := &ocov1.OutgoingMessage{
		To:      &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: "room:1:" + room}}},
		Content: &ocov1.Content{Text: text},
	}
	if c.loss {
		m.RepeatPolicy = ocov1.RepeatPolicy_REPEAT_POLICY_PREFER_LOSS
	}
	err = b.operator(ctx, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		answer, err := ocov1.NewChatServiceClient(conn).SendMessage(ctx, &ocov1.SendMessageRequest{
			Id: &ocov1.SendMessageRequest_RequestId{RequestId: strings.ReplaceAll(text, " ", "-")}, Message: m,
		})
		id = answer.GetMessageId()
		return err
	})
	return id, err
}

// judge holds what is at the service to what was promised.
func (c sending) judge(posts []post, states map[string]ocov1.SendState) (n counts, problems []string) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	n.kills, n.messages = 1, len(states)
	times, firsts := map[string]int{}, map[string][]string{}
	for _, p := range posts {
		room, _, _ := strings.Cut(p.Text, " ")
		if times[p.Text]++; times[p.Text] == 1 {
			firsts[room] = append(firsts[room], p.Text)
		} else if n.twice++; !p.Repeat {
			wrong("a second post of %q is not marked", p.Text)
		}
	}
	for room, order := range firsts {
		if !slices.IsSorted(order) {
			wrong("%s is out of order", room)
		}
	}
	for text, state := range states {
		most := 2
		if c.keyed || c.loss {
			most = 1
		}
		switch {
		case times[text] > most:
			wrong("%q is posted %d times", text, times[text])
		case times[text] > 0 && state != ocov1.SendState_SEND_STATE_SENT && state != ocov1.SendState_SEND_STATE_UNKNOWN:
			wrong("%q is posted, and its state is %s", text, state)
		case times[text] == 0 && (c.keyed || !c.loss):
			wrong("%q is lost, its state is %s", text, state)
		case times[text] == 0 && state != ocov1.SendState_SEND_STATE_UNKNOWN:
			wrong("%q is lost, and its state is %s", text, state)
		}
		if times[text] == 0 {
			n.never++
		}
	}
	return n, problems
}

// TestTheJudgeOfSendingsSees shows the judge what must not happen.
func TestTheJudgeOfSendingsSees(t *testing.T) {
	const sent, unknown, failed = ocov1.SendState_SEND_STATE_SENT, ocov1.SendState_SEND_STATE_UNKNOWN, ocov1.SendState_SEND_STATE_FAILED
	said, again := post{Text: "lobby 0"}, post{Text: "lobby 0", Repeat: true}
	for name, c := range map[string]struct {
		sending
		posts []post
		state ocov1.SendState
		want  string // empty: nothing is wrong
	}{
		"once":                {sending{}, []post{said}, sent, ""},
		"twice":               {sending{}, []post{said, again}, sent, ""},
		"twice and unmarked":  {sending{}, []post{said, said}, sent, "not marked"},
		"three times":         {sending{}, []post{said, again, again}, sent, "posted 3 times"},
		"lost":                {sending{}, nil, unknown, "is lost"},
		"twice, not wanted":   {sending{loss: true}, []post{said, again}, sent, "posted 2 times"},
		"lost, as wanted":     {sending{loss: true}, nil, unknown, ""},
		"lost in silence":     {sending{loss: true}, nil, sent, "is lost"},
		"posted all the same": {sending{loss: true}, []post{said}, failed, "is posted, and"},
		"twice with a key":    {sending{keyed: true}, []post{said, again}, sent, "posted 2 times"},
		"lost with a key":     {sending{keyed: true, loss: true}, nil, unknown, "is lost"},
		"out of order":        {sending{}, []post{{Text: "lobby 1"}, said}, sent, "out of order"},
	} {
		_, problems := c.judge(c.posts, map[string]ocov1.SendState{"lobby 0": c.state})
		got := strings.Join(problems, "; ")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: the judge says %q, want %q", name, got, c.want)
		}
	}
}
