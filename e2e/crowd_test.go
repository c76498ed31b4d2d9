package e2e

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/openchatops/oco"
)

// crowdSize is how many people talk to the bot at once, each in a direct room.
const crowdSize = 24

// crowdAdapter publishes what many people say, as fast as the bot takes it. It
// tells the service when it was that the bot had each message.
type crowdAdapter struct{ chatAdapter }

func runCrowd(s *site, _ string) int {
	oco.Main(oco.NewAdapter("chat", "e2e", &crowdAdapter{chatAdapter{site: s}}))
	return 0
}

func (a *crowdAdapter) Run(ctx context.Context, bot oco.Bot) error {
	bot.Status(ctx, true, "the service of a test")
	var crowd sync.WaitGroup
	for range crowdSize {
		crowd.Go(func() {
			for ctx.Err() == nil {
				if err := a.one(ctx, bot); err != nil && ctx.Err() == nil {
					fmt.Fprintln(os.Stderr, err)
					pauseUntil(ctx, 20*time.Millisecond)
				}
			}
		})
	}
	crowd.Wait()
	return nil
}

// one publishes one message and acknowledges it once the bot has it.
func (a *crowdAdapter) one(ctx context.Context, bot oco.Bot) error {
	var m incoming
	if err := a.site.callUntil(ctx, "/next", url.Values{}, nil, &m); err != nil {
		return err
	}
	who := "user-of-" + m.ID // nobody waits for another
	err := bot.Publish(ctx, oco.Incoming{
		ID: oco.EventID(m.ID), Room: oco.Room{ID: oco.RoomID("with-" + who), Kind: oco.RoomDirect, Name: who},
		Actor:   oco.User{ID: oco.UserID(who), Name: who, MentionName: who},
		Message: &oco.IncomingMessage{ID: oco.MessageID(m.ID), Text: m.Text},
	})
	if err != nil {
		return err
	}
	at := strconv.FormatInt(monotonic(), 10)
	return a.site.call("/ack", url.Values{"id": {m.ID}, "at": {at}}, nil, nil)
}

func pauseUntil(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
