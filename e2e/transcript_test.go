package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/ptytest"
)

// said is what somebody types in the transcript, and how what then comes ends,
// which the line does not; empty if nothing comes.
type said struct{ line, ends string }

// transcript is a person who mistypes, is corrected, and finds the way.
var transcript = []said{
	{"dploy web to prod", "[because {why...}]"},
	{"deploy web to moon", "[because {why...}]"},
	{"deploy web to prod", "Deploying web to prod, 1 times."},
	{"deploy “web shop” to prod —count=3 -f because it's friday", "takes, because it's friday."},
	{"deploy web shop to prod", "[because {why...}]"},
	{"deploy web --froce", "[because {why...}]"},
	{"deploy web --count=three", "[because {why...}]"},
	{"help", "more about it."},
	{"help deploy", "command of ops."},
	{"help remnid", "command of ops."},
	{"remind me someday water the plants", "{what...}"},
	{"remind me 2030-01-02 09:00 water the plants", "UTC: water the plants"},
	{"remind @bob noon stand up", "UTC: stand up"},
	{"remind @bobby noon stand up", "{what...}"},
	{"alarm me 2030-01-02 17:30 go home", "UTC: go home"},
	{"watch example.com", "[--token={token:secret}]"},
	{"watch https://example.com every 2 hours --token=hunter2", "not repeat."},
	{"what is for lunch", "there is."},
	{"/room ops", ""},
	{"deploy web", ""},
	{"oco: deploy web", "Deploying web to staging, 1 times."},
	{"@oco invite @bob me to here", "to ops."},
}

// TestTranscript is what a person sees who types as people do. It is recorded in
// testdata/transcript.txt and shown in docs/transcript.md.
func TestTranscript(t *testing.T) {
	t.Parallel()
	b := newBot(t, "") // for its directory: it is started here
	ops := b.path("ops")
	build(t, ops, "./examples/02-arguments")
	b.configure("adapter: {name: terminal}\ntime_zone: UTC\nhandlers: [{name: core}, {name: ops, command: [" + ops + "]}]\n")
	d := &desk{Seat: ptytest.Sit(t), home: t.TempDir()}
	d.Resize(140, 200)
	d.cmd = exec.Command(ocoBinary, "run", "-c", b.path("oco.yaml"))
	d.cmd.Dir, d.cmd.SysProcAttr = b.dir, attributes()
	d.cmd.Env = environment("TERM=xterm", "NO_COLOR=1", "HOME="+d.home, "XDG_STATE_HOME=")
	d.cmd.Stdin, d.cmd.Stdout, d.cmd.Stderr = d.Program, d.Program, d.Program
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d.Await("@oco> █")
	await(t, "the handlers are there", func() bool {
		list, _, _ := command(t, b.dir, "", ocoBinary, "plugins", "-c", b.path("oco.yaml"))
		return strings.Count(list, "running") == 3
	})
	for _, name := range []string{"bob", "alice"} {
		d.Type("/as " + name + "\r")
		d.Await(name + " @oco> █")
	}
	d.Type("\x0c")
	d.Await("alice @oco> █")
	where := "@oco"
	for _, s := range transcript {
		d.Type(s.line)
		d.Await("alice " + where + "> " + s.line + "█")
		if room, ok := strings.CutPrefix(s.line, "/room "); ok {
			where = "#" + room
		}
		d.Type("\r")
		d.Await("\nalice " + where + "> █")
		d.Await(s.ends + "\nalice " + where + "> █")
	}
	got := strings.TrimSuffix(strings.TrimSpace(d.Text()), "\nalice #ops> █") + "\n"
	file, page := filepath.Join("testdata", "transcript.txt"), filepath.Join("..", "docs", "transcript.md")
	text := read(t, page)
	before, rest, _ := strings.Cut(text, "\n```text\n")
	_, after, found := strings.Cut(rest, "\n```\n")
	if !found {
		t.Fatal("docs/transcript.md has no place for the transcript")
	}
	shown := before + "\n```text\n" + got + "```\n" + after
	if *update {
		write(t, file, got)
		write(t, page, shown)
	}
	if want := read(t, file); got != want {
		t.Errorf("the person sees\n%s\nwant (-update writes it anew)\n%s", got, want)
	}
	if *update {
		text = shown
	}
	if text != shown {
		t.Error("docs/transcript.md shows another transcript than there is: -update writes it anew")
	}
	d.leave(t)
}
