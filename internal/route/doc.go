// Package route holds the route table and answers which routes an event
// matches.
//
// A [Route] is compiled once from what a plugin registered ([Compile]). A
// [Table] is built from all routes and the operator's word on them
// ([NewTable]); it is immutable and safe for concurrent use, and a change of
// routes makes another out of it ([Table.Change]), at the price of what changes.
// [Table.Match] resolves a message:
//
//  1. Of the commands that fit the whole message the one with the longest
//     literal prefix takes it, alone. Whether the person may use it is asked
//     afterwards: permission never decides which command a message means.
//  2. Every hear route in which the expression is found fires, by priority
//     descending, plugin, name. An exclusive one stops those after it.
//
// "plugin:command" reaches a command of that plugin whoever else has taken its
// words.
//
// Nothing in this package blocks, keeps state between calls or reads a clock.
package route
