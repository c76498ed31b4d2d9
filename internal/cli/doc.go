// Package cli has the commands that talk to a running bot: how they find it,
// what they ask it, and how they print what it answers.
//
// A command is a struct whose fields are its flags and arguments (the tags are
// those of the parser in cmd/oco) and whose Run does the work. Run blocks until
// the bot has answered or ctx ends. It returns nil, a [Usage] error if the
// command line makes no sense, [ErrSaid] if everything there is to say was
// printed, or another error that is one sentence for people.
//
// Nothing that came from a chat or a plugin reaches the terminal as it is: texts
// go through [Printable], JSON through the same rule.
package cli
