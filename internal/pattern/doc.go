// Package pattern compiles and matches the two languages in which a route says
// which messages it takes: command patterns and OCO-RE.
//
// A command pattern is text with placeholders:
//
//	deploy {app} to {env:prod|staging} [at {when:time}] [--force] {note...}
//
// A message is cut into words by [Tokenize] and matched by [Command.Match], which
// gives each argument as a [Value]: a number, a duration, a time that waits for its
// moment and zone ([When]), a text. A user and a room stay texts with the place
// where they were typed, and a file is the number of what came with the message:
// who knows users, rooms and files goes on from there.
//
// The grammars of both stand in spec/grammar.md. What they do not name is refused
// by [Compile] and [CompileRegexp] with its position and is never read as a
// literal (OCO-GRM-1).
//
// OCO-RE is a subset of RE2 that means the same in every engine; see
// [CompileRegexp].
//
// Nothing in this package blocks, keeps state between calls or reads a clock.
// The work of a match is bounded by the sizes of pattern and text, never
// exponential: a command looks at each pair of instruction and word at most
// once.
package pattern
