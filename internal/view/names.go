package view

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Named is a command that is to have a name where commands have one word.
type Named struct {
	Plugin string
	Route  string
	Words  string // the literal words of its pattern
	Taken  bool   // another plugin has these words: who types them runs that one's command
}

func (n Named) key() string { return n.Plugin + ":" + n.Route }

// Names gives each command, by "plugin:route", a name of its own: its literal
// words joined by -. Of several that would have the same name, the first by plugin
// and route that has its words has it, and the others the name of the plugin before
// it. The order in which they are given does not matter.
func Names(commands []Named) map[string]string {
	byKey := make(map[string]Named, len(commands))
	for _, c := range commands {
		byKey[c.key()] = c
	}
	keys := sortedNames(byKey)
	names, taken := make(map[string]string, len(keys)), make(map[string]bool, len(keys))
	for _, key := range keys {
		if name := plainName(byKey[key]); !taken[name] && !byKey[key].Taken {
			names[key], taken[name] = name, true
		}
	}
	for _, key := range keys {
		if names[key] != "" {
			continue
		}
		c := byKey[key]
		name := fitName(c.Plugin+"-"+plainName(c), key)
		for n := 0; taken[name]; n++ {
			name = hashed(plainName(c), key+strings.Repeat("+", n))
		}
		names[key], taken[name] = name, true
	}
	return names
}

// plainName is the name of a command if nobody else has it.
func plainName(c Named) string {
	for _, words := range []string{c.Words, c.Route} {
		if name := oneWord(words); name != "" {
			return fitName(name, c.key())
		}
	}
	return hashed("command", c.key())
}

// oneWord makes one word of a-z, 0-9, - and _ of a text.
func oneWord(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_'
	}), "-")
}

// fitName cuts a name that is too long and makes up for it by a hash of what it
// stands for.
func fitName(name, of string) string {
	if len(name) <= maxName {
		return name
	}
	return hashed(name, of)
}

func hashed(name, of string) string {
	sum := sha256.Sum256([]byte(of))
	mark := "-" + hex.EncodeToString(sum[:])[:6]
	return strings.TrimRight(name[:min(len(name), maxName-len(mark))], "-") + mark
}
