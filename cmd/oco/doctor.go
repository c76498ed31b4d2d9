package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/bot"
	"github.com/openchatops/oco/internal/cli"
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/doctor"
)

// doctorCommand is `oco doctor`.
type doctorCommand struct {
	cli.Target
	Offline   bool          `help:"Run no program to ask for its manifest."`
	StoreTime time.Duration `default:"10s" help:"How long the rows of the store are read and checked at most, if no bot runs." placeholder:"DURATION"`
	JSON      bool          `help:"Print one JSON document."`
}

// usualConfig is the configuration of who names none, where one is needed.
const usualConfig = "oco.yaml"

// Run looks at everything and prints what it found. It fails if something does
// not work.
func (d *doctorCommand) Run(ctx context.Context, env *cli.Env) error {
	p, err := d.patient(ctx, env)
	if err != nil {
		return err
	}
	all := doctor.Examine(ctx, p)
	if err := d.print(env, all); err != nil {
		return err
	}
	if doctor.Worst(all) == doctor.Fail {
		return cli.ErrSaid
	}
	return nil
}

func (d *doctorCommand) patient(ctx context.Context, env *cli.Env) (doctor.Patient, error) {
	p := doctor.Patient{
		File: d.Config, Config: config.Default(), Version: versionText(), Now: env.Now(),
		InUse: bot.StoreInUse,
	}
	target := d.Target
	if d.Config != "" {
		c, found, err := inspect(ctx, d.Config, d.Offline)
		if err != nil {
			return p, err
		}
		p.Config, p.Wrong, p.Doubts = c, found.wrong, found.doubts
		if c != nil {
			target = cli.Target{Data: c.Data} // the file may be wrong elsewhere
		}
	} else if d.Data != "" {
		p.Config.Data = d.Data
	} else {
		p.Elsewhere = env.Getenv("OCO_ENDPOINT") != ""
		if _, err := os.Stat(usualConfig); err == nil {
			p.Unread = usualConfig
		}
	}
	p.Ask = func(ctx context.Context) (*ocov1.GetStatusResponse, error) { return target.Ask(ctx, env) }
	p.ReadStore = func(ctx context.Context) (doctor.Stored, error) {
		ctx, cancel := context.WithTimeout(ctx, d.StoreTime)
		defer cancel()
		began := time.Now()
		read, err := bot.ReadStore(ctx, p.Config)
		return doctor.Stored{Rows: read.Rows, Bytes: read.Bytes, Whole: read.Whole, Took: time.Since(began)}, err
	}
	p.Certificate = func() (doctor.Certificate, error) {
		r, err := bot.ExamineRemote(p.Config)
		return doctor.Certificate{Address: r.Address, Pin: r.Pin, Ends: r.Ends, SelfMade: r.SelfMade, TLS: !p.Config.Listen.TLS.Off}, err
	}
	return p, nil
}

func (d *doctorCommand) print(env *cli.Env, all []doctor.Finding) error {
	var b strings.Builder
	if d.JSON {
		text, err := json.MarshalIndent(all, "", "  ")
		if err != nil {
			return err
		}
		b.Write(cli.ASCII(append(text, '\n')))
	} else {
		for _, f := range all {
			fmt.Fprintf(&b, "%-4s  %s: %s\n", f.Level, cli.Printable(f.Subject), indent(cli.PrintableLines(f.Text)))
			if f.Advice != "" {
				fmt.Fprintf(&b, "      -> %s\n", cli.Printable(f.Advice))
			}
		}
	}
	_, err := env.Stdout.Write([]byte(b.String()))
	return err
}

// indent puts the lines after the first below the text of the first.
func indent(text string) string { return strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n      ") }
