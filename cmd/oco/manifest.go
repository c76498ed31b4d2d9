package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/bot"
	"github.com/openchatops/oco/internal/config"
)

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
	// unknown says what in the manifest this bot does not know; the rest counts.
	unknown error
	// refused are the problems of the file with its settings. The manifest is that of
	// a plugin without settings then.
	refused error
	// beside is what it said with them that may be no problem.
	beside string
	// unsure says why the manifest is that of a plugin without settings otherwise.
	unsure string
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
			done.Go(func() { all[i].ask(ctx, c) })
		}
	}
	done.Wait()
	return all
}

// ask lets the program print its manifest; a second time with its settings if it
// declares some and they fit, because what it offers may depend on them (OCO-LIF-57).
func (d *declared) ask(ctx context.Context, c *config.Config) {
	first := d.start(ctx, nil)
	d.missing, d.silent = first.missing, first.silent
	if d.missing != nil || d.silent != nil {
		return
	}
	if d.manifest, d.unknown, d.silent = first.parse(); d.silent != nil {
		return
	}
	told, refused := bot.TellSettings(c, d.path, d.manifest)
	if d.refused = refused; told == nil {
		return
	}
	second := d.start(ctx, told)
	if second.status == badSettings {
		d.beside, d.refused = bot.SettingsRefused(c, d.path, d.manifest, second.log)
		return
	}
	err := cmp.Or(second.missing, second.silent)
	if err == nil {
		var manifest *ocov1.Manifest
		var unknown error
		if manifest, unknown, err = second.parse(); err == nil {
			d.manifest, d.unknown = manifest, unknown
			return
		}
	}
	d.unsure = bot.WithoutSecrets(c, d.path, d.manifest, err.Error())
}
