package main

import (
	"errors"
	"time"

	"github.com/openchatops/oco/bench/loop"
)

// The ways of a message to a handler and back.
const (
	stream  = "stream"  // through the bare bot, which the handler answers on its stream
	call    = "call"    // through the bare bot, which the handler answers by a call
	off     = "off"     // through the bot, whose store does not sync
	durable = "durable" // through the bot as people run it
)

var ways = []string{stream, call, off, durable}

// A way is a bot with a handler of each language, and the driver's end of it.
type way struct {
	name     string
	bot      func() int // the number of its process
	handlers map[string]*process
	measure  func(language string, w int, length time.Duration) (loop.Sample, error)
	// ends are called one after the other to end it all.
	ends []func() error
}

// open makes a way with handlers of all these languages.
func (p plan) open(name string) (*way, error) {
	w := &way{name: name, handlers: map[string]*process{}}
	begin := p.openReal
	if name == stream || name == call {
		begin = p.openBare
	}
	if err := begin(w); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *way) close() error {
	var errs []error
	for _, end := range w.ends {
		errs = append(errs, end())
	}
	return errors.Join(errs...)
}

// before adds what is to be called before all that is there.
func (w *way) before(end func() error) { w.ends = append([]func() error{end}, w.ends...) }

// terminate tells the handlers to end.
func (w *way) terminate() error {
	var errs []error
	for _, h := range w.handlers {
		errs = append(errs, h.terminate())
	}
	return errors.Join(errs...)
}
