package chat

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// MaxID is the length in bytes that no id exceeds (OCO-IDS-1).
const MaxID = 128

// A Kind is what an id that is derived from a chat service's own id names.
type Kind string

// The kinds of derived ids. The colon is part of none of them.
const (
	KindUser    Kind = "user"
	KindRoom    Kind = "room"
	KindThread  Kind = "thread"
	KindMessage Kind = "msg"
	KindEvent   Kind = "event"
	KindFile    Kind = "file"
)

// Derive mints the id of something that the chat service made: kind, number of
// the account and the service's id, escaped into the alphabet of ids. It is a
// pure function, so the same thing has the same id for ever (OCO-IDS-3). long
// says that the id would not fit and is a hash instead: then the caller keeps
// the row by which Native finds the way back.
//
// An empty service id has the empty id.
func Derive(kind Kind, account uint32, serviceID string) (id string, long bool) {
	if serviceID == "" {
		return "", false
	}
	head := string(kind) + ":" + strconv.FormatUint(uint64(account), 10) + ":"
	escaped := escape(serviceID)
	if len(head)+len(escaped) <= MaxID {
		return head + escaped, false
	}
	sum := sha256.Sum256([]byte(serviceID))
	return head + "~~" + hex.EncodeToString(sum[:20]), true
}

// Native is the inverse of Derive: the chat service's own id, and whose it is.
// ok is false for an id that was not derived, is of another kind, or is the
// hash of a long one: ask the store then.
func Native(kind Kind, id string) (account uint32, serviceID string, ok bool) {
	rest, found := strings.CutPrefix(id, string(kind)+":")
	if !found {
		return 0, "", false
	}
	number, escaped, found := strings.Cut(rest, ":")
	n, err := strconv.ParseUint(number, 10, 32)
	if !found || err != nil || strconv.FormatUint(n, 10) != number || strings.HasPrefix(escaped, "~~") {
		return 0, "", false
	}
	serviceID, ok = unescape(escaped)
	return uint32(n), serviceID, ok && serviceID != "" && escape(serviceID) == escaped
}

// AccountID is the id of the account with this number.
func AccountID(number uint32) string { return "account:" + strconv.FormatUint(uint64(number), 10) }

// AccountNumber is the inverse of AccountID.
func AccountNumber(id string) (uint32, bool) {
	digits, found := strings.CutPrefix(id, "account:")
	n, err := strconv.ParseUint(digits, 10, 32)
	return uint32(n), found && err == nil && AccountID(uint32(n)) == id
}

// ValidID reports whether id is in the alphabet and the length of ids.
func ValidID(id string) bool {
	if id == "" || len(id) > MaxID {
		return false
	}
	for i := range len(id) {
		if !plain(id[i]) && id[i] != '~' && id[i] != ':' && id[i] != '/' {
			return false
		}
	}
	return true
}

// ValidKey reports whether key may name a send in its delivery: 1 to 64 bytes
// of A-Za-z0-9._~- (OCO-DLV-20).
func ValidKey(key string) bool {
	if key == "" || len(key) > 64 {
		return false
	}
	for i := range len(key) {
		if !plain(key[i]) && key[i] != '~' {
			return false
		}
	}
	return true
}

// MessageID is the id of the message that a delivery sends with this key.
func MessageID(delivery, key string) string { return delivery + "/" + key }

func plain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-'
}

const hexDigits = "0123456789abcdef"

// escape writes each byte outside A-Za-z0-9._- as ~ and two hex digits.
func escape(s string) string {
	n := 0
	for i := range len(s) {
		if !plain(s[i]) {
			n++
		}
	}
	if n == 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 2*n)
	for i := range len(s) {
		if c := s[i]; plain(c) {
			b.WriteByte(c)
		} else {
			b.WriteByte('~')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return b.String()
}

func unescape(s string) (string, bool) {
	if !strings.Contains(s, "~") {
		return s, true
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '~' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		c, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil {
			return "", false
		}
		b.WriteByte(byte(c))
		i += 2
	}
	return b.String(), true
}
