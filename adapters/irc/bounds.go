package irc

import (
	"log/slog"
	"strings"
)

// What a server has the adapter remember is bounded: a network may be larger than
// anybody thought, or mean harm. Whoever is beyond a bound counts as seen in no
// channel, so nobody is ever taken for somebody else.
const (
	// maxPlaces bounds the channels on one connection, beside those that are
	// wanted.
	maxPlaces = 1000
	// maxSeen bounds who is seen where: somebody counts in each channel.
	maxSeen = 100_000
	// maxName is the longest nick or channel that is remembered, in bytes. No
	// network has longer ones.
	maxName = 200
	// maxNamed bounds how many channels the status names.
	maxNamed = 10
)

// bounds are those of one connection.
type bounds struct {
	mostPlaces, mostSeen int
	log                  *slog.Logger
	// wanted says of a channel that it is to be remembered in any case.
	wanted func(channel string) bool
	// morePlaces and moreSeen: a bound was met, and the log says so.
	morePlaces, moreSeen bool
}

func newBounds(log *slog.Logger) bounds {
	return bounds{mostPlaces: maxPlaces, mostSeen: maxSeen, log: log, wanted: func(string) bool { return false }}
}

// admits says whether a channel that the server brought the adapter into is one,
// and is remembered.
func (p *people) admits(channel string) bool {
	switch {
	case channel == "" || !strings.Contains(p.channelTypes, channel[:1]) || !p.validTarget(channel):
		return false
	case p.wanted(channel):
		return true
	case len(p.places) < p.mostPlaces && len(channel) <= maxName:
		return true
	}
	if !p.morePlaces {
		p.morePlaces = true
		p.log.Warn("the server says that the bot is in more channels than are remembered: of the others it knows neither the topic nor who is there",
			"remembered", p.mostPlaces, "channel", plain(channel[:min(len(channel), maxName)]))
	}
	return false
}

// sees says whether one more is remembered as seen in a channel.
func (p *people) sees(at *place, nick string) bool {
	if p.isSelf(nick) || p.seen < p.mostSeen && len(nick) <= maxName {
		return true
	}
	at.more = true
	if !p.moreSeen {
		p.moreSeen = true
		p.log.Warn("more people are in the channels than are remembered: the others count as seen in none, and it is not told when they come and go",
			"remembered", p.mostSeen, "channel", at.name)
	}
	return false
}
