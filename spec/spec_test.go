// Package spec checks the specification against the protocol, the code and the
// tests: what it names exists, and what it demands is tested.
package spec

import (
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// go test ./spec -shrink takes out of uncovered.txt what a test names by now.
var shrink = flag.Bool("shrink", false, "take out of uncovered.txt what a test names")

func pages(t *testing.T) []page {
	t.Helper()
	all, err := readPages(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("only %d pages found", len(all))
	}
	return all
}

func fail(t *testing.T, problems []string) {
	t.Helper()
	for _, problem := range problems {
		t.Error(problem)
	}
}

// declared reads constants of the bot.
func declared(t *testing.T, file, kind string) []string {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	found, err := constants(string(source), kind)
	if err != nil || len(found) == 0 {
		t.Fatalf("no constants found in %s: %v", file, err)
	}
	return found
}

func TestRulesAreWrittenAsRules(t *testing.T) {
	defined, problems := rules(pages(t))
	fail(t, problems)
	if len(defined) < 100 {
		t.Errorf("only %d rules found", len(defined))
	}
}

func TestNamesInProseExist(t *testing.T) {
	all := pages(t)
	known := protocolNames()
	for reason := range reasons(all) {
		known[reason] = true
	}
	for code := range codeNames() {
		known[code] = true
	}
	for _, head := range []string{"scope", "capability", "type"} {
		for name := range listed(all, head) {
			known[name] = true
		}
	}
	fail(t, unknownNames(all, known))
}

func TestEveryRPCHasItsErrors(t *testing.T) {
	all := pages(t)
	rpcs := methods()
	if len(rpcs) < 25 {
		t.Fatalf("only %d RPCs in the descriptors", len(rpcs))
	}
	fail(t, rpcTables(all, rpcs, reasons(all)))
}

func TestReasonsAreThoseOfTheBot(t *testing.T) {
	declared := declared(t, "../internal/chat/error.go", "Reason")
	written := reasons(pages(t))
	for _, reason := range declared {
		if written[reason] == "" {
			t.Errorf("errors.md lacks %s, which internal/chat declares", reason)
		}
	}
	for reason, code := range written {
		if !slices.Contains(declared, reason) {
			t.Errorf("internal/chat lacks %s, which errors.md lists", reason)
		}
		if !codeNames()[code] {
			t.Errorf("errors.md: %s is no status code", code)
		}
	}
}

func TestScopesAreThoseOfTheBot(t *testing.T) {
	written := slices.Sorted(maps.Keys(scopes(pages(t))))
	if declared := declared(t, "../internal/plugin/scope.go", ""); !slices.Equal(written, declared) {
		t.Errorf("security.md has the scopes %q, the bot %q", written, declared)
	}
}

func TestCapabilitiesAreThoseOfTheBot(t *testing.T) {
	written := slices.Sorted(maps.Keys(listed(pages(t), "capability")))
	if declared := declared(t, "../internal/chat/level.go", ""); !slices.Equal(written, declared) {
		t.Errorf("operations.md has the capabilities %q, the bot %q", written, declared)
	}
}

func TestEveryRuleIsTestedOrListed(t *testing.T) {
	defined, _ := rules(pages(t))
	tested, named, err := mentions(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile("uncovered.txt")
	if err != nil {
		t.Fatal(err)
	}
	uncovered := strings.Fields(string(list))
	if *shrink {
		uncovered = slices.DeleteFunc(uncovered, func(id string) bool { return tested[id] != "" })
		if err := os.WriteFile("uncovered.txt", []byte(strings.Join(uncovered, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	fail(t, coverage(defined, tested, named, uncovered))
}
