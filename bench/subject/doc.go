// Package subject runs the real bot, the program that people install, as a
// process that is measured from outside: its memory, its files, its metrics.
package subject
