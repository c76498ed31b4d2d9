package plugin

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
)

const (
	// maxProblems bounds what is said of mistakes: it travels in a header.
	maxProblems = 4 << 10
	// maxRead is how many are read of those that a program prints.
	maxRead = 256
	// maxBeside is how much is told of what it prints beside them.
	maxBeside = 1 << 10
)

// refusal is what a plugin is told whose settings are wrong, with all of it. tell
// gives the sentence for one problem.
func (s Settings) refusal(problems []SettingProblem, tell func(SettingProblem) string) *chat.Error {
	var b strings.Builder
	for i, p := range problems {
		text := tell(p)
		if s.Place != nil {
			if at := s.Place(p.Path); at != "" {
				text = at + ": " + text
			}
		}
		if i > 0 {
			b.WriteString("; ")
		}
		if b.Len()+len(text) > maxProblems {
			fmt.Fprintf(&b, "and %d more", len(problems)-i)
			break
		}
		b.WriteString(text)
	}
	return chat.Refuse(chat.SettingsInvalid, "%s", b.String())
}

// byBot is the sentence for a problem that the bot found.
func byBot(p SettingProblem) string { return p.Text }

// Redact takes what is secret in settings out of a text; checked are what
// CheckSettings made of them by the schema.
func (s Settings) Redact(text string, schema []*ocov1.ArgumentSpec, checked []*ocov1.Argument) string {
	return without(text, s.secrets(schema, checked))
}

// ByPlugin gives the sentence for a problem that a plugin found, without what is
// secret in its settings; schema and checked are those of Redact.
func (s Settings) ByPlugin(schema []*ocov1.ArgumentSpec, checked []*ocov1.Argument) func(SettingProblem) string {
	secrets := s.secrets(schema, checked)
	return func(p SettingProblem) string {
		text := without(p.Text, secrets)
		switch {
		case p.Path == "":
			return "the plugin does not take its settings: " + text
		case leads(s.Values, p.Path):
			return "`" + p.Path + "`: " + text // keys of the operator's, and numbers of items
		}
		return "`" + without(p.Path, secrets) + "`: " + text
	}
}

// ReadProblems reads what a program says on standard error that does not take its
// settings: a line for each problem, "PATH: TEXT". What else it says is beside them, such
// as a warning of its language, or if there is no such line one problem of all settings.
// A line that begins with white space goes on with the one before, and one that is an
// object of JSON is of its log. There is at least one problem.
func ReadProblems(schema []*ocov1.ArgumentSpec, said string) (all []SettingProblem, beside string) {
	var others []string
	last := new(string)
	for line := range strings.Lines(strings.ToValidUTF8(said, "\uFFFD")) {
		text := strings.TrimSpace(line)
		path, rest, found := strings.Cut(text, ": ")
		switch {
		case text == "", text[0] == '{' && json.Valid([]byte(text)):
		case len(all)+len(others) > 0 && text[0] != line[0]:
			*last += " " + text
		case len(all)+len(others) == maxRead:
			last = new(string) // and what goes on with it
		case found && beneath(schema, path):
			all = append(all, SettingProblem{path, strings.TrimSpace(rest)})
			last = &all[len(all)-1].Text
		default:
			others = append(others, text)
			last = &others[len(others)-1]
		}
	}
	if beside = strings.Join(others, "; "); len(all) == 0 {
		return []SettingProblem{{Text: cmp.Or(beside, "it does not say why")}}, ""
	}
	return all, beside
}

// Shorten keeps of what a program says beside its problems what is told of it. A secret
// in it has to be taken out before.
func Shorten(beside string) string {
	if len(beside) <= maxBeside {
		return beside
	}
	return strings.ToValidUTF8(beside[:maxBeside], "") + "…"
}

// beneath says whether a path begins with the name of a setting.
func beneath(schema []*ocov1.ArgumentSpec, path string) bool {
	return slices.ContainsFunc(schema, func(s *ocov1.ArgumentSpec) bool {
		rest, under := strings.CutPrefix(path, s.GetName())
		return under && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

// leads says whether a path is one of a value: of an item or a key in it, or empty.
func leads(value any, path string) bool {
	if path == "" {
		return true
	}
	switch v := value.(type) {
	case map[string]any:
		path = strings.TrimPrefix(path, ".")
		for key, item := range v {
			if rest, under := strings.CutPrefix(path, key); under && (rest == "" || rest[0] == '.' || rest[0] == '[') && leads(item, rest) {
				return true
			}
		}
	case []any:
		number, rest, closed := strings.Cut(strings.TrimPrefix(path, "["), "]")
		i, err := strconv.Atoi(number)
		return closed && err == nil && 0 <= i && i < len(v) && leads(v[i], rest)
	}
	return false
}
