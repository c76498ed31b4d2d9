package pebblestore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"slices"
	"testing"
	"testing/iotest"
)

// chunkOf is a chunk of a log as Pebble writes it.
func chunkOf(log uint32, payload int) []byte {
	return chunkOfKind(lastShortType+1, longHeader, log, payload)
}

// chunkOfKind is a chunk whose checksum holds, with a header of that size.
func chunkOfKind(kind byte, header int, log uint32, payload int) []byte {
	b := make([]byte, header+payload)
	binary.LittleEndian.PutUint16(b[4:], uint16(payload))
	b[6] = kind
	if header > headerSize {
		binary.LittleEndian.PutUint32(b[headerSize:], log)
	}
	for i := range payload {
		b[header+i] = byte(i)
	}
	sum := crc32.Checksum(b[6:], castagnoli)
	binary.LittleEndian.PutUint32(b, (sum>>15|sum<<17)+checksumOffset)
	return b
}

// At the end of a block is room in which no chunk fits, and it is empty.
func TestRoomAtTheEndOfABlock(t *testing.T) {
	number := uint64(9)
	for room := range longHeader + 3 {
		log := chunkOf(9, blockSize-longHeader-room)
		want := int64(len(log)) // a chunk would fit in: zeros are the end
		log = append(log, make([]byte, room)...)
		log = append(log, chunkOf(9, 100)...)
		if room < longHeader {
			want = int64(len(log))
		}
		c, err := readChunks(bytes.NewReader(log), &number)
		if err != nil || c.whole != want || c.ended {
			t.Errorf("room of %d: %+v, %v, want %d", room, c, err, want)
		}
		if room < headerSize || room >= longHeader {
			continue // nobody looks at it
		}
		log[blockSize-1] = 1
		if c, err := readChunks(bytes.NewReader(log), &number); err != nil || c.whole != int64(blockSize-room) {
			t.Errorf("room of %d that is not empty: %+v, %v", room, c, err)
		}
	}
}

// A manifest has the shortest headers, so that one may fill the room of a header.
func TestRoomAtTheEndOfABlockOfAManifest(t *testing.T) {
	for room := range headerSize + 2 {
		file := chunkOfKind(1, headerSize, 0, blockSize-headerSize-room)
		if room >= headerSize {
			file = append(file, chunkOfKind(1, headerSize, 0, room-headerSize)...)
		} else {
			file = append(file, bytes.Repeat([]byte{7}, room)...) // nobody looks at it
		}
		file = append(file, chunkOfKind(1, headerSize, 0, 100)...)
		if c, err := readChunks(bytes.NewReader(file), nil); err != nil || c.whole != int64(len(file)) || !c.bare {
			t.Errorf("room of %d: %+v, %v, want %d", room, c, err, len(file))
		}
	}
}

// A log has chunks of eight kinds, in each of which its number stands; a manifest
// has four, with a shorter header.
func TestKindsOfChunks(t *testing.T) {
	number := uint64(9)
	first := map[bool][]byte{true: chunkOf(9, 30), false: chunkOfKind(1, headerSize, 0, 30)}
	for kind := range byte(16) {
		header := headerSize
		switch {
		case kind >= 9:
			header = longHeader
		case kind >= 5:
			header = shortHeader
		}
		for _, payload := range []int{0, 1, 50} {
			for isLog, before := range first {
				log := &number
				is := kind >= 5 && kind <= 12
				if !isLog {
					log = nil
					is = kind >= 1 && kind <= 4
				}
				one := chunkOfKind(kind, header, 9, payload)
				want := len(before)
				if is {
					want += len(one)
				}
				file := slices.Concat(before, one)
				c, err := readChunks(bytes.NewReader(file), log)
				if err != nil || c != (chunks{whole: int64(want), bare: is}) {
					t.Errorf("kind %d of %d bytes in a log %t: %+v, %v, want %d", kind, payload, isLog, c, err, want)
				}
				if !is {
					continue
				}
				for cut := range len(one) {
					c, err := readChunks(bytes.NewReader(file[:len(before)+cut]), log)
					if err != nil || c != (chunks{whole: int64(len(before)), bare: cut == 0}) {
						t.Errorf("%d bytes of kind %d with %d in a log %t: %+v, %v", cut, kind, payload, isLog, c, err)
					}
				}
			}
		}
	}
}

// What closes a log is a header with the next number and nothing else.
func TestTheEndOfALog(t *testing.T) {
	number := uint64(9)
	mark := func(checksum uint32, length uint16, kind byte, log uint32) []byte {
		b := make([]byte, shortHeader)
		binary.LittleEndian.PutUint32(b, checksum)
		binary.LittleEndian.PutUint16(b[4:], length)
		b[6] = kind
		binary.LittleEndian.PutUint32(b[headerSize:], log)
		return b
	}
	before := chunkOf(9, 30)
	for name, c := range map[string]struct {
		mark  []byte
		ended bool
	}{
		"as it is written":     {mark(0, 0, endOfLogType, 10), true},
		"a checksum":           {mark(1, 0, endOfLogType, 10), false},
		"a length":             {mark(0, 1, endOfLogType, 10), false},
		"another kind":         {mark(0, 0, endOfLogType+1, 10), false},
		"of the log":           {mark(0, 0, endOfLogType, 9), false},
		"of one before":        {mark(0, 0, endOfLogType, 8), false},
		"of one that is later": {mark(0, 0, endOfLogType, 11), false},
	} {
		got, err := readChunks(bytes.NewReader(append(bytes.Clone(before), c.mark...)), &number)
		if err != nil || got != (chunks{whole: int64(len(before)), ended: c.ended}) {
			t.Errorf("%s: %+v, %v, want it ended %t", name, got, err, c.ended)
		}
	}
}

// A file of whole blocks ends where they do, and what cannot be read is said.
func TestBlocksOfAFile(t *testing.T) {
	number := uint64(9)
	block := chunkOf(9, blockSize-longHeader)
	for n := range 3 {
		file := bytes.Repeat(block, n)
		if c, err := readChunks(bytes.NewReader(file), &number); err != nil || c != (chunks{whole: int64(len(file)), bare: true}) {
			t.Errorf("%d blocks: %+v, %v", n, c, err)
		}
		broken := errors.New("broken")
		for _, more := range []int{0, 1, blockSize - 1} { // of the block that cannot be read to its end
			f := io.MultiReader(bytes.NewReader(file), bytes.NewReader(block[:more]), iotest.ErrReader(broken))
			if _, err := readChunks(f, &number); !errors.Is(err, broken) {
				t.Errorf("an error after %d blocks and %d bytes: %v", n, more, err)
			}
		}
	}
}
