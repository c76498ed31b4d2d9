package spec

import (
	"strings"
	"testing"
	"testing/fstest"
)

// The checks are tried on pages in which one thing is wrong.

func planted(text string) []page { return []page{{"delivery.md", text}} }

const goodPage = "# Title\n\nA sentence.\n\n- [OCO-DLV-1] A bot MUST do it.\n- A bot may.\n"

func wants(t *testing.T, problems []string, want string) {
	t.Helper()
	if want == "" && len(problems) > 0 || !strings.Contains(strings.Join(problems, "\n"), want) {
		t.Errorf("problems are %q, want %q", problems, want)
	}
}

func TestRulesFindsPlantedProse(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"good", goodPage, ""},
		{"a MUST without an id", goodPage + "- A bot MUST NOT.\n", "a MUST that is not of the form"},
		{"a MUST in running text", goodPage + "The bot MUST.\n", "a MUST that is not of the form"},
		{"a MUST with two ids", goodPage + "- [OCO-DLV-2] [OCO-DLV-3] A bot MUST.\n", "a MUST that is not of the form"},
		{"an id twice", goodPage + "- [OCO-DLV-1] A bot MUST also.\n", "OCO-DLV-1 is also delivery.md:5"},
		{"an id without a MUST", goodPage + "- [OCO-DLV-2] A bot may.\n", "an id without a MUST"},
		{"two sentences", goodPage + "- [OCO-DLV-2] A bot MUST. It does.\n", "two sentences on one line"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, problems := rules(planted(test.text))
			wants(t, problems, test.want)
		})
	}
	_, problems := rules([]page{{"delivery.md", goodPage}, {"ids.md", "- [OCO-DLV-2] A bot MUST.\n"}})
	wants(t, problems, "ids.md:1: OCO-DLV belongs to delivery.md")
}

func TestNamesFindsPlantedNames(t *testing.T) {
	known := protocolNames()
	for _, test := range []struct{ name, text, want string }{
		{"good", "`Register` and `Event.event_id`, `ORDER_USER`, `delivery_id`, `google.protobuf.Struct`, `oco retry ID`", ""},
		{"an RPC", "`BotService.Registre`", "`BotService.Registre` is neither"},
		{"a field of another message", "`Event.delivery_id`", "`Event.delivery_id` is neither"},
		{"a message", "`Registration`", "`Registration` is neither"},
		{"an enum value", "`ORDER_THREAD`", "`ORDER_THREAD` is neither"},
	} {
		t.Run(test.name, func(t *testing.T) { wants(t, unknownNames(planted(test.text), known), test.want) })
	}
}

func TestTablesFindsPlantedErrors(t *testing.T) {
	closed := map[string]string{"LEASE_LOST": "ABORTED"}
	const head = "## A.Do\n\n| code | reason | when | what the caller does next |\n|---|---|---|---|\n"
	const line = "| `ABORTED` | `LEASE_LOST` | It is lost. | Stop. |\n"
	for _, test := range []struct{ name, text, want string }{
		{"good", head + line, ""},
		{"no section", "", "A.Do has 0 sections"},
		{"a section twice", head + line + head + line, "A.Do has 2 sections"},
		{"no table", "## A.Do\n", "A.Do has no table of errors"},
		{"an empty table", head, "A.Do has no table of errors"},
		{"an RPC that is not there", head + line + "## A.Undo\n", "there is no RPC A.Undo"},
		{"a reason that is not listed", head + line + "| `ABORTED` | `LOST` | It. | Stop. |\n", "LOST is not in the closed list"},
		{"a reason with another code", head + line + "| `INTERNAL` | `LEASE_LOST` | It. | Stop. |\n", "LEASE_LOST has the code ABORTED, not INTERNAL"},
		{"nothing to do next", head + line + "| `ABORTED` | `LEASE_LOST` | It. | |\n", "each a sentence"},
		{"a reason that is not used", "## A.Do\n", "no RPC answers LEASE_LOST"},
	} {
		t.Run(test.name, func(t *testing.T) {
			wants(t, rpcTables([]page{{"rpc/a.md", test.text}}, []string{"A.Do"}, closed), test.want)
		})
	}
}

func TestClosedListIsRead(t *testing.T) {
	found := reasons(planted("| code | HTTP | reasons | try again |\n|---|---|---|---|\n| `ABORTED` | 409 | `A`, `B` | no |\n"))
	if len(found) != 2 || found["A"] != "ABORTED" || found["B"] != "ABORTED" {
		t.Errorf("read %v", found)
	}
	const source = "package chat\ntype Reason string\nconst (\n\tA Reason = \"A\"\n\tN int = 3\n\tB = \"B\"\n)\n"
	for kind, want := range map[string]string{"Reason": "A", "": "B"} {
		if got, err := constants(source, kind); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("constants of type %q: %v, %v", kind, got, err)
		}
	}
}

func TestCoverageFindsPlantedGaps(t *testing.T) {
	repository := fstest.MapFS{
		"a/a_test.go":             {Data: []byte("// OCO-DLV-1")},
		"a/a.go":                  {Data: []byte("// OCO-DLV-2")},
		"clients/test_raw.py":     {Data: []byte("# OCO-DLV-3")},
		"clients/raw_test.sh":     {Data: []byte("# OCO-DLV-4")},
		"spec/vectors/x.json":     {Data: []byte(`"OCO-DLV-5"`)},
		"spec/planted_test.go":    {Data: []byte("// OCO-DLV-77")},
		"build/old_test.go":       {Data: []byte("// OCO-DLV-78")},
		".git/x_test.go":          {Data: []byte("// OCO-DLV-79")},
		"sdk/node_modules/x.py":   {Data: []byte("# OCO-DLV-80")},
		"internal/x/testdata/y":   {Data: []byte("OCO-DLV-81")},
		"gen/openchatops/v1/x.go": {Data: []byte("// OCO-DLV-82")},
	}
	tested, named, err := mentions(repository)
	if err != nil {
		t.Fatal(err)
	}
	defined := map[string]string{}
	for _, id := range []string{"OCO-DLV-1", "OCO-DLV-2", "OCO-DLV-3", "OCO-DLV-4", "OCO-DLV-5"} {
		defined[id] = "delivery.md"
	}
	wants(t, coverage(defined, tested, named, []string{"OCO-DLV-2"}), "")
	wants(t, coverage(defined, tested, named, nil), "OCO-DLV-2: no test names it")
	wants(t, coverage(defined, tested, named, []string{"OCO-DLV-1", "OCO-DLV-2"}), "OCO-DLV-1: a/a_test.go names it: take it out")
	wants(t, coverage(defined, tested, named, []string{"OCO-DLV-2", "OCO-DLV-9"}), "OCO-DLV-9: is in spec/uncovered.txt and is no rule")
	wants(t, coverage(defined, tested, named, []string{"OCO-DLV-2", "OCO-DLV-2"}), "an id twice")
	delete(defined, "OCO-DLV-2")
	wants(t, coverage(defined, tested, named, nil), "a/a.go: names OCO-DLV-2, which is no rule")
}
