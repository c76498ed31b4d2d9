package pebblestore

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Pebble writes its logs and manifests in blocks, which hold chunks, each with a
// checksum. Its own reader takes whatever does not hold for the end, unless a later
// block proves that it is not; and it takes a chunk for the mark of the end by one
// number in its header, over which it asks for no checksum.
const (
	blockSize  = 32 << 10
	headerSize = 7 // checksum, length, type

	lastPlainType  = 4 // of manifests
	lastShortType  = 8 // of logs: behind the header comes the number of the log,
	lastLongType   = 12
	shortHeader    = headerSize + 4
	longHeader     = shortHeader + 8 // and how far the log was synced
	endOfLogType   = 5
	checksumOffset = 0xa282ead8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// chunks is what is found in a log or a manifest.
type chunks struct {
	// whole is how many bytes from the beginning are chunks as they were written.
	whole int64
	// ended says that the log was closed behind them.
	ended bool
	// bare says that the file ends there.
	bare bool
}

// readChunks reads a file as far as it holds. log is the number of a log, nil for
// a manifest.
func readChunks(f io.Reader, log *uint64) (c chunks, err error) {
	block := make([]byte, blockSize)
	for start := int64(0); ; start += blockSize {
		n, err := readFull(f, block)
		if err != nil || n == 0 {
			c.bare = true
			return c, err
		}
		at, goOn := c.readBlock(block[:n], log)
		c.whole = start + int64(at)
		if !goOn || n < blockSize {
			c.bare = at == n
			return c, nil
		}
	}
}

// readBlock reads chunks until there are no more in the block, which is then read
// to its end, or until something is none.
func (c *chunks) readBlock(block []byte, log *uint64) (at int, goOn bool) {
	for {
		rest := block[at:]
		if room := blockSize - at; room < headerSize {
			return len(block), true
		} else if least := leastHeader(log); room < least && allZero(rest) {
			return len(block), true // no chunk fits in
		}
		size, ok := c.chunk(rest, log)
		if !ok {
			return at, false
		}
		if at += size; at == len(block) {
			return at, true
		}
	}
}

func leastHeader(log *uint64) int {
	if log == nil {
		return headerSize
	}
	return longHeader
}

// chunk is the size of the chunk with which rest begins; false: there is none.
func (c *chunks) chunk(rest []byte, log *uint64) (size int, ok bool) {
	if len(rest) < headerSize {
		return 0, false
	}
	checksum, length, kind := binary.LittleEndian.Uint32(rest), int(binary.LittleEndian.Uint16(rest[4:])), rest[6]
	size = headerSize
	switch {
	case kind == 0:
		return 0, false
	case log == nil && kind > lastPlainType, log != nil && (kind <= lastPlainType || kind > lastLongType):
		return 0, false
	case kind > lastShortType:
		size = longHeader
	case kind > lastPlainType:
		size = shortHeader
	}
	if len(rest) < size {
		return 0, false
	}
	if log != nil {
		if number := binary.LittleEndian.Uint32(rest[headerSize:]); number != uint32(*log) {
			next := number == uint32(*log)+1
			c.ended = next && checksum == 0 && length == 0 && kind == endOfLogType
			return 0, false
		}
	}
	if size += length; len(rest) < size {
		return 0, false
	}
	sum := crc32.Checksum(rest[6:size], castagnoli)
	return size, checksum == (sum>>15|sum<<17)+checksumOffset
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// readFull reads until b is full or the file is at its end.
func readFull(f io.Reader, b []byte) (int, error) {
	n, err := io.ReadFull(f, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, err
}

// fileChunks reads the chunks of a file by its name.
func fileChunks(fsys vfs.FS, name string, log *uint64) (chunks, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return chunks{}, err
	}
	c, err := readChunks(f, log)
	return c, errors.Join(err, f.Close())
}
