package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/term"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/backup"
)

// backupTimeout is longer than any backup takes.
const backupTimeout = 24 * time.Hour

// Backup is `oco backup FILE`.
type Backup struct {
	Target
	File  string `arg:"" help:"Where it goes; - is standard output."`
	Force bool   `help:"Write over a file that is there."`
}

// Run writes what the bot keeps to a file. It appears under its name when all of it
// was received, read back in passing, and is on the disk.
func (b *Backup) Run(ctx context.Context, env *Env) error {
	if b.File == "-" {
		if isTerminal(env.Stdout) {
			return Usage("a backup is no text for a terminal: name a file, or send standard output somewhere")
		}
		h, sum, err := b.receive(ctx, env, env.Stdout)
		if err != nil {
			return err
		}
		return b.tell(env.Stderr, env, h, sum)
	}
	if _, err := os.Lstat(b.File); err == nil && !b.Force {
		return fmt.Errorf("%s is there already: name another file, or write over it by --force", Printable(b.File))
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	part := b.File + ".part"
	h, sum, err := b.into(ctx, env, part)
	if err != nil {
		if gone := os.Remove(part); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
		return err
	}
	if err := os.Rename(part, b.File); err != nil {
		return fmt.Errorf("the backup is in %s, and cannot get its name: %w", Printable(part), err)
	}
	if err := syncDirectory(filepath.Dir(b.File)); err != nil {
		return err
	}
	return b.tell(env.Stdout, env, h, sum)
}

// into receives into a new file that only its owner can read.
func (b *Backup) into(ctx context.Context, env *Env, part string) (h backup.Header, sum backup.Summary, err error) {
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return h, sum, fmt.Errorf("the rest of an earlier backup cannot be removed: %w", err)
	}
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return h, sum, fmt.Errorf("the backup cannot be written: %w", err)
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	if h, sum, err = b.receive(ctx, env, f); err != nil {
		return h, sum, err
	}
	return h, sum, f.Sync()
}

// receive writes what comes to out and reads it in passing, so that what is there in
// the end is known to be whole.
func (b *Backup) receive(ctx context.Context, env *Env, out io.Writer) (h backup.Header, sum backup.Summary, err error) {
	err = b.with(ctx, env, backupTimeout, func(ctx context.Context, c *client) error {
		stream, err := c.admin.Backup(ctx, &ocov1.BackupRequest{})
		if err != nil {
			return err
		}
		from, to := io.Pipe()
		var unsound error
		read := make(chan struct{})
		go func() {
			defer close(read)
			h, sum, unsound = backup.Read(from, func(_, _ []byte) error { return nil })
			from.CloseWithError(unsound) //nolint:errcheck // never fails
		}()
		err = copyParts(stream.Recv, io.MultiWriter(out, to), progressTo(env))
		to.CloseWithError(err) //nolint:errcheck // never fails
		<-read
		if err == nil && unsound != nil {
			err = fmt.Errorf("what the bot sent is no backup: %w", unsound)
		}
		return err
	})
	return h, sum, err
}

// copyParts copies all parts, and says after each how much it was.
func copyParts(next func() (*ocov1.BackupResponse, error), to io.Writer, said func(int64)) error {
	total := int64(0)
	defer said(-1)
	for {
		res, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		n, err := to.Write(res.GetPart())
		if err != nil {
			return fmt.Errorf("the backup cannot be written: %w", err)
		}
		total += int64(n)
		said(total)
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// progressTo tells somebody at a terminal how far it is; -1 is the end.
func progressTo(env *Env) func(total int64) {
	f := env.Stderr
	if !isTerminal(f) {
		return func(int64) {}
	}
	last := env.Now()
	return func(total int64) {
		switch now := env.Now(); {
		case total < 0:
			fmt.Fprint(f, "\r\x1b[K") //nolint:errcheck // nobody is left to tell
		case now.Sub(last) > 200*time.Millisecond:
			last = now
			fmt.Fprintf(f, "\r%s ", sizeOf(total)) //nolint:errcheck // nobody is left to tell
		}
	}
}

func (b *Backup) tell(w io.Writer, env *Env, h backup.Header, sum backup.Summary) error {
	_, err := fmt.Fprintf(w, "%s: %d rows, %s, of %s\n", Printable(b.File), sum.Rows, sizeOf(sum.Bytes), h.Time.In(env.Zone).Format("2006-01-02 15:04:05"))
	return err
}

// sizeOf is a number of bytes for people.
func sizeOf(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
}

// syncDirectory makes a new name in a directory durable.
func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
