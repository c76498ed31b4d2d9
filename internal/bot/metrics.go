package bot

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/openchatops/oco/internal/delivery"
)

// scrapeWithin is how long a scrape waits for the state machine.
const scrapeWithin = 2 * time.Second

// metrics count what happens and ask, when somebody looks, how things stand.
// Labels are names of plugins of the configuration, outcomes and states: their
// number is bounded; no user, room or id is among them.
type metrics struct {
	registry *prometheus.Registry
	admitted *prometheus.CounterVec
	ended    *prometheus.CounterVec
	took     *prometheus.HistogramVec
	offered  *prometheus.CounterVec
	sent     *prometheus.CounterVec
	resolved *prometheus.CounterVec
}

func newMetrics(b *Bot) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		admitted: counter("oco_deliveries_admitted_total", "Deliveries admitted.", "plugin"),
		offered:  counter("oco_deliveries_offered_total", "Leases given, so attempts begun.", "plugin"),
		ended:    counter("oco_deliveries_ended_total", "Deliveries ended, by outcome.", "plugin", "outcome"),
		resolved: counter("oco_deliveries_resolved_total", "Unknown outcomes that a late completion resolved.", "plugin", "outcome"),
		sent:     counter("oco_sends_ended_total", "Messages of which it is known what became of them.", "state"),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "oco_delivery_seconds", Help: "From admission to outcome.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800},
		}, []string{"plugin"}),
	}
	m.registry.MustRegister(m.admitted, m.offered, m.ended, m.resolved, m.sent, m.took, standing{b})
	return m
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

// count takes one report. It does not block.
func (m *metrics) count(r delivery.Report) {
	switch r.Kind {
	case "admitted":
		m.admitted.WithLabelValues(r.Plugin).Inc()
	case "offered":
		m.offered.WithLabelValues(r.Plugin).Inc()
	case "ended":
		m.ended.WithLabelValues(r.Plugin, r.Outcome.String()).Inc()
		m.took.WithLabelValues(r.Plugin).Observe(r.Took.Seconds())
	case "resolved":
		m.resolved.WithLabelValues(r.Plugin, r.Outcome.String()).Inc()
	case "sent":
		m.sent.WithLabelValues(r.State.String()).Inc()
	}
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// standing tells how things stand at the moment of a scrape.
type standing struct{ b *Bot }

var (
	openDesc      = prometheus.NewDesc("oco_deliveries_open", "Deliveries that have not ended, by state.", []string{"state"}, nil)
	listDesc      = prometheus.NewDesc("oco_open_list", "Deliveries that ended badly and were not settled.", nil, nil)
	outboxDesc    = prometheus.NewDesc("oco_outbox", "Messages that the chat service has not taken yet.", nil, nil)
	waitingDesc   = prometheus.NewDesc("oco_plugin_waiting", "Deliveries that wait for a plugin.", []string{"plugin"}, nil)
	replicasDesc  = prometheus.NewDesc("oco_plugin_replicas", "Replicas that live.", []string{"plugin"}, nil)
	connectedDesc = prometheus.NewDesc("oco_account_active", "1 if a replica of the adapter serves the account.", []string{"account"}, nil)
	restartsDesc  = prometheus.NewDesc("oco_process_restarts_total", "Restarts of a process that the bot runs.", []string{"process"}, nil)
	syncsDesc     = prometheus.NewDesc("oco_store_syncs_total", "Syncs of the store's log.", nil, nil)
)

func (s standing) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{openDesc, listDesc, outboxDesc, waitingDesc, replicasDesc, connectedDesc, restartsDesc, syncsDesc} {
		to <- d
	}
}

func (s standing) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
	defer cancel()
	value, err := s.b.engine.Do(ctx, delivery.Inspect{})
	n, ok := value.(delivery.Snapshot)
	if err != nil || !ok {
		to <- prometheus.NewInvalidMetric(openDesc, err)
		return
	}
	gauge := func(d *prometheus.Desc, v int, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
	}
	gauge(openDesc, n.Waiting, "waiting")
	gauge(openDesc, n.Leased, "leased")
	gauge(listDesc, n.OpenList)
	gauge(outboxDesc, n.Outbox)
	for _, p := range n.Plugins {
		gauge(waitingDesc, p.Waiting, p.Name)
		gauge(replicasDesc, len(p.Replicas), p.Name)
	}
	for _, a := range n.Accounts {
		active := 0
		if a.Active != "" {
			active = 1
		}
		gauge(connectedDesc, active, a.ID)
	}
	if s.b.children != nil {
		for _, p := range s.b.children.Status() {
			to <- prometheus.MustNewConstMetric(restartsDesc, prometheus.CounterValue, float64(p.Restarts), p.Name)
		}
	}
	to <- prometheus.MustNewConstMetric(syncsDesc, prometheus.CounterValue, float64(s.b.Syncs()))
}
