package texts

import "strings"

// A part of a template is a text, or a placeholder if it has a name.
type part struct{ text, name string }

// A template is a text taken apart.
type template []part

// parse takes a text apart. `{{` and `}}` stand for the braces themselves. wrong says
// what is wrong with it; empty: nothing.
func parse(text string) (t template, wrong string) {
	var plain strings.Builder
	for text != "" {
		at := strings.IndexAny(text, "{}")
		if at < 0 {
			break
		}
		plain.WriteString(text[:at])
		brace := text[at : at+1]
		if strings.HasPrefix(text[at+1:], brace) {
			plain.WriteString(brace)
			text = text[at+2:]
			continue
		}
		found := namePattern.FindStringIndex(text[at:])
		if found == nil || found[0] != 0 {
			return nil, "`" + brace + "` stands alone: a placeholder is a name between `{` and `}`, and " + brace + brace + " is the character itself"
		}
		if plain.Len() > 0 {
			t = append(t, part{text: plain.String()})
			plain.Reset()
		}
		t = append(t, part{name: text[at+1 : at+found[1]-1]})
		text = text[at+found[1]:]
	}
	if plain.WriteString(text); plain.Len() > 0 {
		t = append(t, part{text: plain.String()})
	}
	return t, ""
}

// mustParse is for texts of the bot's own.
func mustParse(text string) template {
	t, wrong := parse(text)
	if wrong != "" {
		panic("texts: " + text + ": " + wrong)
	}
	return t
}

// names are the placeholders.
func (t template) names() map[string]bool {
	all := map[string]bool{}
	for _, p := range t {
		if p.name != "" {
			all[p.name] = true
		}
	}
	return all
}
