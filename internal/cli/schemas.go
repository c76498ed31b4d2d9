package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// schemas prints what is derived from the commands of a plugin, or of all.
func (r *Routes) schemas(ctx context.Context, env *Env, c *client) error {
	all, err := c.commands(ctx)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(one *ocov1.Command) bool { return r.Plugin != "" && one.GetPluginId() != r.Plugin })
	if r.JSON {
		return writeJSON(env.Stdout, &ocov1.ListCommandsResponse{Commands: all})
	}
	var out bytes.Buffer
	for _, one := range all {
		if err := writeSchema(&out, one); err != nil {
			return err
		}
	}
	return write(env.Stdout, out.Bytes())
}

// commands asks for all commands, page after page.
func (c *client) commands(ctx context.Context) ([]*ocov1.Command, error) {
	var all []*ocov1.Command
	request := &ocov1.ListCommandsRequest{WithSchema: true, PageSize: pageSize}
	for {
		page, err := c.bot.ListCommands(ctx, request)
		if err != nil {
			return nil, err
		}
		all = append(all, page.GetCommands()...)
		if page.GetNextPageToken() == "" {
			return all, nil
		}
		if page.GetNextPageToken() == request.PageToken {
			return nil, fmt.Errorf("the bot gave the page token %q twice", request.PageToken)
		}
		request.PageToken = page.GetNextPageToken()
	}
}

// writeSchema writes a command as it stands in chat, as a slash command, and the
// schema of its arguments.
func writeSchema(out *bytes.Buffer, one *ocov1.Command) error {
	fmt.Fprintf(out, "%s\n  %s\n", Printable(one.GetPluginId()+":"+one.GetRoute()), Printable(one.GetPattern()))
	if slash := one.GetSlashCommand(); slash != nil {
		line := "/" + slash.GetName()
		for _, o := range slash.GetOptions() {
			name := o.GetName()
			if !o.GetRequired() {
				name = "[" + name + "]"
			}
			line += " " + name
		}
		fmt.Fprintf(out, "  %s\n", Printable(line))
	}
	var schema bytes.Buffer
	if err := json.Indent(&schema, []byte(one.GetSchema()), "  ", "  "); err != nil {
		return fmt.Errorf("the bot gave no JSON as the schema of %s: %w", Printable(one.GetRoute()), err)
	}
	fmt.Fprintf(out, "  %s\n\n", asciiJSON(schema.Bytes()))
	return nil
}
