package backup

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
)

// Errors of Read. Its errors say more and match one of these with errors.Is, unless
// the reader or the visitor gave another one.
var (
	// ErrNewer says that a newer program wrote the file.
	ErrNewer = errors.New("it is of a newer version of oco")
	// ErrDamaged says that the file is not what was written, or not all of it.
	ErrDamaged = errors.New("it is damaged or not whole")
	// ErrForeign says that the file is no backup.
	ErrForeign = errors.New("it is no backup of oco")
)

// Read reads a file and gives its rows to visit, in the order of their keys; key and
// value are valid only during the call. That the file is whole is known only when
// Read returned nil: what visit got before may have to be given up.
func Read(r io.Reader, visit func(key, value []byte) error) (Header, Summary, error) {
	b := &reader{r: bufio.NewReaderSize(r, 256<<10), sum: sha256.New(), visit: visit}
	h, err := b.read()
	return h, Summary{b.rows, b.at}, err
}

type reader struct {
	r     *bufio.Reader
	sum   hash.Hash
	visit func(key, value []byte) error
	at    int64
	rows  uint64
	last  []byte // the key before
}

func (b *reader) read() (h Header, err error) {
	if err := b.title(); err != nil {
		return h, err
	}
	kind, content, _, err := b.block()
	if err != nil {
		return h, err
	}
	if kind != blockHeader || json.Unmarshal(content, &h) != nil {
		return h, b.damaged("its header is none")
	}
	for {
		kind, content, before, err := b.block()
		if err != nil {
			return h, err
		}
		switch kind {
		case blockOfRows:
			if err := b.visitAll(content); err != nil {
				return h, err
			}
		case blockTrailer:
			return h, b.trailer(content, before)
		default:
			return h, b.damaged(fmt.Sprintf("a block of the kind %q is not known", kind))
		}
	}
}

// title reads the first line.
func (b *reader) title() error {
	line := make([]byte, 0, len(title)+16)
	for len(line) < cap(line) && !bytes.HasSuffix(line, []byte{'\n'}) {
		c, err := b.r.ReadByte()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		line = append(line, c)
	}
	b.took(line)
	var name string
	var version int
	if n, err := fmt.Sscanf(string(line), "%s %d\n", &name, &version); n != 2 || err != nil || name != title || version < 1 {
		return fmt.Errorf("%w: it does not begin with %q", ErrForeign, title)
	}
	if version > Version {
		return fmt.Errorf("%w: it has the format %d, and this version of oco knows formats up to %d: restore it with the version that wrote it, or a newer one", ErrNewer, version, Version)
	}
	return nil
}

// block reads the next block; before is the checksum of all that is before it.
func (b *reader) block() (kind byte, content, before []byte, err error) {
	before = b.sum.Sum(nil)
	head := make([]byte, prelude)
	if err := b.full(head); err != nil {
		return 0, nil, nil, err
	}
	kind = head[0]
	size := binary.BigEndian.Uint32(head[1:])
	if size > maxBlock {
		return 0, nil, nil, b.damaged(fmt.Sprintf("a block of %d bytes is too large", size))
	}
	content, err = b.content(int(size))
	if err != nil {
		return 0, nil, nil, err
	}
	if crc32.Checksum(content, castagnoli) != binary.BigEndian.Uint32(head[5:]) {
		return 0, nil, nil, b.damaged(fmt.Sprintf("the block of %d bytes before that is not what was written", size))
	}
	return kind, content, before, nil
}

// content reads so many bytes; it takes memory only for what comes.
func (b *reader) content(size int) ([]byte, error) {
	var buf bytes.Buffer
	n, err := io.CopyN(&buf, b.r, int64(size))
	b.took(buf.Bytes())
	if errors.Is(err, io.EOF) || err == nil && n < int64(size) {
		return nil, b.damaged("it ends there, before its trailer")
	}
	return buf.Bytes(), err
}

func (b *reader) full(p []byte) error {
	n, err := io.ReadFull(b.r, p)
	b.took(p[:n])
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return b.damaged("it ends there, before its trailer")
	}
	return err
}

func (b *reader) took(p []byte) {
	b.at += int64(len(p))
	b.sum.Write(p) //nolint:errcheck // a hash takes all
}

func (b *reader) damaged(what string) error {
	return fmt.Errorf("%w, at byte %d: %s", ErrDamaged, b.at, what)
}

func (b *reader) visitAll(content []byte) error {
	for len(content) > 0 {
		var parts [2][]byte
		for i := range parts {
			size, n := binary.Uvarint(content)
			if n <= 0 || size > uint64(len(content)-n) {
				return b.damaged("a row in the block before that is none")
			}
			parts[i], content = content[n:n+int(size)], content[n+int(size):]
		}
		if len(parts[0]) == 0 || bytes.Compare(parts[0], b.last) <= 0 {
			return b.damaged("the rows are not in their order")
		}
		b.last = append(b.last[:0], parts[0]...)
		b.rows++
		if err := b.visit(parts[0], parts[1]); err != nil {
			return err
		}
	}
	return nil
}

// trailer checks that all is there, and nothing behind it.
func (b *reader) trailer(content, before []byte) error {
	want := append(binary.BigEndian.AppendUint64(nil, b.rows), before...)
	if !bytes.Equal(content, want) {
		return b.damaged(fmt.Sprintf("its trailer is not that of the %d rows before it", b.rows))
	}
	switch _, err := b.r.ReadByte(); {
	case err == nil:
		return b.damaged("something follows its end")
	case !errors.Is(err, io.EOF):
		return err
	}
	return nil
}
