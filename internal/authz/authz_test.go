package authz_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/openchatops/oco/internal/authz"
	"pgregory.net/rapid"
)

const (
	alice = "user:1:alice" // ops and dev
	bob   = "user:1:bob"   // dev
	carol = "user:1:carol" // a configured operator
	dave  = "user:1:dave"  // claims
	eve   = "user:1:eve"   // in no group
)

func newAuthz() *authz.Authz {
	return authz.New(map[string][]string{
		"ops": {alice}, "dev": {bob, alice}, "nobody": {}, "careless": {""},
		authz.Operators: {eve}, // a forged group is passed over
	}, []string{carol})
}

// OCO-SEC-6: allow names groups, an empty allow is everyone, but nobody for a danger
// route; and what is not known is refused (OCO-SEC-8, OCO-SEC-10).
func TestDecide(t *testing.T) {
	open, danger := authz.Rule{}, authz.Rule{Danger: true}
	of := func(groups ...string) authz.Rule { return authz.Rule{Allow: groups} }
	dangerOf := func(groups ...string) authz.Rule { return authz.Rule{Allow: groups, Danger: true} }
	cases := []struct {
		name string
		user string
		rule authz.Rule
		want authz.Decision
	}{
		{"open to a user", eve, open, authz.Decision{Allowed: true, Why: "allowed: everyone"}},
		{"open to a caller that is not known", "", open, authz.Decision{Allowed: true, Why: "allowed: everyone"}},
		{"empty allow that is not nil", eve, authz.Rule{Allow: []string{}}, authz.Decision{Allowed: true, Why: "allowed: everyone"}},
		{"danger without allow", alice, danger, authz.Decision{Why: "refused: danger without allow"}},
		{"danger without allow, operator", carol, danger, authz.Decision{Why: "refused: danger without allow"}},
		{"danger without allow, not known", "", danger, authz.Decision{Why: "refused: danger without allow"}},
		{"member", alice, of("ops"), authz.Decision{Allowed: true, Why: "allowed: group ops"}},
		{"member, danger", alice, dangerOf("ops"), authz.Decision{Allowed: true, Why: "allowed: group ops"}},
		{"member of the second group", bob, of("ops", "dev"), authz.Decision{Allowed: true, Why: "allowed: group dev"}},
		{"the first group of the rule is named", alice, of("dev", "ops"), authz.Decision{Allowed: true, Why: "allowed: group dev"}},
		{"not a member", bob, of("ops"), authz.Decision{Why: "refused: not in ops"}},
		{"not a member, danger", bob, dangerOf("ops"), authz.Decision{Why: "refused: not in ops"}},
		{"in none of two", eve, of("ops", "dev"), authz.Decision{Why: "refused: not in ops, dev"}},
		{"empty group", alice, of("nobody"), authz.Decision{Why: "refused: not in nobody"}},
		{"no such group", alice, of("opps"), authz.Decision{Why: "refused: not in opps; no such group: opps"}},
		{"one of two groups does not exist", bob, of("ops", "opps"), authz.Decision{Why: "refused: not in ops, opps; no such group: opps"}},
		{"two groups do not exist", bob, of("x", "ops", "y"), authz.Decision{Why: "refused: not in x, ops, y; no such group: x, y"}},
		{"a group that does not exist harms no other", alice, of("opps", "ops"), authz.Decision{Allowed: true, Why: "allowed: group ops"}},
		{"group with an empty name", alice, of(""), authz.Decision{Why: "refused: not in ; no such group: "}},
		{"not known", "", of("ops"), authz.Decision{Why: "refused: user not known"}},
		{"not known, though a group holds an empty id", "", of("careless"), authz.Decision{Why: "refused: user not known"}},
		{"names of groups are compared exactly", alice, of("Ops"), authz.Decision{Why: "refused: not in Ops; no such group: Ops"}},
		{"ids of users are compared exactly", "user:1:Alice", of("ops"), authz.Decision{Why: "refused: not in ops"}},
		{"an id that looks alike", "user:1:аlice", of("ops"), authz.Decision{Why: "refused: not in ops"}},
		{"the same name on another account", "user:2:alice", of("ops"), authz.Decision{Why: "refused: not in ops"}},
		{"operator", carol, of("operators"), authz.Decision{Allowed: true, Why: "allowed: group operators"}},
		{"operators may not use everything", carol, of("ops"), authz.Decision{Why: "refused: not in ops"}},
		{"a forged group of operators", eve, of("operators"), authz.Decision{Why: "refused: not in operators"}},
	}
	a := newAuthz()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := a.Decide(c.user, c.rule); got != c.want {
				t.Errorf("Decide(%q, %+v) = %+v, want %+v", c.user, c.rule, got, c.want)
			}
		})
	}
}

func TestTheZeroDecisionRefuses(t *testing.T) {
	if (authz.Decision{}).Allowed {
		t.Error("a decision that nobody took allows")
	}
}

func TestNobodyIsKnownWithoutConfiguration(t *testing.T) {
	a := authz.New(nil, nil)
	for _, group := range []string{authz.Operators, "ops"} {
		if d := a.Decide(alice, authz.Rule{Allow: []string{group}}); d.Allowed {
			t.Errorf("%s: %+v", group, d)
		}
	}
	if !a.Known(authz.Operators) || a.Known("ops") {
		t.Error("the operators are the one group that is always there")
	}
}

func TestGroups(t *testing.T) {
	a := newAuthz()
	for user, want := range map[string][]string{
		alice: {"dev", "ops"}, bob: {"dev"}, carol: {"operators"}, eve: nil, "": nil,
	} {
		if got := a.Groups(user); !slices.Equal(got, want) {
			t.Errorf("Groups(%q) = %q, want %q", user, got, want)
		}
	}
	for group, want := range map[string]bool{"ops": true, "nobody": true, "operators": true, "opps": false, "": false} {
		if a.Known(group) != want {
			t.Errorf("Known(%q) = %v", group, !want)
		}
	}
}

func TestGroupsChange(t *testing.T) {
	a := newAuthz()
	a.SetClaims([]string{dave})
	a.SetGroups(map[string][]string{"dev": {alice}}, []string{bob})
	for user, want := range map[string][]string{alice: {"dev"}, bob: {"operators"}, carol: nil, dave: {"operators"}} {
		if got := a.Groups(user); !slices.Equal(got, want) {
			t.Errorf("groups of %s: %q, want %q", user, got, want)
		}
	}
	if a.Known("ops") {
		t.Error("a group that is gone is known")
	}
}

func TestClaimsMakeOperators(t *testing.T) {
	a := newAuthz()
	may := func(user string) bool { return a.Decide(user, authz.Rule{Allow: []string{authz.Operators}}).Allowed }
	if may(dave) {
		t.Fatal("dave is an operator before he claimed")
	}
	a.SetClaims([]string{dave, ""})
	if !may(dave) || !may(carol) || may(eve) || may("") {
		t.Error("the claim of dave makes an operator of him, and carol stays one")
	}
	if got := a.Groups(dave); !slices.Equal(got, []string{"operators"}) {
		t.Errorf("groups of dave: %q", got)
	}
	if got := a.Groups(""); got != nil {
		t.Errorf("groups of nobody: %q", got)
	}
	if !a.Decide(alice, authz.Rule{Allow: []string{"ops"}}).Allowed {
		t.Error("a claim took alice out of her group")
	}
	a.SetClaims([]string{carol})
	if may(dave) || !may(carol) {
		t.Error("claims replace those before, and the configured operator stays")
	}
	a.SetClaims(nil)
	if may(dave) || !may(carol) {
		t.Error("without claims the configured operators are left")
	}
}

func TestNewKeepsNothingOfTheCallers(t *testing.T) {
	groups, operators, claims := map[string][]string{"ops": {alice}}, []string{carol}, []string{dave}
	a := authz.New(groups, operators)
	a.SetClaims(claims)
	groups["ops"][0], groups["dev"], operators[0], claims[0] = eve, []string{eve}, eve, eve
	if got := a.Groups(eve); got != nil {
		t.Errorf("eve came into %q by a change of the caller's own values", got)
	}
}

func TestClaimsWhileDeciding(t *testing.T) {
	a := newAuthz()
	rule := authz.Rule{Allow: []string{authz.Operators}}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 200 {
				if !a.Decide(carol, rule).Allowed || a.Decide(eve, rule).Allowed {
					t.Error("a change of claims touched who never claimed")
					return
				}
				a.Groups(dave)
			}
		})
		wait.Go(func() {
			for range 200 {
				a.SetClaims([]string{dave})
				a.SetClaims(nil)
			}
		})
	}
	wait.Wait()
}

// TestDecideAgainstItsSentence checks OCO-SEC-6 as it is said: allowed are
// those in a named group, or everyone where none is named and there is no
// danger.
func TestDecideAgainstItsSentence(t *testing.T) {
	users := []string{"", "user:1:a", "user:1:b", "user:1:c"}
	names := []string{"", "g", "h", "operators", "missing"}
	rapid.Check(t, func(t *rapid.T) {
		list := func(of []string, label string) []string {
			return rapid.SliceOfN(rapid.SampledFrom(of), 0, 3).Draw(t, label)
		}
		groups := map[string][]string{"g": list(users, "g"), "h": list(users, "h")}
		operators, claims := list(users, "operators"), list(users, "claims")
		a := authz.New(groups, operators)
		a.SetClaims(claims)
		user, rule := rapid.SampledFrom(users).Draw(t, "user"), authz.Rule{Allow: list(names, "allow"), Danger: rapid.Bool().Draw(t, "danger")}
		groups["operators"] = slices.Concat(operators, claims)
		want := len(rule.Allow) == 0 && !rule.Danger || user != "" && slices.ContainsFunc(rule.Allow, func(g string) bool {
			return slices.Contains(groups[g], user)
		})
		if got := a.Decide(user, rule); got.Allowed != want || got.Why == "" {
			t.Fatalf("Decide(%q, %+v) = %+v, want %v; groups %v", user, rule, got, want, groups)
		}
	})
}
