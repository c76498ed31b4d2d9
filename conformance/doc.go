// Package conformance plays the bot's other two roles against a program of yours.
//
// It is written as transcripts, which one reads as one reads a chat:
//
//	# A whole command runs, and only if it is addressed.  [OCO-RTE-3]
//	alice #ops> oco: echo hello there
//	oco   #ops> hello there
//	alice #ops> echo hello there
//	silence
//
// [Handler] runs them against a handler in any language that has the commands of
// the everything-handler (everything/README.md): a real bot runs as a process
// beside it, and a chat service in which only the transcript speaks.
package conformance
