package rpc

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/plugin"
)

// maxTTL is the longest time after which an entry may go by itself.
const maxTTL = 10 * 365 * 24 * time.Hour

// mayStore refuses who may not use any namespace.
func mayStore(id plugin.Identity) *chat.Error {
	shared := func(scope string) bool { return strings.HasPrefix(scope, plugin.StoreShared) }
	if id.Role == chat.RoleOperator || id.May(plugin.StoreOwn) || slices.ContainsFunc(id.Scopes, shared) {
		return nil
	}
	return missing(id, plugin.StoreOwn)
}

// namespaceOf decides which namespace is meant and whether the caller may use
// it (OCO-STO-6).
func namespaceOf(id plugin.Identity, field, name string) (string, *chat.Error) {
	own := id.Role == chat.RoleHandler
	if name == "" {
		if !own {
			return "", invalid(field, "name a namespace: only a handler has one of its own")
		}
		name = id.Name
	}
	if plugin.CheckName(name) != nil {
		return "", invalid(field, "%.64q is no name of a namespace: it has at most 32 characters a-z, 0-9 and -, and begins with a letter", name)
	}
	switch {
	case id.Role == chat.RoleOperator, id.May(plugin.StoreShared + name):
		return name, nil
	case own && name == id.Name:
		if id.May(plugin.StoreOwn) {
			return name, nil
		}
		return "", missing(id, plugin.StoreOwn)
	}
	return "", missing(id, plugin.StoreShared+name)
}

func checkKeys(keys []string) *chat.Error {
	if len(keys) == 0 {
		return invalid("keys", "name at least one")
	}
	if len(keys) > maxKeys {
		return tooLarge("keys", len(keys), maxKeys, "keys")
	}
	for i, key := range keys {
		if refused := checkKey(fmt.Sprintf("keys[%d]", i), key); refused != nil {
			return refused
		}
	}
	return nil
}

// checkKey holds a key to what every store can keep and every terminal show.
func checkKey(field, key string) *chat.Error {
	if key == "" || len(key) > maxKey {
		return invalid(field, "a key has 1 to %d bytes, this one has %d", maxKey, len(key))
	}
	return checkPrefix(field, key)
}

func checkPrefix(field, key string) *chat.Error {
	switch {
	case len(key) > maxKey:
		return invalid(field, "a key has at most %d bytes, this has %d", maxKey, len(key))
	case !utf8.ValidString(key):
		return invalid(field, "the key is not UTF-8")
	case strings.ContainsFunc(key, unicode.IsControl):
		return invalid(field, "the key %.80q has a control character", key)
	}
	return nil
}

// transaction translates and checks a transaction.
func transaction(id plugin.Identity, field string, in *ocov1.Transaction) (*delivery.Transaction, *chat.Error) {
	switch {
	case in == nil:
		return nil, invalid(field, "it is missing")
	case len(in.GetGuards()) > maxGuards:
		return nil, tooLarge(field+".guards", len(in.GetGuards()), maxGuards, "guards")
	case len(in.GetWrites()) > maxWrites:
		return nil, tooLarge(field+".writes", len(in.GetWrites()), maxWrites, "writes")
	case len(in.GetGuards())+len(in.GetWrites()) == 0:
		return nil, invalid(field, "it has no guard and no write")
	}
	namespace, refused := namespaceOf(id, field+".namespace", in.GetNamespace())
	if refused != nil {
		return nil, refused
	}
	t := &delivery.Transaction{Namespace: namespace}
	for i, g := range in.GetGuards() {
		if refused := checkKey(fmt.Sprintf("%s.guards[%d].key", field, i), g.GetKey()); refused != nil {
			return nil, refused
		}
		t.Guards = append(t.Guards, delivery.Guard{Key: g.GetKey(), Revision: g.GetRevision()})
	}
	size := 0
	for i, w := range in.GetWrites() {
		write, refused := entryWrite(fmt.Sprintf("%s.writes[%d]", field, i), w)
		if refused != nil {
			return nil, refused
		}
		t.Writes = append(t.Writes, write)
		size += len(write.Key) + len(write.Value)
	}
	if size > MaxTransaction {
		return nil, tooLarge(field, size, MaxTransaction, "bytes of keys and values")
	}
	return t, nil
}

func entryWrite(field string, in *ocov1.Write) (delivery.EntryWrite, *chat.Error) {
	var w delivery.EntryWrite
	switch k := in.GetKind().(type) {
	case *ocov1.Write_Put:
		w = delivery.EntryWrite{Op: delivery.PutEntry, Key: k.Put.GetKey(), Value: k.Put.GetValue()}
		field += ".put"
		if len(w.Value) > MaxValue {
			return w, tooLarge(field+".value", len(w.Value), MaxValue, "bytes")
		}
		if ttl := k.Put.GetTtl(); ttl != nil {
			if w.TTL = ttl.AsDuration(); ttl.CheckValid() != nil || w.TTL <= 0 || w.TTL > maxTTL {
				return w, invalid(field+".ttl", "it is not a duration above zero and of at most %s", maxTTL)
			}
		}
	case *ocov1.Write_DeleteKey:
		w = delivery.EntryWrite{Op: delivery.DeleteEntry, Key: k.DeleteKey}
		field += ".delete_key"
	case *ocov1.Write_Add:
		w = delivery.EntryWrite{Op: delivery.AddEntry, Key: k.Add.GetKey(), Delta: k.Add.GetDelta()}
		field += ".add"
	default:
		return w, invalid(field, "a write is put, delete_key or add; none of them is set")
	}
	return w, checkKey(field+".key", w.Key)
}

// joinClose closes what was read from, and adds that it could not.
func joinClose(err error, view io.Closer) error {
	if closed := view.Close(); closed != nil {
		return errors.Join(err, closed)
	}
	return err
}
