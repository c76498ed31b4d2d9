// Package ptytest lets a test sit at a terminal: it opens a pseudo terminal,
// types into it, and knows what is on its screen, as text with colours.
package ptytest
