package bot

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/supervise"
)

// bundledAdapters are the adapters in the bot's own binary.
var bundledAdapters = []string{"irc", "terminal"}

// bundledHandlers are the handlers in the bot's own binary, with the scopes
// that they have unless the operator says otherwise.
var bundledHandlers = map[string][]string{
	"core": {plugin.CommandsRead, plugin.StatusRead, plugin.UsersRead, plugin.RoomsRead},
	"exec": {plugin.RoomsRead},
}

// alone are the bundled handlers that never share a process: what they are configured
// to do could take the others down.
var alone = map[string]bool{"exec": true}

// Bundled says whether there is such an adapter or handler in the bot's own binary.
func Bundled(kind, name string) bool {
	if kind == "adapter" {
		return slices.Contains(bundledAdapters, name)
	}
	_, ok := bundledHandlers[name]
	return ok
}

// check finds what is wrong with a configuration beyond what its own package
// can know: names of bundled plugins and scopes, users and limits of this machine, and
// the operator's certificate.
func check(c *config.Config) error {
	var errs []error
	if c.Listen.GRPC != "" && c.Listen.TLS.Cert != "" && c.Listen.TLS.Key != "" {
		_, err := loadCertificate(c.Listen.TLS, "", nil, time.Now())
		errs = append(errs, err)
	}
	if a := c.Adapter; a.Bundled() && !slices.Contains(bundledAdapters, a.Plugin) {
		errs = append(errs, c.Unknown("adapter.plugin", "bundled adapter", a.Plugin, bundledAdapters))
	}
	everyPlugin(c, func(at string, p config.Plugin) {
		if p.User == "" {
			return
		}
		if _, err := supervise.LookupUser(p.User); err != nil {
			errs = append(errs, c.Problem(at+".user", p.Name+": "+err.Error()))
		}
	})
	known := slices.Sorted(maps.Keys(bundledHandlers))
	for i, h := range c.Handlers {
		at := fmt.Sprintf("handlers[%d]", i)
		if h.Bundled() && !slices.Contains(known, h.Plugin) {
			errs = append(errs, c.Unknown(at+".plugin", "bundled handler", h.Plugin, known))
		}
		for j, scope := range h.Scopes {
			if plugin.CheckScopes([]string{scope}) != nil {
				errs = append(errs, c.Unknown(fmt.Sprintf("%s.scopes[%d]", at, j), "scope", scope, plugin.Scopes))
			}
		}
	}
	errs = append(errs, checkLimits(c))
	return config.Join(errs...)
}

// grants are the scopes of each plugin.
func grants(c *config.Config) map[string][]string {
	all := map[string][]string{}
	for _, h := range c.Handlers {
		all[h.Name] = h.Scopes
		if h.Scopes == nil && h.Bundled() {
			all[h.Name] = bundledHandlers[h.Plugin]
		}
	}
	return all
}
