package intake

import "sync"

// obeyed remembers the last events whose words were obeyed before they were
// admitted, each with what was answered: one that stands twice in a batch, or whose
// admission failed so that it comes again, is obeyed once.
type obeyed struct {
	mu   sync.Mutex
	last [64]struct {
		event  [16]byte
		answer string
	}
	next int
}

// answer is what was answered to an event; empty if none was obeyed.
func (o *obeyed) answer(event [16]byte) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.last {
		if o.last[i].event == event {
			return o.last[i].answer
		}
	}
	return ""
}

// add notes that an event was obeyed.
func (o *obeyed) add(event [16]byte, answer string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last[o.next].event, o.last[o.next].answer = event, answer
	o.next = (o.next + 1) % len(o.last)
}
