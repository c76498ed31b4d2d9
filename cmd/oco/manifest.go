package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/bot"
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/supervise"
)

// manifestTimeout is how long a program may take to print its manifest.
const manifestTimeout = 5 * time.Second

// A declared plugin is what a plugin of the configuration says of itself.
type declared struct {
	plugin   config.Plugin
	kind     string // adapter or handler
	path     string // in the configuration
	manifest *ocov1.Manifest
	// missing says that its program cannot be run at all.
	missing error
	// silent says why there is no manifest otherwise; the plugin may be fine.
	silent error
}

// manifests asks every plugin that would be started here, all at once, in the
// order of the configuration. With bundledOnly no program of anybody else's runs.
func manifests(ctx context.Context, c *config.Config, executable string, bundledOnly bool) []declared {
	var all []declared
	add := func(p config.Plugin, kind, path string) {
		d := declared{plugin: p, kind: kind, path: path}
		switch {
		case p.Manifest != "":
			manifest, err := bot.ReadManifest(c, path, p)
			if err != nil {
				return // said already
			}
			d.manifest = manifest
		case p.Remote:
			if len(p.Settings) == 0 {
				return
			}
			d.silent = errors.New("it runs elsewhere, so its settings are checked when it registers")
		case p.Bundled() && !bot.Bundled(kind, p.Plugin), !p.Bundled() && len(p.Command) == 0:
			return // said already
		case p.Bundled():
			d.plugin.Command = []string{executable, kind, p.Plugin}
		case bundledOnly:
			d.silent = errors.New("not asked for its manifest, because of --offline")
		}
		all = append(all, d)
	}
	add(c.Adapter, "adapter", "adapter")
	for i, h := range c.Handlers {
		add(h, "handler", fmt.Sprintf("handlers[%d]", i))
	}
	var done sync.WaitGroup
	for i := range all {
		if all[i].silent == nil && all[i].manifest == nil {
			done.Go(func() { all[i].ask(ctx) })
		}
	}
	done.Wait()
	return all
}

// childEnvironment names what a plugin gets of the bot's environment.
var childEnvironment = []string{"PATH", "HOME", "LANG", "TZ", "USER", "TMPDIR"}

func (d *declared) ask(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, manifestTimeout)
	defer cancel()
	command := exec.CommandContext(ctx, d.plugin.Command[0], append(d.plugin.Command[1:len(d.plugin.Command):len(d.plugin.Command)], "--manifest")...)
	command.Dir = d.plugin.Dir
	command.Env = []string{}
	for _, name := range childEnvironment {
		if value, ok := os.LookupEnv(name); ok {
			command.Env = append(command.Env, name+"="+value)
		}
	}
	for name, value := range d.plugin.Env {
		command.Env = append(command.Env, name+"="+value)
	}
	mark := supervise.NewMark()
	command.Env = append(command.Env, mark.Env())
	killGroup(command)
	if d.plugin.User != "" {
		user, err := supervise.LookupUser(d.plugin.User)
		if err == nil {
			err = user.Own(command)
		}
		if err != nil {
			d.silent = fmt.Errorf("was not asked for its manifest: %w", err)
			return
		}
		command.Env = append(command.Env, user.Env()...)
	}
	command.WaitDelay = time.Second
	out, log := &bounded{limit: bot.MaxManifest + 1}, &bounded{limit: 64 << 10}
	command.Stdout, command.Stderr = out, log
	if err := command.Start(); err != nil {
		d.missing = fmt.Errorf("%s cannot be started: %w", d.plugin.Command[0], reasonOf(err))
		return
	}
	err := command.Wait()
	left := mark.Kill() // it may not know that it was only to print something
	switch {
	case left != nil:
		d.silent = fmt.Errorf("left processes behind that could not be ended: %w", left)
	case ctx.Err() != nil:
		d.silent = fmt.Errorf("printed no manifest within %s", manifestTimeout)
	case err != nil:
		d.silent = fmt.Errorf("printed no manifest: %w%s", err, lastLine(log.String()))
	default:
		if d.manifest, err = bot.ParseManifest(&out.Buffer); err != nil {
			d.silent = fmt.Errorf("printed %w", err)
		}
	}
}

// reasonOf is an error of starting a program without the name of the program.
func reasonOf(err error) error {
	if lookup, ok := errors.AsType[*exec.Error](err); ok {
		return lookup.Err
	}
	if file, ok := errors.AsType[*fs.PathError](err); ok {
		return file.Err
	}
	return err
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	return ": " + text[strings.LastIndexByte(text, '\n')+1:]
}

// bounded keeps what is written up to its limit and drops the rest.
type bounded struct {
	bytes.Buffer
	limit int
}

// Write takes all and keeps what fits.
func (b *bounded) Write(text []byte) (int, error) {
	keep := min(len(text), b.limit-b.Len())
	if _, err := b.Buffer.Write(text[:keep]); err != nil {
		return 0, err
	}
	return len(text), nil
}

// ReadFrom would go around the limit.
func (b *bounded) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{b}, r)
}
