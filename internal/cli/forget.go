package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// forgetTimeout is how long a bot may take to go through all of its records.
const forgetTimeout = time.Hour

// Forget is `oco forget USER`: it removes what a person said.
type Forget struct {
	Target
	Yes  bool   `help:"Do not ask."`
	JSON bool   `help:"Print one JSON document."`
	User string `arg:"" help:"Id of the person, such as user:1:alice. \"oco show\" and \"whoami\" in the chat tell it."`
}

// Run asks, lets the bot forget, and says what it did. It fails while something of the
// person's is open.
func (f *Forget) Run(ctx context.Context, env *Env) error {
	if err := f.ask(env); err != nil {
		return err
	}
	return f.with(ctx, env, forgetTimeout, func(ctx context.Context, c *client) error {
		answer, err := c.admin.ForgetUser(ctx, &ocov1.ForgetUserRequest{UserId: f.User})
		if err != nil {
			return err
		}
		if f.JSON {
			err = writeJSON(env.Stdout, answer)
		} else {
			_, err = fmt.Fprintf(env.Stdout, "%s is forgotten: the text of %d events is gone, and %d records of deliveries name them no more\n",
				Printable(f.User), answer.GetEvents(), answer.GetDeliveries())
		}
		if err != nil || answer.GetOpen() == 0 {
			return err
		}
		if _, err := fmt.Fprintf(env.Stderr, "oco: %d deliveries of theirs were left as they are: they have not ended, or their outcome is unknown for less than an hour. Say the same again then, or cancel them: oco outcomes cancel\n", answer.GetOpen()); err != nil {
			return err
		}
		return ErrSaid
	})
}

// ask asks the person at the terminal, if there is one.
func (f *Forget) ask(env *Env) error {
	switch {
	case f.Yes:
		return nil
	case !env.Interactive:
		return Usage("it cannot be undone, and there is no terminal to ask at: say --yes")
	}
	if _, err := fmt.Fprintf(env.Stderr, "Remove what %s said, and what was said about it, from all records? This cannot be undone. [y/N] ", Printable(f.User)); err != nil {
		return err
	}
	answer, err := bufio.NewReader(env.Stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errors.New("nothing was removed")
}
