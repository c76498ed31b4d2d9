package intake_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/route"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A hear route is given its groups typed and marked as it says, and operators are told
// why it did not hear a message (OCO-RTE-43, OCO-SEC-1).
func TestWhatAHearRouteIsGiven(t *testing.T) {
	b := newBench(t)
	issue := []pattern.Spec{{Name: "id", Type: pattern.TypeInteger}}
	b.table = tableOf(t,
		route.Definition{Kind: route.Hear, ID: "1", Name: "issue", Regex: `#(?P<id>\w+)(?P<more>!)?`, Arguments: issue},
		route.Definition{Kind: route.Hear, ID: "2", Name: "key", Regex: `key (?P<key>\w+) (?P<id>\w+)`, Arguments: append([]pattern.Spec{{Name: "key", Sensitive: true}}, issue...)},
	)
	for text, want := range map[string]struct {
		sensitive bool
		arguments []*ocov1.Argument
	}{
		"see #007": {false, []*ocov1.Argument{{Name: "id", Raw: "007", Value: &ocov1.Argument_Integer{Integer: 7}}}},
		"key hunter2 3": {true, []*ocov1.Argument{
			{Name: "key", Raw: "hunter2", Sensitive: true, Value: &ocov1.Argument_Text{Text: "hunter2"}}, {Name: "id", Raw: "3", Value: &ocov1.Argument_Integer{Integer: 3}},
		}},
	} {
		out, err := b.publish(said("alice", text))
		if err != nil || len(out.Deliveries) != 1 || out.Deliveries[0].Route.Sensitive != want.sensitive {
			t.Errorf("%s: %+v, %v", text, out, err)
			continue
		}
		var match ocov1.Match
		if err := proto.Unmarshal(out.Deliveries[0].Match, &match); err != nil || !proto.Equal(&match, &ocov1.Match{Text: text, Arguments: want.arguments}) {
			t.Errorf("%s: %v, %v", text, &match, err)
		}
	}
	for text, want := range map[string]string{
		"see #x":        "“x” does not fit id: it must be a whole number",
		"key hunter2 x": "a value does not fit id: it must be a whole number",
	} {
		if out, err := b.publish(said("alice", text)); err != nil || len(out.Deliveries) > 0 {
			t.Errorf("%s: %+v, %v", text, out, err)
		}
		near := b.explain(said("alice", text)).GetNear()
		if len(near) != 1 || len(near[0].GetProblem()) < len(want) || near[0].GetProblem()[:len(want)] != want {
			t.Errorf("%s: near are %v, want %s", text, near, want)
		}
	}
}
