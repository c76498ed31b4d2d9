package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"
)

// The processes of a soak find each other by a directory: the adapter writes its
// account into it, and stops when a file says so.

const (
	envRole    = "SOAK_ROLE"
	envStation = "SOAK_STATION"
)

// A station is what the adapter is told, as JSON in a variable of the environment.
type station struct {
	Dir      string
	Rate     int // messages a second; 0: as fast as they go
	Messages uint64
	InFlight int
	Kill     time.Duration // how often the victim is killed
	Timed    bool          // see publishTimed
}

func (s station) String() string {
	text, _ := json.Marshal(s) // plain fields can be written
	return string(text)
}

func readStation() (s station, err error) {
	if err = json.Unmarshal([]byte(os.Getenv(envStation)), &s); err != nil {
		err = fmt.Errorf("%s: %w", envStation, err)
	}
	return s, err
}

func (s station) account() string { return filepath.Join(s.Dir, "account.json") }
func (s station) begin() string   { return filepath.Join(s.Dir, "begin") }
func (s station) end() string     { return filepath.Join(s.Dir, "end") }

// open lets the adapter publish.
func (s station) open() error { return os.WriteFile(s.begin(), nil, 0o600) }

// await waits until the adapter may publish.
func (s station) await(ctx context.Context) error {
	for {
		if _, err := os.Stat(s.begin()); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// over says whether the adapter is to publish no more.
func (s station) over() bool {
	_, err := os.Stat(s.end())
	return err == nil
}

// finish lets the adapter publish no more.
func (s station) finish() error { return os.WriteFile(s.end(), nil, 0o600) }

// tell writes the account again and again.
func (s station) tell(ctx context.Context, b *books) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.write(b.now()); err != nil {
			slog.Error("the account cannot be written", "error", err)
		}
	}
}

func (s station) write(a account) error {
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.account()+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(s.account()+".new", s.account())
}

// read reads the account; there is none at first.
func (s station) read() (account, error) {
	var a account
	text, err := os.ReadFile(s.account())
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(text, &a)
}
