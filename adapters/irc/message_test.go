package irc

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for line, want := range map[string]message{
		"PING":                               {command: "PING"},
		"  ping   a   b  ":                   {command: "PING", params: []string{"a", "b"}},
		":s 001 me :a :b  c":                 {source: "s", command: "001", params: []string{"me", "a :b  c"}},
		"@a;b=;c=x\\:y\\ :s X":               {tags: map[string]string{"a": "", "b": "", "c": "x;y"}, source: "s", command: "X"},
		"@a=1;a=2 X":                         {tags: map[string]string{"a": "2"}, command: "X"},
		"@;=v;k=\\b\\\\s\\s X :":             {tags: map[string]string{"k": "b\\s "}, command: "X", params: []string{""}},
		"@time=2026-01-01T00:00:00.000Z X a": {tags: map[string]string{"time": "2026-01-01T00:00:00.000Z"}, command: "X", params: []string{"a"}},
	} {
		got, err := parse(line)
		if err != nil || got.source != want.source || got.command != want.command ||
			!slices.Equal(got.params, want.params) || !maps.Equal(got.tags, want.tags) {
			t.Errorf("%q is %+v, error %v; want %+v", line, got, err, want)
		}
	}
	for _, line := range []string{"", "   ", ":source", ":source ", "@tags", "@a=b :source "} {
		if m, err := parse(line); err == nil {
			t.Errorf("%q is %+v, want an error", line, m)
		}
	}
}

func TestParamsThatAreNotThere(t *testing.T) {
	m := message{command: "X"}
	if m.param(0) != "" || m.param(-1) != "" || m.last() != "" {
		t.Error("a parameter that is not there is not empty")
	}
}

func TestNothingCanEndALine(t *testing.T) {
	for _, end := range []string{"\r", "\n", "\x00", "\r\nQUIT"} {
		for _, m := range []message{
			{command: "PRIVMSG", params: []string{"#ops", "a" + end}},
			{command: "PRIVMSG", params: []string{"#ops" + end, "a"}},
			{command: "PRIVMSG" + end},
			{command: "X", source: "s" + end},
		} {
			if line, err := m.encode(); err == nil {
				t.Errorf("%+v is written as %q", m, line)
			}
		}
		m := message{command: "X", tags: map[string]string{"k": "a" + end}}
		if line, err := m.encode(); err == nil && strings.ContainsAny(line, "\r\n") {
			t.Errorf("a tag ends its line: %q", line)
		}
	}
	for _, m := range []message{
		{command: "JOIN", params: []string{"#a b", "key"}},
		{command: "JOIN", params: []string{"", "key"}},
		{command: "JOIN", params: []string{":a", "key"}},
		{command: ""},
		{command: "A B"},
		{command: "TAGMSG", tags: map[string]string{"+draft/react": "a\x00b"}, params: []string{"#a"}},
	} {
		if line, err := m.encode(); err == nil {
			t.Errorf("%+v is written as %q", m, line)
		}
	}
}

func FuzzMessage(f *testing.F) {
	for _, seed := range []string{"@a=b\\s;c :n!u@h PRIVMSG #ops :hello there", "PING :x", ":a  b  c", "@\\ x", "\x00", "X :\xff\xfe"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if strings.ContainsAny(line, "\r\n\x00") {
			return // none of these is in a line
		}
		m, err := parse(repair(line))
		if err != nil {
			return
		}
		again, err := m.encode()
		if err != nil {
			return // read generously, and nothing that we would write
		}
		back, err := parse(again)
		if err != nil || back.source != m.source || back.command != m.command || !slices.Equal(back.params, m.params) || len(back.tags) != len(m.tags) {
			t.Errorf("%q is read as %+v, written as %q, read as %+v, error %v", line, m, again, back, err)
		}
	})
}
