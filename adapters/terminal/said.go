package terminal

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rivo/uniseg"

	"github.com/openchatops/oco"
)

const (
	// mostSaid bounds the messages of which the adapter still knows what they said.
	mostSaid = 500
	// longestQuote is how many characters of a message name it.
	longestQuote = 40
)

// utterance is a message on the terminal.
type utterance struct {
	id   oco.MessageID
	room oco.RoomID
	bot  bool // the bot said it
	text string
}

// said remembers what was said of late. Safe for concurrent use.
type said struct {
	mu  sync.Mutex
	all []utterance // oldest first
}

func (s *said) add(u utterance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) == mostSaid {
		s.all = slices.Delete(s.all, 0, 1)
	}
	s.all = append(s.all, u)
}

// update notes that a message says something else.
func (s *said) update(id oco.MessageID, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.IndexFunc(s.all, func(u utterance) bool { return u.id == id }); i >= 0 {
		s.all[i].text = text
	}
}

// forget drops a message that was deleted and returns what it said.
func (s *said) forget(id oco.MessageID) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.all, func(u utterance) bool { return u.id == id })
	if i < 0 {
		return ""
	}
	text := s.all[i].text
	s.all = slices.Delete(s.all, i, i+1)
	return text
}

func (s *said) text(id oco.MessageID) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.all {
		if u.id == id {
			return u.text
		}
	}
	return ""
}

// newest returns what the bot said last in a room.
func (s *said) newest(room oco.RoomID) (utterance, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range slices.Backward(s.all) {
		if u.bot && u.room == room {
			return u, true
		}
	}
	return utterance{}, false
}

// quote names a message by how it begins.
func quote(text string) string {
	if text == "" {
		return "an older message"
	}
	first, more, _ := strings.Cut(strings.TrimSpace(text), "\n")
	short, n, state := "", 0, -1
	for first != "" && n < longestQuote {
		var character string
		character, first, _, state = uniseg.FirstGraphemeClusterInString(first, state)
		short += character
		n++
	}
	if first != "" || more != "" {
		short += "…"
	}
	return strconv.Quote(short)
}
