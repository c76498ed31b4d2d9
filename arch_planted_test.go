package oco_test

import (
	"strings"
	"testing"
	"testing/fstest"
)

// The checker is tested on trees in which one thing is wrong: a check that
// finds nothing there would find nothing anywhere.

func goFile(pkg string, imported ...string) *fstest.MapFile {
	var text strings.Builder
	text.WriteString("package " + pkg + "\n")
	for _, path := range imported {
		text.WriteString("import _ \"" + path + "\"\n")
	}
	return &fstest.MapFile{Data: []byte(text.String())}
}

var plantedRules = []rule{
	{".", "The library.", imports("gen")},
	{"gen/v1", "Generated.", nil},
	{"internal/low", "Low.", nil},
	{"internal/high", "High.", imports("internal/low")},
	{"internal/over", "Over.", imports("internal/high")},
	{"internal/top", "Top.", imports("internal/*")},
	{"ocotest", "Harness.", imports(".", "internal/top")},
}

var plantedHomes = []home{{"example.org/engine", imports("internal/low"), "it can be replaced in one place"}}

func plantedTree() fstest.MapFS {
	return fstest.MapFS{
		"oco.go":                      goFile("oco", module+"/gen/v1"),
		"oco_test.go":                 goFile("oco_test", module, module+"/ocotest"),
		"gen/v1/gen.go":               goFile("v1"),
		"internal/low/low.go":         goFile("low", "example.org/engine/v2", "os"),
		"internal/high/high.go":       goFile("high", module+"/internal/low"),
		"internal/high/high_test.go":  goFile("high_test", module+"/internal/high", module+"/ocotest", module+"/internal/store/pebblestore", "example.org/engine"),
		"internal/high/testdata/x.go": goFile("x", module+"/internal/top"),
		"internal/top/top.go":         goFile("top", module+"/internal/low", module+"/internal/high"),
		"internal/over/over.go":       goFile("over", module+"/internal/high"),
		"internal/over/over_test.go":  goFile("over", module+"/internal/high", module+"/internal/low"),
		"ocotest/ocotest.go":          goFile("ocotest", module, module+"/internal/top"),
		"spec/spec_test.go":           goFile("spec", module+"/gen/v1"),
		"tools/go.mod":                {Data: []byte("module tools\n")},
		"tools/main.go":               goFile("main", module+"/internal/low"),
	}
}

func problemsOf(t *testing.T, root fstest.MapFS, rules []rule) []string {
	t.Helper()
	tree, err := readTree(root)
	if err != nil {
		t.Fatal(err)
	}
	return check(tree, rules, plantedHomes)
}

func TestCheckerAcceptsAGoodTree(t *testing.T) {
	if problems := problemsOf(t, plantedTree(), plantedRules); len(problems) > 0 {
		t.Errorf("a good tree has problems: %q", problems)
	}
}

func TestCheckerFindsPlantedViolations(t *testing.T) {
	cases := []struct {
		name  string
		plant func(fstest.MapFS)
		rules []rule
		want  string
	}{
		{"an import that points up", func(m fstest.MapFS) {
			m["internal/low/up.go"] = goFile("low", module+"/internal/high")
		}, nil, "internal/low/up.go: imports internal/high, which the table does not allow"},
		{"the library imports the bot", func(m fstest.MapFS) {
			m["door.go"] = goFile("oco", module+"/internal/top")
		}, nil, "door.go: imports internal/top"},
		{"an import over two steps", func(m fstest.MapFS) {
			m["internal/over/bad.go"] = goFile("over", module+"/internal/low")
		}, nil, "internal/over/bad.go: imports internal/low"},
		{"a package without a row", func(m fstest.MapFS) {
			m["internal/new/new.go"] = goFile("new")
		}, nil, "internal/new: not in the table"},
		{"a row without files", func(m fstest.MapFS) {
			delete(m, "gen/v1/gen.go")
		}, nil, "table: gen/v1 has a row and no files"},
		{"a row with test files only", func(m fstest.MapFS) {
			delete(m, "gen/v1/gen.go")
			m["gen/v1/gen_test.go"] = goFile("v1")
		}, nil, "table: gen/v1 has a row and no files"},
		{"a test that reaches sideways", func(m fstest.MapFS) {
			m["internal/low/low_test.go"] = goFile("low", module+"/internal/high")
		}, nil, "internal/low/low_test.go: imports internal/high"},
		{"what tests may import, in code that is no test", func(m fstest.MapFS) {
			m["internal/high/bad.go"] = goFile("high", module+"/internal/store/pebblestore")
		}, nil, "internal/high/bad.go: imports internal/store/pebblestore"},
		{"a harness in code that is no test", func(m fstest.MapFS) {
			m["internal/high/bad.go"] = goFile("high", module+"/ocotest")
		}, nil, "internal/high/bad.go: imports ocotest"},
		{"a build tag hides the import", func(m fstest.MapFS) {
			m["internal/low/tag.go"] = &fstest.MapFile{Data: []byte("//go:build plan9\n\npackage low\nimport _ \"" + module + "/internal/high\"\n")}
		}, nil, "internal/low/tag.go: imports internal/high"},
		{"a dependency away from home", func(m fstest.MapFS) {
			m["internal/high/engine.go"] = goFile("high", "example.org/engine/v2")
		}, nil, "imports example.org/engine/v2, whose home is internal/low: it can be replaced"},
		{"two rows", nil, append([]rule{{"internal/low", "Again.", nil}}, plantedRules...), "internal/low has two rows"},
		{"a row without a sentence", nil, append([]rule{{"internal/low", "", nil}}, plantedRules[:2]...), "internal/low lacks its sentence"},
		{"a row that allows what is not there", nil, append([]rule{{"internal/top", "Top.", imports("internal/gone")}}, plantedRules[:2]...),
			"internal/top may import internal/gone, which has no row"},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			root, rules := plantedTree(), plantedRules
			if test.plant != nil {
				test.plant(root)
			}
			if test.rules != nil {
				rules = test.rules
			}
			problems := strings.Join(problemsOf(t, root, rules), "\n")
			if !strings.Contains(problems, test.want) {
				t.Errorf("problems are\n%s\nwithout %q", problems, test.want)
			}
		})
	}
}

func TestReadTreeRefusesBrokenGo(t *testing.T) {
	root := fstest.MapFS{"broken.go": {Data: []byte("pakage x")}}
	if _, err := readTree(root); err == nil {
		t.Error("a file that does not parse is read without an error")
	}
}
