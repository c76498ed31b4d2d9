// Package view derives from a command what programs and chat services show of it:
// a JSON Schema of its arguments, and the form in which services with commands of
// their own want it declared. It also derives the way back: the line that what was
// filled in would be if somebody had typed it, so that whoever fills in a form
// runs the same command as who types.
//
// Nothing here blocks or keeps state. What is derived depends on the command
// alone; only the names of slash commands depend on each other.
package view
