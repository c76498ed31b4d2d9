package bot

import "github.com/prometheus/client_golang/prometheus"

// A Metric is what one name of /metrics means. Labels are names of plugins,
// processes and accounts, which the operator's configuration bounds, and words of
// closed lists: no person, no room, no id and no text is among them.
type Metric struct {
	Name, Kind, Help string
	Labels           []string
}

// named are the metrics by the names that the code has for them.
var named = struct {
	build, ready, held, admitted, offered, ended, resolved, took, open, unsettled,
	records, removed, remembered, early,
	sends, operations, outbox, waiting, leased, replicas, active, up, restarts, syncs Metric
}{
	build:      Metric{"oco_build_info", "gauge", "Always 1; its label tells the version.", []string{"version"}},
	ready:      Metric{"oco_ready", "gauge", "1 if the bot is ready, as /readyz says it.", nil},
	held:       Metric{"oco_events_limited_total", "counter", "What came in and triggers nothing: of a user on the ignore list, beyond the messages of one user a minute, of a user who answers the bot as a program does, or said wrong again and again.", []string{"why"}},
	admitted:   Metric{"oco_deliveries_admitted_total", "counter", "Deliveries admitted.", []string{"plugin"}},
	offered:    Metric{"oco_deliveries_offered_total", "counter", "Leases given, so attempts begun.", []string{"plugin"}},
	ended:      Metric{"oco_deliveries_ended_total", "counter", "Deliveries ended, by outcome.", []string{"plugin", "outcome"}},
	resolved:   Metric{"oco_deliveries_resolved_total", "counter", "Unknown outcomes that a late completion resolved.", []string{"plugin", "outcome"}},
	took:       Metric{"oco_delivery_duration_seconds", "histogram", "From admission to outcome.", []string{"plugin"}},
	open:       Metric{"oco_deliveries_open", "gauge", "Deliveries that have not ended, by state.", []string{"state"}},
	unsettled:  Metric{"oco_deliveries_unsettled", "gauge", "Deliveries that ended badly and were not settled: the open list.", nil},
	records:    Metric{"oco_records", "gauge", "Records of what has ended that are kept; absent until they are counted after a start.", []string{"kind"}},
	removed:    Metric{"oco_records_removed_total", "counter", "Records that were kept for long enough and removed, by kind; text is that of an event alone.", []string{"kind"}},
	remembered: Metric{"oco_events_remembered", "gauge", "Events by which repeats are recognised.", nil},
	early:      Metric{"oco_events_forgotten_early_total", "counter", "How often half of the events by which repeats are recognised were forgotten before a day was over, for want of room.", nil},
	sends:      Metric{"oco_sends_ended_total", "counter", "Messages of which it is known what became of them.", []string{"state"}},
	operations: Metric{"oco_operations_ended_total", "counter", "Operations other than messages of which it is known what became of them.", []string{"state"}},
	outbox:     Metric{"oco_outbox_messages", "gauge", "Messages and other operations that the chat service has not taken yet.", nil},
	waiting:    Metric{"oco_plugin_deliveries_waiting", "gauge", "Deliveries that wait for a plugin.", []string{"plugin"}},
	leased:     Metric{"oco_plugin_deliveries_leased", "gauge", "Deliveries, or operations, in the hands of a plugin.", []string{"plugin"}},
	replicas:   Metric{"oco_plugin_replicas", "gauge", "Replicas that live.", []string{"plugin"}},
	active:     Metric{"oco_account_active", "gauge", "1 if a replica of the adapter serves the account.", []string{"account"}},
	up:         Metric{"oco_process_up", "gauge", "1 if a process that the bot starts runs and has registered.", []string{"process"}},
	restarts:   Metric{"oco_process_restarts_total", "counter", "Restarts of a process that the bot runs.", []string{"process"}},
	syncs:      Metric{"oco_store_syncs_total", "counter", "Syncs of the store's log.", nil},
}

// Metrics are all metrics of the bot's own. Beside them /metrics has those of the
// process (process_…) and of the Go runtime (go_…).
func Metrics() []Metric {
	n := named
	return []Metric{
		n.build, n.ready, n.held, n.admitted, n.offered, n.ended, n.resolved, n.took, n.open, n.unsettled, n.records, n.removed, n.remembered, n.early, n.sends, n.operations, n.outbox,
		n.waiting, n.leased, n.replicas, n.active, n.up, n.restarts, n.syncs,
	}
}

func (m Metric) counter() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: m.Name, Help: m.Help}, m.Labels)
}
