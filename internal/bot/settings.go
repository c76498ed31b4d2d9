package bot

import (
	"errors"
	"fmt"
	"strings"

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
		all[p.Name] = plugin.Settings{Values: p.Settings, Place: func(setting string) string { return c.Place(settingPath(path, setting)) }}
	})
	return all
}

// settingPath leads to a setting of the plugin at path, or to all of them.
func settingPath(path, setting string) string {
	return strings.TrimSuffix(path+".settings."+setting, ".")
}

// CheckSettings finds what is wrong with the settings of one plugin, given what it
// says of itself: problems of the file, with their places, joined.
func CheckSettings(c *config.Config, name string, manifest *ocov1.Manifest) error {
	schema := manifest.GetSettings()
	if refused := plugin.CheckSchema(schema); refused != nil {
		return fmt.Errorf("%s: %s", name, refused.Text)
	}
	var errs []error
	everyPlugin(c, func(path string, p config.Plugin) {
		if p.Name != name {
			return
		}
		_, problems := plugin.CheckSettings(schema, p.Settings)
		for _, wrong := range problems {
			err := c.Problem(settingPath(path, wrong.Path), name+": "+wrong.Text)
			if found, ok := errors.AsType[config.Problem](err); ok && wrong.Hidden {
				found.Excerpt = ""
				err = found
			}
			errs = append(errs, err)
		}
	})
	return config.Join(errs...)
}
