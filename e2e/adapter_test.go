package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"time"

	"github.com/openchatops/oco"
)

// chatAdapter connects the bot to a service.
type chatAdapter struct {
	site       *site
	idempotent bool
}

func runAdapter(s *site, _ string) int {
	oco.Main(oco.NewAdapter("chat", "e2e", &chatAdapter{site: s}))
	return 0
}

func runCollapsingAdapter(s *site, _ string) int {
	oco.Main(oco.NewAdapter("chat", "e2e", &chatAdapter{site: s, idempotent: true}))
	return 0
}

func (a *chatAdapter) Describe() oco.Description {
	return oco.Description{Account: "oco", Self: oco.User{ID: "self", Bot: true, Self: true}, IdempotentSend: a.idempotent, ReplaysMissed: true}
}

// Run publishes what the service has and acknowledges it when the bot has it.
func (a *chatAdapter) Run(ctx context.Context, bot oco.Bot) error {
	bot.Status(ctx, true, "the service of a test")
	for ctx.Err() == nil {
		var m incoming
		if err := a.site.callUntil(ctx, "/next", url.Values{}, nil, &m); err != nil {
			fmt.Fprintln(os.Stderr, err)
			select {
			case <-ctx.Done():
			case <-time.After(20 * time.Millisecond):
			}
			continue
		}
		a.site.step("received")
		err := bot.Publish(ctx, oco.Incoming{
			ID: oco.EventID(m.ID), Room: oco.Room{ID: "lobby", Kind: oco.RoomDirect, Name: "lobby"},
			Actor:   oco.User{ID: "alice", Name: "Alice", MentionName: "alice"},
			Message: &oco.IncomingMessage{ID: oco.MessageID(m.ID), Text: m.Text},
		})
		if err != nil {
			return err
		}
		a.site.step("published")
		if err := a.site.call("/ack", url.Values{"id": {m.ID}}, nil, nil); err != nil {
			return err
		}
		a.site.step("acknowledged")
	}
	return nil
}

// Send posts to the service.
func (a *chatAdapter) Send(ctx context.Context, m oco.Outgoing) (oco.MessageID, error) {
	slog.DebugContext(ctx, "the adapter posts")
	a.site.step("send")
	p := post{Room: string(m.Room), Text: m.Text, Token: m.Token, Reason: int(m.Reason), Repeat: m.PossibleRepeat}
	var id string
	if err := a.site.call("/post", url.Values{}, p, &id); err != nil {
		return "", oco.MaybeSent(err)
	}
	a.site.step("sent")
	return oco.MessageID(id), nil
}
