package bot

import (
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/supervise"
)

// limits are those of the process of a plugin.
func limits(p config.Plugin) supervise.Limits {
	l := p.Limits
	return supervise.Limits{Memory: l.Memory, OpenFiles: l.OpenFiles, Processes: l.Processes, CPUTime: l.CPUTime, Nice: l.Nice}
}

// checkLimits finds limits that this machine cannot enforce: they are refused, not
// passed over.
func checkLimits(c *config.Config) error {
	var errs []error
	everyPlugin(c, func(path string, p config.Plugin) {
		if err := limits(p).Check(p.User); err != nil {
			errs = append(errs, c.Problem(path+".limits", err.Error()))
		}
	})
	return config.Join(errs...)
}
