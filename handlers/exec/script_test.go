//go:build unix

package exec

import (
	"errors"
	"strings"
	"testing"
)

// A value is never a part of what a shell or an interpreter runs, unless it cannot be
// any text or the operator says so.
func TestPlaceholdersInScripts(t *testing.T) {
	json := func(c *command) { c.Stdin = "json" }
	const fine = ""
	for name, c := range map[string]struct {
		pattern string
		run     []string
		change  func(*command)
		want    string // what is wrong; empty: nothing
	}{
		"a shell":                     {"x {a}", []string{"sh", "-c", "echo {a}"}, nil, "run[2]: `a` would be a part of a script, and `sh` would run what anybody says: write \"$1\" there, and behind the script the items \"sh\" and \"{a}\""},
		"all of it":                   {"x {a...}", []string{"sh", "-c", "{a}"}, nil, "run[2]: `a` would be"},
		"a list":                      {"x {a*}", []string{"sh", "-c", "{a*}"}, nil, "the items \"sh\" and \"{a*}\""},
		"by its path":                 {"x {a}", []string{"/bin/sh", "-c", "echo {a}"}, nil, "run[2]: "},
		"with options":                {"x {a}", []string{"sh", "-e", "-x", "-c", "-u", "echo {a}"}, nil, "run[5]: "},
		"in one option":               {"x {a}", []string{"sh", "-exc", "echo {a}"}, nil, "run[2]: "},
		"with an option and a value":  {"x {a}", []string{"sh", "-euo", "pipefail", "-c", "echo {a}"}, nil, "run[4]: "},
		"with both in one":            {"x {a}", []string{"sh", "-co", "pipefail", "echo {a}"}, nil, "run[3]: "},
		"behind --":                   {"x {a}", []string{"sh", "-c", "--", "echo {a}"}, nil, "run[3]: "},
		"as what it is given":         {"x {a}", []string{"sh", "-c", `echo "$1"`, "sh", "{a}"}, nil, fine},
		"by env":                      {"x {a}", []string{"env", "A=1", "sh", "-c", "echo {a}"}, nil, "run[4]: "},
		"by several":                  {"x {a}", []string{"nice", "-n", "5", "timeout", "3", "sh", "-c", "echo {a}"}, nil, "run[7]: "},
		"a word that is a program":    {"x {a}", []string{"echo", "sh", "-c", "{a}"}, nil, fine},
		"unchecked":                   {"x {a}", []string{"sh", "-c", "echo {a}"}, func(c *command) { c.Arguments = map[string]argument{"a": {Unchecked: true, Match: "[a-z]+"}} }, fine},
		"matching alone":              {"x {a}", []string{"sh", "-c", "echo {a}"}, func(c *command) { c.Arguments = map[string]argument{"a": {Match: ".*"}} }, "run[2]: "},
		"a number":                    {"x {a:integer}", []string{"sh", "-c", "sleep {a}"}, nil, fine},
		"one of few":                  {"x {a:b|c}", []string{"sh", "-c", "echo {a}"}, nil, fine},
		"a file, by its address":      {"x {a:file}", []string{"sh", "-c", "curl {a}"}, nil, "run[2]: "},
		"a flag":                      {"x [--force]", []string{"sh", "-c", `echo "$@"`, "sh", "{force}"}, nil, fine},
		"an option that depends":      {"x [{a}]", []string{"sh", "{a?-c}", "{a}"}, nil, "run[2]: "},
		"a script in a file":          {"x {a}", []string{"sh", "./deploy.sh", "-c", "{a}"}, nil, fine},
		"awk":                         {"x {a}", []string{"awk", "-F", ":", "/{a}/"}, nil, "run[3]: `a` would be"},
		"awk, as it should be":        {"x {a}", []string{"awk", "-v", "a={a}", "$1 == a"}, nil, fine},
		"awk, a file":                 {"x {a}", []string{"awk", "{print $1}", "./{a}"}, nil, fine},
		"sed":                         {"x {a}", []string{"sed", "-n", "s/{a}/b/p"}, nil, "run[2]: "},
		"sed -e":                      {"x {a}", []string{"sed", "-n", "-e", "s/{a}/b/p", "file"}, nil, "run[3]: "},
		"what a shell reads":          {"x {a}", []string{"sh"}, json, "stdin: `sh` without a script would run what it reads"},
		"what it reads, by an option": {"x {a}", []string{"sh", "-s", "b"}, json, "stdin: `sh` without"},
		"what a script reads":         {"x {a}", []string{"sh", "-c", "cat"}, json, fine},
		"what a file reads":           {"x {a}", []string{"sh", "./deploy.sh"}, json, fine},
	} {
		t.Run(name, func(t *testing.T) {
			_, got := compile(t, c.pattern, nil, func(d *command) {
				d.Run = c.run
				if c.change != nil {
					c.change(d)
				}
			})
			if c.want == fine && got != "" || !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// What is known of programs that need not be there.
func TestScriptsOfLanguages(t *testing.T) {
	for text, want := range map[string]string{
		"python3 -c {a}":                     "`python` would run", // without its version
		"python3.12 -W ignore -c {a}":        "write sys.argv[1] there",
		"python3 -m tool {a}":                "",
		"python3 tool.py -c {a}":             "",
		"perl -MData::re -pe s/{a}//":        "write $ARGV[0] there",
		"perl -eprint+{a}":                   "`perl` would run",
		"perl -e code -- {a}":                "",
		"ruby -rjson -e {a}":                 "write ARGV[0] there",
		"ruby -r json -ne {a}":               "write ARGV[0] there",
		"node -e {a}":                        "write process.argv[1] there",
		"node --require ./x.js --eval {a}":   "write process.argv[1] there",
		"node --eval={a}":                    "write process.argv[1] there",
		"node -e code -- {a}":                "",
		"php -r {a}":                         "write $argv[1] there",
		"fish -c {a}":                        "`fish` would run",
		"bash --rcfile file -c {a}":          "`bash` would run",
		"su deploy -c {a}":                   "`su` would run",
		"ssh -i key -p 22 host {a}":          "is read by a shell on the other machine",
		"ssh host deploy {a}":                "is read by a shell on the other machine",
		"ssh {a}":                            "",
		"docker run --rm -i image sh -c {a}": "`sh` would run",
		"kubectl exec pod -- bash -lc {a}":   "`bash` would run",
		"find . -name x -exec sh -c {a} ;":   "`sh` would run",
		"gawk -f file {a}":                   "",
	} {
		p := &program{command: &command{}, arguments: []placeholder{{}}}
		p.arguments[0].Name = "a"
		for word := range strings.FieldsSeq(text) {
			made, err := p.item(word)
			if err != nil {
				t.Fatal(err)
			}
			p.items = append(p.items, made)
		}
		var wrong problems
		p.scripts(&wrong)
		if got := said(wrong.err()); want == "" && got != "" || !strings.Contains(got, want) || strings.Contains(got, "\n") {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// A program that starts another has a -- of its own, and some take a value for a
// variable wherever it stands.
func TestAttacksOnProgramsThatTakeMore(t *testing.T) {
	const dash, set = "begins with a dash", "holds a =, and "
	for name, c := range map[string]struct {
		run   []string
		value string
		want  string
	}{
		"the -- of another":        {[]string{"nice", "-n", "1", "--", "grep", "{a}"}, "-f/etc/passwd", dash},
		"the second --":            {[]string{"nice", "-n", "1", "--", "grep", "--", "{a}"}, "-f/etc/passwd", ""},
		"a word behind --":         {[]string{"grep", "--", "word", "{a}"}, "-f", ""},
		"a variable of env":        {[]string{"env", "{a}"}, "LD_PRELOAD=/tmp/x", set + "env"},
		"behind -- of env":         {[]string{"env", "--", "A=1", "{a}"}, "LD_PRELOAD=/tmp/x", set + "env"},
		"behind another":           {[]string{"env", "A=1", "{a}"}, "PATH=/tmp", set + "env"},
		"behind the program":       {[]string{"env", "A=1", "echo", "{a}"}, "a=b", ""},
		"of one that is made":      {[]string{"env", "A={a}", "echo"}, "a=b", ""},
		"a variable of no program": {[]string{"echo", "{a}"}, "a=b", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := compiled(t, "x {a}", nil, func(d *command) { d.Run = c.run })
			got, err := p.argv(values{"a": one(c.value)})
			refused, is := errors.AsType[refusal](err)
			if c.want == "" && err != nil || c.want != "" && (!is || !strings.Contains(refused.Error(), c.want)) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	for _, text := range []string{"make {a}", "make -C dir -- {a}", "sudo -n make {a}", "dd if=/dev/zero {a}"} {
		p := &program{command: &command{}, arguments: []placeholder{{}}}
		p.arguments[0].Name = "a"
		for word := range strings.FieldsSeq(text) {
			made, err := p.item(word)
			if err != nil {
				t.Fatal(err)
			}
			p.items = append(p.items, made)
		}
		if at := len(p.items) - 1; p.setter(at) == "" {
			t.Errorf("%s takes SHELL=/tmp/x", text)
		}
	}
}
