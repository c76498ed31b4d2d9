package pebblestore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// formatVersion is the version of everything in the directory. It rises when an
// older program could not read what this one writes.
const formatVersion = 1

const (
	formatFile  = "FORMAT"
	formatTemp  = "FORMAT.new"
	formatTitle = "openchatops-store"
)

// FormatError says that the directory was written by a newer program.
type FormatError struct {
	Dir          string
	Found, Known int
}

// Error implements error.
func (e *FormatError) Error() string {
	return fmt.Sprintf("the data directory %s has format %d, this version of oco knows formats up to %d: "+
		"install the newer version that wrote it, or restore a backup that was made before the upgrade",
		e.Dir, e.Found, e.Known)
}

// Is makes the error match ErrNewerFormat.
func (e *FormatError) Is(target error) bool { return target == ErrNewerFormat }

// checkFormat reads the version of the directory, or writes it into a new one
// before the engine puts anything beside it. The directory must be locked.
func checkFormat(fsys vfs.FS, dir string) error {
	data, err := readFile(fsys, fsys.PathJoin(dir, formatFile))
	if errors.Is(err, fs.ErrNotExist) {
		return writeFormat(fsys, dir)
	}
	if err != nil {
		return err
	}
	var title string
	var found int
	if n, err := fmt.Sscanf(string(data), "%s %d\n", &title, &found); n != 2 || err != nil || title != formatTitle || found < 1 {
		return fmt.Errorf("%w: %s in %s does not hold a format version; restore a backup",
			ErrDamaged, formatFile, dir)
	}
	if found > formatVersion {
		return &FormatError{Dir: dir, Found: found, Known: formatVersion}
	}
	return nil
}

func readFile(fsys vfs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, 1<<10))
	return data, errors.Join(err, f.Close())
}

// writeFormat makes the file appear whole or not at all.
func writeFormat(fsys vfs.FS, dir string) error {
	if err := refuseForeign(fsys, dir); err != nil {
		return err
	}
	temp := fsys.PathJoin(dir, formatTemp)
	f, err := fsys.Create(temp, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s %d\n", formatTitle, formatVersion)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := fsys.Rename(temp, fsys.PathJoin(dir, formatFile)); err != nil {
		return err
	}
	return syncDir(fsys, dir)
}

// refuseForeign returns an error if a database is there although the format
// version, which is written before it, is not.
func refuseForeign(fsys vfs.FS, dir string) error {
	names, err := fsys.List(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasPrefix(name, "marker.") || strings.HasPrefix(name, "MANIFEST-") || name == "CURRENT" {
			return fmt.Errorf("%w: %s holds a database (%s) but no %s; if it is not yours choose another directory, else restore a backup",
				ErrDamaged, dir, name, formatFile)
		}
	}
	return nil
}
