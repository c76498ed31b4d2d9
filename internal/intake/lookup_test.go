package intake_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/intake"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// inTime runs with a clock that passes only while everybody waits. The bench is made
// before, because its store has goroutines of its own.
func inTime(t *testing.T, town *town, do func(t *testing.T, b *bench)) {
	t.Helper()
	b := newBench(t)
	synctest.Test(t, func(t *testing.T) {
		do(t, town.in(b, func(o *intake.Options) {
			o.Now = time.Now
			o.Slow = func() { b.held["slow"]++ }
		}))
	})
}

// batch publishes what several people say at once, and returns what became of it.
func (b *bench) batch(ctx context.Context, said ...*ocov1.Event) ([]delivery.Event, error) {
	b.t.Helper()
	for _, e := range said {
		b.events++
		e.EventId = fmt.Sprint("batch", b.events)
	}
	_, _, bad, err := b.in.Publish(ctx, delivery.Replica{Plugin: "a", Name: "r"}, &ocov1.PublishEventsRequest{AccountId: "account:1", Epoch: 7, Events: said}, nil)
	if err != nil {
		return nil, err
	}
	if len(bad) > 0 {
		b.t.Fatal(bad[0].Err)
	}
	return b.admits[len(b.admits)-1].Events, nil
}

// took is how long something takes by the clock of the test.
func took(do func()) time.Duration {
	began := time.Now()
	do()
	return time.Since(began)
}

// An adapter that does not answer holds a batch up for two seconds, and then the
// batches after it not at all for a while: what others say is admitted all the same,
// and in its order (OCO-RTE-52).
func TestASlowAdapterDelaysABatchByTheDeadlineAtMost(t *testing.T) {
	town := newTown()
	town.slow = true
	inTime(t, town, func(t *testing.T, b *bench) {
		var got []delivery.Event
		var err error
		waited := took(func() {
			got, err = b.batch(t.Context(), said("alice", "oco ping"), said("bob", "oco ask bob"), said("carol", "oco ask olga"), said("dave", "oco ask x", mentions("x=bob")), said("alice", "oco ping"))
		})
		if err != nil || waited != 2*time.Second || len(got) != 5 {
			t.Fatalf("%d events after %s, %v", len(got), waited, err)
		}
		for i, want := range []string{"ping", "answer", "answer", "ask", "ping"} {
			is := "answer"
			if len(got[i].Sends) == 0 {
				is = got[i].Deliveries[0].Route.Name
			}
			if is != want {
				t.Errorf("event %d: %s, want %s", i, is, want)
			}
		}
		town.questions()
		for range 4 {
			if waited := took(func() { _, err = b.batch(t.Context(), said("alice", "oco ask bob")) }); err != nil || waited != 0 {
				t.Fatalf("the next batch waited %s, %v", waited, err)
			}
		}
		if asked := town.questions(); asked != "" || b.held["slow"] != 1 {
			t.Errorf("asked for %s, told %d times", asked, b.held["slow"])
		}
		time.Sleep(11 * time.Second)
		town.slow = false
		if got := b.becomes("alice", "oco ask bob"); !strings.HasPrefix(got, "who=bob(Bob") {
			t.Errorf("after a rest: %s", got)
		}
	})
}

// Whose call ends while names are looked up publishes again: nothing was decided, and
// the adapter is not blamed.
func TestACallThatEndsDuringALookup(t *testing.T) {
	town := newTown()
	town.slow = true
	inTime(t, town, func(t *testing.T, b *bench) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := b.batch(ctx, said("alice", "oco ask bob")); !errors.Is(err, context.DeadlineExceeded) || len(b.admits) > 0 {
			t.Fatalf("%v, %d batches were admitted", err, len(b.admits))
		}
		if town.slow = false; b.held["slow"] != 0 {
			t.Error("the adapter is called slow")
		}
		if got := b.becomes("alice", "oco ask bob"); !strings.HasPrefix(got, "who=bob(Bob") {
			t.Error(got)
		}
	})
}

// However many names somebody types, the adapter is asked for a few: eight for a
// message, thirty-two for a batch, eight at once, sixty a minute for one person
// (OCO-RTE-53).
func TestLookupsAreBounded(t *testing.T) {
	town := newTown()
	inTime(t, town, func(t *testing.T, b *bench) {
		thousand := "oco tell"
		for i := range 1000 {
			thousand += fmt.Sprintf(" u%d", i)
		}
		if got := b.becomes("mallory", thousand); !strings.HasPrefix(got, "said tell: “u8” for who is one name too many") {
			t.Errorf("a thousand: %.200s", got)
		}
		if asked := town.questions(); asked != "" {
			t.Errorf("in vain the adapter was asked for %s", asked)
		}
		many, marks := "oco tell", []string{}
		for i := range 15 {
			many += fmt.Sprintf(" @m%c", 'a'+i)
			marks = append(marks, fmt.Sprintf("@m%c=m%d", 'a'+i, i))
		}
		ids, err := b.batch(t.Context(), said("mallory", many, mentions(marks...)))
		if n := strings.Count(town.questions(), "user user"); err != nil || n != 8 {
			t.Fatalf("%v, asked %d times", err, n)
		}
		if got := arguments(t, ids[0].Deliveries[0]); strings.Count(got, "+") != 14 {
			t.Errorf("what is mentioned needs no lookup: %s", got)
		}
		var all []*ocov1.Event
		for i := range 64 {
			all = append(all, said(fmt.Sprintf("u%d", i), fmt.Sprintf("oco tell a%d b%d", i, i)))
		}
		if _, err := b.batch(t.Context(), all...); err != nil || strings.Count(town.questions(), "user") != 32 {
			t.Fatalf("a batch: %v", err)
		}
		town.slow = true
		if _, err := b.batch(t.Context(), said("alice", "oco tell a b c d e f g h"), said("bob", "oco tell i j k l")); err != nil || town.together != 8 {
			t.Errorf("%d questions at once, %v", town.together, err)
		}
		town.slow = false
		town.questions()
		time.Sleep(time.Hour)
		for i := range 100 {
			b.becomes("mallory", fmt.Sprintf("oco ask v%d", i))
		}
		if n := strings.Count(town.questions(), "user"); n != 60 {
			t.Errorf("%d names of one person in a minute", n)
		}
		if got := b.becomes("alice", "oco ask bob"); !strings.HasPrefix(got, "who=bob(Bob") {
			t.Errorf("somebody else: %s", got)
		}
	})
}

// What was found is known for a minute, that there is none for a few seconds, and
// nothing of it once the operator changes the rules (OCO-RTE-52).
func TestAnswersAreRememberedForAWhile(t *testing.T) {
	town := newTown()
	inTime(t, town, func(t *testing.T, b *bench) {
		ask := func(wait time.Duration, text, want string) {
			t.Helper()
			time.Sleep(wait)
			b.becomes("alice", "oco ask "+text)
			if got := town.questions(); got != want {
				t.Errorf("%q: asked for %q, want %q", text, got, want)
			}
		}
		ask(0, "bob in ops", "user bob, room ops for user:1:alice")
		ask(59*time.Second, "bob in ops", "")
		ask(time.Second, "bob", "user bob")
		ask(0, "ghost", "user ghost")
		ask(4*time.Second, "ghost", "")
		ask(time.Second, "ghost", "user ghost")
		ask(0, "bob bob", "")
		b.becomes("dave", "oco ask bob") // what is known already is so beside what is asked for
		if got := b.becomes("dave", "oco ask bob in ops"); got != "who="+bob+" room="+ops || town.questions() != "room ops for user:1:dave" {
			t.Errorf("dave: %s", got)
		}
		b.becomes("carol", "oco ask bob in ops") // another may know other rooms
		if got := town.questions(); got != "room ops for user:1:carol" {
			t.Errorf("carol has asked for %q", got)
		}
		b.in.SetRules(intake.Rules{Address: b.address}, func() {})
		ask(0, "bob", "user bob")
		town.fails = errors.New("broken")
		ask(0, "olga", "user olga")
		ask(0, "olga", "user olga") // nobody knows whether she is there
	})
}

// What a handler or another message does with an answer is its own affair: nobody else
// sees it.
func TestAnswersAreNotShared(t *testing.T) {
	town := newTown()
	b := town.in(newBench(t))
	first := b.becomes("alice", "oco ask bob in ops")
	if b.becomes("alice", "oco ask bob in ops") != first || town.users[0].GetPrincipalId() != "" || town.users[0].GetGroups() != nil {
		t.Errorf("the answer was changed: %v", town.users[0])
	}
}

// Rules that change while names are looked up count for what is decided after: the
// command may be another one, and then its names are not known.
func TestRulesChangeDuringALookup(t *testing.T) {
	town := newTown()
	town.slow = true
	inTime(t, town, func(t *testing.T, b *bench) {
		go func() {
			time.Sleep(time.Second)
			b.in.SetRules(intake.Rules{Address: b.address, Ignore: map[string]bool{"user:1:alice": true}}, func() {})
		}()
		got, err := b.batch(t.Context(), said("alice", "oco ask bob"), said("carol", "oco ping"))
		if err != nil || len(got[0].Sends)+len(got[0].Deliveries) > 0 || len(got[1].Deliveries) != 1 {
			t.Fatalf("%v: %+v", err, got)
		}
	})
}

// A lookup that panics takes its caller down, who knows what to make of it, and not
// the bot.
func TestALookupThatPanics(t *testing.T) {
	b := newBench(t)
	newTown().in(b, func(o *intake.Options) { o.Directory = empty{} })
	defer func() {
		if v := recover(); !strings.Contains(fmt.Sprint(v), "nobody is at home") {
			t.Errorf("the caller sees %v", v)
		}
	}()
	b.becomes("alice", "oco ask bob")
}

// empty is a directory that panics.
type empty struct{}

func (empty) FindUser(context.Context, string, string) (*ocov1.User, error) {
	panic("nobody is at home")
}

func (empty) FindRoom(context.Context, string, string, string) (*ocov1.Room, error) {
	panic("nobody is at home")
}

// What is only explained looks up names as well, and leaves open what cannot be found
// out; it counts for nobody (OCO-RPC-37).
func TestExplainedNames(t *testing.T) {
	town := newTown()
	b := town.in(newBench(t))
	explained := func(text string) *ocov1.MatchMessageResponse {
		t.Helper()
		e := said("user:1:alice", text)
		e.GetAddress().GetRoom().By = &ocov1.RoomRef_RoomId{RoomId: "room:1:~23ops"}
		answer, err := b.in.Explain(t.Context(), 1, e)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	for i := range 100 { // more than one person may have looked up
		explained(fmt.Sprintf("oco ask v%d", i))
	}
	if got := explained("oco ask bob in ops").GetCommand(); value(got.GetArguments()[0]) != bob || value(got.GetArguments()[1]) != ops {
		t.Errorf("%v", got)
	}
	nobody, err := b.in.Explain(t.Context(), 1, &ocov1.Event{Actor: &ocov1.User{}, RoomKind: ocov1.RoomKind_ROOM_KIND_DIRECT, Kind: said("x", "mine").GetKind()})
	if err != nil || nobody.GetCommand().GetRoute() != "mine" || len(nobody.GetCommand().GetArguments()) != 2 {
		t.Errorf("nobody, nowhere: %v, %v", nobody, err)
	}
	ghost := explained("oco ask ghost")
	if ghost.GetCommand() != nil || len(ghost.GetNear()) == 0 || !strings.Contains(ghost.GetNear()[0].GetProblem(), "“ghost” does not fit who") || !strings.Contains(ghost.GetAnswer(), "ghost") {
		t.Errorf("%v", ghost)
	}
	town.fails = chat.Refuse(chat.AdapterDisconnected, "none")
	if got := explained("oco ask olga").GetCommand(); got.GetRoute() != "ask" || got.GetArguments()[0].GetValue() != nil || got.GetArguments()[0].GetRaw() != "olga" {
		t.Errorf("%v", got)
	}
}

// The names of the reasons that a directory may give: those of the wire.
func TestReasonsOfADirectory(t *testing.T) {
	for reason, want := range map[chat.Reason]string{
		chat.UserNotFound: "does not fit", chat.RoomNotFound: "does not fit", chat.RoomAmbiguous: "is the name of several",
		chat.AdapterDisconnected: "cannot be found out", chat.CapabilityMissing: "cannot be found out", chat.QueueFull: "cannot be found out",
	} {
		town := newTown()
		town.fails = chat.Refuse(reason, "no")
		if got := town.in(newBench(t)).becomes("alice", "oco ask bob"); !strings.Contains(got, want) {
			t.Errorf("%s: %s", reason, got)
		}
	}
}

// An id that is too long to be one is neither asked for nor remembered (OCO-RTE-51).
func TestALongIDIsNotLookedUp(t *testing.T) {
	town := newTown()
	b := town.in(newBench(t))
	for _, text := range []string{"ask user:1:", "topics room:1:"} {
		if got := b.becomes("alice", "oco "+text+strings.Repeat("x", 60<<10)); !strings.Contains(got, "does not fit") {
			t.Errorf("a long id: %.100s", got)
		}
	}
	if asked := town.questions(); asked != "" {
		t.Errorf("the adapter was asked for %.100s", asked)
	}
}
