package bot

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/delivery"
)

// A scrape shows what was counted and how things stand, and no label grows with
// people or rooms.
func TestMetrics(t *testing.T) {
	c := config.Default()
	c.Adapter = config.Plugin{Name: "test", Remote: true}
	c.Handlers = []config.Plugin{{Name: "h", Remote: true}}
	b, err := Start(t.Context(), Options{Config: c, Log: slog.New(slog.DiscardHandler), Guests: true})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Stop(t.Context())
	for _, r := range []delivery.Report{
		{Kind: "admitted", Plugin: "h", Delivery: "d1", Event: "event:1:secret"},
		{Kind: "offered", Plugin: "h", Delivery: "d1"},
		{Kind: "ended", Plugin: "h", Delivery: "d1", Outcome: chat.Failed, Took: 30 * time.Millisecond, Detail: "the secret"},
		{Kind: "resolved", Plugin: "h", Outcome: chat.Done},
		{Kind: "sent", State: chat.Sent},
	} {
		b.metrics.count(r)
	}
	w := httptest.NewRecorder()
	b.metrics.handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	text := w.Body.String()
	for _, want := range []string{
		`oco_deliveries_admitted_total{plugin="h"} 1`, `oco_deliveries_offered_total{plugin="h"} 1`,
		`oco_deliveries_ended_total{outcome="failed",plugin="h"} 1`, `oco_delivery_seconds_bucket{plugin="h",le="0.05"} 1`,
		`oco_deliveries_resolved_total{outcome="done",plugin="h"} 1`, `oco_sends_ended_total{state="sent"} 1`,
		`oco_deliveries_open{state="waiting"} 0`, "oco_open_list 0", "oco_outbox 0", "oco_store_syncs_total",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in:\n%s", want, text)
		}
	}
	if strings.Contains(text, "secret") || strings.Contains(text, "d1") {
		t.Error("a label holds an id or a text")
	}
}
