package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/bench/loop"
	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// crowd lets as many handlers come as are wanted and stay without work, and
// returns what each of them takes of the bot's memory.
func (c *chain) crowd(e environment, handlers int) (each float64, err error) {
	before, err := c.memory()
	if err != nil {
		return 0, err
	}
	crowd := e.of("idle")
	crowd.idle = handlers
	if err := c.start(crowd); err != nil {
		return 0, err
	}
	if err := c.listener.(*net.UnixListener).SetDeadline(time.Now().Add(gathering)); err != nil {
		return 0, err
	}
	conn, err := c.listener.Accept()
	if err != nil {
		return 0, fmt.Errorf("they did not come: %w", err)
	}
	c.crowded, err = welcome(conn)
	if err != nil {
		return 0, err
	}
	after, err := c.memory()
	return (after - before) / float64(handlers), err
}

// gathering is how long all idle handlers may take to come.
const gathering = 2 * time.Minute

// memory is what the bot needs now.
func (c *chain) memory() (float64, error) {
	if _, err := c.bot().ask(order{Do: "settle"}, loop.Patience); err != nil {
		return 0, err
	}
	return memoryOf(c.bot().pid)
}

// runIdle is the life of a process with many handlers: each is a plugin with a key
// of its own, one command and a connection, as if it were alone.
func runIdle(e environment) error {
	address, err := os.ReadFile(filepath.Join(dataOf(e), "operator.addr"))
	if err != nil {
		return err
	}
	endpoint := strings.TrimSpace(string(address))
	conn, err := grpc.NewClient(strings.Replace(endpoint, "unix://", "unix:", 1), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()
	key, err := os.ReadFile(filepath.Join(dataOf(e), "operator.key"))
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(context.Background(), gathering)
	defer stop()
	operator := metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+strings.TrimSpace(string(key)))
	bot := ocov1.NewAdminServiceClient(conn)
	ended := make(chan error, e.idle)
	for i := range e.idle {
		name := "idle-" + strconv.Itoa(i)
		made, err := bot.CreateKey(operator, &ocov1.CreateKeyRequest{Name: name, Role: ocov1.Role_ROLE_HANDLER})
		if err != nil {
			return err
		}
		go func() {
			ended <- oco.Run(context.Background(), oco.Options{Endpoint: endpoint, Key: made.GetKey(), Log: slog.New(slog.DiscardHandler)}, newIdle(name))
		}()
	}
	if err := connected(operator, bot, e.idle, ended); err != nil {
		return err
	}
	go func() { fail(fmt.Errorf("an idle handler: %w", <-ended)) }()
	return obey(context.Background(), e.socket, "idle", duties{})
}

func newIdle(name string) *oco.Handler {
	h := oco.NewHandler(name)
	h.Command(name+" {text...}", "Is never said.", func(context.Context, *oco.Message) error { return nil })
	return h
}

// connected waits until so many idle handlers take deliveries.
func connected(ctx context.Context, bot ocov1.AdminServiceClient, handlers int, ended <-chan error) error {
	for {
		status, err := bot.GetStatus(ctx, &ocov1.GetStatusRequest{})
		if err != nil {
			return err
		}
		up := 0
		for _, p := range status.GetPlugins() {
			for _, r := range p.GetReplicas() {
				if strings.HasPrefix(p.GetPluginId(), "idle-") && r.GetConnected() {
					up++
				}
			}
		}
		if up == handlers {
			return nil
		}
		select {
		case err := <-ended:
			return errors.Join(fmt.Errorf("an idle handler of %d ended", handlers), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
