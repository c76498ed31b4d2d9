package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// workTimeout is how long a bot may take that waits for work in flight: a little more
// than the longest limits.stop_grace, once for the work and once for its turn.
const workTimeout = 25 * time.Minute

// Reload is `oco reload`: the bot reads its configuration again.
type Reload struct {
	Target
	JSON bool `help:"Print one JSON document."`
}

// Run asks and prints what came of it. A configuration that the bot does not take
// makes it fail, and then nothing has changed.
func (r *Reload) Run(ctx context.Context, env *Env) error {
	return r.with(ctx, env, workTimeout, func(ctx context.Context, c *client) error {
		answer, err := c.admin.Reload(ctx, &ocov1.ReloadRequest{})
		if s, ok := status.FromError(err); ok && reasonOf(s) == "CONFIG_INVALID" {
			if _, err := fmt.Fprintf(env.Stderr, "%s\nnothing has changed: the bot goes on as before\n", PrintableLines(s.Message())); err != nil {
				return err
			}
			return ErrSaid
		} else if ok && s.Code() == codes.Internal && reasonOf(s) == "" {
			return errors.New("a part of the configuration could not be applied: see the bot's log; once it is mended, `oco reload` tries again")
		}
		if err != nil {
			return err
		}
		if r.JSON {
			return writeJSON(env.Stdout, answer)
		}
		return write(env.Stdout, []byte(reloadText(answer)))
	})
}

func reloadText(r *ocov1.ReloadResponse) string {
	var b strings.Builder
	for _, part := range []struct {
		what string
		keys []string
	}{{"changed", r.GetChanged()}, {"started, restarted or ended", r.GetRestarted()}, {"holds after a restart of the bot", r.GetNeedsRestart()}} {
		if len(part.keys) > 0 {
			fmt.Fprintf(&b, "%s: %s\n", part.what, Printable(strings.Join(part.keys, ", ")))
		}
	}
	if b.Len() == 0 {
		return "nothing has changed\n"
	}
	return b.String()
}
