package bot

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/plugin"
)

// everyPlugin calls do for the adapter and each handler, with the path to it.
func everyPlugin(c *config.Config, do func(path string, p config.Plugin)) {
	do("adapter", c.Adapter)
	for i, h := range c.Handlers {
		do(fmt.Sprintf("handlers[%d]", i), h)
	}
}

// Settings are what a configuration tells each plugin.
func Settings(c *config.Config) map[string]plugin.Settings {
	all := map[string]plugin.Settings{}
	everyPlugin(c, func(path string, p config.Plugin) {
		all[p.Name] = plugin.Settings{
			Values: p.Settings, Secrets: c.Secrets,
			Place: func(setting string) string { return c.Place(settingPath(path, setting)) },
		}
	})
	return all
}

// settingPath leads to a setting of the plugin at path, or to all of them.
func settingPath(path, setting string) string {
	return strings.TrimSuffix(path+".settings."+setting, ".")
}

// TellSettings checks the settings of the plugin at path, such as handlers[1], against
// what it says of itself, and gives what it is told of them: a RegisterResponse as
// JSON; nil if it declares none. The error are problems of the file, joined.
func TellSettings(c *config.Config, path string, manifest *ocov1.Manifest) ([]byte, error) {
	schema := manifest.GetSettings()
	if refused := plugin.CheckSchema(schema); refused != nil {
		return nil, c.Problem(path, refused.Text)
	}
	p := pluginAt(c, path)
	settings, problems := plugin.CheckSettings(schema, p.Settings)
	if len(problems) > 0 {
		return nil, settingProblems(c, path, problems, func(wrong plugin.SettingProblem) string { return wrong.Text })
	}
	if len(schema) == 0 {
		return nil, nil
	}
	return protojson.Marshal(&ocov1.RegisterResponse{Settings: settings})
}

// SettingsRefused gives what the plugin at path said on standard error beside the problems
// that it found with its settings. The error are those problems of the file (OCO-LIF-59).
func SettingsRefused(c *config.Config, path string, manifest *ocov1.Manifest, said string) (beside string, refused error) {
	schema, p := manifest.GetSettings(), pluginAt(c, path)
	checked, _ := plugin.CheckSettings(schema, p.Settings) // they fit: it was told them
	problems, beside := plugin.ReadProblems(schema, said)
	refused = settingProblems(c, path, problems, plugin.Settings{Values: p.Settings, Secrets: c.Secrets}.ByPlugin(schema, checked))
	return plugin.Shorten(WithoutSecrets(c, path, manifest, beside)), refused
}

// WithoutSecrets takes what is secret in the settings of the plugin at path out of
// what it said when it was told them.
func WithoutSecrets(c *config.Config, path string, manifest *ocov1.Manifest, said string) string {
	checked, _ := plugin.CheckSettings(manifest.GetSettings(), pluginAt(c, path).Settings)
	return plugin.Settings{Secrets: c.Secrets}.Redact(said, manifest.GetSettings(), checked)
}

func pluginAt(c *config.Config, path string) (found config.Plugin) {
	everyPlugin(c, func(at string, p config.Plugin) {
		if at == path {
			found = p
		}
	})
	return found
}

func settingProblems(c *config.Config, path string, problems []plugin.SettingProblem, tell func(plugin.SettingProblem) string) error {
	var errs []error
	for _, wrong := range problems {
		err := c.Problem(settingPath(path, wrong.Path), pluginAt(c, path).Name+": "+tell(wrong))
		if found, ok := errors.AsType[config.Problem](err); ok {
			found.Excerpt = "" // a secret may stand in the same line
			err = found
		}
		errs = append(errs, err)
	}
	return config.Join(errs...)
}

// Rehearsal is what of a configuration can run in memory, to see what becomes of
// manifests there: it has no addresses, no settings, and no plugin that cannot be.
func Rehearsal(c *config.Config) *config.Config {
	with := *c
	with.Listen = config.Listen{}
	with.Adapter = rehearsed(c.Adapter, bundledAdapters)
	if with.Adapter.Name == "" {
		with.Adapter.Name = "terminal"
	}
	names := map[string]bool{with.Adapter.Name: true}
	with.Handlers = nil
	for _, h := range c.Handlers {
		if h.Name == "" || names[h.Name] {
			continue
		}
		names[h.Name] = true
		h.Scopes = slices.DeleteFunc(slices.Clone(h.Scopes), func(s string) bool { return plugin.CheckScopes([]string{s}) != nil })
		with.Handlers = append(with.Handlers, rehearsed(h, slices.Collect(maps.Keys(bundledHandlers))))
	}
	return &with
}

func rehearsed(p config.Plugin, bundled []string) config.Plugin {
	p.Settings, p.User, p.Limits = nil, "", config.ProcessLimits{} // no process runs
	if !slices.Contains(bundled, p.Plugin) {
		p.Plugin, p.Command, p.Manifest, p.Remote = "", nil, "", true
	}
	return p
}
