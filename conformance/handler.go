package conformance

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

//go:embed cases
var cases embed.FS

// patience is how long anything may take before a case has failed.
const patience = 30 * time.Second

// Options say what is tested and how.
type Options struct {
	// Bot is the program oco.
	Bot string
	// Command runs the program that is tested. It finds OCO_ENDPOINT, OCO_KEY and, for
	// one that speaks JSON over HTTP, OCO_URL in its environment.
	Command []string
	// Dir is where Command runs; "": here.
	Dir string
}

// A Result is what became of a case: it failed, or Err is nil.
type Result struct {
	Case Case
	Err  error
}

// HandlerCases are the cases for handlers, in their order.
func HandlerCases() ([]Case, error) {
	var all []Case
	err := fs.WalkDir(cases, "cases", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file, err := cases.Open(path)
		if err != nil {
			return err
		}
		found, err := Parse(strings.TrimPrefix(path, "cases/"), file)
		all = append(all, found...)
		return errors.Join(err, file.Close())
	})
	return all, err
}

// Handler runs the cases for handlers against a program. It blocks until all are run,
// and calls each with a case that is over. An error says that they could not be run, or
// what the program did beyond them: it said something at the end that nobody had asked
// for, or did not leave in order.
func Handler(ctx context.Context, o Options, each func(Result)) error {
	all, err := HandlerCases()
	if err != nil {
		return err
	}
	return play(ctx, o, all, patience, each)
}

// play runs some cases. Each of them may take as long as patience.
func play(ctx context.Context, o Options, cases []Case, patience time.Duration, each func(Result)) (err error) {
	b, err := start(o.Bot)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.stop()) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := assemble(ctx, b)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, b.log.String())
	}
	program, err := s.launch(ctx, o)
	if err != nil {
		return err
	}
	for _, c := range cases {
		err := s.run(ctx, c, patience)
		if err != nil && program.gone() {
			err = fmt.Errorf("%w\nthe handler has ended; it said:\n%s", err, program.said())
		}
		each(Result{c, err})
	}
	return s.end(ctx, program)
}

// end tells the program to stop, and looks at what it did at last.
func (s *stage) end(ctx context.Context, p *program) error {
	soon, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := p.leave(); err != nil {
		return fmt.Errorf("%w; it said:\n%s", err, p.said())
	}
	if err := s.posted(soon); err != nil {
		return err
	}
	if lines := s.take(); len(lines) > 0 {
		return fmt.Errorf("after the last case %s, which nobody expected", told(lines))
	}
	return nil
}

// A stage is a bot with a chat service, and an operator who looks.
type stage struct {
	*chat
	bot    *bot
	admin  ocov1.AdminServiceClient
	spoilt bool // by the case before, which failed
}

func assemble(ctx context.Context, b *bot) (*stage, error) {
	soon, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	adapter, err := b.key(soon, adapterName, "adapter")
	if err != nil {
		return nil, err
	}
	operator, err := b.key(soon, "conformance", "operator")
	if err != nil {
		return nil, err
	}
	c, err := connect(ctx, adapter)
	if err != nil {
		return nil, err
	}
	conn, err := dial(operator)
	if err != nil {
		return nil, err
	}
	return &stage{chat: c, bot: b, admin: ocov1.NewAdminServiceClient(conn)}, nil
}

// run plays a case. What nobody expected fails it as well, also what comes late from a
// case before; what a failed one left is its failure alone.
func (s *stage) run(ctx context.Context, c Case, patience time.Duration) (err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if lines := s.take(); len(lines) > 0 && !s.spoilt {
		return fmt.Errorf("%s:%d: before it %s, which nobody expected", c.File, c.Line, told(lines))
	}
	defer func() { s.spoilt = err != nil }()
	var lines []line
	for _, step := range c.steps {
		fail := func(format string, args ...any) error {
			return fmt.Errorf("%s:%d: %s", c.File, step.line, fmt.Sprintf(format, args...))
		}
		switch step.verb {
		case said, edited:
			if len(lines) > 0 {
				return fail("before it %s", told(lines))
			}
			if err := s.say(ctx, step.who, step.room, step.text, step.verb == edited); err != nil {
				return fail("%v", err)
			}
			if err := s.posted(ctx); err != nil {
				return fail("%v", err)
			}
			lines = s.take()
		case quiet:
			if len(lines) > 0 {
				return fail("want silence, but %s", told(lines))
			}
		default:
			if len(lines) == 0 {
				return fail("want %q in %s, but nothing more was said", step.text, step.room)
			}
			if got := lines[0]; got.room != step.room || got.notice != (step.verb == notice) || !fits(step.text, got.text) {
				return fail("want %s, but %s", told([]line{{step.room, step.text, step.verb == notice}}), told(lines))
			}
			lines = lines[1:]
		}
	}
	if len(lines) > 0 {
		return fmt.Errorf("%s:%d: at the end %s, which nobody expected", c.File, c.Line, told(lines))
	}
	return nil
}

// posted waits until all that is to be said is said.
func (s *stage) posted(ctx context.Context) error {
	for {
		status, err := s.admin.GetStatus(ctx, &ocov1.GetStatusRequest{})
		if err != nil {
			return err
		}
		if status.GetCounts()["outbox"] == 0 {
			return nil
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func told(lines []line) string {
	var out []string
	for _, l := range lines {
		who := "the bot or the handler said"
		if l.notice {
			who = "the bot told"
		}
		out = append(out, fmt.Sprintf("%s %q in %s", who, l.text, l.room))
	}
	return strings.Join(out, " and ")
}

// A program is what is tested.
type program struct {
	cmd   *exec.Cmd
	ended chan struct{}
	err   error // how it ended, after ended

	mu  sync.Mutex
	out bytes.Buffer
}

// launch starts the program and waits until it is registered.
func (s *stage) launch(ctx context.Context, o Options) (*program, error) {
	soon, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	key, err := s.bot.key(soon, "everything", "handler")
	if err != nil {
		return nil, err
	}
	p := &program{cmd: exec.Command(o.Command[0], o.Command[1:]...), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = o.Dir, p, p
	p.cmd.Env = append(os.Environ(), "OCO_ENDPOINT="+key.Endpoint, "OCO_URL="+s.bot.url, "OCO_KEY="+key.Key)
	p.cmd.WaitDelay = time.Second // what it leaves behind may hold what it wrote to
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start the handler: %w", err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	for {
		commands, err := s.admin.ListPlugins(soon, &ocov1.ListPluginsRequest{})
		if err != nil {
			return nil, errors.Join(err, p.leave())
		}
		for _, plugin := range commands.GetPlugins() {
			if plugin.GetPluginId() == "everything" && len(plugin.GetReplicas()) > 0 {
				return p, nil
			}
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-p.ended:
			return nil, fmt.Errorf("the handler ended before it was registered; it said:\n%s", p.said())
		case <-soon.Done():
			return nil, errors.Join(fmt.Errorf("the handler did not register; it said:\n%s", p.said()), p.leave())
		}
	}
}

func (p *program) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(text)
}

func (p *program) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

func (p *program) gone() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// leave tells it to stop, and kills it if it does not. It must end with success, as the
// one that the bot runs does.
func (p *program) leave() error {
	if p.gone() {
		return fmt.Errorf("the handler ended before it was told to: %w", cmp.Or(p.err, errors.New("with success")))
	}
	err := p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
		if p.err != nil {
			return fmt.Errorf("the handler was told to stop by SIGTERM and ended with %w", p.err)
		}
		return err
	case <-time.After(10 * time.Second):
		err = errors.Join(errors.New("the handler was told to stop by SIGTERM and had not ended after 10 s"), p.cmd.Process.Kill())
		<-p.ended
		return err
	}
}

var _ io.Writer = (*program)(nil)
