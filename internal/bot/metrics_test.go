package bot

import (
	"log/slog"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

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
	b, err := Start(t.Context(), Options{Config: c, Log: slog.New(slog.DiscardHandler), Version: "v1", Guests: true})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Stop(t.Context())
	for _, r := range []delivery.Report{
		{Kind: "admitted", Plugin: "h", Delivery: "d1", Event: "event:1:secret"},
		{Kind: "offered", Plugin: "h", Delivery: "d1"},
		{Kind: "ended", Plugin: "h", Delivery: "d1", Outcome: chat.Failed, Took: 30 * time.Millisecond, Detail: "the secret"},
		{Kind: "resolved", Plugin: "h", Outcome: chat.Done},
		{Kind: "sent", State: chat.Sent}, {Kind: "operated", State: chat.SendFailed, What: "topic of room:1:secret"},
	} {
		b.metrics.count(r)
	}
	w := httptest.NewRecorder()
	b.metrics.handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	text := w.Body.String()
	for _, want := range []string{
		`oco_deliveries_admitted_total{plugin="h"} 1`, `oco_deliveries_offered_total{plugin="h"} 1`,
		`oco_deliveries_ended_total{outcome="failed",plugin="h"} 1`, `oco_delivery_duration_seconds_bucket{plugin="h",le="0.05"} 1`,
		`oco_deliveries_resolved_total{outcome="done",plugin="h"} 1`, `oco_sends_ended_total{state="sent"} 1`, `oco_operations_ended_total{state="failed"} 1`,
		`oco_deliveries_open{state="waiting"} 0`, "oco_deliveries_unsettled 0", "oco_outbox_messages 0", "oco_store_syncs_total", "oco_ready 0", `oco_build_info{version="v1"} 1`, "process_open_fds", "go_goroutines",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in:\n%s", want, text)
		}
	}
	if strings.Contains(text, "secret") || strings.Contains(text, "d1") {
		t.Error("a label holds an id or a text")
	}
	for _, m := range Metrics() {
		if strings.Contains(text, "# TYPE "+m.Name+" ") && !strings.Contains(text, "# TYPE "+m.Name+" "+m.Kind+"\n") {
			t.Errorf("%s is no %s", m.Name, m.Kind)
		}
	}
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("not as metrics are named: %v, %v", problems, err)
	}
}

// What the reference lists is what a scrape shows: no more, no less, and each
// label is one that is bounded.
func TestMetricsAreThoseOfTheReference(t *testing.T) {
	listed := map[string]Metric{}
	for _, m := range Metrics() {
		listed[m.Name] = m
	}
	m := newMetrics(&Bot{})
	descs := make(chan *prometheus.Desc, 1000)
	m.registry.Describe(descs)
	close(descs)
	described := map[string]bool{}
	for d := range descs {
		name := regexp.MustCompile(`fqName: "([^"]*)"`).FindStringSubmatch(d.String())[1]
		labels := regexp.MustCompile(`variableLabels: {([^}]*)}`).FindStringSubmatch(d.String())[1]
		if !strings.HasPrefix(name, "oco_") {
			continue
		}
		described[name] = true
		if want := strings.Join(listed[name].Labels, ","); labels != want || listed[name].Help == "" {
			t.Errorf("%s has the labels %q, the reference says %q", name, labels, want)
		}
	}
	for name, m := range listed {
		if !described[name] {
			t.Errorf("%s is in the reference and not there", name)
		}
		for _, label := range m.Labels {
			if !slices.Contains([]string{"plugin", "process", "account", "outcome", "state", "version", "kind", "why"}, label) {
				t.Errorf("%s has the label %s: is it bounded?", name, label)
			}
		}
	}
	if len(described) != len(listed) {
		t.Errorf("%d described, %d listed", len(described), len(listed))
	}
}
