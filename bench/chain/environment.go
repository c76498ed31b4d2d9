package main

import (
	"fmt"
	"os"

	"github.com/openchatops/oco/internal/supervise"
)

// The variants.
const (
	bare    = "bare"
	off     = "off"
	durable = "durable"
)

// An environment is what a process of a variant must know.
type environment struct {
	variant string
	role    string // "adapter", "bot" or "handler"
	dir     string // for sockets and data
	socket  string // of the driver
}

const (
	envVariant = "CHAIN_VARIANT"
	envRole    = "CHAIN_ROLE"
	envDir     = "CHAIN_DIR"
	envSocket  = "CHAIN_SOCKET"
)

func readEnvironment() environment {
	return environment{os.Getenv(envVariant), os.Getenv(envRole), os.Getenv(envDir), os.Getenv(envSocket)}
}

// of is the same for another role.
func (e environment) of(role string) environment {
	e.role = role
	return e
}

func (e environment) vars() map[string]string {
	return map[string]string{envVariant: e.variant, envRole: e.role, envDir: e.dir, envSocket: e.socket}
}

// play runs a process of a variant to its end. done is false if this process is
// none.
func play() (done bool, err error) {
	if len(os.Args) == 2 && os.Args[1] == "guard" {
		return true, supervise.Guard()
	}
	e := readEnvironment()
	if e.role == "" {
		return false, nil
	}
	parts := map[string]func(environment) error{"adapter": runAdapter, "bot": runRealBot, "handler": runHandler}
	if e.variant == bare {
		parts = map[string]func(environment) error{"adapter": runBareAdapter, "bot": runBareBot, "handler": runBareHandler}
	}
	part := parts[e.role]
	if part == nil {
		return true, fmt.Errorf("there is no role %q", e.role)
	}
	if err := part(e); err != nil {
		return true, fmt.Errorf("%s %s: %w", e.variant, e.role, err)
	}
	return true, nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "chain:", err)
	os.Exit(1)
}
