package delivery

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/store"
	"github.com/openchatops/oco/internal/wire"
)

// The rows of the store for plugins. A name of a namespace has no slash.
const (
	prefixNamespace  = "n/" // namespace -> record.Namespace
	prefixEntry      = "w/" // namespace, key -> record.Entry
	prefixValue      = "b/" // namespace, key -> a value that is not in the entry's row
	prefixTransacted = "h/" // caller, request id -> record.Transacted
	prefixDue        = "z/" // when in ms, the row that goes then -> nothing
)

// inline is the largest value that is kept in the row of its entry. Larger ones
// have a row of their own, so that the commit loop, which reads every entry that
// a transaction names, never reads much.
const inline = 1 << 10

func namespaceKey(name string) []byte { return []byte(prefixNamespace + name) }

func entryKey(namespace, key string) []byte { return []byte(prefixEntry + namespace + "/" + key) }

func valueKey(namespace, key string) []byte { return []byte(prefixValue + namespace + "/" + key) }

func transactedKey(caller, request string) []byte {
	return []byte(prefixTransacted + caller + "/" + request)
}

func dueKey(at int64, row []byte) []byte {
	return append(binary.BigEndian.AppendUint64([]byte(prefixDue), uint64(at)), row...)
}

// splitDue takes a key apart that dueKey made.
func splitDue(key []byte) (at int64, row string, ok bool) {
	rest, ok := strings.CutPrefix(string(key), prefixDue)
	if !ok || len(rest) < 8 {
		return 0, "", false
	}
	return int64(binary.BigEndian.Uint64([]byte(rest))), rest[8:], true
}

// splitEntry takes apart what entryKey made.
func splitEntry(row string) (namespace, key string, ok bool) {
	rest, ok := strings.CutPrefix(row, prefixEntry)
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, "/")
}

// DueRows finds at most so many rows that are over at a moment, greater than
// after, for Sweep.
func DueRows(r store.Reader, now time.Time, after []byte, most int) (due [][]byte, err error) {
	err = r.Scan([]byte(prefixDue), after, func(key, _ []byte) error {
		at, _, ok := splitDue(key)
		if !ok {
			return fmt.Errorf("the row %q is damaged", key)
		}
		if at > ms(now) || len(due) == most {
			return store.ErrStop
		}
		due = append(due, append([]byte(nil), key...))
		return nil
	})
	return due, err
}

// ReadRevision reads how often a namespace was written.
func ReadRevision(r store.Reader, namespace string) (uint64, error) {
	var row record.Namespace
	_, err := readRow(r, namespaceKey(namespace), &row)
	return row.Revision, err
}

// ReadEntry reads one entry. One that is over at the moment is not there.
func ReadEntry(r store.Reader, namespace, key string, now time.Time) (Entry, bool, error) {
	var row record.Entry
	found, err := readRow(r, entryKey(namespace, key), &row)
	if err != nil || !found || over(&row, now) {
		return Entry{}, false, err
	}
	e := entryOf(key, &row)
	e.Value, err = valueOf(r, namespace, key, &row)
	return e, err == nil, err
}

// ScanEntries visits the entries of a namespace whose keys begin with prefix and
// are greater than after, in the order of their bytes. One that is over at the
// moment is visited without a revision. It reads values only when value is
// called, which must be during the visit. What visit returns is as for
// store.Store.Scan.
func ScanEntries(r store.Reader, namespace, prefix, after string, now time.Time, visit func(e Entry, size int, value func() ([]byte, error)) error) error {
	var from []byte
	if after != "" {
		from = entryKey(namespace, after)
	}
	return r.Scan(entryKey(namespace, prefix), from, func(k, raw []byte) error {
		_, key, ok := splitEntry(string(k))
		var row record.Entry
		if err := wire.Decode(raw, &row); err != nil || !ok {
			return fmt.Errorf("the row %q is damaged", k)
		}
		if over(&row, now) {
			return visit(Entry{Key: key}, 0, nil)
		}
		return visit(entryOf(key, &row), valueSize(&row), func() ([]byte, error) { return valueOf(r, namespace, key, &row) })
	})
}

func readRow(r store.Reader, key []byte, row wire.Message) (found bool, err error) {
	raw, err := r.Get(key)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := wire.Decode(raw, row); err != nil {
		return false, fmt.Errorf("the row %q is damaged: %w", key, err)
	}
	return true, nil
}

func valueOf(r store.Reader, namespace, key string, row *record.Entry) ([]byte, error) {
	if row.Apart == 0 {
		return row.Value, nil
	}
	value, err := r.Get(valueKey(namespace, key))
	if err == nil && len(value) != int(row.Apart) {
		err = fmt.Errorf("it has %d bytes, not %d", len(value), row.Apart)
	}
	if err != nil {
		return nil, fmt.Errorf("the value of the row %q: %w", entryKey(namespace, key), err)
	}
	return value, nil
}

func valueSize(row *record.Entry) int { return max(len(row.Value), int(row.Apart)) }

// over reports whether an entry is past its time.
func over(row *record.Entry, now time.Time) bool { return row.ExpireMs != 0 && row.ExpireMs <= ms(now) }

// entryOf is an entry without its value.
func entryOf(key string, row *record.Entry) Entry {
	e := Entry{Key: key, Revision: row.Revision, Created: row.CreateRevision}
	if row.ExpireMs != 0 {
		e.Expires = time.UnixMilli(row.ExpireMs)
	}
	return e
}
