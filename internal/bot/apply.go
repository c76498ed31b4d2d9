package bot

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/texts"
)

// apply makes another setup hold, in an order in which nothing is lost: rules first,
// all in one moment, then what plugins are told, then processes. It returns the plugins
// whose processes were touched. It goes on after an error: what is applied is right.
func (b *Bot) apply(old, next *setup) (touched []string, err error) {
	leaving := leaving(old, next)
	b.rule(old, next, leaving)
	ctx := b.halted
	errs := []error{b.do(ctx, next.tune())}
	errs = append(errs, b.tellPauses(ctx, old, next), b.tellCredits(ctx, old, next), b.tellManifests(ctx, old, next))
	for _, name := range leaving {
		errs = append(errs, b.unregister(ctx, name))
	}
	mustStart, err := b.tellSettings(ctx, next)
	errs = append(errs, err)
	touched, err = b.exchange(ctx, old, next, mustStart)
	errs = append(errs, err)
	b.registry.SetOptions(b.registryOptions(next.config)) // the scopes of who left end
	if errors.Is(ctx.Err(), context.Canceled) {
		return touched, nil // the bot stops, and its next start reads the file
	}
	return touched, errors.Join(errs...)
}

// leaving are the handlers whose processes the bot ran and that are not configured any
// more. One that runs elsewhere keeps its key and its registration, and loses what the
// configuration gave it.
func leaving(old, next *setup) []string {
	var all []string
	for _, h := range old.config.Handlers {
		if _, stays := next.handler(h.Name); !stays && (!h.Remote || h.Manifest != "") {
			all = append(all, h.Name)
		}
	}
	return all
}

// rule makes the rules of another setup hold in one moment: no event is decided about
// by some of each (OCO-LIF-38).
func (b *Bot) rule(old, next *setup, leaving []string) {
	options := b.registryOptions(next.config)
	options.Leaving = leaving
	before := grants(old.config)
	for _, name := range leaving {
		options.Grants[name] = before[name] // for what it still runs
	}
	c := next.config
	b.in.SetRules(intakeRules(c), func() {
		b.people.SetGroups(c.Groups, c.Operators)
		b.registry.SetOptions(options)
		b.core.SetWords(next.words())
		b.current.Store(next)
	})
	if b.children != nil {
		b.children.Tune(c.Limits.ReadyTimeout, c.Limits.StopGrace)
	}
	b.engine.SetKept(kept(c))
	if b.o.Retune != nil {
		b.o.Retune(c)
	}
}

func (b *Bot) do(ctx context.Context, in delivery.Input) error {
	_, err := b.engine.Do(ctx, in)
	return err
}

// tellPauses pauses and resumes handlers whose key `paused` changed. What an operator
// paused by hand stays as it is.
func (b *Bot) tellPauses(ctx context.Context, old, next *setup) error {
	byHand := map[string]bool{}
	for _, p := range b.registry.Pauses() {
		byHand[p.Plugin] = true
	}
	var errs []error
	tell := func(name string, before, now bool) {
		if before != now && !byHand[name] {
			errs = append(errs, b.do(ctx, delivery.Pause{Plugin: name, Paused: now, By: next.config.Catalogue().Say(texts.Configuration)}))
		}
	}
	for _, h := range next.config.Handlers {
		before, _ := old.handler(h.Name)
		tell(h.Name, before.Paused, h.Paused)
	}
	for _, h := range old.config.Handlers {
		if _, stays := next.handler(h.Name); !stays {
			tell(h.Name, h.Paused, false)
		}
	}
	return errors.Join(errs...)
}

// tellCredits lets the replicas of plugins open their streams anew whose bound on
// callbacks changed.
func (b *Bot) tellCredits(ctx context.Context, old, next *setup) error {
	before := credits(old.config)
	var errs []error
	for name, credit := range credits(next.config) {
		if had, ok := before[name]; ok && had != credit {
			errs = append(errs, b.do(ctx, delivery.Reopen{Plugin: name}))
		}
	}
	return errors.Join(errs...)
}

// tellManifests registers the manifests that are new, and lets the handlers register
// themselves that have none any more.
func (b *Bot) tellManifests(ctx context.Context, old, next *setup) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(next.manifests)) {
		if !proto.Equal(old.manifests[name], next.manifests[name]) || old.manifests[name] == nil {
			errs = append(errs, b.declare(ctx, name, next.manifests[name]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(old.manifests)) {
		if _, still := next.manifests[name]; !still {
			errs = append(errs, b.do(ctx, delivery.Declare{Plugin: name}))
		}
	}
	return errors.Join(errs...)
}

// unregister drops a handler that leaves: what waits for it ends expired, and who
// asked is told (OCO-LIF-17).
func (b *Bot) unregister(ctx context.Context, name string) error {
	return b.registry.Unregister(ctx, name, func(ctx context.Context, writes []delivery.Write) error {
		return b.do(ctx, delivery.Forget{Plugin: name, Writes: writes})
	})
}

// tellSettings tells plugins their new settings. Those that did not run with the ones
// before are to be started with these.
func (b *Bot) tellSettings(ctx context.Context, next *setup) (mustStart map[string]bool, err error) {
	mustStart = map[string]bool{}
	var errs []error
	settings := Settings(next.config)
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		changed, err := b.core.SetSettings(ctx, name, settings[name])
		errs = append(errs, err)
		if process, ok := b.processOf(name); ok && changed && b.children != nil {
			st, err := b.children.StatusOf(process)
			mustStart[name] = err == nil && st.ReadySince.IsZero()
		}
	}
	return mustStart, errors.Join(errs...)
}

// exchange ends the processes that are not wanted any more, then starts, or starts
// again, those that are new or different. Each does so after its work in flight, and
// none waits for another.
func (b *Bot) exchange(ctx context.Context, old, next *setup, mustStart map[string]bool) (touched []string, err error) {
	if b.children == nil {
		return nil, nil
	}
	var work sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	do := func(p process, how func() error) {
		touched = append(touched, p.names()...)
		work.Go(func() {
			err := how()
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
		})
	}
	stay := map[string]bool{}
	for _, p := range next.processes {
		if before, ok := find(old.processes, p.name); ok && before.role == p.role && slices.Equal(before.names(), p.names()) {
			stay[p.name] = true
		}
	}
	for _, p := range old.processes {
		if !stay[p.name] {
			do(p, func() error { return b.remove(ctx, p.name) })
		}
	}
	work.Wait() // a plugin may come up again in another process
	for _, p := range next.processes {
		before, _ := find(old.processes, p.name)
		_, runs := b.runs(p.name) // no, if its start failed before: this is another try
		switch {
		case !stay[p.name] || !runs:
			do(p, func() error { return b.begin(ctx, p) })
		case !reflect.DeepEqual(before.program(), p.program()) || slices.ContainsFunc(p.names(), func(name string) bool { return mustStart[name] }):
			do(p, func() error { return b.replace(ctx, p) })
		}
	}
	work.Wait()
	slices.Sort(touched)
	return slices.Compact(touched), errors.Join(errs...)
}

func find(all []process, name string) (process, bool) {
	i := slices.IndexFunc(all, func(p process) bool { return p.name == name })
	if i < 0 {
		return process{}, false
	}
	return all[i], true
}

// begin starts a process that is new, and waits a little until its plugins take
// deliveries, so that who reloaded finds their commands.
func (b *Bot) begin(ctx context.Context, p process) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, name := range p.names() {
		b.ready.forget(name) // it may have been here before
	}
	if err := b.start(p); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, awaitUnknown)
	defer cancel()
	for _, name := range p.names() {
		if err := b.ready.wait(ctx, name); err != nil {
			b.log.Warn("a plugin has not come up yet", "plugin", name)
		}
	}
	return nil
}
