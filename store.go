package oco

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// ErrConflict: a guard of a transaction did not hold, nothing was written.
var ErrConflict = errors.New("oco: a guard of the transaction did not hold")

// Revision says when a key was last written; 0 is a key that there is not.
type Revision uint64

// Store is what the bot keeps for a plugin: keys with JSON values, on disk when
// a call returns. Safe for concurrent use. A handler needs the scope "store",
// and for a namespace that it shares "store.shared:NAMESPACE".
//
// Calls block until the bot answers or ctx ends, and are repeated, without
// taking effect twice, while the bot is out of reach. Their errors have gRPC
// codes.
type Store struct {
	rpc       ocov1.StorageServiceClient
	namespace string
}

// Store returns the handler's own part of the store. A client has none: it uses
// [Store.Shared].
func (c *Client) Store() *Store { return &Store{rpc: c.storage} }

// Store returns the handler's own part of the store. What is written there is
// written at once, whatever becomes of the delivery; see [Message.Transaction].
func (c *call) Store() *Store { return c.client.Store() }

// Shared returns the part of the store with this name, which several plugins
// may use.
func (s *Store) Shared(namespace string) *Store {
	return &Store{rpc: s.rpc, namespace: valid(namespace)}
}

// Get reads key into the variable that v points to, and says when it was last
// written: 0, and v is left as it is, if there is no such key.
func (s *Store) Get(ctx context.Context, key string, v any) (Revision, error) {
	var resp *ocov1.GetResponse
	err := persist(ctx, func() (err error) {
		resp, err = s.rpc.Get(ctx, &ocov1.GetRequest{Namespace: s.namespace, Keys: []string{valid(key)}}, grpc.WaitForReady(true))
		return err
	})
	if err != nil || len(resp.GetEntries()) == 0 {
		return 0, err
	}
	e := entryFromWire(resp.GetEntries()[0])
	return e.Revision, e.Decode(v)
}

// PutOption refines a put.
type PutOption func(*ocov1.Put)

// TTL lets the key go by itself after d. A put without it makes it stay.
func TTL(d time.Duration) PutOption {
	return func(p *ocov1.Put) { p.Ttl = durationpb.New(d) }
}

// Put writes the JSON of v, at most 256 KiB.
func (s *Store) Put(ctx context.Context, key string, v any, opts ...PutOption) (Revision, error) {
	return s.Transact(ctx, new(Transaction).Put(key, v, opts...))
}

// Delete removes a key, which need not be there.
func (s *Store) Delete(ctx context.Context, key string) error {
	_, err := s.Transact(ctx, new(Transaction).Delete(key))
	return err
}

// Add adds delta to a counter, that is to a key whose value is a whole number
// or which is not there, and returns the sum.
func (s *Store) Add(ctx context.Context, key string, delta int64) (int64, error) {
	resp, err := s.transact(ctx, new(Transaction).Add(key, delta))
	if err != nil {
		return 0, err
	}
	if len(resp.GetResults()) != 1 {
		return 0, fmt.Errorf("oco: the bot answered a write with %d results", len(resp.GetResults()))
	}
	var sum int64
	err = entryFromWire(resp.GetResults()[0]).Decode(&sum)
	return sum, err
}

// Entry is a key of a [Store.List].
type Entry struct {
	Key      string
	Revision Revision
	// Expires is when the key goes by itself, zero if it stays.
	Expires time.Time
	// JSON is the value.
	JSON []byte
}

// Decode reads the value into the variable that v points to.
func (e Entry) Decode(v any) error {
	if err := json.Unmarshal(e.JSON, v); err != nil {
		return fmt.Errorf("oco: the value of the key %q does not fit: %w", e.Key, err)
	}
	return nil
}

func entryFromWire(e *ocov1.Entry) Entry {
	out := Entry{Key: e.GetKey(), Revision: Revision(e.GetRevision()), JSON: e.GetValue()}
	if e.GetExpireTime() != nil {
		out.Expires = e.GetExpireTime().AsTime()
	}
	return out
}

// List reads what begins with prefix, in the order of the bytes of the keys, as
// it is when the loop begins. It ends with the first error; a loop that lets a
// minute pass between two pages of 100 entries may get one.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		enough := errors.New("enough")
		err := pages(func(token string) (string, error) {
			var resp *ocov1.ListResponse
			err := persist(ctx, func() (err error) {
				resp, err = s.rpc.List(ctx, &ocov1.ListRequest{Namespace: s.namespace, Prefix: valid(prefix), PageToken: token}, grpc.WaitForReady(true))
				return err
			})
			for _, e := range resp.GetEntries() {
				if !yield(entryFromWire(e), nil) {
					return "", enough
				}
			}
			return resp.GetNextPageToken(), err
		})
		if err != nil && !errors.Is(err, enough) {
			yield(Entry{}, err)
		}
	}
}

// Transaction is a list of writes that are done all or not at all, in their
// order, if its guards hold. The zero value is empty. At most 64 guards, 64
// writes and 1 MiB. Safe for concurrent use.
type Transaction struct {
	mu      sync.Mutex
	wire    ocov1.Transaction
	problem error
}

// Guard lets the transaction happen only if key was last written at the
// revision, or for 0 if there is no such key.
func (t *Transaction) Guard(key string, r Revision) *Transaction {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wire.Guards = append(t.wire.Guards, &ocov1.Guard{Key: valid(key), Revision: uint64(r)})
	return t
}

// Put writes the JSON of v as [Store.Put] does.
func (t *Transaction) Put(key string, v any, opts ...PutOption) *Transaction {
	value, err := json.Marshal(v)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.problem = errors.Join(t.problem, fmt.Errorf("oco: the value for the key %q: %w", key, err))
		return t
	}
	p := &ocov1.Put{Key: valid(key), Value: value}
	for _, o := range opts {
		o(p)
	}
	t.wire.Writes = append(t.wire.Writes, &ocov1.Write{Kind: &ocov1.Write_Put{Put: p}})
	return t
}

// Delete removes a key as [Store.Delete] does.
func (t *Transaction) Delete(key string) *Transaction {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wire.Writes = append(t.wire.Writes, &ocov1.Write{Kind: &ocov1.Write_DeleteKey{DeleteKey: valid(key)}})
	return t
}

// Add adds to a counter as [Store.Add] does.
func (t *Transaction) Add(key string, delta int64) *Transaction {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wire.Writes = append(t.wire.Writes, &ocov1.Write{Kind: &ocov1.Write_Add{Add: &ocov1.Add{Key: valid(key), Delta: delta}}})
	return t
}

// In makes it a transaction of a shared part of the store; see [Store.Shared].
// Given to [Store.Transact] it is one of that store in any case.
func (t *Transaction) In(namespace string) *Transaction {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wire.Namespace = valid(namespace)
	return t
}

// message is what goes to the bot, nil if the transaction is empty.
func (t *Transaction) message() (*ocov1.Transaction, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.problem != nil || len(t.wire.Guards)+len(t.wire.Writes) == 0 {
		return nil, t.problem
	}
	return &ocov1.Transaction{Namespace: t.wire.Namespace, Guards: t.wire.Guards, Writes: t.wire.Writes}, nil
}

// Transact does a transaction and returns the revision of what it wrote, or
// [ErrConflict].
func (s *Store) Transact(ctx context.Context, t *Transaction) (Revision, error) {
	resp, err := s.transact(ctx, t)
	return Revision(resp.GetRevision()), err
}

func (s *Store) transact(ctx context.Context, t *Transaction) (*ocov1.TransactResponse, error) {
	wire, err := t.message()
	if err != nil {
		return nil, err
	}
	if wire == nil {
		return nil, errors.New("oco: the transaction is empty")
	}
	wire.Namespace = s.namespace
	req := &ocov1.TransactRequest{RequestId: randomID(), Transaction: wire}
	var resp *ocov1.TransactResponse
	err = persist(ctx, func() (err error) {
		resp, err = s.rpc.Transact(ctx, req, grpc.WaitForReady(true))
		return err
	})
	if err == nil && !resp.GetCommitted() {
		return nil, ErrConflict
	}
	return resp, err
}

// Transaction returns the transaction of this delivery. It commits together
// with the outcome and the replies if the callback returns nil, and is dropped
// if it does not: so it takes effect exactly once for a delivery that is done,
// also of a [Repeatable] route. Nothing reads what it writes before that.
//
// If a guard does not hold, or the bot refuses it otherwise, the delivery is
// failed and the log says why; one of a repeatable route with a guard that does
// not hold runs again instead. Where that can happen, as with a counter that
// must not fall below zero, use [Update] in the callback.
func (c *call) Transaction() *Transaction { return &c.transaction }

// Update reads a key, lets change say what it should be, and writes that unless
// somebody else wrote it meanwhile: then it begins anew, until ctx ends. change
// may be called several times and should do nothing else; found says whether
// there is such a key. If it returns an error nothing is written.
func Update[T any](ctx context.Context, s *Store, key string, change func(old T, found bool) (T, error), opts ...PutOption) (T, error) {
	for n := 0; ; n++ {
		var old T
		revision, err := s.Get(ctx, key, &old)
		if err != nil {
			return old, err
		}
		next, err := change(old, revision != 0)
		if err != nil {
			return old, err
		}
		_, err = s.Transact(ctx, new(Transaction).Guard(key, revision).Put(key, next, opts...))
		if !errors.Is(err, ErrConflict) {
			return next, err
		}
		if n > 2 && !pause(ctx, rand.N(10*time.Millisecond)) {
			return old, context.Cause(ctx)
		}
	}
}

// persist repeats a call while the bot is out of reach.
func persist(ctx context.Context, call func() error) error {
	var b backoff
	for {
		err := call()
		if status.Code(err) != codes.Unavailable {
			return err
		}
		if ctx.Err() != nil || !b.sleep(ctx) {
			return errors.Join(err, context.Cause(ctx))
		}
	}
}
