package supervise

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// What a line says keeps its level and its fields, and says nothing to a terminal.
func TestRead(t *testing.T) {
	for line, want := range map[string]string{
		`{"time":"2026-01-02","level":"WARN","msg":"no answer","plugin":"irc","n":3,"trace":"ab","why":{"a":[1]}}`: `WARN "no answer" irc n=3 trace=ab why={"a":[1]}`,
		`{"severity":"debug","message":"x"}`:        `DEBUG "x" `,
		`  {"level":"fatal","msg":"x"}  `:           `ERROR "x" `,
		`{"level":"info","msg":"a\u001b[31m\nb"}`:   `INFO "a\\x1b[31m\\nb" `,
		`{"level":"info","msg":"\u202e"}`:           `INFO "\\u202e" `,
		`{"msg":"no level"}`:                        `INFO "{\"msg\":\"no level\"}" `,
		`{"level":"loud","msg":"x"}`:                `INFO "{\"level\":\"loud\",\"msg\":\"x\"}" `,
		`{"level":"info","msg":"x"} y`:              `INFO "{\"level\":\"info\",\"msg\":\"x\"} y" `,
		`{"level":"info","msg":"x"`:                 `INFO "{\"level\":\"info\",\"msg\":\"x\"" `,
		`{"level":1,"msg":2}`:                       `INFO "{\"level\":1,\"msg\":2}" `,
		`{`:                                         `INFO "{" `,
		`{}`:                                        `INFO "{}" `,
		"2026/11/30 12:00:00 ERROR it failed x=1":   `ERROR "it failed x=1" `,
		"2026/11/30 12:00:00 plain words":           `INFO "plain words" `,
		"2026/11/30 12:00:00 Error reading a thing": `INFO "Error reading a thing" `,
		"2026-11-30 12:00:00 ERROR x":               `INFO "2026-11-30 12:00:00 ERROR x" `,
		"  indented":                                `INFO "  indented" `,
		"\xff\x00\x07":                              `INFO "\\xff\\x00\\a" `,
	} {
		p := read([]byte(line), false)
		got := fmt.Sprintf("%s %q %s", p.level, p.text, p.plugin)
		for _, a := range p.attrs {
			got += " " + a.Key + "=" + a.Value.String()
		}
		if got != want {
			t.Errorf("%s\nis %s\nwant %s", line, got, want)
		}
	}
	if p := read([]byte(`{"level":"ERROR","msg":"x","stack":"aaaaaa`), true); p.level != slog.LevelError || p.text != "x" {
		t.Errorf("a line that was cut: %+v", p)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"", "{", `{"level":"info","msg":"a"}`, "2026/11/30 12:00:00 ERROR x", `{"a":{"b":[`, "\xff{"} {
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, line []byte, cut bool) {
		p := read(line, cut)
		all := p.text + p.plugin
		for _, a := range p.attrs {
			all += a.Key + a.Value.String()
		}
		if !utf8.ValidString(all) || strings.ContainsFunc(all, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Fatalf("%q became %+v", line, p)
		}
	})
}

// levels keeps what is logged, by plugin, and passes debug of one plugin only.
type levels struct {
	slog.Handler
	plugin string
}

func (l levels) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo || l.plugin == "quiet"
}

func (l levels) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		if a.Key == "plugin" {
			l.plugin = a.Value.String()
		}
	}
	return levels{l.Handler.WithAttrs(attrs), l.plugin}
}

// Lines of a shared process are logged under the plugin that says them, so that the
// log can have a level for each; nobody speaks in the name of another process.
func TestLinesAreOfTheirPlugin(t *testing.T) {
	var log bytes.Buffer
	handler := slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	o := &output{log: slog.New(levels{Handler: handler}), name: "handlers", plugins: []string{"quiet", "core"}}
	o.copyLines("stderr", strings.NewReader(strings.Join([]string{
		`{"level":"DEBUG","msg":"one","plugin":"quiet","trace":"ab"}`,
		`{"level":"DEBUG","msg":"two","plugin":"core"}`,
		`{"level":"WARN","msg":"three","plugin":"irc","error":"refused"}`,
		"four",
	}, "\n")))
	want := "level=DEBUG msg=one plugin=quiet stream=stderr trace=ab\n" +
		"level=WARN msg=three plugin=handlers stream=stderr error=refused\n" +
		"level=INFO msg=four plugin=handlers stream=stderr\n"
	if log.String() != want {
		t.Errorf("the log is\n%swant\n%s", log.String(), want)
	}
}

// The last words of a process are those of its errors, and of a crash its reason.
func TestLastWords(t *testing.T) {
	for said, want := range map[string]string{
		"stderr: it failed|stdout: bye": "it failed",
		"stdout: bye":                   "bye",
		`stderr: {"level":"ERROR","msg":"no","error":"refused"}`:                                  "no: refused",
		"stderr: Error: no module|stderr:     at load (x.js:1)|stderr: }|stderr: Node.js v20.3.0": "Error: no module",
		"stderr:  only this": " only this",
		"stderr: panic: nil map|stderr: goroutine 1|stderr: main.go:1":          "panic: nil map",
		"stderr: runtime: no memory|stderr: fatal error: oom|stderr: main.go:1": "fatal error: oom",
	} {
		o := &output{log: slog.New(slog.DiscardHandler), name: "p"}
		for part := range strings.SplitSeq(said, "|") {
			stream, line, _ := strings.Cut(part, ": ")
			o.line(stream, []byte(line), false)
		}
		if got := o.lastLine(); got != want {
			t.Errorf("%s\nends with %q, want %q", said, got, want)
		}
	}
}
