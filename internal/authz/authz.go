package authz

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Operators is the group of those who run the bot: who is configured as such,
// and who claimed it.
const Operators = "operators"

// A Rule says who may use a route.
type Rule struct {
	Allow  []string // groups; empty: everyone, but nobody if Danger
	Danger bool
}

// A Decision is a yes or no with the reason for the record. Why is never shown
// to who was refused: it names groups.
type Decision struct {
	Allowed bool
	Why     string
}

// Authz knows the groups of users. It is safe for concurrent use; no call
// blocks.
type Authz struct {
	members atomic.Pointer[membership]

	mu     sync.Mutex
	fixed  membership
	claims []string
}

// membership holds the users of each group.
type membership map[string]map[string]bool

// New knows the groups of the configuration, by the immutable ids of their
// members, and the configured operators. A group called "operators" has no
// place in groups and is passed over.
func New(groups map[string][]string, operators []string) *Authz {
	a := &Authz{}
	a.SetGroups(groups, operators)
	return a
}

// SetGroups replaces the groups and the operators of the configuration. Who
// claimed stays an operator.
func (a *Authz) SetGroups(groups map[string][]string, operators []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fixed = membership{}
	for name, users := range groups {
		a.fixed[name] = set(users)
	}
	a.fixed[Operators] = set(operators)
	a.publish()
}

// SetClaims makes operators of exactly these users beside the configured ones.
// It replaces the claims that were set before.
func (a *Authz) SetClaims(users []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.claims = users
	a.publish()
}

// publish makes what holds seen. The caller holds mu.
func (a *Authz) publish() {
	now := maps.Clone(a.fixed)
	now[Operators] = set(a.claims)
	maps.Copy(now[Operators], a.fixed[Operators])
	a.members.Store(&now)
}

// Known reports whether a group exists. A rule that names another refuses.
func (a *Authz) Known(group string) bool {
	_, known := (*a.members.Load())[group]
	return known
}

// Groups gives the groups of a user in alphabetical order; none for the empty
// id.
func (a *Authz) Groups(user string) []string {
	var groups []string
	for name, users := range *a.members.Load() {
		if users[user] {
			groups = append(groups, name)
		}
	}
	slices.Sort(groups)
	return groups
}

// Decide says whether a user may use a route with this rule. An empty user,
// which is a caller that is not known, may use what is open to everyone only.
func (a *Authz) Decide(user string, r Rule) Decision {
	switch {
	case len(r.Allow) == 0 && r.Danger:
		return Decision{Why: "refused: danger without allow"}
	case len(r.Allow) == 0:
		return Decision{Allowed: true, Why: "allowed: everyone"}
	case user == "":
		return Decision{Why: "refused: user not known"}
	}
	members := *a.members.Load()
	var unknown []string
	for _, name := range r.Allow {
		users, known := members[name]
		if users[user] {
			return Decision{Allowed: true, Why: "allowed: group " + name}
		}
		if !known {
			unknown = append(unknown, name)
		}
	}
	why := "refused: not in " + strings.Join(r.Allow, ", ")
	if len(unknown) > 0 {
		why += "; no such group: " + strings.Join(unknown, ", ")
	}
	return Decision{Why: why}
}

// set makes a set of users, without the empty id: nobody has it.
func set(users []string) map[string]bool {
	out := make(map[string]bool, len(users))
	for _, user := range users {
		if user != "" {
			out[user] = true
		}
	}
	return out
}
