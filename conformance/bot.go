package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A Key is a plugin key and where it is good.
type Key struct {
	Endpoint string `json:"endpoint"`
	Key      string `json:"key"`
}

// A bot is a real one, as a process, in a directory of its own.
type bot struct {
	binary, dir string
	url         string // of its HTTP port
	process     *exec.Cmd
	log         bytes.Buffer
	ended       chan error
}

// configuration is what the operator of the bot wrote: alice is in the group ops and an
// operator, everybody else is in no group.
const configuration = `name: oco
data: ./data
listen: {grpc: "%s", http: "%s", tls: "off"}
adapter: {name: chat, remote: true}
handlers:
  - {name: everything, remote: true, scopes: [store, messages.write.direct]}
groups: {ops: ["user:1:alice"]}
operators: ["user:1:alice"]
time_zone: UTC
limits: {user_messages: 0, loop_answers: 0}
`

// start runs the program as a bot. The caller stops it.
func start(binary string) (*bot, error) {
	dir, err := os.MkdirTemp("", "oco-conformance-")
	if err != nil {
		return nil, err
	}
	b := &bot{binary: binary, dir: dir, ended: make(chan error, 1)}
	if err := b.run(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return b, nil
}

// run writes the configuration and starts the process.
func (b *bot) run() error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	web, err := freeAddress()
	if err != nil {
		return err
	}
	b.url = "http://" + web
	if err := os.WriteFile(filepath.Join(b.dir, "oco.yaml"), []byte(fmt.Sprintf(configuration, address, web)), 0o600); err != nil {
		return err
	}
	b.process = exec.Command(b.binary, "run", "-c", "oco.yaml")
	b.process.Dir, b.process.Stdout, b.process.Stderr = b.dir, &b.log, &b.log
	if err := b.process.Start(); err != nil {
		return fmt.Errorf("cannot start the bot: %w", err)
	}
	go func() { b.ended <- b.process.Wait() }()
	return nil
}

// key makes a key, as soon as the bot listens.
func (b *bot) key(ctx context.Context, name, role string) (Key, error) {
	for {
		make := exec.CommandContext(ctx, b.binary, "key", "new", "-c", "oco.yaml", "--json", "--role", role, name)
		make.Dir = b.dir
		var out, errs bytes.Buffer
		make.Stdout, make.Stderr = &out, &errs
		err := make.Run()
		if err == nil {
			var key Key
			err := json.Unmarshal(out.Bytes(), &key)
			return key, err
		}
		if !strings.Contains(errs.String(), "no bot runs") || ctx.Err() != nil {
			return Key{}, fmt.Errorf("the bot makes no key: %w\n%s", err, errs.String())
		}
		select {
		case err := <-b.ended:
			b.ended <- err
			return Key{}, fmt.Errorf("the bot ended: %w\n%s", err, b.log.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (b *bot) stop() error {
	err := b.process.Process.Signal(os.Interrupt)
	select {
	case <-b.ended:
	case <-time.After(20 * time.Second):
		err = errors.Join(err, b.process.Process.Kill())
		<-b.ended
	}
	return errors.Join(err, os.RemoveAll(b.dir))
}

// freeAddress finds a port that nobody uses, below those from which the system gives
// one to every connection.
func freeAddress() (string, error) {
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 12_000+rand.IntN(20_000)))
		if err == nil {
			return l.Addr().String(), l.Close()
		}
	}
	return "", errors.New("of a hundred ports that were tried none is free")
}
