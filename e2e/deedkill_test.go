package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A change is a moment at which one process is killed while the command build
// says something and changes it.
type change struct {
	victim string        // bot, deeds or builder
	step   string        // at which it is killed; empty: after delay
	delay  time.Duration // counted from when the command was said
	plain  bool          // the bot has not Attach
}

func (c change) String() string {
	if c.step == "" {
		return fmt.Sprintf("%s/%s/plain=%t", c.victim, c.delay, c.plain)
	}
	return fmt.Sprintf("%s/%s/plain=%t", c.victim, strings.ReplaceAll(c.step, " ", "_"), c.plain)
}

// TestKillWhileAMessageIsChanged kills the bot, the adapter or the handler by -9
// around the operations of a command and holds to it: every operation ends, none
// is done before the message that it is on was posted, an earlier one not after a
// later one, none more than twice, and in the end all is as the handler said last
// (OCO-OPS-7, OCO-OPS-8, OCO-OPS-9).
func TestKillWhileAMessageIsChanged(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 0))
	var all []change
	for _, plain := range []bool{false, true} {
		for _, victim := range []string{"bot", "deeds", "builder"} {
			for _, step := range []string{"replied", "deed", "recorded", "deed done"} {
				all = append(all, change{victim: victim, step: step, plain: plain})
			}
		}
	}
	timed := 2
	if torture {
		timed = 300
	} else {
		all = all[:len(all)/2]
	}
	for range timed {
		all = append(all, change{
			victim: []string{"bot", "deeds", "builder"}[r.IntN(3)], delay: time.Duration(r.IntN(30_000)) * time.Microsecond, plain: r.IntN(2) == 0,
		})
	}
	var mu sync.Mutex
	outcomes, repeats := map[ocov1.Outcome]int{}, 0
	t.Run("change", func(t *testing.T) {
		for _, c := range all {
			t.Run(c.String(), func(t *testing.T) {
				t.Parallel()
				outcome, again := c.kill(t)
				mu.Lock()
				defer mu.Unlock()
				outcomes[outcome]++
				repeats += again
			})
		}
	})
	t.Logf("seed %d: %d kills; outcomes %v; operations done twice %d", seed, len(all), outcomes, repeats)
}

// kill goes through a change and judges it.
func (c change) kill(t *testing.T) (outcome ocov1.Outcome, repeats int) {
	s := newService(t)
	binary := ocoBinary
	if c.plain {
		binary = plainBinary
	}
	b := builder(t, s, binary)
	killed := make(chan struct{})
	var once sync.Once
	strike := func() {
		once.Do(func() {
			if c.victim == "bot" {
				b.kill()
			} else {
				killProcess(t, s.pid(c.victim))
			}
			close(killed)
		})
	}
	s.trap = func(step string) {
		if step == c.step && (step == "replied" || len(s.deeds()) > 0) { // around what is changed
			strike()
		}
	}
	s.say("m1", "build")
	if c.step == "" {
		time.AfterFunc(c.delay, strike)
	}
	select {
	case <-killed:
	case <-time.After(patience):
		t.Fatalf("the step %q was never reached; done: %q", c.step, s.deeds())
	}
	if c.victim == "bot" {
		b.start()
	}
	b.await("everything is settled", func() bool { return s.acked() && settled(b) })
	records := b.deliveries()
	repeats, problems := judgeChange(s.posted(), s.reached("asked") > 0)
	if len(records) != 1 {
		t.Fatalf("%d deliveries, want 1", len(records))
	}
	outcome = records[0].GetOutcome()
	switch {
	case outcome == ocov1.Outcome_OUTCOME_DONE && s.reached("asked") == 0:
		problems = append(problems, "done, and the handler did not come to its end")
	case outcome == ocov1.Outcome_OUTCOME_DONE:
	case outcome == ocov1.Outcome_OUTCOME_UNKNOWN && c.victim != "deeds":
		if !contains(s.posted(), records[0].GetDeliveryId()) {
			problems = append(problems, "unknown, and nobody is told")
		}
	default:
		problems = append(problems, "the outcome is "+outcome.String())
	}
	for _, problem := range problems {
		t.Errorf("%s: posted %+v", problem, s.posted())
	}
	return outcome, repeats
}

// judgeChange holds what the service saw to the order in which it was asked for.
// whole says that the handler had asked for all of it.
func judgeChange(posts []post, whole bool) (repeats int, problems []string) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	last, times := map[string]int{}, map[string]int{}
	for i, p := range posts {
		if p.Room != "deeds" {
			continue
		}
		if times[p.Text]++; times[p.Text] > 1 {
			repeats++
		}
		if times[p.Text] > 2 {
			wrong("%q was done %d times", p.Text, times[p.Text])
		}
		about, rank := "reaction", slices.Index([]string{"👀 on m1: true", "👀 on m1: false"}, p.Text)
		if id, text, ok := strings.Cut(p.Text, " now says "); ok {
			about, rank = "message", slices.Index([]string{"half built", "built"}, text)
			n, err := strconv.Atoi(strings.TrimPrefix(id, "post-"))
			if err != nil || n < 1 || n > i || posts[n-1].Text != "building…" {
				wrong("%q is said of what was not posted before", p.Text)
			}
		}
		if rank++; rank == 0 {
			wrong("nobody asked for %q", p.Text)
		}
		if rank < last[about] {
			wrong("%q comes after what was asked for later", p.Text)
		}
		last[about] = rank
	}
	if whole && (last["message"] != 2 || last["reaction"] != 2) {
		wrong("not all that was asked for is done")
	}
	return repeats, problems
}

// TestTheJudgeOfChangesSees shows the judge what must not happen.
func TestTheJudgeOfChangesSees(t *testing.T) {
	said := post{Room: "lobby", Text: "building…"}
	deeds := func(texts ...string) []post {
		all := []post{said}
		for _, text := range texts {
			all = append(all, post{Room: "deeds", Text: text})
		}
		return all
	}
	const on, half, built, off = "👀 on m1: true", "post-1 now says half built", "post-1 now says built", "👀 on m1: false"
	for name, c := range map[string]struct {
		posts []post
		want  string // empty: nothing is wrong
	}{
		"well":     {deeds(on, half, built, off), ""},
		"repeated": {deeds(on, half, half, built, off, off), ""},
		"thrice":   {deeds(on, half, half, half, built, off), "done 3 times"},
		"lost":     {deeds(on, half, off), "not all"},
		"overtook": {deeds(on, built, half, off), "comes after"},
		"early":    {append(deeds(on, half, built, off)[1:], said), "not posted before"},
		"strange":  {deeds(on, "post-1 now says boo", built, off), "nobody asked"},
	} {
		_, problems := judgeChange(c.posts, true)
		got := strings.Join(problems, "; ")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: the judge says %q, want %q", name, got, c.want)
		}
	}
}
