package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// Status is `oco status`: how the bot is. It fails if the bot is not ready.
type Status struct {
	Target
	JSON bool `help:"Print one JSON document."`
}

// Run asks and prints.
func (s *Status) Run(ctx context.Context, env *Env) error {
	return s.with(ctx, env, callTimeout, func(ctx context.Context, c *client) error {
		answer, err := c.admin.GetStatus(ctx, &ocov1.GetStatusRequest{})
		if err != nil {
			return err
		}
		if s.JSON {
			err = writeJSON(env.Stdout, answer)
		} else {
			err = write(env.Stdout, []byte(env.statusText(answer)))
		}
		if err == nil && !answer.GetReady() {
			return ErrSaid
		}
		return err
	})
}

// Ask asks the bot how it is, and prints nothing.
func (t Target) Ask(ctx context.Context, env *Env) (answer *ocov1.GetStatusResponse, err error) {
	err = t.with(ctx, env, callTimeout, func(ctx context.Context, c *client) (err error) {
		answer, err = c.admin.GetStatus(ctx, &ocov1.GetStatusRequest{})
		return err
	})
	return answer, err
}

func (e *Env) statusText(s *ocov1.GetStatusResponse) string {
	var b strings.Builder
	state := "ready"
	if !s.GetReady() {
		state = "NOT READY"
	}
	fmt.Fprintf(&b, "%s  oco %s, process %d", bold(Printable(s.GetBot().GetName())+" "+state, e.Colour),
		Printable(s.GetBot().GetVersion()), s.GetProcessId())
	if s.GetUptime() != nil {
		fmt.Fprintf(&b, ", up %s", span(s.GetUptime()))
	}
	b.WriteByte('\n')
	for _, warning := range s.GetWarnings() {
		fmt.Fprintf(&b, "warning: %s\n", Printable(warning))
	}
	if len(s.GetCounts()) > 0 {
		var counts []string
		for _, name := range slices.Sorted(maps.Keys(s.GetCounts())) {
			counts = append(counts, fmt.Sprintf("%s %d", strings.ReplaceAll(Printable(name), "_", " "), s.GetCounts()[name]))
		}
		fmt.Fprintf(&b, "deliveries: %s\n", strings.Join(counts, ", "))
	}
	if len(s.GetAccounts()) > 0 {
		accounts := newTable("ACCOUNT", "SERVICE", "STATE", "DETAIL")
		for _, a := range s.GetAccounts() {
			state := "connected"
			if !a.GetConnected() {
				state = "disconnected"
			}
			accounts.add(a.GetAccountId(), a.GetService(), state, a.GetDetail())
		}
		b.WriteString("\n" + accounts.render(e.Colour))
	}
	if len(s.GetPlugins()) > 0 {
		b.WriteString("\n" + pluginTable(s.GetPlugins()).render(e.Colour))
	}
	return b.String()
}
