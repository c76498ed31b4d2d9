package bot

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/delivery"
)

// What the adapter could not do stands in the log with what it was: a message or
// another operation. What it did is for those who debug.
func TestWhatTheAdapterCouldNotDoIsLogged(t *testing.T) {
	var log bytes.Buffer
	c := config.Default()
	c.Adapter = config.Plugin{Name: "test", Remote: true}
	b, err := Start(t.Context(), Options{Config: c, Log: slog.New(slog.NewTextHandler(&log, nil)), Version: "v1", Guests: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []delivery.Report{
		{Kind: "operated", Message: "o1", What: "topic of room:1:ops", State: chat.SendFailed, Detail: "not a moderator"},
		{Kind: "operated", Message: "o2", What: "topic of room:1:dev", State: chat.Sent},
		{Kind: "sent", Message: "m1", State: chat.SendUnknown}, {Kind: "sent", Message: "m2", State: chat.Sent},
	} {
		b.report(r)
	}
	b.Stop(t.Context())
	lines := log.String()
	for want, count := range map[string]int{
		`level=WARN msg=operated message=o1 operation="topic of room:1:ops" state=failed detail="not a moderator"`: 1,
		`level=WARN msg=sent message=m1 state=unknown`:                                                             1, "o2": 0, "m2": 0,
	} {
		if got := strings.Count(lines, want); got != count {
			t.Errorf("%d times, want %d: %s in\n%s", got, count, want, lines)
		}
	}
}
