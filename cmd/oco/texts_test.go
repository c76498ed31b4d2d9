package main

import (
	"strings"
	"testing"
)

// What `oco texts` prints can be translated line by line, and what lacks can be asked
// for.
func TestTexts(t *testing.T) {
	t.Parallel()
	p := program(t, "texts")
	out, errs, code := run(t, p, "")
	for _, want := range []string{"language: en\n", "\n# A command is done and said nothing", "\nnotice.done: \"{command}: done.\"\n", "\noperators.waiting.other: \"{n} deliveries wait.\"\n"} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("exit %d, it does not print %q (%s)", code, want, errs)
		}
	}
	write(t, p.Dir+"/own.yaml", out+"\n")
	write(t, p.Dir+"/oco.yaml", "adapter: {name: terminal}\ntexts_file: own.yaml\n")
	for args, want := range map[string][]string{
		"-c oco.yaml --missing":                {"language: en\n"},
		"--language pl":                        {"language: pl\n", "\noperators.waiting.one: \"{n} delivery waits.\"\n", "\noperators.waiting.few: \"{n} deliveries wait.\"\n", "\noperators.waiting.many: "},
		"-c ../../docs/none.yaml":              {"docs/none.yaml does not exist"},
		"--language 1":                         {"oco: language: `1` is no tag of a language"},
		"-c part.yaml --missing --language de": {"language: de\n", "\nnotice.failed: "},
	} {
		p := program(t, append([]string{"texts"}, strings.Fields(args)...)...)
		write(t, p.Dir+"/own.yaml", out)
		write(t, p.Dir+"/oco.yaml", "adapter: {name: terminal}\ntexts_file: own.yaml\n")
		write(t, p.Dir+"/part.yaml", "adapter: {name: terminal}\ntexts: {notice.done: \"{command}: ja\"}\n")
		printed, errs, _ := run(t, p, "")
		for _, w := range want {
			if !strings.Contains(printed+errs, w) {
				t.Errorf("oco texts %s does not print %q but\n%s%s", args, w, printed, errs)
			}
		}
		if strings.Contains(args, "--missing") && strings.Contains(printed, "\nnotice.done:") {
			t.Errorf("oco texts %s prints what there is:\n%s", args, printed)
		}
	}
}
