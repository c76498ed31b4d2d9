package backup

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"time"

	"github.com/openchatops/oco/internal/store"
)

// Version is the version of the files that this program writes, and the newest that
// it reads.
const Version = 1

const (
	title     = "openchatops-backup"
	blockRows = 64 << 10
	// maxBlock bounds what a reader takes into memory.
	maxBlock = 64 << 20

	blockHeader  = 'H'
	blockOfRows  = 'R'
	blockTrailer = 'T'
	prelude      = 1 + 4 + 4 // of a block
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A Header says what was copied.
type Header struct {
	// Bot is the version of the bot that wrote it.
	Bot string `json:"bot"`
	// Time is when the copy is of.
	Time time.Time `json:"time"`
}

// A Summary says how much it was.
type Summary struct {
	Rows  uint64
	Bytes int64 // of the file
}

// Write writes all rows of a store to w, and a trailer by which the reader knows
// that they are all. It takes as long as w does, and some hundred KiB of memory. An
// error is that of w or of the store.
func Write(w io.Writer, from store.Reader, h Header) (Summary, error) {
	b := &writer{w: w, sum: sha256.New()}
	text, err := json.Marshal(h)
	if err != nil {
		return Summary{}, err
	}
	if err := b.put([]byte(fmt.Sprintf("%s %d\n", title, Version))); err != nil {
		return Summary{}, err
	}
	if err := b.block(blockHeader, text); err != nil {
		return Summary{}, err
	}
	if err := from.Scan(nil, nil, b.row); err != nil {
		return Summary{}, err
	}
	if err := b.flush(); err != nil {
		return Summary{}, err
	}
	trailer := binary.BigEndian.AppendUint64(nil, b.rows)
	if err := b.block(blockTrailer, b.sum.Sum(trailer)); err != nil {
		return Summary{}, err
	}
	return Summary{b.rows, b.written}, nil
}

type writer struct {
	w       io.Writer
	sum     hash.Hash
	waiting []byte // rows of the next block
	rows    uint64
	written int64
}

func (b *writer) row(key, value []byte) error {
	size := 2*binary.MaxVarintLen64 + len(key) + len(value)
	if len(b.waiting) > 0 && len(b.waiting)+size > blockRows {
		if err := b.flush(); err != nil {
			return err
		}
	}
	for _, part := range [][]byte{key, value} {
		b.waiting = binary.AppendUvarint(b.waiting, uint64(len(part)))
		b.waiting = append(b.waiting, part...)
	}
	b.rows++
	return nil
}

func (b *writer) flush() error {
	if len(b.waiting) == 0 {
		return nil
	}
	err := b.block(blockOfRows, b.waiting)
	if b.waiting = b.waiting[:0]; cap(b.waiting) > 4*blockRows {
		b.waiting = nil // one large row
	}
	return err
}

func (b *writer) block(kind byte, content []byte) error {
	head := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(content)))
	head = binary.BigEndian.AppendUint32(head, crc32.Checksum(content, castagnoli))
	if err := b.put(head); err != nil {
		return err
	}
	return b.put(content)
}

func (b *writer) put(p []byte) error {
	n, err := b.w.Write(p)
	b.written += int64(n)
	b.sum.Write(p) //nolint:errcheck // a hash takes all
	return err
}
