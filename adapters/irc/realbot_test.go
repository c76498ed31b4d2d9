package irc

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// bin holds the bot: the one that OCO_BIN names, as in `make test`, else built
// once by the first test that needs it.
var bin struct {
	sync.Once
	dir, path string
	err       error
}

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == clerkWord {
		clerk()
		return
	}
	code := m.Run()
	if bin.dir != "" {
		if err := os.RemoveAll(bin.dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

func binary(t *testing.T) string {
	t.Helper()
	bin.Do(func() {
		if bin.path = os.Getenv("OCO_BIN"); bin.path != "" {
			return
		}
		if bin.dir, bin.err = os.MkdirTemp("", "oco-irc-"); bin.err != nil {
			return
		}
		bin.path = filepath.Join(bin.dir, "oco")
		build := exec.Command("go", "build", "-o", bin.path, "./cmd/oco")
		build.Dir = filepath.Join("..", "..")
		if out, err := build.CombinedOutput(); err != nil {
			bin.err = fmt.Errorf("go build ./cmd/oco: %w\n%s", err, out)
		}
	})
	if bin.err != nil {
		t.Fatal(bin.err)
	}
	return bin.path
}

// realBot is the bot as operators run it.
type realBot struct {
	t    *testing.T
	dir  string
	http string
	cmd  *exec.Cmd
	done chan struct{}
}

// startBot runs a bot with the bundled adapter, with these settings as the file has
// them, and more lines in its configuration.
func startBot(t *testing.T, settings map[string]string, more ...string) *realBot {
	t.Helper()
	b := makeBot(t)
	b.configure(settings, more...)
	b.run()
	return b
}

// configure writes the configuration of a bot.
func (b *realBot) configure(settings map[string]string, more ...string) {
	b.t.Helper()
	config := "data: ./oco-data\nlog: {level: debug}\nlisten: {http: \"" + b.http + "\"}\nadapter:\n  name: irc\n  settings:\n"
	for name, value := range settings {
		config += fmt.Sprintf("    %s: %s\n", name, value)
	}
	rest := strings.Join(more, "\n")
	if !strings.Contains(rest, "limits:") { // a test is faster than people are
		rest += "\nlimits: {user_messages: 0, loop_answers: 0}\n"
	}
	b.write("oco.yaml", config+rest)
}

// makeBot makes the directory of a bot.
func makeBot(t *testing.T) *realBot {
	t.Helper()
	binary(t)
	// A short path: that of a test's own directory may be too long for a socket.
	dir, err := os.MkdirTemp("", "irc-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return &realBot{t: t, dir: dir, http: freePort(t, freeHost(t)), done: make(chan struct{})}
}

func (b *realBot) write(name, text string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// run starts the bot and ends it with the test.
func (b *realBot) run() {
	b.t.Helper()
	log, err := os.Create(filepath.Join(b.dir, "log"))
	if err != nil {
		b.t.Fatal(err)
	}
	b.cmd = exec.Command(bin.path, "run", "-c", filepath.Join(b.dir, "oco.yaml"))
	b.cmd.Dir, b.cmd.Stdout, b.cmd.Stderr = b.dir, log, log
	if err := b.cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		b.t.Fatal(err)
	}
	go func() {
		defer close(b.done)
		_ = b.cmd.Wait() // by a signal
	}()
	b.t.Cleanup(func() {
		_ = b.cmd.Process.Kill() // it may be dead already; what it started dies with it
		<-b.done
		if b.t.Failed() {
			out, _ := os.ReadFile(filepath.Join(b.dir, "log")) // for people only
			b.t.Logf("the bot's log ends:\n%s", out[max(0, len(out)-6000):])
		}
	})
}

// status returns what `oco status` says.
func (b *realBot) status() string {
	out, _ := b.oco("status") // fails while the bot is not ready
	return out
}

func (b *realBot) oco(args ...string) (string, error) {
	cmd := exec.Command(bin.path, args...)
	cmd.Dir = b.dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// awaitStatus waits until the status has all parts in it.
func (b *realBot) awaitStatus(parts ...string) {
	b.t.Helper()
	last := ""
	defer func() {
		if b.t.Failed() {
			b.t.Logf("the status is\n%s", last)
		}
	}()
	await(b.t, fmt.Sprintf("the status has %q", parts), func() bool {
		time.Sleep(100 * time.Millisecond)
		last = b.status()
		return hasAll(last, parts)
	})
}

// delivery is what the bot knows of one, as JSON.
type deliveryRecord struct{ Route, Outcome string }

// deliveries lists every delivery that the bot knows.
func (b *realBot) deliveries() []deliveryRecord {
	b.t.Helper()
	key, err := os.ReadFile(filepath.Join(b.dir, "oco-data", "operator.key"))
	if err != nil {
		b.t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPost, "http://"+b.http+"/openchatops.v1.AdminService/ListDeliveries", strings.NewReader(`{"pageSize": 1000}`))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+string(bytes.TrimSpace(key)))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		b.t.Fatalf("ListDeliveries: %s, error %v\n%s", response.Status, err, body)
	}
	var answer struct{ Deliveries []deliveryRecord }
	if err := json.Unmarshal(body, &answer); err != nil {
		b.t.Fatal(err)
	}
	return answer.Deliveries
}

// certificate makes one for loopback, of its own.
func certificate(t *testing.T, host, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "irc.oco.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.ParseIP(host)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// pinOf returns the hash of a certificate in a file.
func pinOf(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	sum := sha256.Sum256(block.Bytes)
	return hex.EncodeToString(sum[:])
}
