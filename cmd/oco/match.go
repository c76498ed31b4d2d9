package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/bot"
	"github.com/openchatops/oco/internal/cli"
	"github.com/openchatops/oco/internal/config"
)

// maxDoubts is how many reasons are named for which a bot may do otherwise.
const maxDoubts = 10

// matchCommand is `oco match TEXT`.
type matchCommand struct{ cli.Match }

// Run asks the bot that runs. With a configuration, or where no bot runs, it asks
// what the manifests of the plugins say.
func (m *matchCommand) Run(ctx context.Context, env *cli.Env) error {
	if m.Config != "" {
		c, err := config.Load(m.Config)
		if err != nil {
			return err
		}
		return m.offline(ctx, env, c, "")
	}
	err := m.Match.Run(ctx, env)
	if m.Data != "" || !errors.Is(err, cli.ErrNotRunning) {
		return err
	}
	said := "no bot runs on " + cli.DefaultData + ": this is what "
	if _, err := os.Stat(usualConfig); errors.Is(err, fs.ErrNotExist) {
		return m.offline(ctx, env, config.Default(), said+"a bot without a configuration would say")
	}
	c, err := config.Load(usualConfig)
	if err != nil {
		return err
	}
	return m.offline(ctx, env, c, said+usualConfig+" and the manifests of its plugins say")
}

// offline asks a bot in memory, at which the plugins of a configuration are
// registered by their manifests. Before it answers it says what is unlike a bot that
// runs.
func (m *matchCommand) offline(ctx context.Context, env *cli.Env, c *config.Config, said string) error {
	if err := m.findable(c); err != nil {
		return err
	}
	executable, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	all := manifests(ctx, c, executable, false)
	errs := []error{bot.Check(c)}
	for _, d := range all {
		errs = append(errs, d.refused) // what it offers may depend on its settings
	}
	var wrong []string
	if err := config.Join(errs...); err != nil {
		wrong = problems(err)
	}
	return rehearsal(ctx, c, all, func(b *bot.Bot, found findings) error {
		doubts := slices.Concat(wrong, found.wrong, found.doubts)
		for _, text := range doubts[:min(len(doubts), maxDoubts)] {
			said += "\nwarning: " + text
		}
		if len(doubts) > maxDoubts {
			said += fmt.Sprintf("\nwarning: and %d more, which `oco check` names", len(doubts)-maxDoubts)
		}
		if said != "" {
			if _, err := fmt.Fprintln(env.Stderr, strings.TrimPrefix(cli.PrintableLines(said), "\n")); err != nil {
				return err
			}
		}
		answer, err := b.Match(ctx, m.Request())
		if err != nil {
			return err
		}
		for _, r := range append(answer.GetHears(), answer.GetCommand()) {
			if r != nil {
				r.Offline, r.Waits = false, "" // nothing runs here
			}
		}
		return m.Print(env, answer)
	})
}

// findable refuses what only a chat service could find.
func (m *matchCommand) findable(c *config.Config) error {
	if m.As != "" && !strings.HasPrefix(m.As, "user:") {
		text := "--as: only a bot that runs can find a user by a handle: give the id"
		if near := knownUser(c, m.As); near != "" {
			text += ", perhaps " + near
		} else {
			text += ", such as user:1:alice, or start the bot"
		}
		return cli.Usage(text)
	}
	if _, alias := c.Rooms[m.Room]; m.Room != "" && !alias && !strings.HasPrefix(m.Room, "room:") {
		return cli.Usage(fmt.Sprintf("--room: `%s` is none of `rooms` of the configuration, and only a bot that runs can find a room by its name: give an alias or the id, or start the bot", m.Room))
	}
	return nil
}

// knownUser finds an id of the configuration that ends with a handle.
func knownUser(c *config.Config, handle string) string {
	ids := slices.Clone(c.Operators)
	for _, name := range slices.Sorted(maps.Keys(c.Groups)) {
		ids = append(ids, c.Groups[name]...)
	}
	i := slices.IndexFunc(ids, func(id string) bool { return strings.HasSuffix(id, ":"+strings.TrimPrefix(handle, "@")) })
	if i < 0 {
		return ""
	}
	return ids[i]
}
