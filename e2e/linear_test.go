package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A cellOp is what a client asked of a cell, which is a namespace with one key:
// to read it, to write it, or to write it if it has a revision still.
type cellOp struct {
	Cell     int
	Kind     string // read, put, cas
	Value    int64
	Revision uint64 // of cas
}

// A cellSeen is what it was answered.
type cellSeen struct {
	Committed bool
	Value     int64
	Revision  uint64
	unknown   bool // a kill cut it off
}

// A cellLine is one line that a client writes: a call, or what it returned.
type cellLine struct {
	Client, N int
	At        int64
	Op        *cellOp   `json:",omitempty"`
	Seen      *cellSeen `json:",omitempty"`
}

// monotonic is a clock that all processes of a machine share.
func monotonic() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		panic(err)
	}
	return t.Nano()
}

const cellCount = 4

// runCells is a client of the store that works until it is killed, and writes
// down each call before it makes it and each answer when it has it.
func runCells(_ *site, file string) int {
	client := os.Getpid()
	rng := rand.New(rand.NewPCG(uint64(client), 1))
	out, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	conn, err := grpc.NewClient(os.Getenv("OCO_ENDPOINT"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		panic(err)
	}
	note := func(l cellLine) {
		l.Client = client
		text, err := json.Marshal(l)
		if err == nil {
			_, err = out.Write(append(text, '\n')) // one write: lines of clients do not mix
		}
		if err != nil {
			panic(err)
		}
	}
	store := ocov1.NewStorageServiceClient(conn)
	known := map[int]uint64{}
	for n := 0; ; n++ {
		o := &cellOp{Cell: rng.IntN(cellCount), Kind: []string{"read", "put", "cas", "cas"}[rng.IntN(4)], Value: int64(client)<<32 + int64(n)}
		if o.Kind == "cas" {
			o.Revision = known[o.Cell]
		}
		note(cellLine{N: n, At: monotonic(), Op: o})
		ctx, cancel := context.WithTimeout(withKey(context.Background(), os.Getenv("OCO_KEY")), 5*time.Second)
		seen, err := o.do(ctx, store)
		cancel()
		for away := err; away != nil; { // this call stays open, and no other one fails
			ctx, cancel := context.WithTimeout(withKey(context.Background(), os.Getenv("OCO_KEY")), time.Second)
			_, away = (&cellOp{Kind: "read"}).do(ctx, store)
			cancel()
		}
		if err != nil {
			continue
		}
		note(cellLine{N: n, At: monotonic(), Seen: seen})
		if o.Kind == "read" || seen.Committed {
			known[o.Cell] = seen.Revision
		}
		time.Sleep(2 * time.Millisecond) // histories are to be checked
	}
}

func (o *cellOp) do(ctx context.Context, store ocov1.StorageServiceClient) (*cellSeen, error) {
	namespace := "cell" + strconv.Itoa(o.Cell)
	if o.Kind == "read" {
		res, err := store.Get(ctx, &ocov1.GetRequest{Namespace: namespace, Keys: []string{"k"}}, grpc.WaitForReady(true))
		if err != nil {
			return nil, err
		}
		seen := &cellSeen{}
		for _, e := range res.GetEntries() {
			seen.Revision = e.GetRevision()
			if seen.Value, err = strconv.ParseInt(string(e.GetValue()), 10, 64); err != nil {
				panic(err)
			}
		}
		return seen, nil
	}
	t := &ocov1.Transaction{Namespace: namespace, Writes: []*ocov1.Write{
		{Kind: &ocov1.Write_Put{Put: &ocov1.Put{Key: "k", Value: strconv.AppendInt(nil, o.Value, 10)}}},
	}}
	if o.Kind == "cas" {
		t.Guards = []*ocov1.Guard{{Key: "k", Revision: o.Revision}}
	}
	res, err := store.Transact(ctx, &ocov1.TransactRequest{Transaction: t})
	return &cellSeen{Committed: res.GetCommitted(), Revision: res.GetRevision()}, err
}

// cellModel is the specification of the cells, for the checker (OCO-STO-7).
var cellModel = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		parts := make([][]porcupine.Operation, cellCount)
		for _, o := range history {
			i := o.Input.(*cellOp).Cell
			parts[i] = append(parts[i], o)
		}
		return parts
	},
	Init: func() any { return cellSeen{} },
	Step: func(state, input, output any) (bool, any) {
		s, o, out := state.(cellSeen), input.(*cellOp), output.(*cellSeen)
		if o.Kind == "read" {
			return out.Value == s.Value && out.Revision == s.Revision, s
		}
		next, committed := cellSeen{Value: o.Value, Revision: s.Revision + 1}, true
		if o.Kind == "cas" && o.Revision != s.Revision {
			next, committed = s, false
		}
		return out.unknown || out.Committed == committed && (!committed || out.Revision == next.Revision), next
	},
}

// cellHistory puts calls and answers together. Reads that were not answered tell
// nothing; writes may have happened at any time since.
func cellHistory(t *testing.T, lines string) (all []porcupine.Operation, unknown int) {
	t.Helper()
	type id struct{ client, n int }
	open := map[id]cellLine{}
	for scan := bufio.NewScanner(strings.NewReader(lines)); scan.Scan(); {
		var l cellLine
		if err := json.Unmarshal(scan.Bytes(), &l); err != nil {
			t.Fatalf("%v: %s", err, scan.Text())
		}
		if l.Op != nil {
			open[id{l.Client, l.N}] = l
			continue
		}
		call := open[id{l.Client, l.N}]
		delete(open, id{l.Client, l.N})
		all = append(all, porcupine.Operation{ClientId: l.Client, Input: call.Op, Call: call.At, Output: l.Seen, Return: l.At})
	}
	for _, call := range open {
		if call.Op.Kind != "read" {
			unknown++
			all = append(all, porcupine.Operation{ClientId: call.Client, Input: call.Op, Call: call.At, Output: &cellSeen{unknown: true}, Return: 1 << 62})
		}
	}
	return all, unknown
}

// TestKillsLeaveTheStoreLinearizable kills the bot and clients of its store, all
// of them processes, and holds what the clients saw to one order (OCO-STO-7).
func TestKillsLeaveTheStoreLinearizable(t *testing.T) {
	t.Parallel()
	kills := 6
	if torture {
		kills = 60
	}
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 4))
	s := newService(t)
	b := newBot(t, "listen: {grpc: \"GRPC_PORT\", tls: off, http: \"\"}\nadapter: {name: chat, remote: true}\nhandlers: []\n")
	b.start()
	b.await("it can be asked", func() bool { _, err := b.status(); return err == nil })
	key := b.newKey("cells", "--role", "operator")
	file := b.path("cells")
	client := func() *exec.Cmd {
		t.Helper()
		cmd := exec.Command(self, "plugin", "cells", s.url, file)
		cmd.Env, cmd.SysProcAttr = environment("OCO_ENDPOINT="+b.grpc, "OCO_KEY="+key.Key), attributes()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	kill := func(cmd *exec.Cmd) {
		_ = cmd.Process.Kill() // that it lives is known
		_ = cmd.Wait()         // it was killed
	}
	clients := make([]*exec.Cmd, 3)
	for i := range clients {
		clients[i] = client()
	}
	// Between two kills there is work that was answered.
	lines := func() int { return strings.Count(read(t, file), `"Seen"`) }
	b.await("clients work", func() bool { _, err := os.Stat(file); return err == nil })
	for n := range kills {
		had, wanted := lines(), 50+rng.IntN(100)
		b.await("clients are answered", func() bool { return lines() >= had+wanted })
		if n%2 == 0 {
			b.kill()
			b.start()
			continue
		}
		i := rng.IntN(len(clients))
		kill(clients[i])
		clients[i] = client()
	}
	had := lines()
	b.await("clients are answered at the end", func() bool { return lines() >= had+50 })
	for _, c := range clients {
		kill(c)
	}
	history, unknown := cellHistory(t, read(t, file))
	if got := porcupine.CheckOperationsTimeout(cellModel, history, 2*time.Minute); got != porcupine.Ok {
		t.Fatalf("seed %d: %d operations are %s", seed, len(history), got)
	}
	// The checker finds what is wrong: a revision that came twice.
	for i, o := range history {
		if seen := o.Output.(*cellSeen); seen.Committed && i > 50 {
			changed := append([]porcupine.Operation{}, history...)
			changed[i].Output = &cellSeen{Committed: true, Revision: seen.Revision - 1}
			if got := porcupine.CheckOperationsTimeout(cellModel, changed, 2*time.Minute); got != porcupine.Illegal {
				t.Errorf("a revision that came twice is %s", got)
			}
			break
		}
	}
	t.Logf("seed %d: %d operations, %d of them cut off by %d kills", seed, len(history), unknown, kills)
}
