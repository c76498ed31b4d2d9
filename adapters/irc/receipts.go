package irc

import (
	"slices"
	"strconv"
	"sync"
)

// receipt waits for what the server says of one line or, where the server has
// no labels, of all lines before a PING.
type receipt struct {
	key     string
	targets []string // folded: whom the line is about
	id      string   // the server's id of the message, if it has one
	err     error    // why the server refused it
	done    chan struct{}
}

// receipts are those that are open, in the order in which they were made. It is
// safe for concurrent use.
type receipts struct {
	mu   sync.Mutex
	made uint64
	open []*receipt
}

// expect is called before the line is written.
func (r *receipts) expect(targets ...string) *receipt {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.made++
	one := &receipt{key: "oco-" + strconv.FormatUint(r.made, 10), targets: targets, done: make(chan struct{})}
	r.open = append(r.open, one)
	return one
}

// forget drops a receipt for which nobody waits.
func (r *receipts) forget(one *receipt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open = slices.DeleteFunc(r.open, func(other *receipt) bool { return other == one })
}

func (r *receipts) find(is func(*receipt) bool) *receipt {
	if i := slices.IndexFunc(r.open, is); i >= 0 {
		return r.open[i]
	}
	return nil
}

// knows says whether somebody waits for this key.
func (r *receipts) knows(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.find(func(one *receipt) bool { return one.key == key }) != nil
}

// note adds what became known of a line.
func (r *receipts) note(key, id string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if one := r.find(func(one *receipt) bool { return one.key == key }); one != nil {
		if id != "" {
			one.id = id
		}
		if one.err == nil {
			one.err = err
		}
	}
}

// settle ends the wait for a key.
func (r *receipts) settle(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if one := r.find(func(one *receipt) bool { return one.key == key }); one != nil {
		close(one.done)
		r.open = slices.DeleteFunc(r.open, func(other *receipt) bool { return other == one })
	}
}

// refuse notes what the server says of a target on the oldest line to it. It
// returns false if nobody waits for one.
func (r *receipts) refuse(target string, err error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	one := r.find(func(one *receipt) bool { return slices.Contains(one.targets, target) && one.err == nil })
	if one == nil {
		return false
	}
	one.err = err
	return true
}
