// Package pattern compiles and matches the two languages in which a route says
// which messages it takes: command patterns and OCO-RE.
//
// A command pattern is text with placeholders:
//
//	deploy {app} to {env:prod|staging} [at {when:time}] [--force] {note...}
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
