package pattern_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/openchatops/oco/internal/pattern"
)

func mustCompile(t *testing.T, source string, specs ...pattern.Spec) *pattern.Command {
	t.Helper()
	c, err := pattern.Compile(source, specs)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNameAndUsage(t *testing.T) {
	for _, c := range []struct {
		source, name, usage string
		literals            []string
	}{
		{"Deploy  Status", "Deploy Status", "Deploy Status", []string{"deploy", "status"}},
		{"deploy {app} to {env:prod|staging}  [at {when:time}] [ --Force ] {note...}", "deploy",
			"deploy {app} to {env:prod|staging} [at {when:time}] [--force] {note...}", []string{"deploy"}},
		{"( at | on ) {d:text}", "", "(at|on) {d}", nil},
		{`say \[hi\] \--x {a*:integer} {b=\}}`, `say [hi] --x`, `say \[hi\] \--x {a*:integer} {b=\}}`, []string{"say", "[hi]", "--x"}},
		{"x [-f|--force={v:integer=2}]", "x", "x [-f|--force={v:integer=2}]", []string{"x"}},
	} {
		command := mustCompile(t, c.source)
		if command.Name() != c.name || command.Usage() != c.usage || !slices.Equal(command.Literals(), c.literals) {
			t.Errorf("%q: name %q, usage %q, literals %q", c.source, command.Name(), command.Usage(), command.Literals())
		}
	}
}

func TestArgumentsAreComplete(t *testing.T) {
	command := mustCompile(t, "scale {app} [to {n:integer}] {env} [--force] {hosts*}",
		pattern.Spec{Name: "env", Type: pattern.TypeChoice, Choices: []string{"prod", "qa"}, Default: "qa", HasDefault: true, Help: "Where."},
		pattern.Spec{Name: "app", Sensitive: true})
	want := []pattern.Spec{
		{Name: "app", Type: pattern.TypeText, Sensitive: true},
		{Name: "n", Type: pattern.TypeInteger, Optional: true},
		{Name: "env", Type: pattern.TypeChoice, Choices: []string{"prod", "qa"}, Default: "qa", HasDefault: true, Help: "Where.", Optional: true},
		{Name: "force", Type: pattern.TypeFlag, Optional: true},
		{Name: "hosts", Type: pattern.TypeText, List: true},
	}
	if got := command.Arguments(); !reflect.DeepEqual(got, want) {
		t.Errorf("arguments\n%+v, want\n%+v", got, want)
	}
	// Described by its own arguments, a command is the same.
	again := mustCompile(t, command.Usage(), command.Arguments()...)
	if !reflect.DeepEqual(again.Arguments(), want) {
		t.Errorf("arguments\n%+v, want\n%+v", again.Arguments(), want)
	}
	// The caller's copies are his own.
	command.Arguments()[2].Choices[0] = "changed"
	command.Literals()[0] = "changed"
	if !reflect.DeepEqual(command.Arguments(), want) || command.Literals()[0] != "scale" {
		t.Error("a command was changed through what it gave out")
	}
}

func TestSpecsThatContradict(t *testing.T) {
	long := make([]string, 257)
	for i := range long {
		long[i] = strings.Repeat("x", i%100+1) + string(rune('a'+i/100))
	}
	for what, spec := range map[string]pattern.Spec{
		"optional":            {Name: "a", Optional: true},
		"list":                {Name: "a", List: true},
		"rest":                {Name: "a", Rest: true},
		"unknown type":        {Name: "a", Type: 99},
		"choice of nothing":   {Name: "a", Type: pattern.TypeChoice},
		"choices of a number": {Name: "a", Type: pattern.TypeNumber, Choices: []string{"1", "2"}},
		"same choices":        {Name: "a", Choices: []string{"x", "X"}},
		"too many choices":    {Name: "a", Choices: long},
		"empty choice":        {Name: "a", Choices: []string{"", "x"}},
		"spaced choice":       {Name: "a", Choices: []string{" x", "y"}},
		"long choice":         {Name: "a", Choices: []string{strings.Repeat("x", 129), "y"}},
		"hidden choice":       {Name: "a", Choices: []string{"x\u200b", "x"}},
		"broken choice":       {Name: "a", Choices: []string{"x\xff", "x"}},
		"long default":        {Name: "a", HasDefault: true, Default: strings.Repeat("x", 1025)},
		"broken default":      {Name: "a", HasDefault: true, Default: "\xff"},
		"default of a flag":   {Name: "f", HasDefault: true, Default: "true"},
		"type of a flag":      {Name: "f", Type: pattern.TypeText},
		"another default":     {Name: "d", HasDefault: true, Default: "y"},
		"other choices":       {Name: "c", Choices: []string{"p", "r"}},
		"typed flag choices":  {Name: "f", Choices: []string{"p", "r"}},
	} {
		_, err := pattern.Compile("do {a} {c:p|q} {d=x} [--f]", []pattern.Spec{spec})
		var refused *pattern.Error
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), "argument "+spec.Name) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestErrorSaysWhere(t *testing.T) {
	_, err := pattern.Compile("größe {a:str}", nil)
	const want = `pattern "größe {a:str}", column 10: "str" is not a type`
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want it to begin with %s", err, want)
	}
}

func TestProblemSentences(t *testing.T) {
	command := mustCompile(t, "deploy {app} to {env:prod|staging} [{n:integer}] [--force]")
	for text, want := range map[string]string{
		"deploy":                                   "app is missing: it must be a word or a quoted text",
		"deploy web":                               "something is missing at the end: to",
		"deploy web to":                            "env is missing: it must be one of prod, staging",
		"deploy web in prod":                       "“in” does not belong here: expected to",
		"deploy web to qa":                         "“qa” does not fit env: it must be one of prod, staging",
		"deploy web to q\u202ea":                   `“q\u{202E}a” does not fit env: it must be one of prod, staging`,
		"deploy web to prod x":                     "“x” does not fit n: it must be a whole number such as 3 or -20",
		"deploy web to prod 1 2":                   "“2” does not belong here: expected the end",
		"deploy --forse web":                       "“--forse” is not a flag of this command: there are --force; quote it or write -- before it if it is a text",
		"deploy web to prod --force —force":        "the flag for force is given twice",
		"deploy web to " + strings.Repeat("é", 50): "“" + strings.Repeat("é", 40) + "…” does not fit env: it must be one of prod, staging",
	} {
		_, verdict, problem := command.Match(pattern.Tokenize(text))
		if verdict != pattern.Near {
			t.Errorf("%q: verdict %d", text, verdict)
			continue
		}
		if got := problem.String(); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	command := mustCompile(t, "login {user} {pin:integer} [--once] [--as={role:a|b}]", pattern.Spec{Name: "pin", Sensitive: true})
	for _, text := range []string{"login s3cret", "login bob s3cret", "login bob 1 s3cret", "login --s3cret", "login bob 1 --as s3cret", "login bob 1 --once --once"} {
		_, verdict, problem := command.Match(pattern.Tokenize(text))
		if verdict != pattern.Near || problem.Value != "" || strings.Contains(problem.String(), "s3cret") {
			t.Errorf("%q: verdict %d, %v", text, verdict, problem)
		}
	}
	args, _, _ := command.Match(pattern.Tokenize("login bob 1"))
	if len(args) != 2 || args[0].Sensitive || !args[1].Sensitive {
		t.Errorf("arguments %+v", args)
	}
}

func TestInputLiterals(t *testing.T) {
	in := pattern.Tokenize(" Deploy 'It' \xff ")
	if in.Len() != 3 || in.Text() != " Deploy 'It' \uFFFD" {
		t.Fatalf("%d words of %q", in.Len(), in.Text())
	}
	for i, want := range map[int]string{-1: "", 0: "deploy", 1: "", 2: "\uFFFD", 3: ""} {
		if got, ok := in.Literal(i); got != want || ok != (want != "") {
			t.Errorf("word %d is %q, %v", i, got, ok)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	command := mustCompile(t, "f [{a}] {b*} [--c] in {d:x|y}")
	in := pattern.Tokenize("f 1 2 --c in X")
	want, _, _ := command.Match(in)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 100 {
				if got, verdict, _ := command.Match(in); verdict != pattern.Yes || !reflect.DeepEqual(got, want) {
					t.Errorf("verdict %d, arguments %+v", verdict, got)
				}
			}
		})
	}
	group.Wait()
}

// TestSpansKeepWordsTogether (OCO-RTE-47). A span that does not fit the text
// means nothing.
func TestSpansKeepWordsTogether(t *testing.T) {
	command := mustCompile(t, "x {w*}")
	for name, c := range map[string]struct {
		text  string
		spans []pattern.Span
		want  []string
	}{
		"none":                   {"x a b", nil, []string{"a", "b"}},
		"a word":                 {"x a b c", []pattern.Span{{Start: 2, End: 5}}, []string{"a b", "c"}},
		"two":                    {"x a b c d", []pattern.Span{{Start: 2, End: 5}, {Start: 6, End: 9}}, []string{"a b", "c d"}},
		"two right behind":       {"x a b c d", []pattern.Span{{Start: 2, End: 6}, {Start: 6, End: 9}}, []string{"a b c d"}},
		"in a word":              {"x (a b), c", []pattern.Span{{Start: 3, End: 6}}, []string{"(a b),", "c"}},
		"of one word":            {"x a b", []pattern.Span{{Start: 2, End: 3}}, []string{"a", "b"}},
		"in quotes":              {`x "a b" c d`, []pattern.Span{{Start: 3, End: 6}}, []string{"a b", "c", "d"}},
		"out of quotes":          {`x "a b" c d`, []pattern.Span{{Start: 3, End: 11}}, []string{"a b", "c", "d"}},
		"behind quotes":          {`x "a b" c d`, []pattern.Span{{Start: 4, End: 5}, {Start: 8, End: 11}}, []string{"a b", "c d"}},
		"beyond the text":        {"x a b", []pattern.Span{{Start: 2, End: 9}}, []string{"a", "b"}},
		"that ends as it begins": {"x a b", []pattern.Span{{Start: 2, End: 2}}, []string{"a", "b"}},
		"over white space":       {"x a b c", []pattern.Span{{Start: 3, End: 6}}, []string{"a", "b", "c"}},
	} {
		in := pattern.Tokenize("y: "+c.text, shifted(c.spans, 3)...).WithFiles(2)
		for where, in := range map[string]pattern.Input{"": in.From(3), " of its own": pattern.Tokenize(c.text, c.spans...)} {
			args, verdict, problem := command.Match(in)
			if verdict != pattern.Yes {
				t.Fatalf("%s%s: %v", name, where, problem)
			}
			var got []string
			for _, item := range args[0].List {
				got = append(got, item.Text)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s%s: %q, want %q", name, where, got, c.want)
			}
		}
	}
	files := mustCompile(t, "x {f*:file}")
	if args, _, _ := files.Match(pattern.Tokenize("y: x").WithFiles(2).From(3)); len(args) != 1 || len(args[0].List) != 2 {
		t.Errorf("files are lost: %+v", args)
	}
}

func shifted(spans []pattern.Span, by int) []pattern.Span {
	out := slices.Clone(spans)
	for i := range out {
		out[i].Start, out[i].End = out[i].Start+by, out[i].End+by
	}
	return out
}
