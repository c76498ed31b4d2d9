package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/openchatops/oco/internal/bot"
	"github.com/openchatops/oco/internal/config"
)

// referenceCommand is `oco reference DIR`, which is for `make docs`: it writes the
// pages that are made from the code.
type referenceCommand struct {
	Dir string `arg:"" help:"The directory of the documents."`
}

// Run writes each page.
func (r *referenceCommand) Run() error {
	pages, err := referencePages()
	if err != nil {
		return err
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(r.Dir, name), []byte(text), 0o644); err != nil {
			return fmt.Errorf("the reference cannot be written: %w", err)
		}
	}
	return nil
}

// generatedPage stands at the top of what nobody should edit.
const generatedPage = "<!-- Made from the code by `make docs`; change the code. -->\n\n"

// referencePages gives every page by the name of its file.
func referencePages() (map[string]string, error) {
	commands, err := commandPage()
	if err != nil {
		return nil, err
	}
	return map[string]string{"reference-cli.md": commands, "reference-config.md": configPage(), "reference-metrics.md": metricPage()}, nil
}

func metricPage() string {
	var b strings.Builder
	b.WriteString("# Metrics\n\n" + generatedPage + `What ` + "`GET /metrics`" + ` on the HTTP port answers, in the text format of Prometheus.
It takes an operator's key, or one with the scope ` + "`status.read`" + `, as ` + "`Authorization: Bearer KEY`" + `.
Labels are names of plugins, processes and accounts of the configuration, and words of closed lists: outcomes and states.
No person, no room, no id and no text is ever a label.
The metrics of the process (` + "`process_…`" + `) and of the Go runtime (` + "`go_…`" + `) come with them.

`)
	row(&b, "name", "kind", "labels", "")
	row(&b, "---", "---", "---", "---")
	for _, m := range bot.Metrics() {
		row(&b, code(m.Name), m.Kind, strings.Join(m.Labels, ", "), m.Help)
	}
	return b.String()
}

func configPage() string {
	var b strings.Builder
	b.WriteString("# Configuration\n\n" + generatedPage + `Every key of ` + "`oco.yaml`" + `. Only ` + "`adapter`" + ` is needed, and unknown keys are errors.
` + "`oco check`" + ` says everything that is wrong with a file, with line and column.
Relative paths start at the directory of the file.
Any text may contain ` + "`${env:NAME}` and `${file:PATH}`" + `, which stand for a variable of the bot's environment and for the content of a file; ` + "`$${`" + ` stands for the characters themselves.
Sizes are numbers of bytes or have a unit, such as ` + "`8 MiB`" + `; durations have one, such as ` + "`10s` or `1m30s`" + `.

An annotated file with every key is [example.yaml](../internal/config/example.yaml).

`)
	section := ""
	for _, k := range config.Keys() {
		top, _, _ := strings.Cut(strings.ReplaceAll(k.Path, "[]", ""), ".")
		if top != section {
			if section != "" {
				b.WriteByte('\n')
			}
			section = top
			b.WriteString("## " + top + "\n\n")
			row(&b, "key", "value", "without it", "")
			row(&b, "---", "---", "---", "---")
		}
		row(&b, "`"+k.Path+"`", k.Kind, code(k.Absent), k.Doc)
	}
	return b.String()
}

func commandPage() (string, error) {
	parser, err := newParser(os.Stdout)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("# Command line\n\n" + generatedPage + `The exit code is 0 if all is well, 1 if something failed, 2 if the command line makes no sense.
An error is one line on standard error.
` + "`oco help COMMAND`" + ` tells the same in the terminal.

`)
	for _, command := range parser.Model.Leaves(true) {
		b.WriteString("## oco " + commandPath(command) + "\n\n" + command.Help + "\n\n    oco " + strings.TrimSpace(command.Summary()) + "\n\n")
		lines := 0
		line := func(name, help, absent string) {
			if lines++; lines == 1 {
				row(&b, "", "", "without it")
				row(&b, "---", "---", "---")
			}
			row(&b, code(name), help, code(absent))
		}
		for _, p := range command.Positional {
			line(p.Summary(), p.Help, p.Default)
		}
		for _, group := range command.AllFlags(true) {
			for _, f := range group {
				if f.Name != "help" {
					line(f.String(), f.Help, f.Default)
				}
			}
		}
		if lines > 0 {
			b.WriteByte('\n')
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n", nil
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}

// row writes one row of a table.
func row(b *strings.Builder, cells ...string) {
	for _, cell := range cells {
		b.WriteString("| " + strings.ReplaceAll(cell, "|", `\|`) + " ")
	}
	b.WriteString("|\n")
}
