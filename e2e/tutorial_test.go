package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/ptytest"
)

// pageSteps are those of a page: what a reader does, in its order.
var pageSteps = regexp.MustCompile("(?m)^(?:<!-- (file|replace|terminal): (.+) -->\n)?```(\\w+)\n((?:.*\n)*?)```\n(?:```\\w+\n((?:.*\n)*?)```\n)?")

// stillCompiles is what a reader with a slow machine sees besides.
var stillCompiles = regexp.MustCompile("(?m)^try \\| the plugin has not registered yet\n")

// A reader follows a page with a directory, a shell and a terminal.
type reader struct {
	t    *testing.T
	dir  string // where the reader is
	bin  string
	id   string // of the delivery in the last listing
	desk *ptytest.Seat
	run  *exec.Cmd
}

// aside is a configuration of a page whose bot listens where no other one on this
// machine does.
func aside(t *testing.T, config string) string {
	t.Helper()
	return config + "listen: {http: \"" + freePort(t) + "\"}\n"
}

// TestTheTutorial follows docs/tutorial.md word by word. Only what comes from the
// network is replaced: oco and its module are those of this repository; and the port.
func TestTheTutorial(t *testing.T) {
	t.Parallel()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	page := strings.ReplaceAll(read(t, filepath.Join("..", "docs", "tutorial.md")), "alice", me.Username)
	all := pageSteps.FindAllStringSubmatch(page, -1)
	if n := strings.Count(page, "\n```\n"); n < 20 || len(all) < 18 {
		t.Fatalf("the page has %d blocks and %d steps", n, len(all))
	}
	dir := shortDir(t)
	r := &reader{t: t, dir: dir, bin: filepath.Join(dir, "bin")}
	if err := os.Mkdir(r.bin, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		switch kind, name, language, text := s[1], s[2], s[3], s[4]; {
		case kind == "file" && name == "oco.yaml":
			write(t, filepath.Join(r.dir, name), aside(t, text))
		case kind == "file":
			write(t, filepath.Join(r.dir, name), text)
		case kind == "replace":
			path := filepath.Join(r.dir, name)
			before := read(t, path)
			if strings.Count(before, text) != 1 || s[5] == "" {
				t.Fatalf("%s has not once:\n%s", name, text)
			}
			write(t, path, strings.Replace(before, text, s[5], 1))
		case kind == "terminal":
			r.sit(name, text)
		case language == "console":
			r.shell(text)
		default:
			t.Fatalf("nobody can follow this %s:\n%s", language, text)
		}
	}
	if r.run == nil {
		t.Fatal("no bot was left running")
	}
	r.desk.Type("\x04")
	if err := r.run.Wait(); err != nil {
		t.Errorf("the bot ended with %v", err)
	}
}

// shell types the commands of a transcript and compares what they print.
func (r *reader) shell(transcript string) {
	r.t.Helper()
	for _, part := range strings.Split("\n"+strings.TrimSuffix(transcript, "\n"), "\n$ ")[1:] {
		command, want, _ := strings.Cut(part, "\n")
		got := strings.TrimSuffix(r.enter(strings.ReplaceAll(command, " ID", " "+r.id)), "\n")
		if !fits(want, got) {
			r.t.Errorf("$ %s\nprints\n%s\nand the page says\n%s", command, got, want)
		}
		if found := regexp.MustCompile(`(?m)^(d\w+)  `).FindStringSubmatch(got); found != nil {
			r.id = found[1]
		}
	}
}

// enter runs a command and returns all that it prints.
func (r *reader) enter(command string) string {
	r.t.Helper()
	switch command {
	case "go install github.com/openchatops/oco/cmd/oco@latest":
		if err := os.Symlink(ocoBinary, filepath.Join(r.bin, "oco")); err != nil {
			r.t.Fatal(err)
		}
		return ""
	case "go get github.com/openchatops/oco@latest":
		r.require()
		return ""
	}
	place := filepath.Join(r.bin, "place")
	cmd := exec.CommandContext(r.t.Context(), "sh", "-c", command+"\npwd >"+place)
	cmd.Dir, cmd.Env = r.dir, r.environment()
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("$ %s: %v\n%s", command, err, out)
	}
	r.dir = strings.TrimSpace(read(r.t, place))
	return stillCompiles.ReplaceAllString(string(out), "")
}

func (r *reader) environment(more ...string) []string {
	for _, name := range []string{"HOME", "GOCACHE", "GOMODCACHE", "GOPATH"} {
		if v := os.Getenv(name); v != "" {
			more = append(more, name+"="+v)
		}
	}
	return append(environment(more...), "PATH="+r.bin+":"+os.Getenv("PATH"), "GOFLAGS=-mod=mod", "GOTOOLCHAIN=local")
}

// require makes the module of the reader one that has this repository's.
func (r *reader) require() {
	r.t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		r.t.Fatal(err)
	}
	mod := read(r.t, "../go.mod")
	requirements := mod[strings.Index(mod, "require ("):]
	write(r.t, filepath.Join(r.dir, "go.mod"), read(r.t, filepath.Join(r.dir, "go.mod"))+"\n"+requirements+
		fmt.Sprintf("\nrequire github.com/openchatops/oco v0.0.0\n\nreplace github.com/openchatops/oco => %s\n", root))
	write(r.t, filepath.Join(r.dir, "go.sum"), read(r.t, "../go.sum"))
}

// sit runs a program in a terminal and leaves it running. Lines with a prompt are
// typed, the others are to be seen.
func (r *reader) sit(line, talk string) {
	r.t.Helper()
	r.desk = ptytest.Sit(r.t)
	r.run = exec.Command("sh", "-c", "exec "+line)
	r.run.Dir, r.run.SysProcAttr = r.dir, attributes()
	r.run.Env = r.environment("TERM=xterm", "NO_COLOR=1", "XDG_STATE_HOME="+r.bin)
	r.run.Stdin, r.run.Stdout, r.run.Stderr = r.desk.Program, r.desk.Program, r.desk.Program
	if err := r.run.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		if r.run.ProcessState == nil {
			if err := r.run.Process.Kill(); err != nil {
				r.t.Error(err)
			}
			r.run.Wait() //nolint:errcheck // it was killed
		}
	})
	r.desk.AwaitPart("> █")
	for said := range strings.Lines(talk) {
		said = strings.TrimSpace(said)
		if prompt, typed, found := strings.Cut(said, "> "); found {
			r.desk.AwaitPart(prompt + "> █")
			r.desk.Type(typed + "\r")
			continue
		}
		r.desk.AwaitPart(said)
	}
}

// fits says whether a text is what the page says, where … stands for anything.
func fits(want, got string) bool {
	parts := strings.Split(want, "…")
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	return regexp.MustCompile(`(?s)^` + strings.Join(parts, ".*") + `$`).MatchString(got)
}
