package bot

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// remembered is the file in the data directory that names the directories of sockets
// outside of it, one a line. A bot that is killed leaves them, and its next start removes
// them.
const remembered = "sockets"

// elsewherePrefix is how the names of such directories begin.
const elsewherePrefix = "oco-"

// makeElsewhere makes a directory for sockets outside of the data directory, for this
// user alone. It is remembered before it is made.
func (d *directory) makeElsewhere() (string, error) {
	path, err := filepath.Abs(filepath.Join(os.TempDir(), elsewherePrefix+strings.ToLower(rand.Text()[:12])))
	if err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	f, err := os.OpenFile(filepath.Join(d.data, remembered), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(path + "\n")
	if err = errors.Join(err, f.Close()); err != nil {
		return "", err
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		return "", err
	}
	d.elsewhere = append(d.elsewhere, path)
	return path, nil
}

// sweepElsewhere removes the directories of sockets that a bot on this data directory
// left when it was killed.
func sweepElsewhere(data string) error {
	name := filepath.Join(data, remembered)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var errs []error
	for path := range strings.Lines(string(text)) {
		errs = append(errs, removeSockets(strings.TrimSuffix(path, "\n")))
	}
	return errors.Join(append(errs, os.Remove(name))...)
}

// removeSockets removes a directory with sockets in it and nothing else, if it is
// what a bot of this user made. Anything else that is there now is somebody else's, and
// stays.
func removeSockets(path string) error {
	if !filepath.IsAbs(path) || !strings.HasPrefix(filepath.Base(path), elsewherePrefix) {
		return nil
	}
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); !info.IsDir() || mode != 0o711 && mode != 0o700 || !mine(info) {
		return nil
	}
	inside, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, one := range inside {
		if one.Type() != fs.ModeSocket {
			return fmt.Errorf("%s is in %s and no socket", one.Name(), path)
		}
	}
	for _, one := range inside {
		if err := os.Remove(filepath.Join(path, one.Name())); err != nil {
			return err
		}
	}
	return os.Remove(path)
}
