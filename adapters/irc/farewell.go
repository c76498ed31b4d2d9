package irc

import "strings"

// unwelcome is why the server does not want us: to come at once would make it
// worse.
type unwelcome struct{ error }

func (u unwelcome) Unwrap() error { return u.error }

// excess is the end of a connection on which we said too much.
type excess struct{ error }

func (e excess) Unwrap() error { return e.error }

// judged tells by the text with which the server ended the connection what kind
// of an end it was. There are no codes for it.
func judged(text string, err error) error {
	text = strings.ToLower(text)
	has := func(words ...string) bool {
		for _, word := range words {
			if strings.Contains(text, word) {
				return true
			}
		}
		return false
	}
	switch {
	case has("flood", "recvq"):
		return excess{err}
	case has("throttl", "too fast", "too many", "banned", "-line", "refused", "not authori", "access denied", "bad password"):
		return unwelcome{err}
	}
	return err
}
