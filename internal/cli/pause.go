package cli

import (
	"context"
	"fmt"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// Pause is `oco pause [HANDLER]`: deliveries wait until `oco resume`.
type Pause struct {
	Target
	Reason  string `help:"Why; people who ask the handler are told." placeholder:"TEXT"`
	Handler string `arg:"" optional:"" help:"Name of the handler; all without it."`
}

// Run pauses.
func (p *Pause) Run(ctx context.Context, env *Env) error {
	return p.Target.setPaused(ctx, env, &ocov1.SetPausedRequest{PluginId: p.Handler, Paused: true, Reason: p.Reason})
}

// Resume is `oco resume [HANDLER]`.
type Resume struct {
	Target
	Handler string `arg:"" optional:"" help:"Name of the handler; all without it."`
}

// Run resumes.
func (p *Resume) Run(ctx context.Context, env *Env) error {
	return p.Target.setPaused(ctx, env, &ocov1.SetPausedRequest{PluginId: p.Handler})
}

func (t Target) setPaused(ctx context.Context, env *Env, request *ocov1.SetPausedRequest) error {
	return t.with(ctx, env, callTimeout, func(ctx context.Context, c *client) error {
		if _, err := c.admin.SetPaused(ctx, request); err != nil {
			return err
		}
		who, state := "every handler", "runs"
		if request.GetPluginId() != "" {
			who = Printable(request.GetPluginId())
		}
		if request.GetPaused() {
			state = "is paused"
		}
		_, err := fmt.Fprintf(env.Stdout, "%s %s\n", who, state)
		return err
	})
}
