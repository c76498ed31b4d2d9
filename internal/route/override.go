package route

import (
	"slices"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/pattern"
)

// under gives the route as the operator wants it: itself, if he says nothing of it.
func (r *Route) under(word Override) *Route {
	if word.Allow == nil && len(word.Aliases) == 0 && !word.Hidden {
		return r
	}
	changed := *r
	if word.Allow != nil {
		changed.Allow = slices.Clone(*word.Allow)
	}
	changed.Aliases, changed.Hidden = slices.Clone(word.Aliases), word.Hidden
	return &changed
}

// compileAlias compiles an alias of the operator's, with the placeholders of the
// command. What the command says of them need not be said again.
func (r *Route) compileAlias(alias string) (*pattern.Command, *chat.Error) {
	bare, err := pattern.Compile(alias, nil)
	if err != nil {
		return nil, badPattern(alias, err)
	}
	if err := sameNames("aliases", alias, r.Arguments, bare.Arguments()); err != nil {
		return nil, err
	}
	specs := slices.Clone(r.Arguments)
	for i := range specs {
		specs[i].Rest = false // a callback sees no difference
	}
	made, err := pattern.Compile(alias, specs)
	if err != nil {
		return nil, badPattern(alias, err)
	}
	if err := sameArguments("aliases", alias, r.Arguments, made.Arguments()); err != nil {
		return nil, err
	}
	return made, nil
}

func takenAlias(made *pattern.Command, owner string) *chat.Error {
	words := made.Name()
	return chat.Refuse(chat.CommandTaken, "the words %q are those of an alias of plugin %s: take one of the two away", words, owner).
		With("command", words).With("taken_by", owner)
}
