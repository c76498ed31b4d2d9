// Package irc is the adapter that connects the bot to an IRC network.
//
// It is configured by its settings, see [Config].
//
// # Who somebody is
//
// The id of a user is the name of the account at which they are logged in, as
// the server writes it, if the server says so: with every message (the
// capability account-tag), or at every change (account-notify). Whoever has no
// account, or whose account is not known for certain, has an id of the form
// "~nick~random". It begins with ~, which no account's does here, and lasts as
// long as the person is seen without a gap: until they leave the last common
// channel, or the connection of the adapter ends. So a nick alone never has
// rights, and a list of users in the bot's configuration names accounts only.
// Somebody without an account may become an operator by a claim; it ends with
// the id.
//
// # Rooms
//
// A channel is the room with the channel's name, in the server's lower case; a
// private conversation is the room with the other's nick.
//
// A channel that the bot was told to join or to leave it is in or not, over all
// connections, for the life of the process: then the settings count again. The
// key of a channel is the one in the settings.
//
// Of a huge network, or of a server that means harm, a bounded part is remembered:
// a thousand channels beside those that the bot should be in, and a hundred thousand
// people, each counted once a channel. Messages in other channels come in too, and
// whoever is beyond the bound is a stranger, as somebody in no common channel is.
//
// # What comes in
//
// Messages and CTCP ACTIONs, these as "/me waves". Colours and other formatting
// are taken out, text that is not UTF-8 is read as Windows-1252. Notices are
// marked as written by a program, so that nothing answers them; other CTCP is
// not answered. IRC repeats nothing: what was said while the adapter was away
// is lost, and the status says from when to when that was. What a server
// replays in a batch of the type chathistory is published as historical, if
// its messages have ids.
//
// Who comes into a channel and who leaves it, also by QUIT or KICK, and new topics
// are events, of the bot itself too; a new nick is none, as who has it stays the
// same. When the network
// splits nobody is said to leave, and when it is whole again nobody to come: the
// server says so in a batch, or by the names of two servers as the reason of a
// QUIT. Such events take at most half of the room that waits for the bot, and
// are left out beyond it. Reactions (draft/react) are events where the server
// passes tags on, and so are messages that somebody deletes (draft/message-redaction).
//
// # What goes out
//
// A text is posted line by line; a line longer than the server takes is broken
// at a space or between two characters, never within one. Of a text of too many
// lines the rest is left out, and a note says so. A text that begins with "/me "
// is an ACTION. A send has ended well when the server has confirmed it: by its
// echo where the server has labeled-response, else by its answer to a PING that
// follows. If the connection ends between, nobody knows, and the send says so.
//
// Joins, topics, invitations and kicks are confirmed in the same way; what the
// server refuses fails with its words. IRC changes no message: an edit is another
// message. Reactions and typing need message-tags, without which they are left
// out, and deletion needs draft/message-redaction, without which it is refused.
// A message to which the server gave no id nobody can refer to.
package irc
