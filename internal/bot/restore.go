package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/openchatops/oco/internal/backup"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/store"
	"github.com/openchatops/oco/internal/store/pebblestore"
)

// The store in a data directory, and its name until it is restored.
const (
	storeName = "store"
	halfStore = "store.part"
)

// Restore makes the store of a data directory, which must be empty or not there, of
// a backup that from gives. Nothing is to be seen of it before all of the backup was
// read and found sound: if it fails, the directory is empty as it was. It marks the
// store, so that the first start doubts what was open.
func Restore(ctx context.Context, data string, from io.Reader) (backup.Header, backup.Summary, error) {
	half := filepath.Join(data, halfStore)
	h, sum, err := restoreHalf(ctx, data, half, from)
	if err != nil {
		return h, sum, err
	}
	if err := os.Rename(half, filepath.Join(data, storeName)); err != nil {
		return h, sum, fmt.Errorf("the restored store cannot get its name: %w", err)
	}
	return h, sum, syncDirectory(data)
}

func restoreHalf(ctx context.Context, data, half string, from io.Reader) (h backup.Header, sum backup.Summary, err error) {
	if err := emptyDirectory(data); err != nil {
		return h, sum, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(half))
		}
	}()
	st, err := pebblestore.Open(half, pebblestore.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return h, sum, err
	}
	h, sum, err = fill(ctx, st, from)
	return h, sum, errors.Join(err, st.Close())
}

// emptyDirectory makes the directory, or sees that nothing is in it.
func emptyDirectory(data string) error {
	names, err := os.ReadDir(data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(data, 0o700); err != nil {
			return fmt.Errorf("the data directory %s cannot be made: %w", data, err)
		}
		return syncDirectory(filepath.Dir(data))
	case err != nil:
		return fmt.Errorf("the data directory %s cannot be read: %w", data, err)
	case len(names) == 0:
		return nil
	case len(names) == 1 && names[0].Name() == halfStore:
		return errHalf(data)
	}
	return fmt.Errorf("%s is not empty: a backup is restored into a directory of its own; stop the bot and move this one away, or name another by --data", data)
}

// errHalf is the error of a directory in which a restore did not end.
func errHalf(data string) error {
	return fmt.Errorf("a restore into %s did not end: remove %s and restore the backup again", data, filepath.Join(data, halfStore))
}

// fill puts the rows of a backup into a store.
func fill(ctx context.Context, st store.Store, from io.Reader) (backup.Header, backup.Summary, error) {
	const size = 1 << 20
	var b store.Batch
	apply := func() error {
		if err := ctx.Err(); err != nil {
			return err
		}
		c, err := st.Apply(&b)
		if err == nil {
			err = c.Wait()
		}
		b.Reset()
		return err
	}
	h, sum, err := backup.Read(from, func(key, value []byte) error {
		if b.Put(key, value); b.Size() < size {
			return nil
		}
		return apply()
	})
	if err != nil {
		return h, sum, err
	}
	b.Put(delivery.RestoredKey(), delivery.RestoredAt(h.Time))
	b.Sync = true
	return h, sum, apply()
}

func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// restoredWhole returns an error if a restore into the directory did not end: a start
// would make an empty store there.
func restoredWhole(data string) error {
	if _, err := os.Stat(filepath.Join(data, storeName)); err == nil {
		return nil
	}
	if _, err := os.Stat(filepath.Join(data, halfStore)); err != nil {
		return nil //nolint:nilerr // there is none
	}
	return errHalf(data)
}
