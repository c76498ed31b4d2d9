// Package pattern compiles and matches the two languages in which a route says
// which messages it takes: command patterns and OCO-RE.
//
// A command pattern is text with placeholders:
//
//	deploy {app} to {env:prod|staging} [at {when:time}] [--force] {note...}
//
// Its grammar, in which white space separates items and a backslash takes its
// meaning from the character that follows:
//
//	pattern     = item { space item }
//	item        = literal | placeholder | optional | choice | flag
//	optional    = "[" pattern "]"
//	choice      = "(" pattern "|" pattern { "|" pattern } ")"
//	placeholder = "{" name [ "..." | "*" ] [ ":" type ] [ "=" default ] "}"
//	type        = "text" | "integer" | "number" | "flag" | "duration" | "time"
//	            | "user" | "room" | "file" | value "|" value { "|" value }
//	flag        = "[" spelling { "|" spelling } [ "=" placeholder ] "]"
//	spelling    = "--" word | "-" letter
//
// What the grammar does not name is refused by [Compile] with its position and
// is never read as a literal.
//
// OCO-RE is a subset of RE2 that means the same in every engine; see
// [CompileRegexp].
//
// Nothing in this package blocks, keeps state between calls or reads a clock.
// The work of a match is bounded by the sizes of pattern and text, never
// exponential: a command looks at each pair of instruction and word at most
// once.
package pattern
