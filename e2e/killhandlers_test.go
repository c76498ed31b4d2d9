package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A town is a bot with an everything-handler, to which many people talk in some rooms.
type town struct {
	t    *testing.T
	r    *rand.Rand
	s    *service
	b    *bot
	h    *subject
	runs string // the file of the runs
	said []spoken
	late bool // see history
	// What was done to the handler, and how much it held then.
	killed, stopped, paused, held int
}

const (
	townPeople = 240
	townRooms  = 12
)

func newTown(t *testing.T, p program, child bool) *town {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	v := &town{t: t, r: rand.New(rand.NewPCG(seed, 3)), s: newService(t), b: newBot(t, "")}
	v.runs = v.b.path("runs")
	write(t, v.runs, "")
	v.h = &subject{t: t, b: v.b, program: p, child: child, runs: v.runs}
	v.b.configure(fmt.Sprintf("listen: {grpc: \"GRPC_PORT\", http: \"HTTP_PORT\"}\n"+
		"adapter: {name: chat, command: [%q, plugin, town, %q]}\nhandlers: [%s]\n", self, v.s.url, v.h.configuration()))
	v.b.start()
	v.b.awaitPlugins("chat")
	v.h.begin()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d; the handler said at last:\n%s", seed, tail(v.h.said.String(), 20))
		}
	})
	return v
}

// say lets people say so many commands. Those that count do so each in a room of their
// own, so that the counts come one after the other.
func (v *town) say(n int, orderly bool) {
	for range n {
		c := spoken{n: len(v.said), route: []string{"once", "safe", "once", "count"}[len(v.said)%4], orderly: orderly}
		room, person := c.n/4%townRooms, c.n%townPeople
		if c.route == "count" {
			person = townPeople + room
		}
		c.user, c.room = fmt.Sprintf("u%d", person), fmt.Sprintf("r%d", room)
		v.said = append(v.said, c)
		v.s.say(c.id(), c.text())
	}
}

// ran says how many callbacks have begun.
func (v *town) ran() int { return strings.Count(read(v.t, v.runs), "\n") }

// round lets people talk, and does something to the handler at a drawn moment while it
// works on what they said.
func (v *town) round(orderly bool, strike func()) {
	v.t.Helper()
	before, some := v.ran(), 1+v.r.IntN(16)
	v.say(48, orderly)
	await(v.t, "the handler works", func() bool { return v.ran() >= before+some })
	time.Sleep(time.Duration(v.r.IntN(50_000)) * time.Microsecond) // the drawn moment
	for _, replica := range v.b.plugin("everything").GetReplicas() {
		v.held += int(replica.GetInFlight())
	}
	strike()
}

// rounds are some stops in order, of which nothing may be seen, and some kills, all
// under load.
func (v *town) rounds(n int) {
	v.t.Helper()
	for range n {
		v.round(true, func() { v.h.end(syscall.SIGTERM); v.stopped++ })
	}
	v.settle()
	for range n {
		v.round(false, func() { v.h.end(syscall.SIGKILL); v.killed++ })
	}
	v.settle()
}

// pause stops the process of the handler for a while, without a word.
func (v *town) pause(long time.Duration) {
	v.t.Helper()
	v.round(false, func() {
		pid := v.h.pid()
		v.h.signal(pid, syscall.SIGSTOP)
		time.Sleep(long)
		v.h.signal(pid, syscall.SIGCONT)
		v.paused++
	})
	v.settle()
}

// settle waits until everything has an outcome: what a killed handler held elsewhere
// has it when its lease ends, and is perhaps run again then. It may take long, as long
// as it goes on.
func (v *town) settle() {
	v.t.Helper()
	var left uint64
	for end := time.Now().Add(4 * patience); !v.s.acked() || !settled(v.b); time.Sleep(50 * time.Millisecond) {
		status, err := v.b.status()
		if n := status.GetCounts()["open"] + status.GetCounts()["outbox"]; err == nil && n != left {
			left, end = n, time.Now().Add(4*patience)
		}
		if time.Now().After(end) {
			v.t.Fatal("not everything has an outcome; what is open: ", v.open())
		}
	}
}

func (v *town) open() (open []*ocov1.DeliveryRecord) {
	for _, d := range v.b.deliveries() {
		if d.GetOutcome() == ocov1.Outcome_OUTCOME_UNSPECIFIED {
			open = append(open, d)
		}
	}
	return open
}

// history is what is known in the end.
func (v *town) history() *history {
	v.t.Helper()
	h := &history{said: v.said, posts: v.s.posted(), records: v.b.deliveries(), counted: map[string]int{}, late: v.late}
	h.runs = slices.DeleteFunc(strings.Split(read(v.t, v.runs), "\n"), func(line string) bool { return line == "" })
	for room := range townRooms {
		key := fmt.Sprintf("r%d", room)
		if out, _, code := v.b.oco("store", "get", "-c", v.b.path("oco.yaml"), "everything", key); code == 0 {
			n, err := strconv.Atoi(strings.TrimSpace(out))
			if err != nil {
				v.t.Errorf("the counter of %s holds %q", key, out)
			}
			h.counted[key] = n
		}
	}
	h.offered = v.offered()
	return h
}

// offered says how many leases the bot gave.
func (v *town) offered() int {
	v.t.Helper()
	code, page := v.b.page("/metrics", strings.TrimSpace(read(v.t, v.b.path("data/operator.key"))))
	_, rest, found := strings.Cut(page, "\noco_deliveries_offered_total{plugin=\"everything\"} ")
	n, err := strconv.Atoi(strings.SplitN(rest, "\n", 2)[0])
	if code != 200 || !found || err != nil {
		v.t.Fatalf("the metrics (%d) tell of no leases: %v", code, err)
	}
	return n
}

func (v *town) judge() {
	v.t.Helper()
	y, problems := v.history().judge()
	for _, problem := range problems[:min(10, len(problems))] {
		v.t.Error(problem)
	}
	if more := len(problems) - 10; more > 0 {
		v.t.Errorf("and %d problems more", more)
	}
	v.t.Logf("%s: %d commands; killed %d times, stopped %d, paused %d, with %d deliveries in its hands: %v",
		v.t.Name(), len(v.said), v.killed, v.stopped, v.paused, v.held, y)
	if v.killed > 10 && y.unknown+y.again == 0 {
		v.t.Error("no kill hit anything")
	}
}

// TestKillHandlers kills, stops and pauses the everything-handler of each language under
// load, as a child of the bot and elsewhere, and starts it again: every command has one
// outcome and is answered, what runs once is never run twice, no reply is posted twice,
// a reply is posted if and only if its command is done, and a stop in order loses
// nothing (OCO-DLV-8, OCO-DLV-13, OCO-DLV-45, OCO-LIF-16).
func TestKillHandlers(t *testing.T) {
	t.Parallel()
	only := os.Getenv("OCO_LANGUAGE")
	for _, l := range languages {
		if only != "" && only != l.name {
			continue
		}
		for _, where := range []string{"child", "elsewhere"} {
			t.Run(l.name+"/"+where, func(t *testing.T) {
				t.Parallel()
				v := newTown(t, l.build(t), where == "child")
				if !torture {
					v.rounds(l.brief)
					v.judge()
					return
				}
				for range 5 {
					v.rounds(4 * l.brief)
				}
				v.pause(12 * time.Second) // longer than a heartbeat
				v.late = true
				v.pause(40 * time.Second) // longer than a lease
				v.judge()
			})
		}
	}
}
