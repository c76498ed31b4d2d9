package rpc

import (
	"context"
	"crypto/sha256"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/store"
)

// Storage answers the StorageService of a Core.
type Storage struct{ core *Core }

// Storage gives what answers the StorageService.
func (c *Core) Storage() Storage { return Storage{c} }

// view takes a snapshot and waits until all that is in it is durable. So a read
// sees every transaction that was acknowledged before it began, and nothing
// that a crash could take back (OCO-STO-7).
func (c *Core) view(ctx context.Context) (store.Snapshot, error) {
	view, err := c.opt.Store.Snapshot()
	if err != nil {
		return nil, err
	}
	if err := submit(ctx, c.engine, delivery.Barrier{}); err != nil {
		return nil, joinClose(err, view)
	}
	return view, nil
}

// Get reads keys, all at one revision.
func (s Storage) Get(ctx context.Context, req *ocov1.GetRequest) (*ocov1.GetResponse, error) {
	id := caller(ctx)
	if refused := mayStore(id); refused != nil {
		return nil, refused
	}
	if refused := checkKeys(req.GetKeys()); refused != nil {
		return nil, refused
	}
	namespace, refused := namespaceOf(id, "namespace", req.GetNamespace())
	if refused != nil {
		return nil, refused
	}
	view, err := s.core.view(ctx)
	if err != nil {
		return nil, err
	}
	res, err := get(view, namespace, req.GetKeys())
	if err = joinClose(err, view); err != nil {
		return nil, err
	}
	return res, nil
}

func get(view store.Reader, namespace string, keys []string) (*ocov1.GetResponse, error) {
	revision, err := delivery.ReadRevision(view, namespace)
	if err != nil {
		return nil, err
	}
	res, size, now := &ocov1.GetResponse{Revision: revision}, 0, time.Now()
	for _, key := range keys {
		e, found, err := delivery.ReadEntry(view, namespace, key, now)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		if size += entrySize(e.Key, len(e.Value)); size > MaxBatch && len(res.Entries) > 0 {
			return nil, tooLarge("keys", size, MaxBatch, "bytes of entries in one answer").With("field", "keys")
		}
		res.Entries = append(res.Entries, entryProto(e))
	}
	return res, nil
}

// Transact writes all or nothing, if its guards hold.
func (s Storage) Transact(ctx context.Context, req *ocov1.TransactRequest) (*ocov1.TransactResponse, error) {
	id := caller(ctx)
	if refused := mayStore(id); refused != nil {
		return nil, refused
	}
	if len(req.GetRequestId()) > maxRequestID {
		return nil, invalid("request_id", "it has at most %d bytes", maxRequestID)
	}
	t, refused := transaction(id, "transaction", req.GetTransaction())
	if refused != nil {
		return nil, refused
	}
	in := delivery.Transact{Transaction: *t, Caller: id.Role.String() + ":" + id.Name, Request: req.GetRequestId()}
	if in.Request != "" {
		body, err := proto.MarshalOptions{Deterministic: true}.Marshal(req.GetTransaction())
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(append([]byte(t.Namespace+"/"), body...))
		in.Body = [16]byte(sum[:16])
	}
	out, err := do[delivery.Transacted](ctx, s.core.engine, in)
	if err != nil {
		return nil, err
	}
	return &ocov1.TransactResponse{
		Committed: out.Committed, Revision: out.Revision, Conflicts: entriesProto(out.Conflicts), Results: entriesProto(out.Results),
	}, nil
}

func entriesProto(entries []delivery.Entry) []*ocov1.Entry {
	out := make([]*ocov1.Entry, len(entries))
	for i, e := range entries {
		out[i] = entryProto(e)
	}
	return out
}

func entryProto(e delivery.Entry) *ocov1.Entry {
	out := &ocov1.Entry{Key: e.Key, Value: e.Value, Revision: e.Revision, CreateRevision: e.Created}
	if !e.Expires.IsZero() {
		out.ExpireTime = timestamppb.New(e.Expires)
	}
	return out
}

// entrySize is at least the size of an entry on the wire.
func entrySize(key string, value int) int { return len(key) + value + 64 }

// setStore tells what became of the transaction of a completion.
func setStore(r *ocov1.CompletionResult, t *delivery.Transacted) {
	if t != nil {
		r.Conflicts, r.Revision = entriesProto(t.Conflicts), t.Revision
	}
}

// completionTransaction translates the transaction of a completion.
func completionTransaction(ctx context.Context, in *ocov1.Transaction, out *delivery.Completion) *chat.Error {
	id := caller(ctx)
	if id.Role != chat.RoleHandler {
		return invalid("done.transact", "only a handler has a transaction in its completions")
	}
	if refused := mayStore(id); refused != nil {
		return refused
	}
	var refused *chat.Error
	out.Transact, refused = transaction(id, "done.transact", in)
	return refused
}
