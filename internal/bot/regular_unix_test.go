//go:build unix

package bot

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/openchatops/oco/internal/config"
)

// A pipe in place of a certificate does not hold up the start.
func TestACertificateThatIsAPipe(t *testing.T) {
	dir := t.TempDir()
	from := config.TLS{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	if err := makeCertificate(from.Cert, from.Key, []string{"bot.example.com"}, newYear); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{from.Key, from.Cert} {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := loadCertificate(from, "", nil, newYear); err == nil || !strings.Contains(err.Error(), path+" is no regular file") {
			t.Errorf("%s is a pipe: %v", path, err)
		}
	}
}
