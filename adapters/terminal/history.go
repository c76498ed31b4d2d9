package terminal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const (
	// mostHistory is how many lines come back, longestHistory how many bytes one
	// of them has at most, and fullHistory when the file is written anew.
	mostHistory    = 1000
	longestHistory = 4 << 10
	fullHistory    = 1 << 20
)

// secret matches what may not be kept: the codes of `oco claim` and plugin keys.
var secret = regexp.MustCompile(`(?i)claim-[a-z0-9]{4,}|oco_[a-z0-9-]+_`)

// history holds the lines that were typed, in memory and in a file. Only the
// goroutine that reads lines uses it. It implements [term.History].
type history struct {
	lines []string // oldest first
	path  string   // empty: in memory only
	// privacy says how long a line may be kept.
	privacy func(line string) privacy
	// failed is told once that nothing can be kept in the file any more.
	failed func(error)
}

// historyPath is where lines are kept: in the state directory of the person, as
// the XDG base directory specification has it.
func historyPath(getenv func(string) string) (string, error) {
	state := getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) { // the specification: to be ignored
		home := getenv("HOME")
		if !filepath.IsAbs(home) {
			return "", errors.New("neither XDG_STATE_HOME nor HOME names a directory")
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "oco", "terminal-history"), nil
}

// load reads what was typed before. After an error lines are kept in memory.
func (h *history) load(path string) error {
	lines, size, err := readHistory(path)
	if err != nil {
		return err
	}
	h.lines, h.path = lines, path
	if size > fullHistory {
		if err := h.rewrite(); err != nil {
			h.path = ""
			return err
		}
	}
	return nil
}

// readHistory reads the newest lines, and makes the file the person's own.
func readHistory(path string) (lines []string, size int64, err error) {
	f, err := openHistory(path, os.O_RDONLY)
	if errors.Is(err, os.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	from := max(info.Size()-fullHistory, 0)
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return nil, 0, err
	}
	scanner := bufio.NewScanner(f)
	scanner.Buffer(nil, fullHistory+1)
	for scanner.Scan() {
		if from > 0 { // half a line
			from = 0
			continue
		}
		// Who else wrote to the file: nothing of it reaches the terminal as a command.
		if line := oneLine(scanner.Text()); line != "" {
			lines = append(lines, line)
		}
	}
	return lines[max(len(lines)-mostHistory, 0):], info.Size(), scanner.Err()
}

// openHistory opens the file and refuses one that is no file.
func openHistory(path string, flags int) (*os.File, error) {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	f, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(0o600); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Add keeps a line, unless it begins with a space, holds a secret or is the
// newest already. One that may hold a secret is kept in memory only.
func (h *history) Add(line string) {
	switch {
	case strings.TrimSpace(line) == "" || strings.HasPrefix(line, " "),
		len(line) > longestHistory || secret.MatchString(line),
		len(h.lines) > 0 && h.lines[len(h.lines)-1] == line:
		return
	}
	kept := keepForever
	if h.privacy != nil {
		kept = h.privacy(line)
	}
	if kept == keepNowhere {
		return
	}
	h.lines = append(h.lines, line)
	if len(h.lines) > mostHistory {
		h.lines = append([]string(nil), h.lines[1:]...)
	}
	if h.path == "" || kept == keepAWhile {
		return
	}
	if err := h.append(line); err != nil {
		h.path = ""
		h.failed(err)
	}
}

func (h *history) append(line string) (err error) {
	if err := os.MkdirAll(filepath.Dir(h.path), 0o700); err != nil {
		return err
	}
	f, err := openHistory(h.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = f.WriteString(line + "\n")
	return err
}

// rewrite leaves the newest lines in the file. Whoever reads it sees the old one
// or the new one, whole.
func (h *history) rewrite() (err error) {
	f, err := os.CreateTemp(filepath.Dir(h.path), ".terminal-history-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(strings.Join(append(h.lines, ""), "\n"))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), h.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// Len returns how many lines there are.
func (h *history) Len() int { return len(h.lines) }

// At returns a line; 0 is the newest.
func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }

// oneLine makes a text one that can stand on the line that is edited.
func oneLine(text string) string {
	text = strings.NewReplacer("\t", string(tabMark), "\n", string(lineEndMark)).Replace(text)
	return strings.ReplaceAll(printable(text), string(keyTakeBack), "")
}
