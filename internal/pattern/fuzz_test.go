package pattern_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
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
		if !reflect.DeepEqual(again.Arguments(), command.Arguments()) || !reflect.DeepEqual(again.Literals(), command.Literals()) {
			t.Fatalf("usage %q has arguments %+v, want %+v", usage, again.Arguments(), command.Arguments())
		}
	})
}

func FuzzMatch(f *testing.F) {
	for _, v := range readVectors[commandVector](f, "command-patterns.json") {
		f.Add(v.Pattern, v.Text, uint8(v.Files))
	}
	f.Fuzz(func(t *testing.T, source, text string, files uint8) {
		command, err := pattern.Compile(source, nil)
		if err != nil {
			return
		}
		in := pattern.Tokenize(text).WithFiles(int(files))
		args, verdict, problem := command.Match(in)
		if (verdict == pattern.Near) != (problem != nil) || verdict != pattern.Yes && args != nil {
			t.Fatalf("verdict %d with problem %v and arguments %v", verdict, problem, args)
		}
		if steps, most := pattern.Steps(command, in); steps > most {
			t.Fatalf("%d steps, at most %d are allowed", steps, most)
		}
		checkProblem(t, problem, in)
		specs, next := command.Arguments(), 0
		for _, spec := range specs {
			if next < len(args) && args[next].Name == spec.Name {
				checkArgument(t, args[next], spec, in, int(files))
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

func checkProblem(t *testing.T, problem *pattern.Problem, in pattern.Input) {
	t.Helper()
	switch {
	case problem == nil:
	case problemNames[problem.Kind] == "" || problem.Offset < 0 || problem.Offset > len(in.Text()):
		t.Fatalf("problem %+v", problem)
	case !strings.Contains(in.Text(), problem.Value) || problem.Column > utf8.RuneCountInString(problem.Value)+1:
		t.Fatalf("problem %+v was not typed", problem)
	case problem.Kind == pattern.ProblemBadValue && len(problem.Expected) != 1, len(problem.Expected) > 8:
		t.Fatalf("problem %+v", problem)
	}
	if problem == nil {
		return
	}
	for _, e := range problem.Expected {
		if expectationNames[e.Kind] == "" {
			t.Fatalf("%+v is expected", e)
		}
	}
}

// checkArgument holds a value to its type and to where it was typed, and reads it
// again from its canonical form.
func checkArgument(t *testing.T, arg pattern.Value, spec pattern.Spec, in pattern.Input, files int) {
	t.Helper()
	if arg.Type != spec.Type || arg.IsList != spec.List || spec.List && len(arg.List) == 0 || arg.Sensitive != spec.Sensitive {
		t.Fatalf("argument %+v does not fit %+v", arg, spec)
	}
	if !utf8.ValidString(arg.Raw) || !utf8.ValidString(arg.Text) {
		t.Fatalf("argument %+v is not UTF-8", arg)
	}
	switch {
	case arg.End > 0 && in.Text()[arg.Start:arg.End] != arg.Raw:
		t.Fatalf("argument %+v does not stand in %q", arg, in.Text())
	case arg.End == 0 && arg.Type != pattern.TypeFile && (!spec.HasDefault || arg.Raw != spec.Default):
		t.Fatalf("argument %+v was typed nowhere", arg)
	case arg.IsList:
		for _, item := range arg.List {
			one := spec
			one.List = false
			checkArgument(t, item, one, in, files)
		}
	case arg.Type == pattern.TypeFile:
		if arg.File < 0 || arg.File >= files {
			t.Fatalf("argument %+v of %d files", arg, files)
		}
	default:
		written := spell(arg)
		if arg.Type == pattern.TypeDuration {
			written = pattern.FormatDuration(arg.Duration)
		}
		again, ok := spec.Convert(written)
		if !ok || spell(again) != spell(arg) || again.When != arg.When || again.Integer != arg.Integer ||
			again.Number != arg.Number || again.Duration != arg.Duration || again.Text != arg.Text && arg.Type == pattern.TypeText {
			t.Fatalf("argument %+v is read again as %+v", arg, again)
		}
	}
}

// FuzzWhen: a time and a duration say the same again as they are written, and a
// time is some instant whenever and wherever it is said.
func FuzzWhen(f *testing.F) {
	for _, v := range readVectors[commandVector](f, "command-patterns.json") {
		if _, text, _ := strings.Cut(v.Text, " "); strings.Contains(v.Name, "time: ") || strings.Contains(v.Name, "duration: ") {
			f.Add(text, v.Now.Unix())
		}
	}
	zones := []*time.Location{time.UTC, zoneNamed(f, "Europe/Berlin"), zoneNamed(f, "Australia/Lord_Howe"), zoneNamed(f, "Pacific/Apia")}
	f.Fuzz(func(t *testing.T, text string, now int64) {
		if v, ok := (pattern.Spec{Type: pattern.TypeDuration}).Convert(text); ok {
			written := pattern.FormatDuration(v.Duration)
			if again, ok := (pattern.Spec{Type: pattern.TypeDuration}).Convert(written); !ok || again.Duration != v.Duration {
				t.Fatalf("%q is written as %q, which is %v (%v)", text, written, again.Duration, ok)
			}
		}
		w, ok := pattern.ParseWhen(text)
		if !ok {
			return
		}
		again, ok := pattern.ParseWhen(w.String())
		if !ok || again != w || again.String() != w.String() {
			t.Fatalf("%q is written as %q, which is %+v (%v), not %+v", text, w, again, ok, w)
		}
		said := time.Unix(now%(1<<34), 0) // the years 1425 to 2514
		for _, zone := range zones {
			at := w.At(said, zone)
			if year := at.UTC().Year(); year < 1 || year > 9999 || w.Fixed() && !at.Equal(w.At(time.Time{}, time.UTC)) {
				t.Fatalf("%q said at %v is %v", text, said.In(zone), at)
			}
		}
	})
}

// FuzzCheck: what is taken as a URL, as JSON and as an expression, the standard
// library takes too.
func FuzzCheck(f *testing.F) {
	for _, v := range readVectors[commandVector](f, "command-patterns.json") {
		if _, text, _ := strings.Cut(v.Text, " "); strings.Contains(v.Pattern, ":url") || strings.Contains(v.Pattern, ":json") || strings.Contains(v.Pattern, ":regex") {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if v, ok := (pattern.Spec{Type: pattern.TypeText, Check: pattern.CheckURL}).Convert(text); ok {
			at, err := url.Parse(v.Text)
			if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Hostname() == "" || v.Text != text {
				t.Fatalf("%q is taken as a URL: %+v, %v", text, at, err)
			}
		}
		v, ok := (pattern.Spec{Type: pattern.TypeText, Check: pattern.CheckJSON}).Convert(text)
		if ok && (!json.Valid([]byte(v.Text)) || v.Text != text && json.Valid([]byte(text))) {
			t.Fatalf("%q is taken as JSON: %q", text, v.Text)
		}
		if deep := strings.Count(text, "[")+strings.Count(text, "{") > 64; !ok && !deep && len(text) <= 64*1024 && utf8.ValidString(text) && json.Valid([]byte(text)) {
			t.Fatalf("%q is JSON and is not taken", text)
		}
		_, ok = (pattern.Spec{Type: pattern.TypeText, Check: pattern.CheckRegex}).Convert(text)
		if _, err := pattern.CompileRegexp(text); ok != (err == nil) && utf8.ValidString(text) {
			t.Fatalf("%q is taken as an expression: %v, %v", text, ok, err)
		}
	})
}

// FuzzRegexp: what is taken means the same to the standard library, which is the
// engine of another bot; of \w under the flag i alone that has another opinion.
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
		if !utf8.ValidString(text) || len(text) > pattern.MaxRegexpText {
			return
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
		flags, _, _ := strings.Cut(source, ")")
		if folds := strings.HasPrefix(flags, "(?") && strings.Contains(flags, "i"); !folds || !strings.ContainsAny(source, "wW") {
			compareWithLibrary(t, source, text, groups)
		}
	})
}

// unknownScript is a script that the engine of Go 1.26 does not know.
var unknownScript = regexp.MustCompile(`\\[pP]\{[A-Za-z]+(?:_|[A-Z])`)

func compareWithLibrary(t *testing.T, source, text string, groups []pattern.Group) {
	t.Helper()
	re, err := regexp.Compile(source)
	if err != nil && unknownScript.MatchString(source) {
		return
	}
	if err != nil {
		t.Fatalf("%q is refused by the standard library: %v", source, err)
	}
	at := re.FindStringSubmatchIndex(text)
	if len(at) != 2*len(groups) {
		t.Fatalf("%q in %q: groups %+v, the standard library has %v", source, text, groups, at)
	}
	for i, group := range groups {
		start, end := at[2*i], at[2*i+1]
		if group.Matched != (start >= 0) || group.Matched && (group.Start != start || group.End != end) || group.Name != re.SubexpNames()[i] {
			t.Fatalf("%q in %q: group %d is %+v, the standard library has %d to %d", source, text, i, group, start, end)
		}
	}
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
