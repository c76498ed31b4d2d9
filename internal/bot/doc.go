// Package bot builds a bot from a configuration and runs and stops its parts in
// order. It is the only place where the parts meet.
package bot
