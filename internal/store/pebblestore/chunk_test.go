package pebblestore

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"testing"
)

// chunkOf is a chunk of a log as Pebble writes it.
func chunkOf(log uint32, payload int) []byte {
	b := make([]byte, longHeader+payload)
	binary.LittleEndian.PutUint16(b[4:], uint16(payload))
	b[6] = lastShortType + 1
	binary.LittleEndian.PutUint32(b[headerSize:], log)
	for i := range payload {
		b[longHeader+i] = byte(i)
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
