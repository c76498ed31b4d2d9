package main

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/internal/cli"
	"github.com/openchatops/oco/internal/config"
)

func TestReport(t *testing.T) {
	for _, c := range []struct {
		err  error
		text string
		code int
	}{
		{nil, "", 0},
		{cli.ErrSaid, "", 1},
		{exitCode(7), "", 7},
		{errors.New("x"), "oco: x\n", 1},
		{errors.New("oco: x"), "oco: x\n", 1},
		{cli.Usage("x"), "oco: x\n", 2},
		{errors.Join(errors.New("a"), errors.New("b")), "oco: a; b\n", 1},
		{errors.New("a\x1b[2J"), "oco: a\\u{1B}[2J\n", 1},
		{&config.Invalid{Problems: []config.Problem{{File: "f", Line: 1, Column: 2, Text: "t\x1b", Excerpt: "a\n^"}}}, "oco: f:1:2: t\\u{1B}\na\n^\n", 1},
	} {
		var out bytes.Buffer
		if code := report(&out, c.err); code != c.code || out.String() != c.text {
			t.Errorf("%v: exit %d, %q", c.err, code, out.String())
		}
	}
	if code := report(brokenWriter{}, cli.Usage("x")); code != 1 {
		t.Errorf("an error that cannot be told: exit %d", code)
	}
}

func TestVersion(t *testing.T) {
	out, errs, code := run(t, program(t, "version"), "")
	if !strings.HasPrefix(out, "oco ") || !strings.HasSuffix(out, fmt.Sprintf(" %s/%s %s\n", runtime.GOOS, runtime.GOARCH, runtime.Version())) || errs != "" || code != 0 {
		t.Error(out, errs, code)
	}
}

func TestBundledPluginsPrintTheirManifests(t *testing.T) {
	for kind, known := range map[string]map[string]func() oco.Plugin{"adapter": adapters, "handler": handlers} {
		for name := range known {
			out, errs, code := run(t, program(t, kind, name, "--manifest"), "")
			if code != 0 || !strings.HasPrefix(out, "{") || errs != "" {
				t.Errorf("%s %s: %q, %q, exit %d", kind, name, out, errs, code)
			}
		}
	}
}
