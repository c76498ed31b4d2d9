package pebblestore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// markFile says how much of the log and of the manifest was known to be on the
// disk. Pebble cannot tell damage at the end of these two from the end that a
// crash leaves, so it would go on without the last records; with this it can be
// told. See docs/decisions/0015-what-is-known-to-be-durable.md.
const markFile = "DURABLE"

// The file has two places that are written in turn, so that one that is torn, or
// whose bits flip, leaves the one before.
const (
	markSlot   = 4096
	markSize   = 68
	markTitle  = "ocodurab"
	markEvery  = time.Second // the longest that it waits to be synced
	logSuffix  = ".log"
	manifestOf = "MANIFEST-"
)

// extent is how many bytes of a file were synced. Number 0: of none.
type extent struct{ number, length uint64 }

// durable is what a mark says: of the newest log, and of the two newest manifests,
// because the last one may not be in use yet.
type durable struct {
	log       extent
	manifests [2]extent // the newer one first
}

// mark is the file in a store that is open. It is written in place after every
// sync of a log or of the manifest, before anybody hears of that sync, and is
// itself synced in the background: it must never be ahead of what it tells of, and
// may be behind.
type mark struct {
	fs   guardFS
	name string
	file vfs.File

	mu    sync.Mutex
	turn  uint64 // counts the writes
	known durable
	late  *time.Timer // runs while something is not synced
	ended bool
	busy  int // syncs under way
	syncs sync.WaitGroup
}

// openMark reads the mark of the directory, and makes it if there is none.
func openMark(fsys guardFS, dir string) (*mark, error) {
	m := &mark{fs: fsys, name: fsys.PathJoin(dir, markFile)}
	turn, known, err := readMark(fsys, dir)
	if err == nil {
		m.turn, m.known = turn, known
		if m.file, err = fsys.FS.OpenReadWrite(m.name, vfs.WriteCategoryUnspecified); err != nil {
			return nil, err
		}
		return m, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if m.file, err = fsys.FS.Create(m.name, vfs.WriteCategoryUnspecified); err != nil {
		return nil, err
	}
	// All of it now: later writes need no space.
	if _, err := m.file.Write(make([]byte, 2*markSlot)); err != nil {
		return nil, errors.Join(err, m.file.Close())
	}
	if err := m.file.Sync(); err != nil {
		return nil, errors.Join(err, m.file.Close())
	}
	return m, syncDir(fsys.FS, dir)
}

// readMark reads what the directory's mark says, nothing if no place of it holds.
// One that is not there is fs.ErrNotExist.
func readMark(fsys vfs.FS, dir string) (turn uint64, known durable, err error) {
	f, err := fsys.Open(fsys.PathJoin(dir, markFile))
	if err != nil {
		return 0, known, err
	}
	data := make([]byte, 2*markSlot)
	n, err := readFull(f, data)
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, known, fmt.Errorf("read %s: %w", markFile, err)
	}
	data = data[:n]
	for at := 0; at+markSize <= len(data); at += markSlot {
		if t, d, ok := decodeMark(data[at:]); ok && t > turn {
			turn, known = t, d
		}
	}
	return turn, known, nil
}

func encodeMark(turn uint64, d durable) []byte {
	b := append(make([]byte, 0, markSize), markTitle...)
	for _, n := range []uint64{
		turn, d.log.number, d.log.length,
		d.manifests[0].number, d.manifests[0].length, d.manifests[1].number, d.manifests[1].length,
	} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func decodeMark(b []byte) (turn uint64, d durable, ok bool) {
	const end = markSize - 4
	if string(b[:len(markTitle)]) != markTitle || binary.BigEndian.Uint32(b[end:]) != crc32.Checksum(b[:end], castagnoli) {
		return 0, d, false
	}
	n := func(i int) uint64 { return binary.BigEndian.Uint64(b[len(markTitle)+8*i:]) }
	d.log = extent{n(1), n(2)}
	d.manifests = [2]extent{{n(3), n(4)}, {n(5), n(6)}}
	return n(0), d, true
}

// of is what is known of a file; false: nothing.
func (d durable) of(name string) (extent, bool) {
	kind, number := fileKind(name)
	switch {
	case kind == logSuffix && number == d.log.number:
		return d.log, true
	case kind == manifestOf:
		for _, e := range d.manifests {
			if e.number == number {
				return e, true
			}
		}
	}
	return extent{}, false
}

// add takes in that so much of a file was synced, and says whether that is of
// interest.
func (d *durable) add(name string, length uint64) bool {
	kind, number := fileKind(name)
	e := extent{number, length}
	switch {
	case kind == logSuffix && number >= d.log.number:
		d.log = e
	case kind == manifestOf && number == d.manifests[0].number:
		d.manifests[0] = e
	case kind == manifestOf && number > d.manifests[0].number:
		d.manifests[1], d.manifests[0] = d.manifests[0], e
	default:
		return false
	}
	return true
}

// fileKind is the kind of a file that a mark tells of and its number; another
// one's is empty.
func fileKind(name string) (kind string, number uint64) {
	digits, isLog := strings.CutSuffix(name, logSuffix)
	kind = logSuffix
	if !isLog {
		if digits, isLog = strings.CutPrefix(name, manifestOf); !isLog {
			return "", 0
		}
		kind = manifestOf
	}
	number, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return "", 0
	}
	return kind, number
}

// synced notes that the first bytes of a file are on the disk. It costs a write of
// a few bytes, and waits for no disk.
func (m *mark) synced(name string, length int64) {
	if m == nil {
		return
	}
	m.mu.Lock()
	var err error
	if m.known.add(m.fs.PathBase(name), uint64(length)) && !m.ended {
		err = m.write()
		if m.late == nil {
			m.late = time.AfterFunc(markEvery, m.catchUp)
		}
	}
	m.mu.Unlock()
	m.check(err)
}

// write is called under mu.
func (m *mark) write() error {
	if m.fs.failure.get() != nil {
		return nil
	}
	m.turn++
	_, err := m.file.WriteAt(encodeMark(m.turn, m.known), int64(m.turn%2)*markSlot)
	return err
}

// check stops the store if the mark could not be written. It may never return, so
// it is called without mu.
func (m *mark) check(err error) {
	if err != nil {
		m.fs.do("write", m.name, func() error { return err })
	}
}

// catchUp syncs what was noted since the last time.
func (m *mark) catchUp() {
	m.mu.Lock()
	m.late = nil
	if m.ended {
		m.mu.Unlock()
		return
	}
	m.begin()
	m.mu.Unlock()
	m.sync()
}

// begin is called under mu before a sync, and not once the mark has ended.
func (m *mark) begin() {
	m.busy++
	m.syncs.Add(1)
}

func (m *mark) sync() {
	m.fs.do("sync", m.name, m.file.SyncData)
	m.mu.Lock()
	m.busy--
	m.mu.Unlock()
	m.syncs.Done()
}

// forget is called before a file is removed or renamed. What is not there any more
// must not be missed, not even after a power cut, so this waits for the disk; but
// the newest log is removed only while a store opens.
func (m *mark) forget(name string) {
	if m == nil {
		return
	}
	m.mu.Lock()
	var err error
	kind, number := fileKind(m.fs.PathBase(name))
	forgot := kind == logSuffix && number == m.known.log.number && m.known.log.length > 0 && !m.ended
	if forgot {
		m.known.log = extent{number: number} // nothing of it, and nothing of older ones
		err = m.write()
		m.begin()
	}
	m.mu.Unlock()
	m.check(err)
	if forgot {
		m.sync()
	}
}

// close makes the mark durable. Nothing is noted any more.
func (m *mark) close() error {
	if m == nil {
		return nil
	}
	m.end()
	m.syncs.Wait()
	return errors.Join(m.file.SyncData(), m.file.Close())
}

// drop lets go of the mark of a store that did not open, whose goroutines may be
// frozen (failure.refuse). Where one of them has the file, it stays open.
func (m *mark) drop() error {
	if m == nil {
		return nil
	}
	m.end()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.busy > 0 {
		return nil
	}
	return m.file.Close()
}

func (m *mark) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended = true
	if m.late != nil {
		m.late.Stop()
	}
}
