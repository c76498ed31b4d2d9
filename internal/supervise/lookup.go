package supervise

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// lookup returns the path of the program that name stands for in the directory dir and
// the environment env. Its errors say where it looked.
func lookup(name, dir string, env []string) (string, error) {
	if strings.ContainsRune(name, filepath.Separator) {
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		path, err := filepath.Abs(path)
		if err != nil {
			return "", fmt.Errorf("command %q: %w", name, err)
		}
		if err := executable(path); err != nil {
			return "", fmt.Errorf("command %q cannot be started: %s: %w", name, path, err)
		}
		return path, nil
	}
	path := pathOf(env)
	var found error
	for _, entry := range filepath.SplitList(path) {
		if !filepath.IsAbs(entry) {
			continue // a relative entry would make the directory of the bot a place for programs
		}
		file := filepath.Join(entry, name)
		err := executable(file)
		if err == nil {
			return file, nil
		}
		if !errors.Is(err, fs.ErrNotExist) && found == nil {
			found = fmt.Errorf("command %q cannot be started: %s: %w", name, file, err)
		}
	}
	if found != nil {
		return "", found
	}
	return "", fmt.Errorf("command %q is not found: looked in PATH (%s); install it, or give the path of the program", name, path)
}

// Explain says what keeps the program at path from starting in dir, where the system says
// it in words of its own or in those for something else. err is that of starting it.
func Explain(path, dir string, err error) error {
	if found, ok := errors.AsType[*fs.PathError](err); ok {
		err = found.Err // it is known which program
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, lost := os.Stat(cmp.Or(dir, ".")); lost != nil {
			return fmt.Errorf("%w: the directory in which it runs is not there any more: %w", err, lost)
		}
		if _, lost := os.Stat(path); lost == nil {
			return fmt.Errorf("%w: the program is there, so what its first line names behind #! is not on this machine", err)
		}
	case errors.Is(err, syscall.ENOEXEC):
		return fmt.Errorf("%w: it is no program of this machine; a script needs a first line such as #!/bin/sh", err)
	}
	return err
}

func pathOf(env []string) string {
	path := ""
	for _, pair := range env {
		if value, ok := strings.CutPrefix(pair, "PATH="); ok {
			path = value
		}
	}
	return path
}

func executable(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
			return pathErr.Err
		}
		return err
	}
	if info.IsDir() {
		return errors.New("is a directory")
	}
	if !mayExecute(info.Mode()) {
		return errors.New("is not executable (chmod +x would make it so)")
	}
	return nil
}
