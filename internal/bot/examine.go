package bot

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/store/pebblestore"
)

// ReadStore opens the store of a configuration as a start does, reads it until ctx
// ends, changes nothing and closes it. A store that is not there yet is
// fs.ErrNotExist.
func ReadStore(ctx context.Context, c *config.Config) (pebblestore.Checked, error) {
	if err := restoredWhole(c.Data); err != nil {
		return pebblestore.Checked{}, err
	}
	return pebblestore.Verify(ctx, filepath.Join(c.Data, storeName))
}

// StoreInUse says whether an error of ReadStore means that a process has the
// store open.
func StoreInUse(err error) bool { return errors.Is(err, pebblestore.ErrInUse) }

// Remote is how plugins elsewhere come to the bot.
type Remote struct {
	// Address is what they dial, host:port.
	Address string
	// Pin is the SHA-256 of the certificate as hexadecimal digits; empty: there is
	// none yet, or no TLS.
	Pin      string
	Ends     time.Time
	SelfMade bool
}

// ExamineRemote reads what the port for remote plugins shows, and makes nothing. A
// certificate of the operator's that has ended is no error here.
func ExamineRemote(c *config.Config) (Remote, error) {
	host, port := advertised(c.Listen, c.Listen.GRPC)
	r := Remote{Address: net.JoinHostPort(host, port)}
	if c.Listen.TLS.Off {
		return r, nil
	}
	cert, key := c.Listen.TLS.Cert, c.Listen.TLS.Key
	if r.SelfMade = cert == ""; r.SelfMade {
		cert, key = selfMadeFiles(c.Data)
		if _, err := os.Stat(cert); errors.Is(err, os.ErrNotExist) {
			return r, nil // the first start makes it
		}
	}
	shown, err := readCertificate(cert, key)
	if err != nil {
		return r, err
	}
	r.Pin, r.Ends = strings.TrimPrefix(shown.pin(), "sha256="), shown.Leaf.NotAfter
	return r, nil
}
