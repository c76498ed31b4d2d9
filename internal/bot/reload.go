package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/rpc"
)

// maxProblems bounds what a refusal says of problems: it travels in a header.
const maxProblems = 4 << 10

// Reload reads the configuration again and applies what changed: rules at once,
// processes after their work in flight, each only if it changed. If anything is wrong
// it changes nothing and says all of it, CONFIG_INVALID. Reloads and restarts come one
// after the other; ctx bounds the wait for the turn only. It may be called from
// several goroutines, also while the bot stops: then it is refused.
func (b *Bot) Reload(ctx context.Context) (rpc.Reloaded, error) {
	if b.o.Load == nil {
		return rpc.Reloaded{}, chat.Refuse(chat.ConfigInvalid, "this bot was started without a configuration file, so there is none to read again")
	}
	leave, err := b.takeTurn(ctx)
	if err != nil {
		return rpc.Reloaded{}, err
	}
	defer leave()
	old := b.current.Load()
	next, err := b.read(old)
	if err != nil {
		b.log.Warn("the configuration is not taken; what held before goes on", "error", err)
		return rpc.Reloaded{}, err
	}
	done := rpc.Reloaded{Changed: changes(old, next), NeedsRestart: next.later}
	done.Restarted, err = b.apply(old, next)
	b.log.Info("the configuration was read again",
		"changed", strings.Join(done.Changed, " "), "restarted", strings.Join(done.Restarted, " "), "needs_restart", strings.Join(done.NeedsRestart, " "))
	if err != nil {
		b.log.Error("a part of the configuration could not be applied", "error", err)
	}
	return done, err
}

// takeTurn waits until nobody else changes what runs. leave gives the turn back.
func (b *Bot) takeTurn(ctx context.Context) (leave func(), err error) {
	stops := chat.Refuse(chat.Draining, "the bot stops")
	if b.halted.Err() != nil {
		return nil, stops
	}
	select {
	case <-b.turn:
	case <-b.halted.Done():
		return nil, stops
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	leave = func() { b.turn <- struct{}{} }
	if b.halted.Err() != nil {
		leave()
		return nil, stops
	}
	return leave, nil
}

// read reads the configuration and checks all of it. Nothing changes.
func (b *Bot) read(old *setup) (*setup, error) {
	file, err := b.o.Load()
	if err != nil {
		return nil, refusal(err)
	}
	c := config.Live(old.config, file)
	next, err := newSetup(b.o, c)
	if c.Adapter.Name != file.Adapter.Name || c.Adapter.Plugin != file.Adapter.Plugin {
		// The one of the file is not in use yet, and is to be as good.
		err = config.Join(err, Check(file))
	}
	err = config.Join(err, b.checkSettings(c))
	for i, h := range c.Handlers {
		if h.Name == c.Adapter.Name {
			err = config.Join(err, c.Problem(fmt.Sprintf("handlers[%d].name", i), fmt.Sprintf("the adapter is called `%s` until the bot is restarted: restart it", h.Name)))
		}
	}
	if err != nil {
		return nil, refusal(err)
	}
	next.later = config.Changes(c, file)
	return next, nil
}

// checkSettings holds settings to what the plugins that are connected declared. One
// that is not is about to register anew, and may have learnt others by then.
func (b *Bot) checkSettings(c *config.Config) error {
	value, err := b.engine.Do(b.halted, delivery.Inspect{})
	if err != nil {
		return err
	}
	var errs []error
	for name, settings := range Settings(c) {
		for _, p := range value.(delivery.Snapshot).Plugins {
			if p.Name == name && slices.ContainsFunc(p.Replicas, func(r delivery.ReplicaState) bool { return r.Connected }) {
				if refused := b.registry.CheckSettings(name, settings); refused != nil {
					errs = append(errs, errors.New(refused.Text))
				}
			}
		}
	}
	return errors.Join(errs...)
}

// refusal tells all that is wrong with a configuration, each with its place and
// without the line itself, where a secret may stand.
func refusal(err error) *chat.Error {
	var refused *chat.Error
	if errors.As(err, &refused) {
		return refused
	}
	var b strings.Builder
	all := sentencesOf(err)
	for i, text := range all {
		if b.Len()+len(text) > maxProblems {
			fmt.Fprintf(&b, "\nand %d more: `oco check` tells them", len(all)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(text)
	}
	return chat.Refuse(chat.ConfigInvalid, "%s", b.String())
}

// sentencesOf takes an error of a configuration apart.
func sentencesOf(err error) []string {
	if p, ok := err.(config.Problem); ok { //nolint:errorlint // each is looked at by itself
		p.Excerpt = ""
		return []string{p.Error()}
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []string{err.Error()}
	}
	var all []string
	for _, one := range joined.Unwrap() {
		all = append(all, sentencesOf(one)...)
	}
	return all
}

// changes are the keys that change, and those of manifests whose file did.
func changes(old, next *setup) []string {
	all := config.Changes(old.config, next.config)
	for name, m := range next.manifests {
		key := "handlers." + name + ".manifest"
		if before, ok := old.manifests[name]; ok && !proto.Equal(before, m) && !slices.Contains(all, key) {
			all = append(all, key)
		}
	}
	slices.Sort(all)
	return all
}
