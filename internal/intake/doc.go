// Package intake takes events in: it gives them the bot's own ids, matches them
// against the routes, decides who may, and submits what is to be admitted.
//
// All of this happens before the state machine and beside it, on snapshots: the
// route table and the groups as they are when the event comes. An event is
// encoded once, here; the same bytes go to the store and into every frame. That
// is why this package knows the messages of the wire.
package intake
