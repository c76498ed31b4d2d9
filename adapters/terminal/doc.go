// Package terminal is the adapter that connects the bot to the terminal that it
// was started in.
//
// Standard input, output and error are the ones of the bot: the descriptors
// whose numbers stand in OCO_TERMINAL_FDS as "in,out,err", or the process's own
// if that is not set. OCO_TERMINAL_NAME is the name of the bot in the prompt,
// "oco" unless it is set.
//
// # Input that is not a terminal
//
// There is one user, who is called by the login name, and one direct room,
// "terminal", in which every message addresses the bot.
//
// Each line is a message, taken one after the other, each to the outcome of
// everything that it started. Empty lines are skipped, a carriage return at the
// end of a line is no part of it, what is not UTF-8 is replaced.
//
// What handlers and clients say goes to standard output. What the bot itself
// says, notices as well as its own answers and acknowledgements, goes to
// standard error, so that a program that reads the output sees nothing but
// results. The new text of a message that is changed is one, behind "(edited) ".
//
// At the end of input the process ends: with exit code 0 if every line was
// done, else with 1. A line is not done if one of its outcomes is not done, if
// it has none because no route took it, if the bot does not take it at all or
// if it is longer than 64 KiB.
//
// # Input that is a terminal
//
// The person can be several users and go to rooms. Whoever started the process
// is the first user, and their direct room is "terminal"; the direct room of the
// user bob is "dm:bob", the room ops is "#ops", and there the bot must be
// addressed. Lines that begin with / are for the adapter: /help shows them. What
// is said elsewhere than where the person is begins with where that is. Who
// speaks in a room is in it; /join and /leave let the bot know, and /topic sets
// what a room is about. A room that the bot has left it does not hear.
//
// What is on a terminal stays there: a message that the bot changes is shown
// again below, behind "(edited) ", and one that it deletes is named. That, its
// reactions and what else it does are lines behind "* ". /react reacts to what
// the bot said last. While the bot types, the prompt says so.
//
// The prompt is there at once after each line; what is said is written above it,
// and a second of silence before an outcome makes it say so. The line is edited
// by what a person sees as characters, however many columns they take. What the bot says about outcomes is marked
// "! " and has a colour. Markdown in what is said is shown by colours. Tab
// completes what the bot says that this user may run here. A pasted text is one
// line, with ⏎ for its line ends, and one message. The end of input (Ctrl-D on
// an empty line, or Ctrl-C) ends the process with exit code 0.
//
// Lines are kept in $XDG_STATE_HOME/oco/terminal-history, or below
// $HOME/.local/state if that is not set, for the person only (0600). Not kept is
// a line that begins with a space, that holds what looks like the code of `oco
// claim` or like a plugin key, or that may be a command with a sensitive
// argument; if the bot cannot be asked, no line is. A line for the bot that is no
// command which it lists, because it is mistyped or the command is hidden or has
// another name now, comes back with Up and is not written to the file.
//
// With NO_COLOR set there are no colours, and Markdown stays as it was written.
// With TERM "dumb" or not set, and if there is no terminal to write to, the
// terminal's own line editing is used, nothing is completed or kept, and after
// each line its outcome is waited for, at most a second, before the prompt.
//
// # Both
//
// No control character that was said in chat reaches the terminal: all but line
// feed and tab are shown as escapes.
package terminal
