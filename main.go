package oco

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// Plugin is a [*Handler] or an [*AdapterPlugin].
type Plugin interface {
	// Name returns the name that the plugin's key belongs to.
	Name() string
	manifest() *ocov1.Manifest
	part(r *replica) part
}

// Options say how [Run] reaches the bot.
type Options struct {
	// Endpoint is unix:///absolute/path, host:port, oco://host:port or
	// oco+tls://host:port#sha256=PIN.
	Endpoint string
	// Key is the plugin key. Several plugins have theirs in Keys, by name.
	Key  string
	Keys map[string]string
	// Insecure allows a key to travel unencrypted beyond this machine.
	Insecure bool
	// Dialer replaces the way to the endpoint, for tests in memory.
	Dialer func(ctx context.Context) (net.Conn, error)
	// Log is where the library logs; nil: slog.Default.
	Log *slog.Logger
	// Replica names this process; empty: host, process id and a random part.
	Replica string
	// Grace is how long callbacks may go on after the process was told to stop;
	// 0: 30 s.
	Grace time.Duration
	// Kill, if closed, ends Run at once as if the process had been killed:
	// nothing is finished, released or said. The contexts of callbacks end.
	Kill <-chan struct{}
	// inherited: the keys come from the bot that started the process, which knows
	// whom it started, whatever the plugin calls itself.
	inherited bool
}

// Main runs plugins until the process is told to stop, and exits. It is the
// whole main function of a plugin:
//
//	func main() { oco.Main(newHandler()) }
//
// It reads OCO_ENDPOINT, and the key from the descriptor that OCO_KEY_FD names
// (a line "PLUGIN KEY" for each plugin; how the bot starts its children) or from
// OCO_KEY. With the argument --manifest it prints the manifest of each plugin as
// JSON and exits 0. On SIGTERM or SIGINT it takes no new delivery, finishes what
// runs and exits 0; a second signal ends it at once. It exits 1 if the bot
// refuses it, 2 if it was started without an endpoint or a key.
func Main(plugins ...Plugin) {
	os.Exit(runMain(os.Args[1:], os.Stdout, os.Stderr, plugins))
}

func runMain(args []string, stdout, stderr io.Writer, plugins []Plugin) int {
	for _, a := range args {
		if a == "--manifest" {
			return printManifests(stdout, stderr, plugins)
		}
	}
	opts := Options{Endpoint: os.Getenv("OCO_ENDPOINT"), Insecure: os.Getenv("OCO_INSECURE") == "1"}
	opts.inherited = os.Getenv("OCO_KEY_FD") != ""
	keys, err := readKeys(plugins)
	if err != nil {
		return fail(stderr, 2, err)
	}
	opts.Keys = keys
	if opts.Endpoint == "" || len(keys) == 0 {
		fmt.Fprintln(stderr, "This is a plugin of OpenChatOps and needs a bot to talk to: try it with `oco try -- COMMAND`, where COMMAND is what you just ran, or set OCO_ENDPOINT and OCO_KEY (`oco key new NAME` prints both).")
		return 2
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	kill := make(chan struct{})
	opts.Kill = kill
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	defer signal.Stop(signals)
	go func() {
		<-signals
		stop()
		<-signals
		close(kill)
	}()
	switch err := Run(ctx, opts, plugins...); {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		return fail(stderr, 2, err)
	default:
		return fail(stderr, 1, err)
	}
}

// fail prints an error; those of the library begin with its name already.
func fail(stderr io.Writer, code int, err error) int {
	fmt.Fprintln(stderr, "oco: "+strings.TrimPrefix(err.Error(), "oco: "))
	return code
}

func printManifests(stdout, stderr io.Writer, plugins []Plugin) int {
	for _, p := range plugins {
		out, err := protojson.MarshalOptions{Multiline: true, Indent: "  "}.Marshal(p.manifest())
		if err == nil {
			_, err = fmt.Fprintf(stdout, "%s\n", out)
		}
		if err != nil {
			return fail(stderr, 1, fmt.Errorf("manifest of %s: %w", p.Name(), err))
		}
	}
	return 0
}

// readKeys takes the keys out of the environment: who starts other programs
// does not hand them on.
func readKeys(plugins []Plugin) (map[string]string, error) {
	fd, key := os.Getenv("OCO_KEY_FD"), os.Getenv("OCO_KEY")
	for _, name := range []string{"OCO_KEY_FD", "OCO_KEY"} {
		if err := os.Unsetenv(name); err != nil {
			return nil, fmt.Errorf("unset %s: %w", name, err)
		}
	}
	switch {
	case fd != "":
		n, err := strconv.ParseUint(fd, 10, 31)
		if err != nil || n < 3 {
			return nil, fmt.Errorf("OCO_KEY_FD=%q: must be the number of an inherited descriptor, at least 3", fd)
		}
		keys, err := readKeyFile(os.NewFile(uintptr(n), "OCO_KEY_FD"))
		if len(plugins) == 1 && len(keys) == 1 {
			// The operator may call the one plugin of a process as they like: the
			// name belongs to the key.
			for _, key := range keys {
				return map[string]string{plugins[0].Name(): key}, err
			}
		}
		return keys, err
	case key != "" && len(plugins) == 1:
		return map[string]string{plugins[0].Name(): strings.TrimSpace(key)}, nil
	case key != "":
		return nil, fmt.Errorf("OCO_KEY is one key, but this process holds %d plugins: the bot gives it their keys by OCO_KEY_FD", len(plugins))
	}
	return nil, nil
}

// readKeyFile reads lines "PLUGIN KEY" to the end and closes the file.
func readKeyFile(f *os.File) (map[string]string, error) {
	keys := map[string]string{}
	lines := bufio.NewScanner(io.LimitReader(f, 1<<20))
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) == 0 {
			continue
		}
		if len(words) != 2 {
			return nil, errors.Join(errors.New(`OCO_KEY_FD: a line is not "PLUGIN KEY"`), f.Close())
		}
		keys[words[0]] = words[1]
	}
	if err := cmp.Or(lines.Err(), f.Close()); err != nil {
		return nil, fmt.Errorf("read the keys from OCO_KEY_FD: %w", err)
	}
	return keys, nil
}

// errUsage marks errors of who started the process, not of the bot.
var errUsage = errors.New("")

type usageError struct{ error }

func (e usageError) Is(target error) bool { return target == errUsage }

// Run runs plugins until ctx ends, then takes no new delivery, finishes what
// runs and returns nil. It also returns nil when an adapter's Run returned nil
// and its work is finished. Any other error is why it gave up: [ErrKey],
// [ErrFenced], [ErrKilled], at its start [ErrCertificate], a registration that the
// bot refuses, or the error of an adapter. A bot that is out of reach is waited
// for.
func Run(ctx context.Context, opts Options, plugins ...Plugin) error {
	if err := opts.complete(plugins); err != nil {
		return usageError{err}
	}
	l, err := newLink(opts)
	if err != nil {
		return usageError{err}
	}
	// One plugin that ends, ends the process.
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, len(plugins))
	for _, p := range plugins {
		r := newReplica(p, l, opts)
		go func() {
			defer stop()
			ended <- r.run(ctx, opts.Kill)
		}()
	}
	var errs []error
	for _, p := range plugins {
		if err := <-ended; err != nil {
			if len(plugins) > 1 {
				err = fmt.Errorf("plugin %s: %w", p.Name(), err)
			}
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, l.Close())...)
}

func (o *Options) complete(plugins []Plugin) error {
	if len(plugins) == 0 {
		return errors.New("oco: no plugin to run")
	}
	if len(plugins) > 1 && len(o.Keys) == 0 {
		return errors.New("oco: several plugins need Options.Keys, one key each")
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Grace <= 0 {
		o.Grace = 30 * time.Second
	}
	if o.Replica == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "host"
		}
		o.Replica = fmt.Sprintf("%s-%d-%s", valid(host), os.Getpid(), randomID()[:6])
	}
	seen := map[string]bool{}
	for _, p := range plugins {
		switch {
		case seen[p.Name()]:
			return fmt.Errorf("oco: two plugins are called %q", p.Name())
		case o.key(p) == "":
			return fmt.Errorf("oco: there is no key for the plugin %q", p.Name())
		case !o.inherited && holder(o.key(p)) != "" && holder(o.key(p)) != p.Name():
			// The bot knows plugins by their keys: this one would take the place of
			// the other.
			return fmt.Errorf("oco: the key is that of the plugin %q, and this is the plugin %q: make its own with `oco key new %s`", holder(o.key(p)), p.Name(), p.Name())
		}
		seen[p.Name()] = true
	}
	return nil
}

// holder is the name in a key as the bot makes them, "" for others.
func holder(key string) string {
	parts := strings.SplitN(key, "_", 4)
	if len(parts) < 4 || parts[0] != "oco" {
		return ""
	}
	return parts[1]
}

// key returns the key of a plugin, "" if it has none.
func (o *Options) key(p Plugin) string {
	if k := o.Keys[p.Name()]; k != "" || len(o.Keys) > 0 {
		return k
	}
	return o.Key
}
