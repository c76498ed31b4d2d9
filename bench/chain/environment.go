package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/openchatops/oco/internal/supervise"
)

// The variants. The first two of the bot are over Attach, the next two over
// Subscribe and calls.
const (
	bare         = "bare"
	off          = "off"
	durable      = "durable"
	unaryOff     = "unary-off"
	unaryDurable = "unary-durable"
	// crowded is off with idle handlers beside it.
	crowded = "crowded"
	// fewRoutes and manyRoutes are off with ten routes and with ten thousand.
	fewRoutes  = "10-routes"
	manyRoutes = "10000-routes"
)

// syncing says whether the store of a variant syncs.
func syncing(variant string) bool { return variant == durable || variant == unaryDurable }

// attaching says whether the bot of a variant has Attach.
func attaching(variant string) bool { return variant != unaryOff && variant != unaryDurable }

// offOf is the variant that is the same but for the syncs, or for most routes.
func offOf(variant string) string {
	if variant == manyRoutes {
		return fewRoutes
	}
	if attaching(variant) {
		return off
	}
	return unaryOff
}

// An environment is what a process of a variant must know.
type environment struct {
	variant string
	role    string // "adapter", "bot", "handler" or "idle"
	dir     string // for sockets and data
	socket  string // of the driver
	idle    int    // how many handlers a process of the role "idle" holds
}

const (
	envVariant = "CHAIN_VARIANT"
	envRole    = "CHAIN_ROLE"
	envDir     = "CHAIN_DIR"
	envSocket  = "CHAIN_SOCKET"
	envIdle    = "CHAIN_IDLE"
)

func readEnvironment() environment {
	idle, _ := strconv.Atoi(os.Getenv(envIdle)) // not set for the others
	return environment{os.Getenv(envVariant), os.Getenv(envRole), os.Getenv(envDir), os.Getenv(envSocket), idle}
}

// dataOf is the data directory of a variant's bot.
func dataOf(e environment) string { return filepath.Join(e.dir, "data") }

// of is the same for another role.
func (e environment) of(role string) environment {
	e.role = role
	return e
}

func (e environment) vars() map[string]string {
	return map[string]string{envVariant: e.variant, envRole: e.role, envDir: e.dir, envSocket: e.socket, envIdle: strconv.Itoa(e.idle)}
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
	parts := map[string]func(environment) error{"adapter": runAdapter, "bot": runRealBot, "handler": runHandler, "idle": runIdle}
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
