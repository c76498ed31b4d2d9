package supervise

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
)

// A printed line is what a process says by one line of its output.
type printed struct {
	level  slog.Level
	text   string
	plugin string // which of the plugins in the process says so; empty: it does not say
	attrs  []slog.Attr
}

// read takes a line apart. One JSON object with a level and a text, as the library and
// most loggers write it, keeps both, and its other fields; what Go's log writes keeps
// its level; any other line is a text. All that it says is made harmless. Of one that is
// cut, what came before the cut counts.
func read(line []byte, cut bool) printed {
	if object := bytes.TrimSpace(line); len(object) > 0 && object[0] == '{' {
		if p, ok := readObject(object, cut); ok {
			return p
		}
	}
	text := neutral(line)
	if level, rest, ok := readGo(text); ok {
		return printed{level: level, text: rest}
	}
	return printed{level: slog.LevelInfo, text: text}
}

// readObject reads the fields of an object in their order.
func readObject(line []byte, cut bool) (p printed, ok bool) {
	r := json.NewDecoder(bytes.NewReader(line))
	if first, err := r.Token(); err != nil || first != json.Delim('{') {
		return p, false
	}
	leveled := false
	for r.More() {
		key, err := r.Token()
		name, isText := key.(string)
		var raw json.RawMessage
		if err != nil || !isText || r.Decode(&raw) != nil {
			return p, cut && leveled && p.text != ""
		}
		value := valueText(raw)
		switch name {
		case "time", "ts", "timestamp":
		case "level", "severity":
			p.level, leveled = levelOf(value)
		case "msg", "message":
			p.text = value
		case "plugin":
			p.plugin = value
		default:
			p.attrs = append(p.attrs, slog.String(neutral([]byte(name)), value))
		}
	}
	if _, err := r.Token(); err != nil {
		return p, cut && leveled && p.text != ""
	}
	_, err := r.Token()
	return p, leveled && p.text != "" && errors.Is(err, io.EOF)
}

// valueText is a value as it is read: a text without its quotes, all else as JSON.
func valueText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return neutral([]byte(text))
	}
	return neutral(raw)
}

// levelOf reads the words that loggers use.
func levelOf(word string) (slog.Level, bool) {
	switch strings.ToLower(word) {
	case "trace", "debug":
		return slog.LevelDebug, true
	case "info", "information", "notice":
		return slog.LevelInfo, true
	case "warn", "warning":
		return slog.LevelWarn, true
	case "error", "err", "fatal", "critical", "panic":
		return slog.LevelError, true
	}
	return slog.LevelInfo, false
}

// readGo reads `2006/01/02 15:04:05 LEVEL text`.
func readGo(text string) (level slog.Level, rest string, ok bool) {
	const stamp = "2006/01/02 15:04:05 "
	if len(text) <= len(stamp) {
		return 0, "", false
	}
	for i, c := range []byte(stamp) {
		digit := text[i] >= '0' && text[i] <= '9'
		if isDigit := c >= '0' && c <= '9'; isDigit != digit || !isDigit && text[i] != c {
			return 0, "", false
		}
	}
	word, rest, found := strings.Cut(text[len(stamp):], " ")
	if level, ok := levelOf(word); ok && found && word == strings.ToUpper(word) {
		return level, rest, true
	}
	return slog.LevelInfo, text[len(stamp):], true
}
