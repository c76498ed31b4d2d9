package main

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/route"
)

// changes are what it costs that routes come and go.
type changes struct {
	routes   int
	register time.Duration // all of them in one Register, from the bytes of the wire to the table
	compile  time.Duration // the standard library compiling their expressions
	add      time.Duration // a plugin with one route, beside all others
	remove   time.Duration
	single   time.Duration // 1,000 plugins with that many together, one after the other
	plugins  int
}

func measureChanges(c corpus, n, rounds int) (changes, error) {
	expressions, _ := c.routes(n)
	out := changes{routes: n}
	wire, err := onTheWire(expressions)
	if err != nil {
		return out, err
	}
	var failed error
	out.register = took(rounds, func() {
		if err := register(wire); err != nil {
			failed = err
		}
	})
	out.compile = took(rounds, func() {
		for _, e := range expressions {
			regexp.MustCompile(e)
		}
	})
	out.plugins = min(1000, n)
	var parts [][]*route.Route
	for i := range out.plugins {
		routes, err := compile(fmt.Sprint("p", i), expressions[i*n/out.plugins:(i+1)*n/out.plugins])
		if err != nil {
			return out, err
		}
		parts = append(parts, routes)
	}
	var table *route.Table
	out.single = took(rounds, func() {
		table = route.Empty(nil)
		for i, routes := range parts {
			table = replace(table, fmt.Sprint("p", i), routes)
		}
	})
	one, err := oneMore()
	if err != nil {
		return out, err
	}
	const times = 100
	var with *route.Table
	out.add = took(rounds, func() {
		for range times {
			with = replace(table, "new", one)
		}
	}) / times
	out.remove = took(rounds, func() {
		for range times {
			replace(with, "new", nil)
		}
	}) / times
	return out, failed
}

func replace(t *route.Table, plugin string, routes []*route.Route) *route.Table {
	b := t.Change()
	b.Replace(plugin, 0, routes)
	return b.Table()
}

func oneMore() ([]*route.Route, error) {
	r, err := route.Compile("new", route.Definition{Kind: route.Hear, Name: "one", Regex: `how do i use something new, (\S+)`})
	if err != nil {
		return nil, err
	}
	return []*route.Route{r}, nil
}

// onTheWire is a manifest with expressions as a plugin sends it.
func onTheWire(expressions []string) ([]byte, error) {
	m := &ocov1.Manifest{}
	for i, e := range expressions {
		m.Routes = append(m.Routes, &ocov1.Route{Name: fmt.Sprint("h", i), Match: &ocov1.Route_Hear{Hear: &ocov1.HearMatch{Regex: e}}})
	}
	return proto.Marshal(m)
}

type nothing struct{}

func (nothing) Scan([]byte, []byte, func(key, value []byte) error) error { return nil }

// register takes a manifest, but for the commit of its row.
func register(wire []byte) error {
	m := new(ocov1.Manifest)
	if err := proto.Unmarshal(wire, m); err != nil {
		return err
	}
	registry, err := plugin.LoadRegistry(nothing{}, plugin.Options{})
	if err != nil {
		return err
	}
	hello := func(context.Context, map[string]struct{}, []delivery.Write) error { return nil }
	got, err := registry.Register(context.Background(), plugin.Identity{Name: "p", Role: chat.RoleHandler}, m, hello)
	if err != nil {
		return err
	}
	for _, v := range got.Verdicts {
		if v.Err != nil {
			return fmt.Errorf("%s: %w", v.Route, v.Err)
		}
	}
	return nil
}
