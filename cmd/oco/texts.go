package main

import (
	"fmt"
	"slices"

	"github.com/openchatops/oco/internal/cli"
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/texts"
)

// textsCommand is `oco texts`.
type textsCommand struct {
	Config   string `short:"c" help:"Print the texts that hold under this configuration. Default: the English ones." placeholder:"FILE"`
	Language string `help:"Print them with the forms in which this language counts, such as pl. Default: that of the configuration." placeholder:"TAG"`
	Missing  bool   `help:"Print those alone that the configuration does not have."`
}

// Run prints them as a file that the key texts_file of a configuration can name.
func (k *textsCommand) Run(env *cli.Env) error {
	layers := []texts.Layer{}
	if k.Config != "" {
		c, err := config.Load(k.Config)
		if err != nil {
			return err
		}
		layers = append(layers, c.TextsFile.Texts, c.Texts)
	}
	if k.Language != "" {
		layers = append(layers, texts.Layer{texts.LanguageKey: k.Language})
	}
	c, problems := texts.New(layers...)
	if len(problems) > 0 {
		return fmt.Errorf("%s: %s", problems[0].Name, problems[0].Text)
	}
	entries := c.Entries()
	if k.Missing {
		entries = slices.DeleteFunc(entries, func(e texts.Entry) bool { return e.Own })
	}
	_, err := fmt.Fprint(env.Stdout, texts.YAML(c.Language(), entries))
	return err
}
