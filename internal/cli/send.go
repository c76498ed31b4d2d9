package cli

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// Send is `oco send ROOM TEXT`: one message.
type Send struct {
	Target
	JSON       bool          `help:"Print one JSON document."`
	Wait       bool          `help:"Wait until the chat service has it, or surely has not. Fails if it has not."`
	Timeout    time.Duration `help:"How long to wait." default:"60s"`
	ValidFor   time.Duration `help:"How long it is worth posting, such as 10m: if the chat service is away for longer it is not posted at all. At most what limits.send_age says." placeholder:"DURATION"`
	PreferLoss bool          `help:"Rather lose it than post it twice where nobody can know whether it was posted."`
	Thread     string        `help:"Into this thread." placeholder:"ID"`
	RequestID  string        `help:"An id of your own: the same request is sent once, however often it is made within a day." placeholder:"ID"`
	Room       string        `arg:"" help:"A room's alias, name or id, or a user (user:… or @name): their direct room."`
	Text       []string      `arg:"" passthrough:"partial" help:"What to say. - reads it from standard input."`
}

// maxText is the size of the largest text of a message.
const maxText = 64 << 10

// Run sends and prints the id of the message.
func (s *Send) Run(ctx context.Context, env *Env) error {
	text, err := s.text(env)
	if err != nil {
		return err
	}
	if s.ValidFor < 0 {
		return Usage("--valid-for is before now: give a time above nothing, such as 10m")
	}
	timeout := callTimeout
	if s.Wait {
		timeout = s.Timeout
	}
	return s.with(ctx, env, timeout, func(ctx context.Context, c *client) error {
		room, err := c.room(ctx, s.Room)
		if err != nil {
			return err
		}
		to := &ocov1.Address{Room: room}
		if s.Thread != "" {
			to.Place = &ocov1.Address_ThreadId{ThreadId: s.Thread}
		}
		id := s.RequestID
		if id == "" {
			id = "cli-" + rand.Text()
		}
		answer, err := c.chat.SendMessage(ctx, &ocov1.SendMessageRequest{
			Id:      &ocov1.SendMessageRequest_RequestId{RequestId: id},
			Message: s.message(to, text),
			Wait:    s.Wait,
		})
		if err != nil {
			return err
		}
		return s.print(env, answer)
	})
}

func (s *Send) message(to *ocov1.Address, text string) *ocov1.OutgoingMessage {
	m := &ocov1.OutgoingMessage{To: to, Content: &ocov1.Content{Text: text}}
	if s.ValidFor > 0 {
		m.ValidFor = durationpb.New(s.ValidFor)
	}
	if s.PreferLoss {
		m.RepeatPolicy = ocov1.RepeatPolicy_REPEAT_POLICY_PREFER_LOSS
	}
	return m
}

func (s *Send) print(env *Env, answer *ocov1.SendMessageResponse) error {
	var err error
	if s.JSON {
		err = writeJSON(env.Stdout, answer)
	} else {
		_, err = fmt.Fprintf(env.Stdout, "%s %s\n", Printable(answer.GetMessageId()), word(answer.GetState()))
	}
	switch {
	case err != nil:
		return err
	case answer.GetState() == ocov1.SendState_SEND_STATE_FAILED:
		return fmt.Errorf("the chat service did not take the message: `oco show %s` tells why", Printable(answer.GetMessageId()))
	case answer.GetState() == ocov1.SendState_SEND_STATE_UNKNOWN:
		return fmt.Errorf("nobody can know whether the message was sent: look into the room before you send it again")
	case answer.GetState() == ocov1.SendState_SEND_STATE_EXPIRED:
		return fmt.Errorf("the message could not be posted in time and will not be any more: `oco show %s` tells why", Printable(answer.GetMessageId()))
	case s.Wait && answer.GetState() != ocov1.SendState_SEND_STATE_SENT:
		return fmt.Errorf("the message waits in the bot's outbox: `oco status` tells why")
	}
	return nil
}

// text gives what to say, from the command line or from standard input.
func (s *Send) text(env *Env) (string, error) {
	words := s.Text
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	text := strings.Join(words, " ")
	if text == "-" {
		read, err := io.ReadAll(io.LimitReader(env.Stdin, maxText+1))
		if err != nil {
			return "", fmt.Errorf("read standard input: %w", err)
		}
		text = strings.TrimRight(string(read), "\r\n")
	}
	switch {
	case strings.TrimSpace(text) == "":
		return "", Usage("there is nothing to say: oco send ROOM TEXT")
	case len(text) > maxText:
		return "", fmt.Errorf("the text is longer than %d KiB: send less, or several messages", maxText>>10)
	}
	return text, nil
}

// room gives the room that a word means.
func (c *client) room(ctx context.Context, name string) (*ocov1.RoomRef, error) {
	if mention, found := strings.CutPrefix(name, "@"); found {
		answer, err := c.chat.GetUser(ctx, &ocov1.GetUserRequest{By: &ocov1.GetUserRequest_MentionName{MentionName: mention}})
		if err != nil {
			return nil, err
		}
		return &ocov1.RoomRef{By: &ocov1.RoomRef_UserId{UserId: answer.GetUser().GetUserId()}}, nil
	}
	switch {
	case name == "" || name == "#":
		return nil, Usage("there is no room: oco send ROOM TEXT")
	case strings.HasPrefix(name, "user:"):
		return &ocov1.RoomRef{By: &ocov1.RoomRef_UserId{UserId: name}}, nil
	case strings.HasPrefix(name, "room:"):
		return &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: name}}, nil
	}
	return &ocov1.RoomRef{By: &ocov1.RoomRef_Name{Name: strings.TrimPrefix(name, "#")}}, nil
}
