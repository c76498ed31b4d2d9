package e2e

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A fleet is a bot with replicas of one handler, all with one key.
type fleet struct {
	t      *testing.T
	s      *service
	b      *bot
	key    newKey
	all    []*far
	said   int
	routes []string // what was said, by number
}

func newFleet(t *testing.T, binary string, replicas int) *fleet {
	t.Helper()
	s, b := farBot(t, "")
	b.binary = binary
	b.start()
	b.awaitPlugins("chat")
	f := &fleet{t: t, s: s, b: b, key: b.newKey("fleet")}
	for range replicas {
		f.all = append(f.all, f.start())
	}
	f.awaitReplicas(replicas)
	return f
}

func (f *fleet) start() *far { return f.b.far(f.s, f.key.Endpoint, f.key.Key) }

// awaitReplicas waits until so many replicas have a stream.
func (f *fleet) awaitReplicas(n int) {
	f.t.Helper()
	f.b.await(fmt.Sprintf("%d replicas are connected", n), func() bool {
		up := 0
		for _, r := range f.b.plugin("fleet").GetReplicas() {
			if r.GetConnected() {
				up++
			}
		}
		return up == n
	})
}

// say says so many commands, one after the other in no hurry.
func (f *fleet) say(n int, routes ...string) {
	for range n {
		route := routes[f.said%len(routes)]
		f.routes = append(f.routes, route)
		f.s.say(fmt.Sprintf("m%d", f.said), fmt.Sprintf("%s %d", route, f.said))
		f.said++
	}
}

// settle waits until everything has ended: what a killed replica held does so
// when its lease does.
func (f *fleet) settle() {
	f.t.Helper()
	f.b.await("everything is settled", func() bool { return f.s.acked() && settled(f.b) })
}

// runs counts the runs of each command.
func (f *fleet) runs() map[string]int {
	all := map[string]int{}
	for line := range strings.Lines(read(f.t, f.b.path("runs"))) {
		all[strings.TrimSuffix(line, "\n")]++
	}
	return all
}

// judge holds every command to the contract and counts the outcomes.
func (f *fleet) judge() map[ocov1.Outcome]int {
	f.t.Helper()
	outcomes, records, runs := map[ocov1.Outcome]int{}, map[string]*ocov1.DeliveryRecord{}, f.runs()
	for _, d := range f.b.deliveries() {
		records[d.GetEventId()] = d
		outcomes[d.GetOutcome()]++
	}
	if len(records) != f.said {
		f.t.Errorf("%d commands have %d deliveries", f.said, len(records))
	}
	posts := f.s.posted()
	for i, route := range f.routes {
		command := fmt.Sprintf("%s %d", route, i)
		var record *ocov1.DeliveryRecord
		for id, d := range records {
			if strings.HasSuffix(id, fmt.Sprintf(":m%d", i)) {
				record = d
			}
		}
		ran, said, noticed := runs[command], 0, false
		for _, p := range posts {
			if p.Text == command+" ran" {
				said++
			}
			noticed = noticed || record != nil && strings.Contains(p.Text, record.GetDeliveryId())
		}
		switch out := record.GetOutcome(); {
		case route == "job" && ran > 1:
			f.t.Errorf("%s ran %d times", command, ran)
		case out == ocov1.Outcome_OUTCOME_DONE && (ran < 1 || said != 1):
			f.t.Errorf("%s is done, ran %d times and was answered %d times", command, ran, said)
		case out == ocov1.Outcome_OUTCOME_UNKNOWN && (route != "job" || !noticed):
			f.t.Errorf("%s is unknown; noticed %v", command, noticed)
		case out != ocov1.Outcome_OUTCOME_DONE && out != ocov1.Outcome_OUTCOME_UNKNOWN:
			f.t.Errorf("%s ended %v", command, out)
		}
	}
	return outcomes
}

// TestReplicasAreKilledUnderLoad kills the replicas of a handler, each at a drawn
// moment, and starts them again: every delivery has an outcome that its person
// reads, and nothing that runs once runs twice (OCO-DLV-8, OCO-DLV-43).
func TestReplicasAreKilledUnderLoad(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, binary string) {
		t.Parallel()
		rounds, load := 1, 20
		if torture {
			rounds, load = 10, 60
		}
		seed := uint64(time.Now().UnixNano())
		r := rand.New(rand.NewPCG(seed, 2))
		f := newFleet(t, binary, 3)
		for range rounds {
			for i := range f.all {
				f.say(load, "job", "job", "safe")
				time.Sleep(time.Duration(r.IntN(200)) * time.Millisecond) // the drawn moment
				if err := f.all[i].cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				<-f.all[i].done
				f.all[i] = f.start()
			}
			if torture {
				f.settle()
			}
		}
		f.awaitReplicas(3)
		f.settle()
		t.Logf("seed %d: %d commands, %d kills; outcomes %v", seed, f.said, 3*rounds, f.judge())
	})
}

func (f *fleet) signal(r *far, what syscall.Signal) {
	f.t.Helper()
	if err := r.cmd.Process.Signal(what); err != nil {
		f.t.Error(err)
	}
}

// holds is how much the bot has handed to a replica.
func (f *fleet) holds(r *far) uint32 {
	for _, one := range f.b.plugin("fleet").GetReplicas() {
		if strings.Contains(one.GetReplica(), fmt.Sprintf("-%d-", r.cmd.Process.Pid)) {
			return one.GetInFlight()
		}
	}
	return 0
}

// TestRollingRestart replaces every replica under load, as a deployment does: a
// new one comes, an old one is told to stop. All is done, nothing is lost, and
// nothing runs twice (OCO-LIF-16, OCO-LIF-28).
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, binary string) {
		t.Parallel()
		rounds := 2
		if torture {
			rounds = 20
		}
		f := newFleet(t, binary, 3)
		stop := make(chan struct{})
		var talking sync.WaitGroup
		talking.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(4 * time.Millisecond):
					f.say(1, "job")
				}
			}
		})
		for range rounds {
			for i, old := range f.all {
				f.all[i] = f.start()
				f.awaitReplicas(4)
				// It is told so while frames are on their way to it.
				f.signal(old, syscall.SIGSTOP)
				f.b.await("it holds what it has not read", func() bool { return f.holds(old) == fleetInFlight })
				f.signal(old, syscall.SIGTERM)
				f.signal(old, syscall.SIGCONT)
				if code := old.end(t); code != 0 {
					t.Errorf("a replica that was told to stop: exit code %d", code)
				}
			}
		}
		close(stop)
		talking.Wait()
		f.settle()
		outcomes, runs := f.judge(), f.runs()
		if outcomes[ocov1.Outcome_OUTCOME_DONE] != f.said || len(runs) != f.said {
			t.Errorf("of %d commands %d ran; outcomes %v", f.said, len(runs), outcomes)
		}
		t.Logf("%d commands, %d replicas replaced; outcomes %v", f.said, 3*rounds, outcomes)
	})
}

// TestARevokedKeyCutsItsReplicas rotates a key under two replicas: the one with
// the revoked key ends, its run is unknown without a wait for the lease, and the
// one with the other key goes on (OCO-SEC-4, OCO-SEC-5, OCO-SEC-23).
func TestARevokedKeyCutsItsReplicas(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, binary string) {
		t.Parallel()
		f := newFleet(t, binary, 1)
		leaving, let := make(chan struct{}), make(chan struct{})
		defer close(let)
		f.s.trap = func(step string) {
			if step == "hold" {
				close(leaving)
				<-let
			}
		}
		f.say(1, "hold")
		<-leaving
		rotated := f.b.makeKey("rotate", "fleet")
		if rotated.Endpoint != f.key.Endpoint || rotated.Key == f.key.Key {
			t.Errorf("oco key rotate gave %+v", rotated)
		}
		second := f.b.far(f.s, rotated.Endpoint, rotated.Key)
		f.awaitReplicas(2)
		began := time.Now()
		f.b.must("key", "revoke", "-c", f.b.path("oco.yaml"), f.key.KeyID)
		if code := f.all[0].end(t); code != 1 {
			t.Errorf("the replica with the revoked key: exit code %d", code)
		}
		if said := f.all[0].said.String(); !strings.Contains(said, "revoked") || !strings.Contains(said, "oco key new fleet") {
			t.Errorf("it says: %s", tail(said, 3))
		}
		f.b.await("its run is unknown", func() bool { return settled(f.b) })
		records := f.b.deliveries()
		if len(records) != 1 || records[0].GetOutcome() != ocov1.Outcome_OUTCOME_UNKNOWN {
			t.Errorf("deliveries: %v", records)
		}
		t.Logf("settled %v after the key was revoked", time.Since(began))
		f.say(1, "job")
		f.s.expect(func(p post) bool { return p.Text == "job 1 ran" }, "the reply of the other replica")
		select {
		case <-second.done:
			t.Error("the replica with the other key ended")
		default:
		}
	})
}
