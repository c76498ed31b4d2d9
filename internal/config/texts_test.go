package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/texts"
)

// What stands under `texts` wins over the file, and the file over English (OCO-RTE-34).
func TestTextsOfTheOperator(t *testing.T) {
	t.Setenv("OCO_TEST_HELPDESK", "hunter2")
	dir := t.TempDir()
	file := filepath.Join(dir, "texts.yaml")
	if err := os.WriteFile(file, []byte("language: de\nnotice.done: \"{command}: fertig.\"\nunmatched: aus der Datei\noperators.waiting.one: eine\noperators.waiting.other: \"{n} warten\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Parse(filepath.Join(dir, "oco.yaml"), []byte("adapter: {name: terminal}\ntexts_file: texts.yaml\ntexts: {unmatched: \"Frag ${env:OCO_TEST_HELPDESK}.\"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	say := c.Catalogue()
	for _, said := range []struct{ got, want string }{
		{say.Say(texts.Done, "command", "deploy"), "deploy: fertig."},
		{say.Say(texts.Unmatched, "text", "x", "bot", "oco"), "Frag hunter2."},
		{say.Say(texts.SomeWait, "n", 1), "eine"},
		{say.Say(texts.SomeWait, "n", 3), "3 warten"},
		{say.Say(texts.Claimed), "You are an operator of this bot now."},
		{say.Language(), "de"},
		{c.TextsFile.Path, file},
	} {
		if said.got != said.want {
			t.Errorf("%q, want %q", said.got, said.want)
		}
	}
	if !slices.Contains(c.Secrets, "hunter2") {
		t.Error("what a reference brought is no secret")
	}
	if got := Default().Catalogue().Say(texts.Done, "command", "deploy"); got != "deploy: done." {
		t.Errorf("without a configuration: %q", got)
	}
}

// The file of texts is read again with the configuration, and a change of what stands
// in it is one of its key.
func TestAChangeInTheFileOfTexts(t *testing.T) {
	dir := t.TempDir()
	read := func(text string) *Config {
		if err := os.WriteFile(filepath.Join(dir, "t.yaml"), []byte("unmatched: "+text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Parse(filepath.Join(dir, "oco.yaml"), []byte("adapter: {name: terminal}\ntexts_file: t.yaml\n"))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	one, two := read("one"), read("two")
	if got := Changes(one, two); !slices.Equal(got, []string{"texts_file"}) {
		t.Errorf("the changes are %q", got)
	}
	if got := Live(one, two).Catalogue().Say(texts.Unmatched, "text", "x", "bot", "oco"); got != "two" {
		t.Errorf("it says %q", got)
	}
}

// The translation in docs/ is whole, and none of its texts is left in English by
// mistake.
func TestTheGermanTextsAreWhole(t *testing.T) {
	c, err := Parse("../../docs/oco.yaml", []byte("adapter: {name: terminal}\ntexts_file: texts.de.yaml\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Catalogue().Language(); got != "de" {
		t.Errorf("its language is %q", got)
	}
	for _, e := range c.Catalogue().Entries() {
		switch said, given := c.TextsFile.Texts[e.Name]; {
		case !given:
			t.Errorf("%s is missing: %s", e.Name, e.English)
		case said == e.English && !e.Alike:
			t.Errorf("%s is in English: %s", e.Name, said)
		}
	}
}

// What `oco texts` prints is a file of texts.
func TestPrintedTextsCanBeRead(t *testing.T) {
	dir := t.TempDir()
	entries := (*texts.Catalogue)(nil).Entries()
	if err := os.WriteFile(filepath.Join(dir, "t.yaml"), []byte(texts.YAML("en", entries)), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Parse(filepath.Join(dir, "oco.yaml"), []byte("adapter: {name: terminal}\ntexts_file: t.yaml\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if got := c.TextsFile.Texts[e.Name]; got != e.Said {
			t.Errorf("%s was read as %q, want %q", e.Name, got, e.Said)
		}
	}
	if printed := texts.YAML("en", entries); strings.Count(printed, "\n#") < 150 {
		t.Errorf("it explains little:\n%s", printed)
	}
}
