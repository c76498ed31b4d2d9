package oco

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"reflect"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/settings"
)

// Plugin is a [*Handler] or an [*AdapterPlugin].
type Plugin interface {
	// Name returns the name that the plugin's key belongs to.
	Name() string
	manifest() *ocov1.Manifest
	declare(d *declaration)
	declared() *declaration // nil: nothing
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
	// 0: 30 s. If its bot stops too, they are cancelled a quarter of the bot's grace
	// before that is over, at most 7 s, so that their end is still taken.
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
// JSON and exits 0; with the settings behind the descriptor OCO_SETTINGS_FD, the
// manifest that comes of them, or it says on standard error what is wrong with them,
// a line "PATH: TEXT" for each problem, and exits 2. On SIGTERM or SIGINT it takes no new delivery, finishes what
// runs and exits 0; a second signal ends it at once. It exits 1 if the bot
// refuses it, 2 if it was started without an endpoint or a key.
//
// If nobody has chosen another default, slog writes one JSON object a line to
// standard error from then on, unless that is a terminal; with the context of a
// callback, as by slog.InfoContext, a line names the trace of the event. If the
// environment has no GOGC, garbage is collected when the heap has grown fivefold
// and not when it has doubled; GOMEMLIMIT bounds it as ever.
func Main(plugins ...Plugin) {
	logLines(os.Stderr, os.Getenv("OCO_KEY_FD") != "")
	collectRarely()
	os.Exit(runMain(os.Args[1:], os.Stdout, os.Stderr, plugins))
}

// rarely is how much the heap of a plugin grows, in percent, before garbage is
// collected. Most hold so little that Go would collect every 4 MiB, which under
// load took a quarter of their CPU; 16 MiB are nothing to save at.
const rarely = 400

func collectRarely() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(rarely)
	}
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
	if problems, err := assume(plugins); err != nil {
		return fail(stderr, 2, err)
	} else if problems != "" {
		if _, err := io.WriteString(stderr, problems); err != nil {
			return 1
		}
		return 2
	}
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

// assume gives the plugin that prints its manifest the settings behind the descriptor
// OCO_SETTINGS_FD, if there is one: a RegisterResponse as JSON. problems has a line
// for each that the plugin does not take, "PATH: TEXT".
func assume(plugins []Plugin) (problems string, err error) {
	number := os.Getenv("OCO_SETTINGS_FD")
	if number == "" {
		return "", nil
	}
	n, err := strconv.ParseUint(number, 10, 31)
	switch {
	case err != nil || n < 3:
		return "", fmt.Errorf("OCO_SETTINGS_FD=%q: must be the number of an inherited descriptor, at least 3", number)
	case len(plugins) != 1:
		return "", fmt.Errorf("OCO_SETTINGS_FD holds the settings of one plugin, but this process holds %d", len(plugins))
	}
	file := os.NewFile(uintptr(n), "OCO_SETTINGS_FD")
	text, err := io.ReadAll(io.LimitReader(file, maxAssumed))
	if err := errors.Join(err, file.Close()); err != nil {
		return "", fmt.Errorf("read the settings from OCO_SETTINGS_FD: %w", err)
	}
	var given ocov1.RegisterResponse
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(text, &given); err != nil {
		return "", errors.New("what OCO_SETTINGS_FD holds is no RegisterResponse as JSON") // the error holds values
	}
	d := plugins[0].declared()
	if d == nil {
		return "", nil
	}
	take, refused := d.offer(given.GetSettings())
	if refused != nil {
		var lines strings.Builder
		for _, p := range problemsOf(refused) {
			line := strings.TrimPrefix(p.GetPath()+": "+p.GetText(), ": ")
			fmt.Fprintln(&lines, strings.ReplaceAll(line, "\n", "\n  "))
		}
		return lines.String(), nil
	}
	take()
	return "", nil
}

// maxAssumed is as much as a message may hold.
const maxAssumed = 4 << 20

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

// Settings declares what the operator may set for a plugin, and returns the
// function that gives what is set now. T is a struct; each of its fields is one
// setting:
//
//	type settings struct {
//		Token   string        `oco:",secret" help:"The API token."`
//		Retries int           `default:"3" help:"How often to try."`
//		Wait    time.Duration `default:"10s" help:"How long between two tries."`
//		Env     string        `choices:"prod,staging" help:"Where to deploy."`
//		Hosts   []string      `oco:",optional" help:"Machines that are left out."`
//	}
//
//	now := oco.Settings[settings](handler, nil)
//
// The fields are string, bool, int, int64, float64, [time.Duration], or slices of
// these. A setting is called as its field, in lower case with _ between words, or
// as its tag oco says: `oco:"token,secret,optional"`. The operator must give what
// has no default and is not optional; the bot reads the texts of choices and
// defaults. A secret reaches no log of the bot's.
//
// A field may also be a struct, a map whose keys are strings or whole numbers, or a
// slice of these: the operator writes a mapping, or a list of them. The fields of such
// a struct have the same tags, but secret, or those of encoding/json. It is read
// strictly: an unknown key, a missing one and a value that does not fit are refused,
// each with its path, such as commands[2].timeout (OCO-SET-9).
//
// The settings are there before the first callback and before the adapter's Run;
// until then the function returns the zero T. Of a handler, callbacks that start
// after a change find the new ones. An adapter that is a [Resetter] is told; one
// that is not ends with [ErrSettingsChanged], in order, to be started again.
//
// check, unless it is nil, looks at settings before they count and may refuse them
// with an error for the operator, who reads it in the bot's status; secrets in it
// are taken out. [AtSetting] says where it is, errors.Join tells several. check must not keep them, and must not block for longer than some
// seconds. If they are the first, the plugin ends; else it goes on with those
// before.
//
// Call it once, before the plugin is given to [Main] or [Run]. It panics if T
// cannot be declared. The function that it returns does not block and is safe for
// concurrent use; what it returns must not be changed (OCO-SET-2).
func Settings[T any](p Plugin, check func(T) error) (now func() T) {
	var current atomic.Pointer[T]
	p.declare(declarationOf("Settings of "+p.Name(), func(value T) (take func(), err error) {
		if check != nil {
			if err := check(value); err != nil {
				return nil, err
			}
		}
		return func() { current.Store(&value) }, nil
	}))
	return func() T {
		if value := current.Load(); value != nil {
			return *value
		}
		var none T
		return none
	}
}

// HandlerFrom returns a handler whose routes depend on what the operator set. T is as
// for [Settings]:
//
//	type settings struct {
//		Commands []struct {
//			Word string   `help:"What people say."`
//			Run  []string `help:"The program and its arguments."`
//		}
//	}
//
//	func newHandler() *oco.Handler {
//		return oco.HandlerFrom("run", func(s settings, h *oco.Handler) error {
//			for i, c := range s.Commands {
//				if len(c.Run) == 0 {
//					return oco.AtSetting(fmt.Sprintf("commands[%d].run", i), errors.New("it names no program"))
//				}
//				h.Command(c.Word, "Run a program.", runner(c.Run))
//			}
//			return nil
//		})
//	}
//
// build is called before the handler registers, and again whenever the settings
// change, each time with a fresh h that has what was declared on the handler itself
// and nothing of an earlier call. It declares on that h; it must keep neither h nor
// anything that a refused call would leave behind, and must not block for longer than
// some seconds. It also runs when somebody only checks a configuration, so it starts
// nothing. Callbacks that run go on as they are.
//
// An error of build refuses the settings, as one of the check of [Settings] does, and
// so does a mistake in a declaration, such as two routes with one pattern. If they are
// the first, the plugin ends; else it goes on with the settings and the routes before.
//
// It panics if T cannot be declared.
func HandlerFrom[T any](name string, build func(settings T, h *Handler) error) *Handler {
	h := NewHandler(name)
	if build == nil {
		panic(fmt.Sprintf("oco: HandlerFrom(%q): build is nil", name))
	}
	h.fromSettings = true
	h.declare(declarationOf("HandlerFrom of "+name, func(value T) (take func(), err error) {
		made := h.fresh()
		if err := build(value, made); err != nil {
			return nil, err
		}
		return func() { h.made.Store(made) }, nil
	}))
	return h
}

// declarationOf declares a T. offer looks at settings, and returns what makes them
// those that count.
func declarationOf[T any](what string, offer func(T) (take func(), err error)) *declaration {
	fields, err := settings.Of(reflect.TypeFor[T]())
	if err != nil {
		panic(fmt.Sprintf("oco: %s: %v", what, err))
	}
	return &declaration{specs: fields.Specs(), offer: func(given []*ocov1.Argument) (take func(), err error) {
		var value T
		var wrong []error
		for _, p := range fields.Fill(reflect.ValueOf(&value).Elem(), given) {
			wrong = append(wrong, AtSetting(p.Path, errors.New(p.Text)))
		}
		if wrong != nil {
			return nil, errors.Join(wrong...)
		}
		defer func() {
			v := recover()
			if text, is := v.(string); is && strings.HasPrefix(text, "oco: ") {
				err = errors.New(strings.TrimPrefix(text, "oco: ")) // a mistake in a declaration
			} else if v != nil {
				err = fmt.Errorf("the plugin panicked at its settings: %v", v)
			}
		}()
		return offer(value)
	}}
}

// declaration is what a plugin declared that the operator may set, and what is
// set. Handler and AdapterPlugin hold one.
type declaration struct {
	specs []*ocov1.ArgumentSpec
	// offer reads settings. take makes them those that count.
	offer func([]*ocov1.Argument) (take func(), err error)

	mu    sync.Mutex
	given bool
	now   []*ocov1.Argument
}

// declarer is what holds a declaration.
type declarer struct{ settings *declaration }

func (d *declarer) declare(settings *declaration) {
	if d.settings != nil {
		panic("oco: Settings: the plugin has declared its settings already")
	}
	d.settings = settings
}

func (d *declarer) declared() *declaration { return d.settings }

// is says whether these are the settings that count already.
func (d *declaration) is(settings []*ocov1.Argument) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.given && slices.EqualFunc(d.now, settings, func(a, b *ocov1.Argument) bool { return proto.Equal(a, b) })
}

// specsOf is what a plugin declares, nothing if it declared nothing.
func specsOf(d *declaration) []*ocov1.ArgumentSpec {
	if d == nil {
		return nil
	}
	return d.specs
}

// settled says whether there are settings, or none were declared.
func (d *declaration) settled() bool {
	if d == nil {
		return true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.given
}

func (d *declaration) set(settings []*ocov1.Argument) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.given, d.now = true, settings
}

func (p *handlerPart) resettle(take func()) bool {
	take()
	return true
}

func (a *adapterPart) resettle(take func()) bool {
	resetter, can := a.p.adapter.(Resetter)
	a.mu.Lock()
	running := a.serving
	if !running || can {
		take() // Run, if it begins now, sees them
	}
	a.mu.Unlock()
	if running && can {
		resetter.Reset()
	}
	return !running || can
}
