package cli

import (
	"context"
	"strings"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// Match is `oco match TEXT`: which routes would take a message, and why not the
// others. It exits 1 if none does.
type Match struct {
	Data   string   `help:"Data directory of the bot." placeholder:"DIR" xor:"bot"`
	Config string   `short:"c" help:"Ask no bot that runs, but what this configuration and the manifests of its plugins say." placeholder:"FILE" xor:"bot"`
	As     string   `help:"Who says it: a handle, or an id of the bot's such as user:1:alice. Default: somebody who is in no group." placeholder:"USER"`
	Room   string   `help:"Where: an alias of the configuration, a name, or an id of the bot's. Default: in a direct room, where all is addressed to the bot." placeholder:"ROOM"`
	Edited bool     `help:"It is the new text of a message that was changed."`
	JSON   bool     `help:"Print one JSON document."`
	Text   []string `arg:"" help:"What somebody would type. Quote it for your shell."`
}

// Run asks a bot that runs, and prints. The error is ErrNotRunning if none runs on
// the data directory.
func (m *Match) Run(ctx context.Context, env *Env) error {
	return Target{Data: m.Data}.with(ctx, env, callTimeout, func(ctx context.Context, c *client) error {
		answer, err := c.admin.MatchMessage(ctx, m.Request())
		if err != nil {
			return err
		}
		return m.Print(env, answer)
	})
}

// Request is what is asked.
func (m *Match) Request() *ocov1.MatchMessageRequest {
	r := &ocov1.MatchMessageRequest{Text: strings.Join(m.Text, " "), Edited: m.Edited}
	switch {
	case m.As == "":
	case strings.HasPrefix(m.As, "user:"):
		r.User = &ocov1.MatchMessageRequest_UserId{UserId: m.As}
	default:
		r.User = &ocov1.MatchMessageRequest_MentionName{MentionName: strings.TrimPrefix(m.As, "@")}
	}
	switch {
	case m.Room == "":
	case strings.HasPrefix(m.Room, "room:"):
		r.Room = &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: m.Room}}
	default:
		r.Room = &ocov1.RoomRef{By: &ocov1.RoomRef_Name{Name: m.Room}}
	}
	return r
}

// Print prints an answer. The error is ErrSaid if nothing takes the message.
func (m *Match) Print(env *Env, answer *ocov1.MatchMessageResponse) error {
	var err error
	if m.JSON {
		err = writeJSON(env.Stdout, answer)
	} else {
		err = write(env.Stdout, []byte(matchText(answer, env)))
	}
	if err == nil && !answer.GetCommand().GetAllowed() && len(answer.GetHears()) == 0 && answer.GetOwnWord() == "" {
		return ErrSaid
	}
	return err
}
