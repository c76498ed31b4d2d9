package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/bot"
	"github.com/openchatops/oco/internal/supervise"
)

const (
	// manifestTimeout is how long a program may take to print its manifest.
	manifestTimeout = 5 * time.Second
	// envSettingsFD names the descriptor at which it reads its settings.
	envSettingsFD = "OCO_SETTINGS_FD"
	// badSettings is the exit status of a program that does not take them.
	badSettings = 2
)

// A printed is what came of a program that was asked for its manifest.
type printed struct {
	out, log string
	status   int
	// missing and silent are those of declared.
	missing, silent error
}

// start runs the program with --manifest, with the settings that it is told, if any.
func (d *declared) start(ctx context.Context, settings []byte) (p printed) {
	ctx, cancel := context.WithTimeout(ctx, manifestTimeout)
	defer cancel()
	var user *supervise.User
	if d.plugin.User != "" {
		var err error
		if user, err = supervise.LookupUser(d.plugin.User); err != nil {
			p.silent = fmt.Errorf("was not asked for its manifest: %w", err)
			return p
		}
	}
	mark := supervise.NewMark()
	env := append(d.environment(user), mark.Env())
	path, err := supervise.Find(d.plugin.Command[0], d.plugin.Dir, env) // where the bot finds it
	if err != nil {
		p.missing = err
		return p
	}
	command := exec.CommandContext(ctx, path)
	command.Args = append(d.plugin.Command[:len(d.plugin.Command):len(d.plugin.Command)], "--manifest")
	command.Dir, command.Env = d.plugin.Dir, env
	killGroup(command)
	if err := user.Own(command); err != nil {
		p.silent = fmt.Errorf("was not asked for its manifest: %w", err)
		return p
	}
	command.WaitDelay = time.Second
	out, log := &bounded{limit: bot.MaxManifest + 1}, &bounded{limit: 64 << 10}
	command.Stdout, command.Stderr = out, log
	done, err := tell(command, settings)
	if err != nil {
		p.silent = fmt.Errorf("could not be told them: %w", err)
		return p
	}
	defer done()
	if err := command.Start(); err != nil {
		p.missing = fmt.Errorf("%s cannot be started: %w", d.plugin.Command[0], supervise.Explain(path, d.plugin.Dir, err))
		return p
	}
	err = command.Wait()
	left := mark.Kill() // it may not know that it was only to print something
	p.out, p.log, p.status = out.String(), log.String(), command.ProcessState.ExitCode()
	switch {
	case left != nil:
		p.silent = fmt.Errorf("left processes behind that could not be ended: %w", left)
	case ctx.Err() != nil:
		p.silent = fmt.Errorf("printed no manifest within %s", manifestTimeout)
	case errors.Is(err, exec.ErrWaitDelay):
		p.silent = errors.New("left something behind that kept its output open, so nobody knows where its manifest ends")
	case err != nil:
		p.silent = fmt.Errorf("printed no manifest: %w%s", err, lastLine(p.log))
	}
	return p
}

// environment is what the bot would give it, but for what leads to the bot.
func (d *declared) environment(user *supervise.User) []string {
	env := append(supervise.Base(os.LookupEnv), user.Env()...) // unless the operator says otherwise
	for name, value := range d.plugin.Env {
		env = append(env, name+"="+value)
	}
	return env
}

// tell lets a program that is started next read its settings from a descriptor: there
// are secrets among them, which have no place in arguments or in the environment
// (OCO-LIF-58). done is called when it has ended, or did not start.
func tell(command *exec.Cmd, settings []byte) (done func(), err error) {
	if settings == nil {
		return func() {}, nil
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	command.Env = append(command.Env, fmt.Sprintf("%s=%d", envSettingsFD, 3+len(command.ExtraFiles)))
	command.ExtraFiles = append(command.ExtraFiles, read)
	written := make(chan struct{})
	go func() {
		defer close(written)
		_, _ = write.Write(settings) // one that does not read them prints the same manifest
		_ = write.Close()
	}()
	return func() {
		_ = read.Close()  // nobody reads any more,
		_ = write.Close() // or one who was left behind and has it open
		<-written
	}, nil
}

// parse reads the manifest; unknown says what in it this bot does not know.
func (p printed) parse() (manifest *ocov1.Manifest, unknown, err error) {
	manifest, unknown, err = bot.ParseManifest(strings.NewReader(p.out))
	if err != nil {
		return nil, nil, fmt.Errorf("printed %w", err)
	}
	return manifest, unknown, nil
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	return ": " + text[strings.LastIndexByte(text, '\n')+1:]
}

// bounded keeps what is written up to its limit and drops the rest.
type bounded struct {
	bytes.Buffer
	limit int
}

// Write takes all and keeps what fits.
func (b *bounded) Write(text []byte) (int, error) {
	keep := min(len(text), b.limit-b.Len())
	if _, err := b.Buffer.Write(text[:keep]); err != nil {
		return 0, err
	}
	return len(text), nil
}

// ReadFrom would go around the limit.
func (b *bounded) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{b}, r)
}
