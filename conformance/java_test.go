package conformance_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// inJava builds the everything-handler in Java and returns its jar.
func inJava(t *testing.T) string {
	t.Helper()
	if out, err := exec.Command("../tools/prerequisites.sh", "java", "maven").CombinedOutput(); err != nil {
		missing(t, strings.TrimSpace(string(out)))
	}
	dir := filepath.Join(t.TempDir(), "everything")
	if said, err := exec.Command("../tools/java.sh", "program", "conformance/everything/java", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return filepath.Join(dir, "everything.jar")
}

func TestJava(t *testing.T) {
	play(t, "", "java", "-jar", inJava(t))
}

// startJava starts the program without a bot: what it says is to be read from said.
func startJava(t *testing.T, jar string, inherited *os.File, env ...string) (cmd *exec.Cmd, said *bufio.Reader) {
	t.Helper()
	soon, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd = exec.CommandContext(soon, "java", "-jar", jar)
	cmd.Env = append(os.Environ(), env...)
	if inherited != nil {
		cmd.ExtraFiles = []*os.File{inherited}
	}
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewReader(out)
}

// An endpoint is one of four forms, and a bare key goes no further than this machine.
// [OCO-LIF-1] [OCO-LIF-44] [OCO-LIF-45] [OCO-SEC-20]
func TestJavaRefusesEndpoints(t *testing.T) {
	jar := inJava(t)
	for endpoint, want := range map[string]string{
		"":                                "OCO_ENDPOINT is not set",
		"somewhere":                       "must be unix:///path, host:port",
		"http://127.0.0.1:1":              "must be unix:///path, host:port",
		"192.0.2.1:1":                     "unencrypted",
		"oco://localhost:1#sha256=00":     "only oco+tls:// has a pin",
		"oco+tls://localhost:1#sha256=00": "64 hex digits",
	} {
		cmd, out := startJava(t, jar, nil, "OCO_ENDPOINT="+endpoint, "OCO_KEY=k")
		said, err := io.ReadAll(out)
		if ended := cmd.Wait(); err != nil || ended == nil || !strings.Contains(string(said), want) {
			t.Errorf("%q: want a failure with %q, got %v, %v and %q", endpoint, want, err, ended, said)
		}
	}
}

// The key is said to the bot that the endpoint names, over each way, and to no other.
// [OCO-LIF-44] [OCO-LIF-46] [OCO-SEC-25]
func TestJavaSaysItsKey(t *testing.T) {
	jar := inJava(t)
	pair, pin := certificate(t)
	const given = "OCO_KEY=the-key"
	for _, c := range []struct {
		name, network, before, after, key string
	}{
		{"loopback", "tcp", "", "", given},
		{"scheme", "tcp", "oco://", "", given},
		{"socket", "unix", "unix://", "", given},
		{"pin", "tcp", "oco+tls://", "#sha256=" + pin, given},
		{"inherited", "tcp", "", "", "OCO_KEY_FD=3"},
		{"another bot", "tcp", "oco+tls://", "#sha256=" + strings.Repeat("0", len(pin)), given},
	} {
		t.Run(c.name, func(t *testing.T) {
			creds := insecure.NewCredentials()
			if c.before == "oco+tls://" {
				creds = credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{pair}})
			}
			address, keys := door(t, c.network, creds)
			cmd, out := startJava(t, jar, inherit(t, "everything the-key\n"), "OCO_ENDPOINT="+c.before+address+c.after, c.key)
			if c.name == "another bot" {
				// It goes on trying until it is told to stop, and that is no failure.
				if line, err := out.ReadString('\n'); err != nil || !strings.Contains(line, "is not the one that the endpoint pins") {
					t.Errorf("it says %q, %v", line, err)
				}
				if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
					t.Error(err)
				}
				if _, err := io.Copy(io.Discard, out); err != nil {
					t.Error(err)
				}
				if err := cmd.Wait(); err != nil || len(keys) != 0 {
					t.Errorf("it ended with %v and said %d keys", err, len(keys))
				}
				return
			}
			said, err := io.ReadAll(out)
			if ended := cmd.Wait(); err != nil || ended == nil || !strings.Contains(string(said), "no such key") || len(keys) != 3 || <-keys != "Bearer the-key" {
				t.Errorf("it ended with %v, %v after it said %d keys: %q", err, ended, len(keys), said)
			}
		})
	}
}

func TestJavaPrintsItsManifest(t *testing.T) {
	said, err := exec.Command("java", "-jar", inJava(t), "--manifest").Output()
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct{ Routes []any }
	if err := json.Unmarshal(said, &manifest); err != nil || len(manifest.Routes) < 20 {
		t.Errorf("%v: %s", err, said)
	}
}

// door is a bot that knows no key: it keeps those that it was told and refuses each.
func door(t *testing.T, network string, creds credentials.TransportCredentials) (address string, keys chan string) {
	t.Helper()
	at := "127.0.0.1:0"
	if network == "unix" {
		at = filepath.Join(t.TempDir(), "s")
	}
	lis, err := net.Listen(network, at)
	if err != nil {
		t.Fatal(err)
	}
	keys = make(chan string, 16)
	srv := grpc.NewServer(grpc.Creds(creds), grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		told, _ := metadata.FromIncomingContext(stream.Context())
		keys <- strings.Join(told.Get("authorization"), ",")
		return status.Error(codes.Unauthenticated, "no such key")
	}))
	served := make(chan error, 1)
	go func() { served <- srv.Serve(lis) }()
	t.Cleanup(func() {
		srv.Stop()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return lis.Addr().String(), keys
}

// inherit is a descriptor from which a text can be read.
func inherit(t *testing.T, text string) *os.File {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := read.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := write.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := write.Close(); err != nil {
		t.Fatal(err)
	}
	return read
}

// certificate is one that nobody signed, and its pin.
func certificate(t *testing.T) (pair tls.Certificate, pin string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, hex.EncodeToString(sum[:])
}
