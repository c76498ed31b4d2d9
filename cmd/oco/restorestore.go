package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/openchatops/oco/internal/bot"
	"github.com/openchatops/oco/internal/cli"
	"github.com/openchatops/oco/internal/config"
)

// restoreCommand is `oco restore FILE`.
type restoreCommand struct {
	Data   string `help:"Data directory, which is empty or not there." placeholder:"DIR" xor:"bot"`
	Config string `short:"c" help:"Configuration that names the data directory." placeholder:"FILE" xor:"bot"`
	File   string `arg:"" help:"The backup; - is standard input."`
}

// Run makes a data directory of a backup.
func (r *restoreCommand) Run(ctx context.Context, env *cli.Env) error {
	data := r.Data
	switch {
	case r.Config != "":
		c, err := config.Load(r.Config)
		if err != nil {
			return err
		}
		data = c.Data
	case data == "":
		data = cli.DefaultData
	}
	from := env.Stdin
	if r.File != "-" {
		f, err := os.Open(r.File)
		if err != nil {
			return fmt.Errorf("the backup cannot be read: %w", err)
		}
		defer f.Close() //nolint:errcheck // it was only read
		from = f
	}
	h, sum, err := bot.Restore(ctx, data, io.Reader(from))
	if err != nil {
		return fmt.Errorf("%s is not restored: %w", r.File, err)
	}
	_, err = fmt.Fprintf(env.Stdout, "%s: restored %d rows of %s\nWhat was open then may have run since: commands among it end as unknown when the bot starts (`oco outcomes`).\n",
		cli.Printable(data), sum.Rows, h.Time.In(env.Zone).Format("2006-01-02 15:04:05"))
	return err
}
