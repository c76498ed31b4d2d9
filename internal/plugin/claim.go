package plugin

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/record"
)

// claimFor is how long a code can be said, openClaims how many wait at once.
const (
	claimFor   = 10 * time.Minute
	openClaims = 16
)

// Claims are the operators who said a one-time code to the bot, and the codes
// that wait to be said. Codes live in memory alone.
type Claims struct {
	now func() time.Time

	mu    sync.Mutex
	codes map[[sha256.Size]byte]time.Time // hash of the code -> its end
	users map[string]struct{}
}

// LoadClaims reads who claimed. now gives the wall clock.
func LoadClaims(from Reader, now func() time.Time) (*Claims, error) {
	c := &Claims{now: now, codes: map[[sha256.Size]byte]time.Time{}, users: map[string]struct{}{}}
	err := from.Scan([]byte(prefixClaim), nil, func(key, _ []byte) error {
		c.users[string(key[len(prefixClaim):])] = struct{}{}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load claims: %w", err)
	}
	return c, nil
}

// CreateClaim makes a code that one person may say within validFor.
func (c *Claims) CreateClaim() (code string, validFor time.Duration, err *chat.Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	for hash, end := range c.codes {
		if !end.After(now) {
			delete(c.codes, hash)
		}
	}
	if len(c.codes) >= openClaims {
		return "", 0, chat.Refuse(chat.QuotaExceeded, "%d codes wait to be said already: use one, or wait %s until they end", openClaims, claimFor)
	}
	drawn := rand.Text() // 26 characters of base32: 130 bits
	code = "claim-" + strings.ToLower(drawn[:20])
	c.codes[hashCode(code)] = now.Add(claimFor)
	return code, claimFor, nil
}

// Redeem uses up the code that user said in a direct room. ok is false if
// there is no such code. The write must be made durable by the caller before
// it tells anybody, and then Confirm called.
func (c *Claims) Redeem(code, user string) (w delivery.Write, ok bool) {
	hash := hashCode(code)
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	end, ok := c.codes[hash]
	delete(c.codes, hash)
	if !ok || !end.After(now) || !chat.ValidID(user) {
		return delivery.Write{}, false
	}
	row, err := proto.Marshal(&record.Claim{User: user, MadeMs: now.UnixMilli()})
	if err != nil { // a valid id is valid UTF-8, so this fails closed only
		return delivery.Write{}, false
	}
	return delivery.Write{Key: []byte(prefixClaim + user), Value: row}, true
}

// Void ends a code that somebody said where others read it, and says whether it
// was one.
func (c *Claims) Void(code string) bool {
	hash := hashCode(code)
	c.mu.Lock()
	defer c.mu.Unlock()
	end, ok := c.codes[hash]
	delete(c.codes, hash)
	return ok && end.After(c.now())
}

func hashCode(code string) [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.ToLower(strings.TrimSpace(code))))
}

// Confirm says that the row of user is durable and returns all who claimed.
func (c *Claims) Confirm(user string) []string {
	c.mu.Lock()
	c.users[user] = struct{}{}
	c.mu.Unlock()
	return c.Users()
}

// Users returns who claimed, sorted.
func (c *Claims) Users() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	users := make([]string, 0, len(c.users))
	for user := range c.users {
		users = append(users, user)
	}
	slices.Sort(users)
	return users
}
