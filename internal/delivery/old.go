package delivery

import (
	"errors"
	"fmt"
	"time"

	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/store"
	"github.com/openchatops/oco/internal/wire"
)

// A Log is a table of what has ended whose keys go up with time, so that the oldest
// rows are its first ones.
type Log string

// The logs: deliveries; messages, and other operations, that belong to none.
const (
	EndedDeliveries Log = prefixEnded
	EndedMessages   Log = prefixSent + Log(KindSend)
	EndedOperations Log = prefixSent + Log(KindOperation)
)

// Logs are all of them.
func Logs() []Log { return []Log{EndedDeliveries, EndedMessages, EndedOperations} }

// A Found is a part of a log that was read.
type Found struct {
	Rows [][]byte // keys of what was looked for
	Last []byte   // where the part ends; nil: nothing was read
	More bool     // there may be more behind it
}

// A Stretch bounds what is read of a log.
type Stretch struct {
	After []byte    // nil: from its beginning
	Until time.Time // rows that began later are not looked at
	Most  int       // rows that are found
	Reads int       // rows that are read
}

// OldRows finds the rows of a part of a log: with text those alone in which text is
// left.
func OldRows(r store.Reader, log Log, in Stretch, text bool) (Found, error) {
	if log == EndedDeliveries {
		return read(r, log, in, func(row *record.Delivery) (int64, bool) {
			return row.AdmitMs, !text || !IsBare(row)
		})
	}
	return read(r, log, in, func(row *record.Send) (int64, bool) {
		return row.MadeMs, !text || row.Detail != ""
	})
}

// OldRequests finds the request ids of a part of their table that are not remembered
// any more. Their keys do not go up with time.
func OldRequests(r store.Reader, now time.Time, in Stretch) (Found, error) {
	in.Until = now
	return read(r, prefixRequest, in, func(row *record.Request) (int64, bool) {
		return 0, row.MadeMs+requestKept.Milliseconds() <= ms(now)
	})
}

// CountRows counts the rows of a part of a log.
func CountRows(r store.Reader, log Log, in Stretch) (n int, found Found, err error) {
	err = r.Scan([]byte(log), in.After, func(key, _ []byte) error {
		if n == in.Reads {
			found.More = true
			return store.ErrStop
		}
		n++
		found.Last = append(found.Last[:0], key...)
		return nil
	})
	return n, found, err
}

// NamesIn finds the rows of a part of the log of deliveries in which a person is named.
func (p *Person) NamesIn(r store.Reader, in Stretch) (Found, error) {
	return read(r, EndedDeliveries, in, func(row *record.Delivery) (int64, bool) { return row.AdmitMs, p.NamedIn(row) })
}

// NamesInSends is the same of every send that has ended; of those that belong to a
// delivery of the person, too.
func (p *Person) NamesInSends(r store.Reader, in Stretch) (Found, error) {
	var failed error
	found, err := read(r, prefixSent, in, func(row *record.Send) (int64, bool) {
		if p.NamedInSend(row) {
			return row.MadeMs, true
		}
		if row.Delivery == "" || failed != nil || row.Place == nil && row.Detail == "" {
			return row.MadeMs, false
		}
		var of record.Delivery
		known, err := readRow(r, EndedKey(row.Delivery), &of)
		failed = err
		return row.MadeMs, known && of.User == p.User
	})
	return found, errors.Join(err, failed)
}

// read reads a part of a table. look says when a row began, and whether it is looked
// for.
func read[R any, P interface {
	*R
	wire.Message
	Reset()
}](r store.Reader, prefix Log, in Stretch, look func(P) (int64, bool)) (found Found, err error) {
	var row R
	reads := 0
	err = r.Scan([]byte(prefix), in.After, func(key, value []byte) error {
		P(&row).Reset()
		if err := wire.Decode(value, P(&row)); err != nil {
			return fmt.Errorf("the row %q is damaged: %w", key, err)
		}
		began, wanted := look(&row)
		switch {
		case began > ms(in.Until):
			return store.ErrStop
		case reads == in.Reads || len(found.Rows) == in.Most:
			found.More = true
			return store.ErrStop
		}
		reads++
		found.Last = append(found.Last[:0], key...)
		if wanted {
			found.Rows = append(found.Rows, append([]byte(nil), key...))
		}
		return nil
	})
	return found, err
}
