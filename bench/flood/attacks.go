package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A flood is one attack of the list.
type flood struct {
	name string
	what string
	by   sender
	run  attack
	// control is what is made on the control in its place.
	control attack
}

// A sender is who attacks.
type sender int

const (
	handler sender = iota
	adapter
	stranger // without a key
)

// twice lists an attack with a key and without one.
func twice(f flood) []flood {
	g := f
	g.name, g.by = f.name+"-stranger", stranger
	g.what = f.what + ", without a key"
	return []flood{f, g}
}

func nothing(int) []byte { return nil }

// subscription is the first message of a Subscribe for a replica of its own.
func subscription(n int) []byte {
	// A message of two plain fields can be written.
	raw, _ := proto.Marshal(&ocov1.SubscribeRequest{Replica: fmt.Sprintf("flood-%d", n), MaxInFlight: 64})
	return raw
}

const subscribeMethod = "/openchatops.v1.DeliveryService/Subscribe"

// asking is the control of what is made of calls: the same number of workers that
// ask the control for its health.
var asking = calls(func(ctx context.Context, c caller) error { return once(ctx, c.conn, c.order.method(check)) })

var floods = slices.Concat(
	twice(flood{"streams", "20,000 streams of health, held", handler, held(watch, nothing), held(watch, nothing)}),
	[]flood{{"subscriptions", "20,000 streams of Subscribe, held", handler, held(subscribeMethod, subscription), held(watch, nothing)}},
	twice(flood{"resets", "streams taken back at once", handler, resets, resets}),
	twice(flood{"headers", "16 MiB of headers in CONTINUATION frames", handler, headers, headers}),
	twice(flood{"messages", "messages of 100 MiB", handler, messages(100 << 20), messages(100 << 20)}),
	twice(flood{"brimful", "messages just below 4 MiB", handler, messages(4<<20 - 1), messages(1<<20 - 1)}),
	twice(flood{"idle", "5,000 connections that do nothing", handler, idle, idle}),
	[]flood{
		{"register", "registrations of 10,000 routes for 64 replicas", handler, register, asking},
		{"subscribe", "streams of Subscribe that come and go", handler, subscribe, asking},
		{"pull", "long polls of ever new replicas, given up at once", handler, pull, asking},
		{"attach", "calls by Attach whose answers nobody reads", handler, attach, asking},
		{"complete", "completions of what was never given", handler, complete, asking},
		{"heartbeat", "heartbeats with 10,000 leases", handler, heartbeat, asking},
		{"store", "values up to the quota and beyond", handler, storing, asking},
		{"send", "messages that nobody takes", handler, sending, asking},
		{"publish", "events that no route takes", adapter, publish("flood"), asking},
		{"commands", "events that a route takes whose handler is away", adapter, publish("oco: flood"), asking},
		{"loris", "5,000 slow requests to the HTTP port", stranger, sockets("POST " + check + " HTTP/1.1\r\nHost: localhost\r\nX-Slow: "), idle},
		{"silence", "5,000 connections to the HTTP port that say nothing", stranger, sockets(""), idle},
	},
	twice(flood{"bodies", "bodies of 100 MiB by HTTP", handler, posts(false, endless), asking}),
	twice(flood{"bombs", "bodies of 1 MiB by HTTP that unfold to 1 GiB", handler, posts(true, bomb), asking}),
)

func find(name string) (flood, error) {
	for _, f := range floods {
		if f.name == name {
			return f, nil
		}
	}
	return flood{}, fmt.Errorf("there is no attack %q, but %s", name, strings.Join(names(), ", "))
}

func names() []string {
	var all []string
	for _, f := range floods {
		all = append(all, f.name)
	}
	return all
}
