package delivery

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// A dedup remembers which events were seen. It holds two generations of
// hashes: the younger one takes what comes, and when it is both large and old
// enough it becomes the elder, and the former elder is dropped whole. So every
// hash stays for at least one generation (OCO-DLV-4), nothing is kept beside
// the hash, and dropping costs one range delete. On disk the hashes of a session
// share a row. A generation has a largest size, at which it turns over whatever its
// age, so that memory has a bound (OCO-DLV-57).
type dedup struct {
	keep    time.Duration // the age that a generation must reach
	least   int           // the number of hashes that it must reach
	most    int           // the number at which its age does not count
	early   uint64        // how often that was so
	number  uint32        // of the younger generation
	rows    uint64        // the number of its next row
	began   int64         // when it began, nanoseconds since Machine.base
	younger map[[16]byte]struct{}
	elder   map[[16]byte]struct{}
}

// Seen asks whether an event was admitted before. The answer is bool.
type Seen struct{ Dedup [16]byte }

func (Seen) input() {}

func newDedup(keep time.Duration, least, most int) dedup {
	return dedup{keep: keep, least: least, most: max(least, most), younger: map[[16]byte]struct{}{}, elder: map[[16]byte]struct{}{}}
}

func (d *dedup) seen(h [16]byte) bool {
	if _, ok := d.younger[h]; ok {
		return true
	}
	_, ok := d.elder[h]
	return ok
}

// dedupPrefix begins the keys of a generation. The row whose key it is says
// when the generation began; those of the others go on with the number of the row.
func dedupPrefix(generation uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte(prefixDedup), generation)
}

func dedupKey(generation uint32, row uint64) []byte {
	return binary.BigEndian.AppendUint64(dedupPrefix(generation), row)
}

// remember keeps h and turns the generation over when it is full.
func (m *Machine) remember(s *step, h [16]byte) {
	d := &m.dedup
	old, full := s.at-d.began >= int64(d.keep), len(d.younger) >= d.most
	if full && !old {
		d.early++
		s.report(Report{Kind: "crowded", Took: time.Duration(s.at - d.began), Detail: "more events than are remembered for a day: one that the adapter brings again may be taken for new"})
	}
	if len(d.younger) >= d.least && (old || full) {
		m.writeHashes(s)
		if d.number > 0 {
			s.batch.DeletePrefix(dedupPrefix(d.number - 1))
		}
		d.number++
		d.rows = 0
		d.elder, d.younger = d.younger, map[[16]byte]struct{}{}
	}
	if len(d.younger) == 0 {
		d.began = s.at
		s.batch.Put(dedupPrefix(d.number), binary.BigEndian.AppendUint64(nil, uint64(ms(s.now))))
	}
	d.younger[h] = struct{}{}
	s.hashes = append(s.hashes, h[:]...)
	s.sync = true
}

// writeHashes writes those of the session.
func (m *Machine) writeHashes(s *step) {
	if len(s.hashes) == 0 {
		return
	}
	s.batch.Put(dedupKey(m.dedup.number, m.dedup.rows), s.hashes)
	m.dedup.rows++
	s.hashes = s.hashes[:0]
}

// recoverDedup takes one row of the store. Rows come in the order of their
// keys, so of their generations, of which there are at most two.
func (m *Machine) recoverDedup(key, value []byte) error {
	const hash, number = 16, 8
	d, at := &m.dedup, len(prefixDedup)
	if len(key) != at+4 && len(key) != at+4+number {
		return fmt.Errorf("a key of %d bytes where %d were expected", len(key), at+4+number)
	}
	if generation := binary.BigEndian.Uint32(key[at:]); generation != d.number {
		if len(d.younger) > 0 {
			d.elder, d.younger = d.younger, map[[hash]byte]struct{}{}
		}
		d.number, d.rows = generation, 0
	}
	if len(key) > at+4 {
		if len(value) == 0 || len(value)%hash != 0 {
			return fmt.Errorf("a row of generation %d has %d bytes, which are no hashes of %d", d.number, len(value), hash)
		}
		d.rows = binary.BigEndian.Uint64(key[at+4:]) + 1
		for h := range slices.Chunk(value, hash) {
			d.younger[[hash]byte(h)] = struct{}{}
		}
		return nil
	}
	if len(value) != 8 {
		return fmt.Errorf("the beginning of generation %d has %d bytes where 8 were expected", d.number, len(value))
	}
	d.began = min(m.moment(int64(binary.BigEndian.Uint64(value))), 0)
	return nil
}
