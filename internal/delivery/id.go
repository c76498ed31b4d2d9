package delivery

import (
	"crypto/sha256"
	"math/rand/v2"
	"strings"
)

// People read and type these ids: no letter looks like another one.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// DrawID mints an id of something that the bot made: a letter that says what,
// and 60 random bits.
func DrawID(kind byte, r *rand.Rand) string {
	b := [13]byte{kind}
	bits := r.Uint64()
	for i := 1; i < len(b); i++ {
		b[i] = alphabet[bits&31]
		bits >>= 5
	}
	return string(b[:])
}

// The kinds of drawn ids.
const (
	KindDelivery = 'd'
	KindLease    = 'l'
	KindSend     = 'm'
)

// token is what makes a send recognisable to a chat service that can: at most
// 25 characters, the same at each attempt.
func token(message string) string {
	sum := sha256.Sum256([]byte(message))
	var b [24]byte
	for i := range b {
		b[i] = alphabet[sum[i]&31]
	}
	return string(b[:])
}

// IsID reports whether id has the form of one that DrawID minted of this kind.
func IsID(kind byte, id string) bool {
	if len(id) != 13 || id[0] != kind {
		return false
	}
	for i := 1; i < len(id); i++ {
		if !strings.ContainsRune(alphabet, rune(id[i])) {
			return false
		}
	}
	return true
}
