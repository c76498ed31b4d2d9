package bot

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/delivery"
)

// Retention is as configured, and a reload changes it while the bot runs.
func TestRetentionIsConfigured(t *testing.T) {
	r := newReloader(t, guestFile+"retention: {records: 48h, records_most: 5000, text: 0s}\n")
	if got, want := r.engine.Kept().Policy, (delivery.Kept{Records: 48 * time.Hour, Most: 5000}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got, want := r.reload(t.Context(), guestFile+"retention: {text: 12h}\n"), "retention.records retention.records_most retention.text | "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := r.engine.Kept().Policy, (delivery.Kept{Records: 2160 * time.Hour, Most: 1_000_000, Text: 12 * time.Hour}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// That events are forgotten before a day is over is told (OCO-DLV-57).
func TestThatEventsAreForgottenEarlyIsTold(t *testing.T) {
	var log bytes.Buffer
	c := config.Default()
	c.Adapter = config.Plugin{Name: "test", Remote: true}
	b, err := Start(t.Context(), Options{Config: c, Log: slog.New(slog.NewTextHandler(&log, nil)), Version: "v1", Guests: true})
	if err != nil {
		t.Fatal(err)
	}
	b.report(delivery.Report{Kind: "crowded", Took: 3 * time.Hour, Detail: "more events than are remembered"})
	b.Stop(t.Context())
	if want := `level=WARN msg="events are forgotten early" after=3h0m0s detail="more events than are remembered"`; strings.Count(log.String(), want) != 1 {
		t.Errorf("not told:\n%s", log.String())
	}
}
