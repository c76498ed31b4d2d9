// Package config reads and validates the bot's configuration, oco.yaml.
//
// Reading is strict: an unknown key, a key given twice, a value of another type, a name
// that nothing has, all are errors. All of them are found in one pass, each with its
// line, column and an excerpt, and with the nearest name where one was mistyped.
package config
