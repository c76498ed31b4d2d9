package cli

import (
	"context"
	"fmt"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// Claim is `oco claim`: a code by which a person becomes an operator.
type Claim struct {
	Target
	JSON bool `help:"Print one JSON document."`
}

// Run makes the code. The code stands alone on standard output.
func (k *Claim) Run(ctx context.Context, env *Env) error {
	return k.with(ctx, env, callTimeout, func(ctx context.Context, c *client) error {
		answer, err := c.admin.CreateClaim(ctx, &ocov1.CreateClaimRequest{})
		if err != nil {
			return err
		}
		if k.JSON {
			return writeJSON(env.Stdout, answer)
		}
		if _, err := fmt.Fprintln(env.Stdout, Printable(answer.GetCode())); err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.Stderr, "Say this code, and nothing else, to the bot in a direct room within %s: who says it becomes an operator.\n",
			span(answer.GetValidFor()))
		return err
	})
}
