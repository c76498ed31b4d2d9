// Package timeline tells in words what became of an event, for the command line and
// for operators in chat.
package timeline
