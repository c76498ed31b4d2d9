package supervise

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAProcessMustMakeSense(t *testing.T) {
	good := Process{Name: "a", Command: []string{"x"}}
	if err := good.validate(); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Process){
		"needs a name":          func(p *Process) { p.Name = "" },
		"no command":            func(p *Process) { p.Command = nil },
		"wants NAME=VALUE":      func(p *Process) { p.Env = []string{"x"} },
		"set by the bot":        func(p *Process) { p.Env = []string{"OCO_KEY=x"} },
		"OCO_KEY contains":      func(p *Process) { p.Env = []string{"A=\x00"} },
		"an argument":           func(p *Process) { p.Command = []string{"x", "\x00"} },
		"all of its three":      func(p *Process) { p.Terminal = &Stdio{In: os.Stdin} },
		"process a: no command": func(p *Process) { p.Command = []string{""} },
	} {
		p := good
		change(&p)
		err := p.validate()
		if want == "OCO_KEY contains" {
			want = "contains a NUL"
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want something with %q", err, want)
		}
	}
}

func TestTheEnvironmentIsSmall(t *testing.T) {
	ours := map[string]string{"PATH": "/bin", "HOME": "/h", "OCO_KEY": "secret", "AWS_SECRET": "secret", "LANG": "C"}
	p := Process{Env: []string{"A=b", "LANG=de"}, Endpoint: "unix:///x", URL: "http://127.0.0.1:8765"}
	got := p.environment(func(name string) (string, bool) { v, ok := ours[name]; return v, ok })
	want := []string{"PATH=/bin", "HOME=/h", "LANG=C", "A=b", "LANG=de", "OCO_ENDPOINT=unix:///x", "OCO_URL=http://127.0.0.1:8765"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhoGetsTheTerminalGetsToKnowIt(t *testing.T) {
	ours := map[string]string{"HOME": "/h", "TERM": "xterm", "NO_COLOR": "1", "XDG_STATE_HOME": "/s", "AWS_SECRET": "secret"}
	lookup := func(name string) (string, bool) { v, ok := ours[name]; return v, ok }
	want := []string{"HOME=/h"}
	if got := (Process{}).environment(lookup); !slices.Equal(got, want) {
		t.Errorf("without a terminal: got %q, want %q", got, want)
	}
	want = append(want, "TERM=xterm", "NO_COLOR=1", "XDG_STATE_HOME=/s")
	if got := (Process{Terminal: &Stdio{}}).environment(lookup); !slices.Equal(got, want) {
		t.Errorf("with a terminal: got %q, want %q", got, want)
	}
}

func TestLookupSaysWhereItLooked(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"tool": 0o700, "plain": 0o600} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"PATH=/nowhere:.:" + dir}
	for _, test := range []struct{ name, in, path, problem string }{
		{"tool", "", dir + "/tool", ""},
		{"./tool", dir, dir + "/tool", ""},
		{dir + "/tool", "/", dir + "/tool", ""},
		{"absent", "", "", "looked in PATH (/nowhere:.:" + dir + ")"},
		{"plain", "", "", dir + "/plain: is not executable"},
		{"./absent", dir, "", dir + "/absent: no such file"},
		{"../" + filepath.Base(dir), dir, "", "is a directory"},
	} {
		path, err := lookup(test.name, test.in, env)
		if path != test.path || (err == nil) != (test.problem == "") || err != nil && !strings.Contains(err.Error(), test.problem) {
			t.Errorf("lookup(%q, %q) = %q, %v; want %q, %q", test.name, test.in, path, err, test.path, test.problem)
		}
	}
}
