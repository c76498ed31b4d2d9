// Package doctor looks at what a bot needs, on its machine and of the bot that
// runs, and says what is wrong and what to do. It changes nothing.
package doctor
