package plugin

import (
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
	// shortestSecret is the length from which a text of unknown use is held for a secret.
	shortestSecret = 4
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
// settings: a line for each problem, "PATH: TEXT", or a text without a path that is
// about all of them. A line that begins with white space goes on with the one before,
// and one that is an object of JSON is of its log. There is at least one.
func ReadProblems(schema []*ocov1.ArgumentSpec, said string) []SettingProblem {
	var all []SettingProblem
	for line := range strings.Lines(strings.ToValidUTF8(said, "\uFFFD")) {
		text := strings.TrimSpace(line)
		switch {
		case text == "", text[0] == '{' && json.Valid([]byte(text)):
			continue
		case len(all) > 0 && text[0] != line[0]:
			all[len(all)-1].Text += " " + text
			continue
		case len(all) == maxRead:
			return all
		}
		problem := SettingProblem{Text: text}
		if path, rest, found := strings.Cut(text, ": "); found && beneath(schema, path) {
			problem = SettingProblem{path, strings.TrimSpace(rest)}
		}
		all = append(all, problem)
	}
	if len(all) == 0 {
		return []SettingProblem{{Text: "it does not say why"}}
	}
	return all
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

// secrets are the ways in which what is secret in settings is likely to be told, the
// longest first: one may begin like another.
func (s Settings) secrets(schema []*ocov1.ArgumentSpec, checked []*ocov1.Argument) []string {
	var secrets []string
	for _, text := range s.Secrets {
		if len(text) >= shortestSecret {
			secrets = append(secrets, spellings(&ocov1.Argument{Value: &ocov1.Argument_Text{Text: text}})...)
		}
	}
	for _, a := range checked {
		if !a.GetSensitive() {
			continue
		}
		values := append(slices.Clone(a.GetList().GetItems()), a)
		if slices.ContainsFunc(schema, func(s *ocov1.ArgumentSpec) bool { return s.GetName() == a.GetName() && structured(argument(s)) }) {
			for _, one := range slices.Clone(values) {
				values = append(values, within(one.GetText())...)
			}
		}
		for _, one := range values {
			secrets = append(secrets, spellings(one)...)
		}
	}
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	return secrets
}

// without takes secrets out of a text.
func without(text string, secrets []string) string {
	for _, secret := range secrets {
		text = strings.ReplaceAll(text, secret, "…")
	}
	return text
}

// spellings are the ways in which a value is likely to be told.
func spellings(a *ocov1.Argument) []string {
	switch v := a.GetValue().(type) {
	case *ocov1.Argument_Text:
		if v.Text == "" {
			return nil
		}
		quoted := strconv.Quote(v.Text)
		return []string{v.Text, quoted[1 : len(quoted)-1]}
	case *ocov1.Argument_Integer:
		return []string{strconv.FormatInt(v.Integer, 10)}
	case *ocov1.Argument_Number:
		return []string{strconv.FormatFloat(v.Number, 'g', -1, 64), strconv.FormatFloat(v.Number, 'f', -1, 64)}
	}
	return nil
}
