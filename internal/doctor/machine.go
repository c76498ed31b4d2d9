package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const (
	// What a bot needs at least, and what it should have.
	fewFiles, someFiles    = 256, 1024
	littleSpace, someSpace = 100 << 20, 1 << 30
	// ahead is how far ahead of the clock a file may be.
	ahead = 2 * time.Minute
)

// born is before any bot of this version ran.
var born = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (e *examination) clock() {
	const subject = "clock"
	if e.Now.Before(born) {
		e.add(Fail, subject, "it is "+e.Now.UTC().Format(time.RFC3339)+" here", "set the clock of this machine: certificates and times to live go by it")
		return
	}
	if e.Config != nil {
		if newest, at := newestFile(e.Config.Data); at.After(e.Now.Add(ahead)) {
			e.add(Warn, subject, fmt.Sprintf("%s was written at %s, which is still to come", newest, at.UTC().Format(time.RFC3339)), "see whether the clock of this machine was set back")
			return
		}
	}
	e.ok(subject, "it is "+e.Now.UTC().Format(time.RFC3339))
}

// newestFile is the file of the store that was written last.
func newestFile(data string) (newest string, at time.Time) {
	names, err := filepath.Glob(filepath.Join(data, "store", "*"))
	if err != nil {
		return "", at // the pattern is sound, so never
	}
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && info.ModTime().After(at) {
			newest, at = name, info.ModTime()
		}
	}
	return newest, at
}

func (e *examination) openFiles() {
	switch n, err := mostFiles(); {
	case errors.Is(err, errors.ErrUnsupported):
	case err != nil:
		e.add(Warn, "open files", "the limit cannot be read: "+err.Error(), "look at `ulimit -n`")
	default:
		e.files(n)
	}
}

func (e *examination) files(n uint64) {
	const subject = "open files"
	const advice = "raise it: `ulimit -n 4096`, or LimitNOFILE= of the service"
	switch {
	case n < fewFiles:
		e.add(Fail, subject, fmt.Sprintf("a process may have %d only", n), advice)
	case n < someFiles:
		e.add(Warn, subject, fmt.Sprintf("a process may have %d only", n), advice)
	default:
		e.ok(subject, fmt.Sprintf("a process may have %d", n))
	}
}

func (e *examination) data() {
	const subject = "data directory"
	dir := e.Config.Data
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.missingData(subject, dir)
		return
	case err != nil:
		e.add(Fail, subject, err.Error(), "let the user that runs the bot read it")
		return
	case !info.IsDir():
		e.add(Fail, subject, dir+" is no directory", "name another one by `data`")
		return
	}
	if err := writable(dir); err != nil {
		e.add(Fail, subject, dir+" cannot be written: "+err.Error(), "run this as the user that runs the bot, or give the directory to that user")
		return
	}
	if open := info.Mode().Perm() & 0o077; open != 0 {
		e.add(Warn, subject, fmt.Sprintf("others may look into %s: its mode is %04o", dir, info.Mode().Perm()), "chmod 700 "+dir)
	} else {
		e.ok(subject, dir)
	}
	e.space(dir)
}

// missingData looks whether the directory can be made.
func (e *examination) missingData(subject, dir string) {
	above := dir
	for above != filepath.Dir(above) {
		above = filepath.Dir(above)
		if _, err := os.Stat(above); err == nil {
			break
		}
	}
	if err := writable(above); err != nil {
		e.add(Fail, subject, dir+" is not there and cannot be made: "+err.Error(), "make it, and give it to the user that runs the bot")
		return
	}
	e.ok(subject, dir+" is not there yet: the first start makes it")
	e.space(above)
}

func (e *examination) space(dir string) {
	switch free, err := freeSpace(dir); {
	case errors.Is(err, errors.ErrUnsupported):
	case err != nil:
		e.add(Warn, "disk space", "it cannot be read: "+err.Error(), "look at `df "+dir+"`")
	default:
		e.room(free)
	}
}

func (e *examination) room(free uint64) {
	const subject = "disk space"
	const advice = "make room: a bot that cannot store ends"
	switch {
	case free < littleSpace:
		e.add(Fail, subject, size(free)+" are free", advice)
	case free < someSpace:
		e.add(Warn, subject, size(free)+" are free", advice)
	default:
		e.ok(subject, size(free)+" are free")
	}
}

func size(n uint64) string {
	switch {
	case n >= 1<<40:
		return fmt.Sprintf("%.1f TiB", float64(n)/(1<<40))
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
