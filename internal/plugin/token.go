package plugin

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"strings"
)

// A key reads oco_NAME_KEYID_SECRET_CRC: the prefix lets scanners of source
// code find one that leaked, the sum tells a mistyped one from a revoked one.
const (
	tokenPrefix = "oco_"
	idLength    = 12
	secretBytes = 32
	sumLength   = 8
)

var secretLength = base64.RawURLEncoding.EncodedLen(secretBytes)

// newToken draws a key for name.
func newToken(name string) (token, id string) {
	var secret [secretBytes]byte
	_, _ = rand.Read(secret[:]) // never fails: it ends the process instead
	id = strings.ToLower(rand.Text()[:idLength])
	body := tokenPrefix + name + "_" + id + "_" + base64.RawURLEncoding.EncodeToString(secret[:])
	return body + "_" + sum(body), id
}

func sum(body string) string { return fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(body))) }

// parseToken takes a key apart. ok is false for what is not written as a key.
func parseToken(token string) (name, id string, ok bool) {
	rest, ok := strings.CutPrefix(token, tokenPrefix)
	if !ok {
		return "", "", false
	}
	name, rest, _ = strings.Cut(rest, "_")
	id, rest, _ = strings.Cut(rest, "_")
	// The secret may hold "_" itself, so its place is found by length.
	if CheckName(name) != nil || len(id) != idLength ||
		len(rest) != secretLength+1+sumLength || rest[secretLength] != '_' {
		return "", "", false
	}
	body := token[:len(token)-sumLength-1]
	return name, id, sum(body) == token[len(token)-sumLength:]
}

func hashToken(token string) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }
