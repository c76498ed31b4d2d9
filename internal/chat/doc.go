// Package chat holds the bot's own value types: ids, and the words in which
// the core speaks of deliveries, routes, rooms and users.
//
// It knows nothing of the wire. Numbers that also travel on the wire are the
// same there, which a test in internal/rpc holds to.
package chat
