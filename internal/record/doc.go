// Package record is the shape of what the bot keeps on disk: generated from
// record.proto, and read and written by nobody but this bot.
package record
