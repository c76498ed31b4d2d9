package view

import (
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/pattern"
)

// What chat services take of a command.
const (
	maxName        = 32
	maxDescription = 100 // characters; of a choice too
	maxOptions     = 25
	maxChoices     = 25
)

// Slash is a command as chat services that have commands of their own want it
// declared.
type Slash struct {
	Name        string
	Description string
	Options     []Option // what must be given first
}

// Option is a field of a [Slash].
type Option struct {
	Name        string
	Argument    string
	Description string
	Type        pattern.Type
	Required    bool
	Choices     []string
}

// NewSlash derives the declaration of a command that is called name there; see
// [Names] (OCO-RTE-66). Of more options than services take, the last of those that
// may be left out are missing; there is none at all if too many must be given.
func NewSlash(c *pattern.Command, name, help string) (*Slash, bool) {
	s := &Slash{Name: name, Description: describe(help, c.Usage())}
	specs := c.Arguments()
	slices.SortStableFunc(specs, func(a, b pattern.Spec) int { return rank(a) - rank(b) })
	for i, spec := range specs {
		switch {
		case i < maxOptions:
			s.Options = append(s.Options, newOption(spec))
		case !spec.Optional:
			return nil, false
		}
	}
	return s, true
}

func rank(spec pattern.Spec) int {
	if spec.Optional {
		return 1
	}
	return 0
}

func newOption(spec pattern.Spec) Option {
	o := Option{
		Name: fitName(strings.ToLower(spec.Name), spec.Name), Argument: spec.Name, Type: spec.Type, Required: !spec.Optional,
		Description: describe(spec.Help, sentence(spec.Accepts())),
	}
	switch {
	case spec.Type == pattern.TypeFile:
	case spec.List:
		o.Type = pattern.TypeText // several words, as they are typed
	case spec.Type != pattern.TypeChoice:
	case len(spec.Choices) <= maxChoices && !slices.ContainsFunc(spec.Choices, long):
		o.Choices = spec.Choices
	default:
		o.Type = pattern.TypeText // the bot says what fits
	}
	return o
}

func long(choice string) bool { return len([]rune(choice)) > maxDescription }

// describe gives a description that is never empty and short enough.
func describe(help, otherwise string) string {
	text := strings.Join(strings.Fields(help), " ")
	if text == "" {
		text = otherwise
	}
	return short(text, maxDescription)
}

// short cuts a text to so many characters.
func short(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// FromOptions reads what somebody filled in, by the names of options. What was left
// empty is left out; of a list the text is words, in quotes where one has white
// space.
func FromOptions(c *pattern.Command, s *Slash, filled map[string]string) (Arguments, *Mistake) {
	specs, args := specsOf(c), Arguments{}
	for _, name := range sortedNames(filled) {
		i := slices.IndexFunc(s.Options, func(o Option) bool { return o.Name == name })
		switch {
		case i < 0:
			return nil, wrong("", "there is no option %q", name)
		case filled[name] == "":
			continue
		}
		argument := s.Options[i].Argument
		args[argument] = []string{filled[name]}
		if spec := specs[argument]; spec.List && spec.Type != pattern.TypeFile {
			args[argument] = words(filled[name])
		}
	}
	return args, args.check(c)
}

// listed matches any words.
var listed = func() *pattern.Command {
	c, err := pattern.Compile("{words*}", nil)
	if err != nil {
		panic(err) // a constant
	}
	return c
}()

// words gives the words of a text as a message has them.
func words(text string) []string {
	values, _, _ := listed.Match(pattern.Tokenize(text))
	var out []string
	for _, v := range values {
		for _, word := range v.List {
			out = append(out, word.Text)
		}
	}
	return out
}
