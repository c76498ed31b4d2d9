// Package delivery is the delivery contract as a pure state machine.
//
// A Machine takes an Input together with the facts that the input names, the
// time and a source of randomness, and answers with changes of the store and
// with Effects. It starts no goroutine, reads no clock and does no I/O, so a
// simulator can drive it through any schedule and replay it from a seed.
// internal/engine feeds it and performs what it asks for.
//
// What it keeps in memory: replicas, leases, open deliveries without their
// payload, hashes of events that were seen, the heads of the outbox. All else
// is on disk, under the keys of key.go.
package delivery
