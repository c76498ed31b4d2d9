// Package store declares the store port: an ordered, durable map from keys to
// values that changes only by atomic batches.
//
// Everything that the bot must not forget goes through one [Store]. The bot
// builds a [Batch], calls Apply, and acknowledges to the outside only after
// [Commit.Wait] returned nil. Engines live below this package (pebblestore is
// the embedded default) and all of them pass the suite in storetest.
//
// # Contract
//
// Order: batches take effect in the order of the calls of Apply, and what Apply
// returned for is seen by every later Get and Scan, durable or not.
//
// Durability: a crash leaves a prefix of the batches. The prefix holds every
// batch whose Wait returned nil and whose Sync was true, and everything that
// was applied before it.
//
// Failure: an engine that could not store stops the process. Where that is
// prevented (in tests), every later call on it fails; what was not stored is
// never acknowledged.
package store
