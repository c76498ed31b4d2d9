package rpc

import (
	"context"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/backup"
	"github.com/openchatops/oco/internal/chat"
)

const (
	maxPart = 256 << 10 // of a backup
	// maxBackups bounds those at once: each holds on to what is deleted meanwhile.
	maxBackups = 2
)

// Backup streams all rows of the store as they are now, until all is sent, ctx ends
// or send fails. send is called by one goroutine and may block: that holds up nobody
// else.
func (c *Core) Backup(ctx context.Context, _ *ocov1.BackupRequest, send func(*ocov1.BackupResponse) error) (err error) {
	if n := c.backups.Add(1); n > maxBackups {
		c.backups.Add(-1)
		return chat.Refuse(chat.QuotaExceeded, "%d backups are being made already: wait for them", maxBackups)
	}
	defer c.backups.Add(-1)
	ctx, done := untilRevoked(ctx, caller(ctx))
	defer done(&err)
	view, err := c.opt.Store.Snapshot()
	if err != nil {
		return err
	}
	defer func() {
		if closed := view.Close(); err == nil {
			err = closed
		}
	}()
	p := &parts{ctx: ctx, send: send}
	if _, err := backup.Write(p, view, backup.Header{Bot: c.opt.Version, Time: time.Now().UTC()}); err != nil {
		return err
	}
	return p.flush()
}

// parts send what is written to them in parts of the greatest size.
type parts struct {
	ctx     context.Context
	send    func(*ocov1.BackupResponse) error
	waiting []byte
}

// Write implements io.Writer.
func (p *parts) Write(b []byte) (int, error) {
	for left := b; len(left) > 0; {
		if p.waiting == nil {
			p.waiting = make([]byte, 0, maxPart) // who sends may keep the one before
		}
		n := min(maxPart-len(p.waiting), len(left))
		p.waiting = append(p.waiting, left[:n]...)
		if left = left[n:]; len(p.waiting) == maxPart {
			if err := p.flush(); err != nil {
				return len(b) - len(left), err
			}
		}
	}
	return len(b), nil
}

func (p *parts) flush() error {
	if p.ctx.Err() != nil {
		return context.Cause(p.ctx)
	}
	if len(p.waiting) == 0 {
		return nil
	}
	part := p.waiting
	p.waiting = nil
	return p.send(&ocov1.BackupResponse{Part: part})
}
