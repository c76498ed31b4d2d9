package route

import (
	"errors"
	"strconv"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/pattern"
)

// Compile checks and completes the definition of one route of a plugin. The
// error has the reason FIELD_INVALID with the detail "field", or BAD_PATTERN
// with "pattern" and "offset" (in bytes). The definition stays the caller's.
func Compile(plugin string, d Definition) (*Route, *chat.Error) {
	if err := checkPlugin(plugin); err != nil {
		return nil, err
	}
	r := &Route{Plugin: plugin, Definition: d.clone()}
	for _, check := range []func() *chat.Error{r.checkKind, r.checkCommon, r.checkPolicy, r.compileMatch, r.nameIt} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	r.complete()
	return r, nil
}

// compileMatch compiles what the route of its kind matches.
func (r *Route) compileMatch() *chat.Error {
	switch r.Kind {
	case Command:
		return r.compileCommand()
	case Hear:
		return r.compileHear()
	default:
		return r.checkTypes()
	}
}

func (r *Route) compileCommand() *chat.Error {
	specs := r.Arguments
	for i, source := range r.Patterns {
		c, err := pattern.Compile(source, specs)
		if err != nil {
			return badPattern(source, err)
		}
		r.commands = append(r.commands, c)
		if i == 0 {
			r.Arguments = c.Arguments()
		} else if err := sameArguments("command.aliases", source, r.Arguments, c.Arguments()); err != nil {
			return err
		}
	}
	for _, source := range r.Deprecated {
		c, err := pattern.Compile(source, specs)
		if err != nil {
			return badPattern(source, err)
		}
		if err := sameArguments("command.deprecated", source, r.Arguments, c.Arguments()); err != nil {
			return err
		}
		r.deprecated = append(r.deprecated, c)
	}
	return r.checkExamples()
}

func (r *Route) compileHear() *chat.Error {
	re, tree, err := pattern.ParseRegexp(r.Regex)
	if err != nil {
		return badPattern(r.Regex, err)
	}
	r.regexp, r.required = re, requiredLiterals(tree)
	return r.checkGroups(tree.CapNames())
}

// nameIt derives the name of a command that was given none (OCO-RTE-2).
func (r *Route) nameIt() *chat.Error {
	if r.Name != "" {
		return nil
	}
	if r.Kind != Command {
		return invalid("name", "a route of kind %s needs a name", r.Kind)
	}
	r.Name = r.commands[0].Name()
	if r.Name == "" {
		return invalid("name", "the pattern %q begins with no literal word from which a name could be taken: give the route a name", r.Patterns[0])
	}
	if len(r.Name) > maxName {
		return invalid("name", "the literal words of the pattern have %d bytes, a name has at most %d: give the route a name", len(r.Name), maxName)
	}
	return nil
}

func badPattern(source string, err error) *chat.Error {
	refused := chat.Refuse(chat.BadPattern, "%v", err).With("pattern", source)
	var at *pattern.Error
	if errors.As(err, &at) {
		refused.With("pattern", at.Pattern).With("offset", strconv.Itoa(at.Offset))
	}
	return refused
}
