// Package terminal is the adapter that connects the bot to the terminal that it
// was started in. There is one user, who is called by the login name, and one
// direct room, "terminal", in which every message addresses the bot.
//
// Standard input, output and error are the ones of the bot: the descriptors
// whose numbers stand in OCO_TERMINAL_FDS as "in,out,err", or the process's own
// if that is not set. OCO_TERMINAL_NAME is the name in the prompt, "oco" unless
// it is set.
//
// # Input that is not a terminal
//
// Each line is a message, taken one after the other, each to the outcome of
// everything that it started. Empty lines are skipped, a carriage return at the
// end of a line is no part of it, what is not UTF-8 is replaced.
//
// What handlers and clients say goes to standard output. What the bot itself
// says, notices as well as its own answers and acknowledgements, goes to
// standard error, so that a program that reads the output sees nothing but
// results.
//
// At the end of input the process ends: with exit code 0 if every line was
// done, else with 1. A line is not done if one of its outcomes is not done, if
// it has none because no route took it, if the bot does not take it at all or
// if it is longer than 64 KiB.
//
// # Input that is a terminal
//
// The terminal's own line editing is used. After each line the adapter waits
// for its outcome, at most a second, before it prompts again; what is said
// later is printed on lines of its own and the prompt again after it. What the
// bot itself says about outcomes is marked "! ". The end of input (Ctrl-D) ends
// the process with exit code 0.
//
// # Both
//
// No control character that was said in chat reaches the terminal: all but line
// feed and tab are shown as escapes.
package terminal
