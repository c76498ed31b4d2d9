package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/openchatops/oco/bench/loop"
)

// Every process of a variant dials the driver, says who it is, and then does
// what the driver orders, one order after the other.

// An order is what the driver wants.
type order struct {
	Do      string // "run", "syncs", "settle", "profile", "unprofile"
	W       int
	Length  time.Duration
	Profile string // file to write
}

// A report answers an order. The first one of a process answers none.
type report struct {
	Role  string
	PID   int
	Run   loop.Sample
	Syncs uint64
	Error string
}

// duties are the orders that only some roles can obey; nil ones are refused.
type duties struct {
	run   func(w int, length time.Duration) (loop.Sample, error)
	syncs func() uint64
	// settle gives back the memory that the process does not need.
	settle func()
}

// obey dials the driver and does what it orders until it hangs up or
// ctx ends.
func obey(ctx context.Context, socket, role string, d duties) error {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return fmt.Errorf("reach the driver: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	in, out := json.NewDecoder(conn), json.NewEncoder(conn)
	if err := out.Encode(report{Role: role, PID: os.Getpid()}); err != nil {
		return err
	}
	for {
		var o order
		if err := in.Decode(&o); err != nil {
			return nil // the driver has what it wanted
		}
		var r report
		if err := d.do(o, &r); err != nil {
			r.Error = err.Error()
		}
		if err := out.Encode(r); err != nil {
			return nil
		}
	}
}

func (d duties) do(o order, r *report) (err error) {
	switch {
	case o.Do == "run" && d.run != nil:
		r.Run, err = d.run(o.W, o.Length)
	case o.Do == "syncs" && d.syncs != nil:
		r.Syncs = d.syncs()
	case o.Do == "settle" && d.settle != nil:
		d.settle()
	case o.Do == "profile":
		return profile(o.Profile)
	case o.Do == "unprofile":
		return unprofile(o.Profile)
	default:
		return fmt.Errorf("this process cannot %q", o.Do)
	}
	return err
}

func profile(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	f, err := os.Create(file) // stays open until the process ends
	if err != nil {
		return err
	}
	return pprof.StartCPUProfile(f)
}

// unprofile ends the CPU profile and writes beside it what was allocated so far.
func unprofile(file string) (err error) {
	pprof.StopCPUProfile()
	f, err := os.Create(strings.TrimSuffix(file, ".pprof") + "-allocs.pprof")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return pprof.Lookup("allocs").WriteTo(f, 0)
}

// A station is the driver's end of one process.
type station struct {
	conn net.Conn
	in   *json.Decoder
	out  *json.Encoder
	role string
	pid  int
}

func welcome(conn net.Conn) (*station, error) {
	s := &station{conn: conn, in: json.NewDecoder(conn), out: json.NewEncoder(conn)}
	var r report
	if err := s.in.Decode(&r); err != nil {
		return nil, fmt.Errorf("a process said nothing: %w", err)
	}
	s.role, s.pid = r.Role, r.PID
	return s, nil
}

// ask gives an order and waits for the report, limit at most.
func (s *station) ask(o order, limit time.Duration) (report, error) {
	var r report
	err := errors.Join(s.conn.SetDeadline(time.Now().Add(limit)), s.out.Encode(o))
	if err == nil {
		err = s.in.Decode(&r)
	}
	if err == nil && r.Error != "" {
		err = errors.New(r.Error)
	}
	if err != nil {
		return r, fmt.Errorf("%s: %s: %w", s.role, o.Do, err)
	}
	return r, nil
}
