// Package yardstick holds the message of the bare chain that the bot is measured
// against.
package yardstick
