package bot

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"

	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/store/pebblestore"
	"github.com/openchatops/oco/internal/supervise"
)

// maxSocketPath is the longest path of a unix socket.
const maxSocketPath = 107

// A directory is where a bot keeps its data and its sockets.
type directory struct {
	data    string // empty: in memory
	sockets string

	mu        sync.Mutex
	elsewhere []string // the directories of sockets outside of data
}

// openStore opens the store of a configuration.
func openStore(c *config.Config, memory bool, log *slog.Logger, fatal func(string, ...any)) (*pebblestore.Store, error) {
	o := pebblestore.Options{Logger: log, NoSync: !c.Store.Sync, Fatal: fatal}
	if memory {
		return pebblestore.OpenMemory(o)
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("the data directory %s cannot be made: %w", c.Data, err)
	}
	if err := restoredWhole(c.Data); err != nil {
		return nil, err
	}
	return pebblestore.Open(filepath.Join(c.Data, storeName), o)
}

// openDirectory prepares the place of the sockets: beside the data if their
// paths are short enough there.
func openDirectory(data string, log *slog.Logger) (*directory, error) {
	abs, err := filepath.Abs(data)
	if err != nil {
		return nil, err
	}
	d := &directory{data: abs, sockets: filepath.Join(abs, "run")}
	// What a killed bot left is removed: the store is locked, so no bot lives here.
	if err := sweepElsewhere(abs); err != nil {
		log.Warn("the sockets that an earlier bot left outside of its data could not be removed", "error", err)
	}
	if len(d.sockets)+len("/operator.sock")+16 > maxSocketPath {
		if d.sockets, err = d.makeElsewhere(); err != nil {
			return nil, fmt.Errorf("no directory for sockets: %w", err)
		}
		return d, nil
	}
	if err := os.RemoveAll(d.sockets); err != nil {
		return nil, fmt.Errorf("the old sockets in %s cannot be removed: %w", d.sockets, err)
	}
	if err := os.Mkdir(d.sockets, 0o700); err != nil {
		return nil, fmt.Errorf("no directory for sockets: %w", err)
	}
	return d, nil
}

// listen opens a unix socket that only the bot's own user can open.
func (d *directory) listen(name string) (net.Listener, string, error) {
	path := filepath.Join(d.sockets, name+".sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, "", fmt.Errorf("the socket %s cannot be opened: %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, "", errors.Join(err, l.Close())
	}
	return l, "unix://" + path, nil
}

// listenAs opens a unix socket for a process that runs as another user of this
// machine: in a directory of its own, because that of the bot is not for others. With
// no user it is listen.
func (d *directory) listenAs(name, user string) (net.Listener, string, error) {
	if user == "" {
		return d.listen(name)
	}
	u, err := supervise.LookupUser(user)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", name, err)
	}
	dir, err := d.makeElsewhere()
	if err != nil {
		return nil, "", fmt.Errorf("no directory for the socket of %s: %w", name, err)
	}
	if err := os.Chmod(dir, 0o711); err != nil { // it may go through, and change nothing
		return nil, "", err
	}
	l, endpoint, err := (&directory{sockets: dir}).listen(name)
	if err != nil {
		return nil, "", err
	}
	if err := os.Chown(filepath.Join(dir, name+".sock"), int(u.UID), int(u.GID)); err != nil {
		return nil, "", errors.Join(err, l.Close())
	}
	return l, endpoint, nil
}

// invite leaves the operator's address and key beside the data, for the command
// line.
func (d *directory) invite(endpoint, key string) error {
	// Whoever finds the key finds the address, and each of them whole: a key that a
	// killed bot left goes first, the new one comes last.
	if err := os.Remove(filepath.Join(d.data, "operator.key")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("the old operator.key cannot be removed: %w", err)
	}
	for _, file := range []struct{ name, text string }{{"operator.addr", endpoint}, {"operator.key", key}} {
		path := filepath.Join(d.data, file.name)
		if err := replaceFile(path, file.text+"\n"); err != nil {
			return fmt.Errorf("the operator's %s cannot be written: %w", file.name, err)
		}
	}
	return nil
}

// replaceFile writes a file that only the bot's own user can read; who opens it finds
// all of it.
func replaceFile(path, text string) error {
	half := path + ".new"
	if err := os.Remove(half); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.WriteFile(half, []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(half, path)
}

// close removes what is only there while the bot runs.
func (d *directory) close() error {
	errs := []error{os.RemoveAll(d.sockets)}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, dir := range d.elsewhere {
		errs = append(errs, os.RemoveAll(dir))
	}
	for _, name := range []string{"operator.key", "operator.addr", remembered} {
		if err := os.Remove(filepath.Join(d.data, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
