package bot

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/supervise"
)

// scrapeWithin is how long a scrape waits for the state machine.
const scrapeWithin = 2 * time.Second

// metrics count what happens and ask, when somebody looks, how things stand.
type metrics struct {
	registry *prometheus.Registry
	held     *prometheus.CounterVec
	admitted *prometheus.CounterVec
	ended    *prometheus.CounterVec
	took     *prometheus.HistogramVec
	offered  *prometheus.CounterVec
	sent     *prometheus.CounterVec
	operated *prometheus.CounterVec
	resolved *prometheus.CounterVec
	plugins  map[string]*counted // looked up once
}

// counted is what is counted of every delivery of a plugin.
type counted struct {
	admitted, offered, done prometheus.Counter
	took                    prometheus.Observer
}

func (m *metrics) of(plugin string) *counted {
	c := m.plugins[plugin]
	if c == nil {
		c = &counted{
			admitted: m.admitted.WithLabelValues(plugin), offered: m.offered.WithLabelValues(plugin),
			done: m.ended.WithLabelValues(plugin, chat.Done.String()), took: m.took.WithLabelValues(plugin),
		}
		m.plugins[plugin] = c
	}
	return c
}

func newMetrics(b *Bot) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(), plugins: map[string]*counted{},
		held:     named.held.counter(),
		admitted: named.admitted.counter(), offered: named.offered.counter(), ended: named.ended.counter(), resolved: named.resolved.counter(),
		sent: named.sends.counter(), operated: named.operations.counter(),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: named.took.Name, Help: named.took.Help,
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800},
		}, named.took.Labels),
	}
	m.registry.MustRegister(
		m.held, m.admitted, m.offered, m.ended, m.resolved, m.sent, m.operated, m.took, newStanding(b),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// count takes one report. It does not block. One goroutine calls it.
func (m *metrics) count(r delivery.Report) {
	switch r.Kind {
	case "admitted":
		m.of(r.Plugin).admitted.Inc()
	case "offered":
		m.of(r.Plugin).offered.Inc()
	case "ended":
		if r.Outcome == chat.Done {
			m.of(r.Plugin).done.Inc()
		} else {
			m.ended.WithLabelValues(r.Plugin, r.Outcome.String()).Inc()
		}
		m.of(r.Plugin).took.Observe(r.Took.Seconds())
	case "resolved":
		m.resolved.WithLabelValues(r.Plugin, r.Outcome.String()).Inc()
	case "sent":
		m.sent.WithLabelValues(r.State.String()).Inc()
	case "operated":
		m.operated.WithLabelValues(r.State.String()).Inc()
	}
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// standing tells how things stand at the moment of a scrape.
type standing struct {
	b     *Bot
	descs map[string]*prometheus.Desc
}

func newStanding(b *Bot) standing {
	s := standing{b, map[string]*prometheus.Desc{}}
	w := named
	for _, m := range []Metric{w.build, w.ready, w.open, w.unsettled, w.records, w.removed, w.remembered, w.early, w.outbox, w.waiting, w.leased, w.replicas, w.active, w.up, w.restarts, w.syncs} {
		s.descs[m.Name] = prometheus.NewDesc(m.Name, m.Help, m.Labels, nil)
	}
	return s
}

// Describe tells what there is.
func (s standing) Describe(to chan<- *prometheus.Desc) {
	for _, d := range s.descs {
		to <- d
	}
}

// Collect tells how much there is.
func (s standing) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
	defer cancel()
	value, err := s.b.engine.Do(ctx, delivery.Inspect{})
	n, ok := value.(delivery.Snapshot)
	if err != nil || !ok {
		to <- prometheus.NewInvalidMetric(s.descs[named.open.Name], err)
		return
	}
	gauge := func(m Metric, v int, labels ...string) {
		to <- prometheus.MustNewConstMetric(s.descs[m.Name], prometheus.GaugeValue, float64(v), labels...)
	}
	counter := func(m Metric, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(s.descs[m.Name], prometheus.CounterValue, v, labels...)
	}
	isReady, _ := s.b.core.Readiness()
	gauge(named.build, 1, s.b.o.Version)
	gauge(named.ready, oneIf(isReady))
	gauge(named.open, n.Waiting, "waiting")
	gauge(named.open, n.Leased, "leased")
	gauge(named.unsettled, n.OpenList)
	gauge(named.outbox, n.Outbox)
	gauge(named.remembered, n.Dedup)
	counter(named.early, float64(n.DedupEarly))
	kept := s.b.engine.Kept()
	if kept.Counted {
		gauge(named.records, kept.Deliveries, "delivery")
		gauge(named.records, kept.Messages, "message")
	}
	for _, kind := range slices.Sorted(maps.Keys(kept.Removed)) {
		counter(named.removed, float64(kept.Removed[kind]), kind)
	}
	for _, p := range n.Plugins {
		inFlight := 0
		for _, r := range p.Replicas {
			inFlight += r.InFlight
		}
		gauge(named.waiting, p.Waiting, p.Name)
		gauge(named.leased, inFlight, p.Name)
		gauge(named.replicas, len(p.Replicas), p.Name)
	}
	for _, a := range n.Accounts {
		gauge(named.active, oneIf(a.Active != ""), a.ID)
	}
	if s.b.children != nil {
		for _, p := range s.b.children.Status() {
			gauge(named.up, oneIf(p.State == supervise.Running), p.Name)
			counter(named.restarts, float64(p.Restarts), p.Name)
		}
	}
	counter(named.syncs, float64(s.b.Syncs()))
}

func oneIf(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
