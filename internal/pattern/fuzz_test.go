package pattern_test

import (
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/openchatops/oco/internal/pattern"
)

func checkError(t *testing.T, source string, err error) {
	t.Helper()
	var refused *pattern.Error
	if !errors.As(err, &refused) || refused.Reason == "" {
		t.Fatalf("error %v, want a *pattern.Error with a reason", err)
	}
	if refused.Offset < 0 || refused.Offset > len(source) {
		t.Fatalf("offset %d is not in a pattern of %d bytes", refused.Offset, len(source))
	}
}

func FuzzCompile(f *testing.F) {
	for _, v := range readVectors[commandVector](f, "command-patterns.json") {
		f.Add(v.Pattern)
	}
	f.Fuzz(func(t *testing.T, source string) {
		command, err := pattern.Compile(source, nil)
		if err != nil {
			checkError(t, source, err)
			return
		}
		usage := command.Usage()
		if len(usage) > pattern.MaxSource {
			return // escapes can make it longer than the source
		}
		again, err := pattern.Compile(usage, nil)
		if err != nil {
			t.Fatalf("usage %q: %v", usage, err)
		}
		if again.Usage() != usage || again.Name() != command.Name() {
			t.Fatalf("usage %q became %q", usage, again.Usage())
		}
	})
}

func FuzzMatch(f *testing.F) {
	for _, v := range readVectors[commandVector](f, "command-patterns.json") {
		f.Add(v.Pattern, v.Text)
	}
	f.Fuzz(func(t *testing.T, source, text string) {
		command, err := pattern.Compile(source, nil)
		if err != nil {
			return
		}
		args, verdict, problem := command.Match(pattern.Tokenize(text))
		if (verdict == pattern.Near) != (problem != nil) || verdict != pattern.Yes && args != nil {
			t.Fatalf("verdict %d with problem %v and arguments %v", verdict, problem, args)
		}
		if problem != nil && (problem.String() == "" || problem.Kind == 0 || problem.Offset > len(text)*3) {
			t.Fatalf("problem %+v", problem)
		}
		specs, next := command.Arguments(), 0
		for _, spec := range specs {
			if next < len(args) && args[next].Name == spec.Name {
				checkArgument(t, args[next], spec)
				next++
			} else if verdict == pattern.Yes && !spec.Optional {
				t.Fatalf("%s is missing", spec.Name)
			}
		}
		if next != len(args) {
			t.Fatalf("arguments %+v do not follow %+v", args, specs)
		}
	})
}

func checkArgument(t *testing.T, arg pattern.Value, spec pattern.Spec) {
	t.Helper()
	if arg.Type != spec.Type || arg.IsList != spec.List || spec.List && len(arg.List) == 0 {
		t.Fatalf("argument %+v does not fit %+v", arg, spec)
	}
	if !utf8.ValidString(arg.Raw) || !utf8.ValidString(arg.Text) {
		t.Fatalf("argument %+v is not UTF-8", arg)
	}
}

func FuzzRegexp(f *testing.F) {
	for _, v := range readVectors[regexpVector](f, "ocore.json") {
		f.Add(v.Pattern, v.Text)
	}
	f.Fuzz(func(t *testing.T, source, text string) {
		re, err := pattern.CompileRegexp(source)
		if err != nil {
			checkError(t, source, err)
			return
		}
		if _, err := re.Syntax(); err != nil {
			t.Fatalf("%q has no syntax tree: %v", source, err)
		}
		groups, ok := re.Match(text)
		if ok != (len(groups) > 0) {
			t.Fatalf("matched %v with groups %v", ok, groups)
		}
		for _, group := range groups {
			if group.Matched && text[group.Start:group.End] != group.Text {
				t.Fatalf("group %+v does not stand there", group)
			}
		}
	})
}

// Every refusal that the engine itself makes is one that the subset missed: the
// subset must be the stricter one, with a position for each refusal.
func FuzzRegexpPosition(f *testing.F) {
	for _, v := range readVectors[regexpVector](f, "ocore.json") {
		f.Add(v.Pattern)
	}
	f.Fuzz(func(t *testing.T, source string) {
		_, err := pattern.CompileRegexp(source)
		var refused *pattern.Error
		if errors.As(err, &refused) && len(refused.Reason) > 24 && refused.Reason[:24] == "the pattern does not com" {
			t.Fatalf("%q passed the subset and failed in the engine: %v", source, err)
		}
	})
}
