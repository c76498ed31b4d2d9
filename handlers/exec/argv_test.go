//go:build unix

package exec

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/openchatops/oco"
)

// compiled is a command that must be right.
func compiled(t *testing.T, pattern string, run []string, change ...func(*command)) *program {
	t.Helper()
	p, wrong := compile(t, pattern, run, change...)
	if wrong != "" {
		t.Fatalf("%s: %s", pattern, wrong)
	}
	return p
}

func compile(t *testing.T, pattern string, run []string, change ...func(*command)) (*program, string) {
	t.Helper()
	c := &command{Command: pattern, Run: append([]string{"echo"}, run...), Timeout: 1e9, Stdin: "none", Output: "text", MaxOutput: 16384, MaxLines: 200, Order: "user"}
	for _, f := range change {
		f(c)
	}
	p, _, err := c.compile()
	return p, said(err)
}

// said is all that is wrong, in lines.
func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func one(text string) value { return value{given: true, texts: []string{text}} }

func TestArguments(t *testing.T) {
	for name, c := range map[string]struct {
		pattern string
		run     []string
		given   values
		want    string // of echo on
	}{
		"one item":              {"x {a}", []string{"{a}"}, values{"a": one("b c; rm -rf $HOME `id` | & > < * ? ~ ' \" \\")}, "[b c; rm -rf $HOME `id` | & > < * ? ~ ' \" \\]"},
		"a part of one":         {"x {a} {b}", []string{"--a={a}/{b}.txt"}, values{"a": one("1 2"), "b": one("3")}, "[--a=1 2/3.txt]"},
		"a value with braces":   {"x {a} {b}", []string{"{a}", "{b}"}, values{"a": one("{b}"), "b": one("v")}, "[{b}|v]"},
		"a list":                {"x {a*}", []string{"-n", "--", "{a*}", "end"}, values{"a": {given: true, texts: []string{"1", "2 3"}}}, "[-n|--|1|2 3|end]"},
		"left out":              {"x [{a}]", []string{"-p={a}", "end"}, values{}, "[end]"},
		"left out with another": {"x {b} [{a}]", []string{"{b}{a}", "end"}, values{"b": one("1")}, "[end]"},
		"a list left out":       {"x [{a*}]", []string{"{a*}", "end"}, values{}, "[end]"},
		"an option of its own":  {"x [{a}]", []string{"{a?--file}", "{a}"}, values{"a": one("f")}, "[--file|f]"},
		"neither":               {"x [{a}]", []string{"{a?--file}", "{a}"}, values{}, "[]"},
		"a flag":                {"x [--force|-f]", []string{"{force}"}, values{"force": one("true")}, "[--force]"},
		"another flag":          {"x [--force]", []string{"{force?-y}"}, values{"force": one("true")}, "[-y]"},
		"no flag":               {"x [--force]", []string{"{force}", "{force?-y}"}, values{"force": {}}, "[]"},
		"yes or no":             {"x {on:flag}", []string{"--on={on}"}, values{"on": one("false")}, "[--on=false]"},
		"text with braces":      {"x {name}", []string{`={name}`, `{{.Names}}`, `{print $1}`, `{a: .b}`, `\{name}`, `{}`, `{`, `}{`, `{name`, `\\{name}`}, values{"name": one("v")}, `[=v|{{.Names}}|{print $1}|{a: .b}|{name}|{}|{|}{|{name|\{name}]`},
		"an empty item":         {"x", []string{"", "b"}, values{}, "[|b]"},
	} {
		t.Run(name, func(t *testing.T) {
			p := compiled(t, c.pattern, c.run)
			got, err := p.argv(c.given)
			if err != nil {
				t.Fatal(err)
			}
			if text := "[" + strings.Join(got[1:], "|") + "]"; text != c.want || got[0] != "echo" {
				t.Errorf("got %s, want %s", text, c.want)
			}
		})
	}
}

// What a person says never becomes more than a value by surprise.
func TestAttacksOnArguments(t *testing.T) {
	const (
		dash, at, control = "begins with a dash", "begins with @", "holds a line break or another control character"
	)
	unchecked := func(c *command) { c.Arguments = map[string]argument{"a": {Unchecked: true}} }
	matching := func(c *command) { c.Arguments = map[string]argument{"a": {Match: "[a-z]+|-v"}} }
	for name, c := range map[string]struct {
		pattern string
		run     []string
		value   string
		change  func(*command)
		want    string // empty: it is taken
	}{
		"an option":                   {"x {a}", []string{"{a}"}, "--output=/etc/passwd", nil, dash},
		"a short one":                 {"x {a}", []string{"{a}"}, "-f", nil, dash},
		"a bare dash":                 {"x {a}", []string{"{a}"}, "-", nil, dash},
		"a number below zero":         {"x {a}", []string{"{a}"}, "-9", nil, dash},
		"in a list":                   {"x {a*}", []string{"{a*}"}, "-f", nil, dash},
		"in the rest":                 {"x {a...}", []string{"{a}"}, "-f now", nil, dash},
		"behind --":                   {"x {a}", []string{"--", "{a}"}, "-f", nil, ""},
		"a list behind --":            {"x {a*}", []string{"-q", "--", "{a*}"}, "-f", nil, ""},
		"-- behind it":                {"x {a}", []string{"{a}", "--"}, "-f", nil, dash},
		"behind text":                 {"x {a}", []string{"./{a}"}, "-f", nil, ""},
		"as the value of an option":   {"x {a}", []string{"--file={a}"}, "-f", nil, ""},
		"before text":                 {"x {a}", []string{"{a}.txt"}, "-f", nil, dash},
		"unchecked":                   {"x {a}", []string{"{a}"}, "-f", unchecked, ""},
		"a file by @":                 {"x {a}", []string{"{a}"}, "@/etc/passwd", nil, at},
		"a file by @ behind --":       {"x {a}", []string{"--", "{a}"}, "@/etc/passwd", nil, at},
		"a file by @ of an option":    {"x {a}", []string{"--data={a}"}, "@/etc/passwd", nil, at},
		"an address":                  {"x {a}", []string{"{a}"}, "alice@example.com", nil, ""},
		"@ behind text":               {"x {a}", []string{"user{a}"}, "@host", nil, ""},
		"@ unchecked":                 {"x {a}", []string{"{a}"}, "@x", unchecked, ""},
		"nothing":                     {"x {a}", []string{"/data/{a}"}, "", nil, "is empty"},
		"nothing, unchecked":          {"x {a}", []string{"/data/{a}"}, "", unchecked, ""},
		"a NUL":                       {"x {a}", []string{"{a}"}, "a\x00b", nil, "holds a NUL character"},
		"a NUL, unchecked":            {"x {a}", []string{"{a}"}, "a\x00b", unchecked, "holds a NUL character"},
		"a line break":                {"x {a}", []string{"{a}"}, "a\nb", nil, control},
		"a line break in the rest":    {"x {a...}", []string{"{a}"}, "a\n\tb", nil, ""},
		"a carriage return":           {"x {a...}", []string{"{a}"}, "a\rb", nil, control},
		"an escape":                   {"x {a...}", []string{"{a}"}, "a\x1b[31mb", nil, control},
		"an escape of eight bits":     {"x {a...}", []string{"{a}"}, "a\u009b31mb", nil, control},
		"what may be said":            {"x {a}", []string{"{a}"}, "abc", matching, ""},
		"what may not":                {"x {a}", []string{"{a}"}, "../abc", matching, "does not fit what the operator allows"},
		"not by a line behind it":     {"x {a...}", []string{"{a}"}, "abc\n../x", matching, "does not fit what the operator allows"},
		"what may be said and begins": {"x {a}", []string{"{a}"}, "-v", matching, dash},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change == nil {
				c.change = func(*command) {}
			}
			p := compiled(t, c.pattern, c.run, c.change)
			got, err := p.argv(values{"a": one(c.value)})
			switch refused, is := errors.AsType[refusal](err); {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want != "" && (!is || !strings.Contains(refused.Error(), c.want)):
				t.Errorf("got %q, %v", got, err)
			case is && c.value != "" && len(c.value) > 2 && strings.Contains(refused.Error(), c.value):
				t.Errorf("the value is told: %s", refused)
			}
		})
	}
}

// The first of several parts may be empty only if that is not checked: then the next
// one begins the item.
func TestTheValueThatBeginsAnItemIsChecked(t *testing.T) {
	p := compiled(t, "x {a} {b}", []string{"{a}{b}"}, func(c *command) { c.Arguments = map[string]argument{"a": {Unchecked: true}} })
	if got, err := p.argv(values{"a": one(""), "b": one("-f")}); err == nil {
		t.Errorf("it became %q", got)
	}
	if got, err := p.argv(values{"a": one("x"), "b": one("-f")}); err != nil || got[1] != "x-f" {
		t.Errorf("%q, %v", got, err)
	}
}

// Every mistake of a command is found before it can be run, each with its path.
func TestMistakesOfCommands(t *testing.T) {
	set := func(f func(*command)) func(*command) { return f }
	for name, c := range map[string]struct {
		pattern string
		run     []string
		change  func(*command)
		want    string
	}{
		"the pattern":             {"x {a", nil, nil, "command: "},
		"an unknown argument":     {"x {path}", []string{"{pth}"}, nil, "run[1]: the pattern has no `{pth}`; did you mean `path`?; `\\{pth}` is taken as it is"},
		"a form of patterns":      {"x {a}", []string{"{a:integer}"}, nil, "run[1]: `{a:integer}` is no placeholder here"},
		"the rest":                {"x {a...}", []string{"{a...}"}, nil, "run[1]: `{a...}` is no placeholder here"},
		"spaces":                  {"x {a}", []string{"{ a }"}, nil, "run[1]: `{ a }` is no placeholder here"},
		"a list alone":            {"x {a*}", []string{"{a}"}, nil, "run[1]: `a` is a list"},
		"a list in text":          {"x {a*}", []string{"-a={a*}"}, nil, "run[1]: `{a*}` becomes several arguments"},
		"no list":                 {"x {a}", []string{"{a*}"}, nil, "run[1]: `a` is no list"},
		"a flag in text":          {"x [--force]", []string{"-x{force}"}, nil, "run[1]: `{force}` stands there or does not"},
		"no condition":            {"x {a}", []string{"{a?-x}"}, nil, "run[1]: `a` is always given"},
		"an empty condition":      {"x [{a}]", []string{"{a?}"}, nil, "run[1]: `{a?}` lacks what stands there"},
		"a lost value":            {"x [{a}]", []string{"--file", "{a}"}, nil, "run[2]: `--file` would stand alone if `a` is left out: write `{a?--file}` before it"},
		"behind a bare dash":      {"x {a}", []string{"-{a}"}, nil, "run[1]: `{a}` behind a bare dash"},
		"behind two":              {"x {a}", []string{"--{a}"}, nil, "run[1]: `{a}` behind a bare dash"},
		"a secret":                {"x {a:secret}", []string{"{a}"}, nil, "run[1]: `a` is a secret"},
		"a secret by word":        {"x {a}", []string{"{a}"}, set(func(c *command) { c.Arguments = map[string]argument{"a": {Sensitive: true}} }), "run[1]: `a` is a secret"},
		"a NUL":                   {"x", []string{"a\x00"}, nil, "run[1]: it contains a NUL byte"},
		"no program":              {"x", nil, set(func(c *command) { c.Run = nil }), "run: it names no program"},
		"an empty program":        {"x", nil, set(func(c *command) { c.Run[0] = "" }), "run: it names no program"},
		"a chosen program":        {"x {a}", nil, set(func(c *command) { c.Run[0] = "/bin/{a}" }), "run[0]: the program is not for people in chat to choose"},
		"a lost program":          {"x", nil, set(func(c *command) { c.Run[0] = "no-such-program" }), `run[0]: command "no-such-program" is not found: looked in PATH`},
		"no such file":            {"x", nil, set(func(c *command) { c.Run[0] = "./no-such-program" }), `run[0]: command "./no-such-program" cannot be started`},
		"no program by PATH":      {"x", nil, set(func(c *command) { c.Env = []string{"PATH=:."} }), `run[0]: command "echo" is not found`},
		"no file to run":          {"x", nil, set(func(c *command) { c.Run[0] = "testdata/hello.txt" }), "run[0]: command \"testdata/hello.txt\" cannot be started"},
		"a lost directory":        {"x", nil, set(func(c *command) { c.Dir = "/no/such" }), "dir: the program cannot run there"},
		"a file for one":          {"x", nil, set(func(c *command) { c.Dir = "exec.go" }), "exec.go is no directory"},
		"an unknown user":         {"x", nil, set(func(c *command) { c.User = "no-such-user" }), "user: "},
		"no variable":             {"x", nil, set(func(c *command) { c.Env = []string{"PATH", "A B"} }), "env[1]: it is no variable"},
		"the bot's variable":      {"x", nil, set(func(c *command) { c.Env = []string{"PATH", "OCO_KEY"} }), "env[1]: `OCO_KEY` is the bot's"},
		"one of the bot's":        {"x", nil, set(func(c *command) { c.Env = []string{"OCO_ENDPOINT=x", "PATH"} }), "env[0]: `OCO_ENDPOINT` is the bot's"},
		"a NUL in one":            {"x", nil, set(func(c *command) { c.Env = []string{"PATH", "A=\x00"} }), "env[1]: `A` contains a NUL byte"},
		"one twice":               {"x", nil, set(func(c *command) { c.Env = []string{"PATH", "A", "A=1"} }), "env[2]: `A` is there already"},
		"a strange argument":      {"x {path}", nil, set(func(c *command) { c.Arguments = map[string]argument{"paht": {}} }), "arguments.paht: the pattern has no `paht`; did you mean `path`?"},
		"a bad refinement":        {"x {n:integer}", nil, set(func(c *command) { c.Arguments = map[string]argument{"n": {Choices: []string{"1", "2"}}} }), "arguments: "},
		"a bad expression":        {"x {a}", nil, set(func(c *command) { c.Arguments = map[string]argument{"a": {Match: "("}} }), "arguments.a.match: it is no regular expression"},
		"an expression of a flag": {"x [--a]", nil, set(func(c *command) { c.Arguments = map[string]argument{"a": {Match: "x"}} }), "arguments.a.match: a flag has no text that could match"},
		"an alias":                {"x", nil, set(func(c *command) { c.Aliases = []string{"y {a"} }), "aliases[0]: "},
		"an old name":             {"x", nil, set(func(c *command) { c.Deprecated = []string{"y {a}", "z {a"} }), "deprecated[1]: "},
		"an empty group":          {"x", nil, set(func(c *command) { c.Allow = []string{""} }), "allow[0]: it is empty"},
		"an empty example":        {"x", nil, set(func(c *command) { c.Examples = []string{""} }), "examples[0]: it is empty"},
		"too much output":         {"x", nil, set(func(c *command) { c.MaxOutput = 1 << 20 }), "max_output: it must be 256 to 61440"},
		"no lines":                {"x", nil, set(func(c *command) { c.MaxLines = 0 }), "max_lines: it must be 1 to 2000"},
		"no time":                 {"x", nil, set(func(c *command) { c.Timeout = 0 }), "timeout: it must be 100ms to 23h"},
		"too much time":           {"x", nil, set(func(c *command) { c.Timeout = 24 * 3600e9 }), "timeout: it must be 100ms to 23h"},
		"no exit code":            {"x", nil, set(func(c *command) { c.Exit = map[int]string{0: "fine"} }), "exit.0: an exit code that can be explained is 1 to 255"},
		"much of one":             {"x", nil, set(func(c *command) { c.Exit = map[int]string{3: strings.Repeat("x", 2000)} }), "exit.3: it has 2000 bytes"},
		"no name":                 {"{a}", []string{"--", "{a}"}, nil, "name: the pattern begins with no word"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change == nil {
				c.change = func(*command) {}
			}
			if _, got := compile(t, c.pattern, c.run, c.change); !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// Several mistakes are told at once, and of several commands.
func TestAllMistakesAreTold(t *testing.T) {
	bad := command{Command: "x {a}", Run: []string{"no-such-program", "{b}"}, Dir: "/no/such", Timeout: 1e9, MaxOutput: 1000, MaxLines: 10}
	good := command{Command: "y", Run: []string{"echo"}, Timeout: 1e9, MaxOutput: 1000, MaxLines: 10, Order: "user"}
	err := declare(settings{Commands: []command{bad, good, good}}, oco.NewHandler("exec"))
	var lines []string
	for line := range strings.Lines(fmt.Sprint(err)) {
		path, _, _ := strings.Cut(line, ": the ")
		lines = append(lines, strings.TrimSpace(path))
	}
	if got := strings.Join(lines, "\n"); got != "commands[0]: run[1]\ndir\ncommands[2].name" {
		t.Errorf("it says\n%v\n%s", err, got)
	}
}
