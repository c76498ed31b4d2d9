package plugin

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// shortestSecret is the length from which a text of unknown use is held for a secret,
// and so is a line of a longer one.
const shortestSecret = 4

// secrets are the ways in which what is secret in settings is likely to be told, each
// once, the longest first: one may begin like another.
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
	slices.Sort(secrets)
	secrets = slices.Compact(secrets)
	slices.SortStableFunc(secrets, func(a, b string) int { return len(b) - len(a) })
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
		return written(v.Text)
	case *ocov1.Argument_Integer:
		return []string{strconv.FormatInt(v.Integer, 10)}
	case *ocov1.Argument_Number:
		return []string{strconv.FormatFloat(v.Number, 'g', -1, 64), strconv.FormatFloat(v.Number, 'f', -1, 64)}
	}
	return nil
}

// written are the ways in which a text is likely to be told: as it is, in quotes of
// several languages, in an address, in base64, and line by line.
func written(text string) []string {
	if text == "" {
		return nil
	}
	all := []string{text, url.QueryEscape(text), url.PathEscape(text)}
	for _, quoted := range []string{strconv.Quote(text), strconv.QuoteToASCII(text), inJSON(text)} {
		all = append(all, quoted[1:len(quoted)-1])
	}
	for _, form := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		all = append(all, form.EncodeToString([]byte(text)))
	}
	if strings.Contains(text, "\n") {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); len(line) >= shortestSecret {
				all = append(all, written(line)...)
			}
		}
	}
	return all
}

// inJSON is a text as Go writes it in JSON, which is more careful than others are.
func inJSON(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		return strconv.Quote(text)
	}
	return string(quoted)
}
