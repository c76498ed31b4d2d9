package nearest

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	words := []string{"adapter", "handlers", "name", "log", "routes", "rooms"}
	for word, want := range map[string]string{
		"adaptor": "adapter", "Adapter": "adapter", "handler": "handlers", "nmae": "name", "lgo": "log", "room": "rooms",
		"xyz": "", "": "", "zzzzzzzzzz": "", strings.Repeat("a", 1000): "",
	} {
		if got := Word(word, words); got != want {
			t.Errorf("Word(%q) = %q, want %q", word, got, want)
		}
	}
	for _, pair := range [][3]string{{"", "abc", "3"}, {"abc", "", "3"}, {"abcd", "abdc", "1"}, {"kitten", "sitting", "3"}, {"same", "same", "0"}} {
		if got := edits(pair[0], pair[1]); got != int(pair[2][0]-'0') {
			t.Errorf("edits(%q, %q) = %d, want %s", pair[0], pair[1], got, pair[2])
		}
	}
}
