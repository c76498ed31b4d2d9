package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A session is a bot whose standard input stays open.
type session struct {
	in   io.WriteCloser
	dir  string
	data string
}

// start starts a bot and waits until it is ready.
func start(t *testing.T, bot *exec.Cmd) *session {
	t.Helper()
	in, err := bot.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	bot.Stdout, bot.Stderr = io.Discard, io.Discard
	if err := bot.Start(); err != nil {
		t.Fatal(err)
	}
	s := &session{in: in, dir: bot.Dir, data: filepath.Join(bot.Dir, "oco-data")}
	t.Cleanup(func() {
		if bot.ProcessState == nil { // the test failed before it waited
			if err := bot.Process.Kill(); err != nil {
				t.Error(err)
			}
			if err := bot.Wait(); err == nil {
				t.Error("it ended by itself")
			}
		}
	})
	s.until(t, "routes", "core:ping")
	s.until(t, "status", "connected")
	return s
}

// until asks the bot again and again until the answer holds text. Each question
// is a process, so this does not spin.
func (s *session) until(t *testing.T, question, text string) {
	t.Helper()
	var answer string
	for range 1000 {
		if tries, err := filepath.Glob(filepath.Join(s.dir, "oco-try-*")); err == nil && len(tries) == 1 {
			s.data = tries[0]
		}
		if question == "log" {
			run(t, program(t, "version"), "") // as slow as the others
			read, err := os.ReadFile(filepath.Join(s.data, "oco.log"))
			if err != nil {
				t.Fatal(err)
			}
			answer = string(read)
		} else {
			answer, _, _ = run(t, program(t, append(strings.Fields(question), "--data", s.data)...), "")
		}
		if strings.Contains(answer, text) {
			return
		}
	}
	t.Fatalf("%s never says %q but\n%s", question, text, answer)
}

// processIDs reads them out of `oco plugins --json`.
func processIDs(t *testing.T, document string) (pids []int) {
	t.Helper()
	var list struct {
		Plugins []struct{ ProcessID int }
	}
	if err := json.Unmarshal([]byte(document), &list); err != nil {
		t.Fatal(err)
	}
	for _, p := range list.Plugins {
		if p.ProcessID != 0 {
			pids = append(pids, p.ProcessID)
		}
	}
	return pids
}
