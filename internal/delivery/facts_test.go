package delivery

import (
	"slices"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/store"
)

// allFacts are the rows that the machine asks for, in order, until it has all.
func (r *rig) allFacts(in Input) (all []string) {
	have := Facts{}
	for keys := r.m.Facts(in, have); len(keys) > 0; keys = r.m.Facts(in, have) {
		for _, k := range keys {
			have[string(k)] = r.rows[string(k)]
			all = append(all, string(k))
		}
	}
	return all
}

// The commit loop reads what a step needs and no more: what is open is known.
func TestFactsAreWhatIsNotKnown(t *testing.T) {
	r := newRig(t)
	r.come(far, 4)
	r.come(irc, 4)
	open, over := r.ask(route("far", unordered)), r.ask(route("far", unordered))
	r.verdict(Committed, far, Completion{Lease: r.first(over), Kind: Fail})
	asked := func(request, message string) Say {
		return Say{Caller: "ci", Request: request, Send: NewSend{ID: message, Place: chat.Place{Room: "room:1:" + message}, Text: message}}
	}
	r.do(asked("r2", "posted"))
	r.verdict(Committed, irc, sent(r.operated().Lease, chat.Sent))
	r.do(asked("r1", "waits"))
	completion := func(id string, change ...func(*Completion)) Complete {
		c := Completion{Lease: Lease{id, id + ".1"}, Kind: DoneKind}
		for _, f := range change {
			f(&c)
		}
		return Complete{From: far, Completions: []Completion{c}}
	}
	operation := func(c *Completion) { c.Operation = &OperationResult{State: chat.Sent} }
	sends := func(c *Completion) { c.Sends = []KeyedSend{{Key: "a", Text: "x"}} }
	stores := func(c *Completion) { c.Transact = adding("n", 1, Guard{Key: "g"}) }
	late := func(c *Completion) { c.Kind = Progress }
	waiting := func(c Complete) Complete { c.Wait = true; return c }
	longest := strings.Repeat("m", store.MaxKeySize-len(prefixSent))
	for name, c := range map[string]struct {
		in   Input
		want []string
	}{
		"an open delivery":                       {completion(open), nil},
		"one that has ended":                     {completion(over), []string{"o/" + over}},
		"a send that waits":                      {completion("waits"), nil},
		"a result of one that has ended":         {completion("posted", operation), nil},
		"a transaction":                          {completion(open, stores), []string{"n/far", "w/far/g", "w/far/n"}},
		"a transaction that is not done":         {completion(open, stores, late), nil},
		"a send that is waited for":              {waiting(completion(open, sends)), []string{"s/" + chat.MessageID(open, "a")}},
		"a send that is not waited for":          {completion(open, sends), nil},
		"a request id that is new":               {asked("r3", "x"), []string{"q/ci/r3"}},
		"a request id of a message that waits":   {asked("r1", "waits"), []string{"q/ci/r1"}},
		"a request id of a message that is over": {asked("r2", "posted"), []string{"q/ci/r2", "s/posted"}},
		"a message without one":                  {Say{Caller: "ci", Send: NewSend{ID: "x"}}, nil},
		"a retry of what is open":                {RetryOf{Old: open}, nil},
		"a retry":                                {RetryOf{Old: over}, []string{"o/" + over, "e/" + r.eventID(over)}},
		"a retry of nothing":                     {RetryOf{Old: "nothing"}, []string{"o/nothing"}},
		"to cancel what is open":                 {CancelOf{Delivery: open}, nil},
		"to cancel what has ended":               {CancelOf{Delivery: over}, []string{"o/" + over}},
		"to settle":                              {Drop{Delivery: over}, []string{"o/" + over}},
		"where a message is that waits":          {Locate{Message: "waits"}, nil},
		"where one is that is over":              {Locate{Message: "posted"}, []string{"s/posted"}},
		"the longest key":                        {Locate{Message: longest}, []string{"s/" + longest}},
		"one that is too long to be there":       {Locate{Message: longest + "m"}, nil},
		"a word in an event":                     {Admit{Events: []Event{{Word: Drop{Delivery: over}}}}, []string{"o/" + over}},
		"a completion beside events":             {Admit{Completions: completion(over).Completions}, []string{"o/" + over}},
		"a transaction with a request id":        {Transact{Caller: "ci", Request: "r", Transaction: *adding("n", 1)}, []string{"h/ci/r", "n/far", "w/far/n"}},
		"a transaction without one":              {Transact{Caller: "ci", Transaction: *adding("n", 1)}, []string{"n/far", "w/far/n"}},
		"time":                                   {Tick{}, nil},
	} {
		if got := r.allFacts(c.in); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func (r *rig) eventID(delivery string) string {
	if d := r.m.open[delivery]; d != nil {
		return d.event.id
	}
	return r.ended(delivery).Event
}
