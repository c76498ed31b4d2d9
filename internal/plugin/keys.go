package plugin

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/record"
)

// liveKeys is how many keys of one name live at once: the second one is there
// to rotate without an interruption.
const liveKeys = 2

// A KeyInfo is what may be known of a key: all but the key.
type KeyInfo struct {
	ID     string
	Name   string
	Role   chat.Role
	Scopes []string
	Made   time.Time
}

// Keys are the keys that live. All methods may be called from several
// goroutines at once.
type Keys struct {
	put  Put
	now  func() time.Time
	turn chan struct{} // held while keys are made or revoked

	mu   sync.RWMutex
	live map[string]*liveKey // by key id
}

type liveKey struct {
	KeyInfo
	hash   [sha256.Size]byte
	child  bool
	life   context.Context // of those who came in by it; nil for a child
	revoke context.CancelFunc
}

func newLiveKey(hash [sha256.Size]byte, info KeyInfo) *liveKey {
	k := &liveKey{KeyInfo: info, hash: hash}
	k.life, k.revoke = context.WithCancel(context.Background())
	return k
}

// LoadKeys reads the keys that the store has. now gives the wall clock.
func LoadKeys(from Reader, put Put, now func() time.Time) (*Keys, error) {
	k := &Keys{put: put, now: now, turn: make(chan struct{}, 1), live: map[string]*liveKey{}}
	err := from.Scan([]byte(prefixKey), nil, func(key, value []byte) error {
		id := string(key[len(prefixKey):])
		row := new(record.Key)
		if err := proto.Unmarshal(value, row); err != nil {
			return fmt.Errorf("the row of the plugin key %q cannot be read: %w", id, err)
		}
		if len(row.Hash) != sha256.Size {
			return fmt.Errorf("the row of the plugin key %q holds no hash", id)
		}
		k.live[id] = newLiveKey([sha256.Size]byte(row.Hash), KeyInfo{
			ID: id, Name: row.Name, Role: chat.Role(row.Role), Scopes: row.Scopes, Made: time.UnixMilli(row.MadeMs),
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load plugin keys: %w", err)
	}
	return k, nil
}

// Mint makes a key for name and returns it once its hash is durable; the key
// itself is kept nowhere. A name has one role and at most two keys: with
// replaceOldest the older of two is revoked in the same step, without it the
// third is refused. The error is a *chat.Error, ctx.Err() or that of Put.
func (k *Keys) Mint(ctx context.Context, name string, role chat.Role, scopes []string, replaceOldest bool) (token, id string, err error) {
	if err := CheckName(name); err != nil {
		return "", "", err
	}
	if role < chat.RoleHandler || role > chat.RoleClient {
		return "", "", chat.Refuse(chat.FieldInvalid, "role: a key is for a handler, an adapter, an operator or a client")
	}
	if err := CheckScopes(scopes); err != nil {
		return "", "", err
	}
	if err := k.lock(ctx); err != nil {
		return "", "", err
	}
	defer k.unlock()
	var writes []delivery.Write
	if other, taken := k.otherRole(name, role); taken {
		return "", "", chat.Refuse(chat.FieldInvalid,
			"role: %s has a key as %s already; a name has one role, so choose another name or revoke that key", name, other)
	}
	old := k.storedOf(name)
	for len(old) >= liveKeys {
		if !replaceOldest {
			return "", "", chat.Refuse(chat.QuotaExceeded,
				"%s has %d keys already, %s and %s: revoke one, or ask for the oldest to be replaced", name, len(old), old[0].ID, old[1].ID)
		}
		writes = append(writes, delivery.Write{Key: keyRow(old[0].ID)})
		old = old[1:]
	}
	token, id = newToken(name)
	key := newLiveKey(hashToken(token), KeyInfo{
		ID: id, Name: name, Role: role, Scopes: slices.Clone(scopes), Made: k.now(),
	})
	row, err := proto.Marshal(&record.Key{
		Name: name, Role: uint32(role), Scopes: scopes, Hash: key.hash[:], MadeMs: key.Made.UnixMilli(),
	})
	if err != nil {
		return "", "", fmt.Errorf("encode the row of a key: %w", err)
	}
	if err := k.put(ctx, append(writes, delivery.Write{Key: keyRow(id), Value: row})); err != nil {
		return "", "", err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, gone := range writes {
		k.drop(string(gone.Key[len(prefixKey):]))
	}
	k.live[id] = key
	return token, id, nil
}

// Revoke ends a key: it is refused from the moment that this returns nil, and
// Identity.Revoked is closed for those who came in by it. Who looks at that ends
// what lasts; calls that were let in before and are short run on.
func (k *Keys) Revoke(ctx context.Context, id string) error {
	if err := k.lock(ctx); err != nil {
		return err
	}
	defer k.unlock()
	k.mu.RLock()
	key, ok := k.live[id]
	k.mu.RUnlock()
	if !ok || key.child {
		return chat.Refuse(chat.KeyNotFound, "no key has the id %.64q; list the keys to see those that live", id)
	}
	if err := k.put(ctx, []delivery.Write{{Key: keyRow(id)}}); err != nil {
		return err
	}
	k.forget(id)
	return nil
}

// Launch makes a key for one launch of a process of the bot's own. It lives in
// memory alone until revoke is called, which may be done more than once.
func (k *Keys) Launch(name string, role chat.Role, scopes []string) (token string, revoke func()) {
	token, id := newToken(name)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.live[id] = &liveKey{hash: hashToken(token), child: true, KeyInfo: KeyInfo{
		ID: id, Name: name, Role: role, Scopes: slices.Clone(scopes), Made: k.now(),
	}}
	return token, func() { k.forget(id) }
}

// Authenticate says who holds the key. The comparison takes the same time
// wherever a wrong key differs.
func (k *Keys) Authenticate(token string) (Identity, *chat.Error) {
	if token == "" {
		return Identity{}, chat.Refuse(chat.KeyMissing, `no plugin key: send the header "authorization: Bearer KEY"`)
	}
	name, id, ok := parseToken(token)
	if !ok {
		return Identity{}, chat.Refuse(chat.KeyInvalid,
			"this is not a plugin key as the bot makes them, or a part of it is missing or mistyped")
	}
	k.mu.RLock()
	key, ok := k.live[id]
	k.mu.RUnlock()
	hash := hashToken(token)
	var want [sha256.Size]byte
	if ok {
		want = key.hash
	}
	if same := subtle.ConstantTimeCompare(hash[:], want[:]); same != 1 || !ok || key.Name != name {
		return Identity{}, chat.Refuse(chat.KeyInvalid,
			"the key %s of %s is not known here: it was revoked, or it belongs to another bot", id, name)
	}
	return Identity{Name: key.Name, Role: key.Role, Scopes: key.Scopes, KeyID: id, Child: key.child, Revoked: key.life}, nil
}

// List returns the keys of the store, by name and age. Keys of launches are
// not among them.
func (k *Keys) List() []KeyInfo {
	k.mu.RLock()
	defer k.mu.RUnlock()
	list := []KeyInfo{}
	for _, key := range k.live {
		if !key.child {
			list = append(list, key.KeyInfo)
		}
	}
	slices.SortFunc(list, func(a, b KeyInfo) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), a.Made.Compare(b.Made), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// otherRole is the role in which a name lives beside this one, if it does:
// also that of a process of the bot's own.
func (k *Keys) otherRole(name string, role chat.Role) (chat.Role, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	for _, key := range k.live {
		if key.Name == name && key.Role != role {
			return key.Role, true
		}
	}
	return 0, false
}

func (k *Keys) storedOf(name string) []KeyInfo {
	return slices.DeleteFunc(k.List(), func(i KeyInfo) bool { return i.Name != name })
}

func (k *Keys) forget(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.drop(id)
}

// drop ends a key, which may have ended. The caller holds mu.
func (k *Keys) drop(id string) {
	key, ok := k.live[id]
	if !ok {
		return
	}
	delete(k.live, id)
	if key.revoke != nil {
		key.revoke()
	}
}

func (k *Keys) lock(ctx context.Context) error { return take(ctx, k.turn) }

func (k *Keys) unlock() { <-k.turn }

// take waits for a turn that one caller has at a time.
func take(ctx context.Context, turn chan struct{}) error {
	select {
	case turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func keyRow(id string) []byte { return []byte(prefixKey + id) }
