package e2e

import (
	"strings"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// TestTheJudgeSees shows the judge of the kill points what must not happen.
func TestTheJudgeSees(t *testing.T) {
	done := &ocov1.DeliveryRecord{DeliveryId: "dlv:1", Outcome: ocov1.Outcome_OUTCOME_DONE}
	unknown := &ocov1.DeliveryRecord{DeliveryId: "dlv:1", Outcome: ocov1.Outcome_OUTCOME_UNKNOWN}
	open := &ocov1.DeliveryRecord{DeliveryId: "dlv:1"}
	said, again := post{Text: "once 1 ran"}, post{Text: "once 1 ran", Repeat: true}
	safe, notice := post{Text: "safe 1 ran"}, post{Text: "once: outcome unknown … dlv:1"}
	for name, c := range map[string]struct {
		route, adapter string
		posts          []post
		records        []*ocov1.DeliveryRecord
		runs           int
		want           string // empty: nothing is wrong
	}{
		"done":                       {"once", "adapter", []post{said}, []*ocov1.DeliveryRecord{done}, 1, ""},
		"done, perhaps twice said":   {"once", "adapter", []post{said, again}, []*ocov1.DeliveryRecord{done}, 1, ""},
		"unknown":                    {"once", "adapter", []post{notice}, []*ocov1.DeliveryRecord{unknown}, 0, ""},
		"safe ran twice":             {"safe", "adapter", []post{safe}, []*ocov1.DeliveryRecord{done}, 2, ""},
		"lost":                       {"once", "adapter", nil, nil, 0, "has 0 deliveries"},
		"admitted twice":             {"once", "adapter", []post{said}, []*ocov1.DeliveryRecord{done, done}, 1, "has 2 deliveries"},
		"silent":                     {"once", "adapter", nil, []*ocov1.DeliveryRecord{unknown}, 1, "silent"},
		"ran twice":                  {"once", "adapter", []post{notice}, []*ocov1.DeliveryRecord{unknown}, 2, "ran 2 times"},
		"done without a reply":       {"once", "adapter", []post{notice}, []*ocov1.DeliveryRecord{done}, 1, "does not see it"},
		"done and never ran":         {"once", "adapter", []post{said}, []*ocov1.DeliveryRecord{done}, 0, "never ran"},
		"unknown without a notice":   {"once", "adapter", []post{said}, []*ocov1.DeliveryRecord{unknown}, 1, "no notice"},
		"safe left unknown":          {"safe", "adapter", []post{notice}, []*ocov1.DeliveryRecord{unknown}, 1, "not run again"},
		"not ended":                  {"once", "adapter", []post{notice}, []*ocov1.DeliveryRecord{open}, 1, "the outcome is"},
		"repeat without a mark":      {"once", "adapter", []post{said, said}, []*ocov1.DeliveryRecord{done}, 1, "not marked"},
		"repeated twice":             {"once", "adapter", []post{said, again, again}, []*ocov1.DeliveryRecord{done}, 1, "posted 3 times"},
		"repeated where it is known": {"once", "collapsing", []post{said, again}, []*ocov1.DeliveryRecord{done}, 1, "knows repeats"},
	} {
		_, problems := point{route: c.route, adapter: c.adapter, handler: "handler"}.judge(c.posts, c.records, c.runs)
		got := strings.Join(problems, "; ")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: the judge says %q, want %q", name, got, c.want)
		}
	}
}
