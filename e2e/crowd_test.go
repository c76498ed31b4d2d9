package e2e

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/openchatops/oco"
)

// crowdSize is how many people talk to the bot at once, each in a direct room.
const crowdSize = 24

// crowdAdapter publishes what many people say, as fast as the bot takes it. It
// tells the service when it was that the bot had each message.
type crowdAdapter struct {
	chatAdapter
	happened func(incoming) oco.Incoming // who said it where
}

func runCrowd(s *site, _ string) int {
	oco.Main(oco.NewAdapter("chat", "e2e", &crowdAdapter{chatAdapter{site: s}, alone}))
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
	if err := bot.Publish(ctx, a.happened(m)); err != nil {
		return err
	}
	at := strconv.FormatInt(monotonic(), 10)
	return a.site.call("/ack", url.Values{"id": {m.ID}, "at": {at}}, nil, nil)
}

// alone lets each message come from somebody else, so that nobody waits for another.
func alone(m incoming) oco.Incoming {
	who := "user-of-" + m.ID
	return oco.Incoming{
		ID: oco.EventID(m.ID), Room: oco.Room{ID: oco.RoomID("with-" + who), Kind: oco.RoomDirect, Name: who},
		Actor:   oco.User{ID: oco.UserID(who), Name: who, MentionName: who},
		Message: &oco.IncomingMessage{ID: oco.MessageID(m.ID), Text: m.Text},
	}
}

func runTown(s *site, _ string) int {
	oco.Main(oco.NewAdapter("chat", "e2e", &crowdAdapter{chatAdapter{site: s}, inTown}))
	return 0
}

// inTown lets many people talk in some rooms. The id of a message says who and where:
// NUMBER.USER.ROOM.
func inTown(m incoming) oco.Incoming {
	part := strings.Split(m.ID, ".")
	who, where := part[1], part[2]
	return oco.Incoming{
		ID: oco.EventID(m.ID), Room: oco.Room{ID: oco.RoomID(where), Kind: oco.RoomChannel, Name: where},
		Actor:   oco.User{ID: oco.UserID(who), Name: who, MentionName: who},
		Message: &oco.IncomingMessage{ID: oco.MessageID(m.ID), Text: m.Text},
	}
}

func pauseUntil(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
