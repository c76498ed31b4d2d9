package e2e

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco"
)

// farBot runs a bot with TLS for plugins elsewhere and the one handler fleet,
// which the bot does not start. more goes into listen.
func farBot(t *testing.T, more string) (*service, *bot) {
	t.Helper()
	s := newService(t)
	b := newBot(t, "")
	b.configure(fmt.Sprintf("listen: {http: \"\", grpc: \"GRPC_PORT\"%s}\n"+
		"adapter: {name: chat, command: [%q, plugin, adapter, %q]}\n"+
		"handlers: [{name: fleet, remote: true}, {name: other, remote: true}]\n", more, self, s.url))
	return s, b
}

// A far is one replica of fleet, which no bot started.
type far struct {
	*process
	said *notes
}

// far starts a replica of fleet that counts its runs in the file runs.
func (b *bot) far(s *service, endpoint, key string) *far {
	b.t.Helper()
	f := &far{process: &process{done: make(chan struct{})}, said: new(notes)}
	ctx, cancel := context.WithCancel(context.Background())
	f.cmd = exec.CommandContext(ctx, self, "plugin", "fleet", s.url, b.path("runs"))
	f.cmd.Env = environment("OCO_ENDPOINT="+endpoint, "OCO_KEY="+key)
	f.cmd.Stdout, f.cmd.Stderr, f.cmd.SysProcAttr = f.said, f.said, attributes()
	if err := f.cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	go func() {
		defer close(f.done)
		_ = f.cmd.Wait() // how it ended is asked of its state
	}()
	b.t.Cleanup(func() {
		cancel()
		<-f.done
		if b.t.Failed() {
			b.t.Logf("a replica said:\n%s", tail(f.said.String(), 15))
		}
	})
	return f
}

// end waits for the end of a replica and gives its exit code.
func (f *far) end(t *testing.T) int {
	t.Helper()
	select {
	case <-f.done:
	case <-time.After(patience):
		t.Fatalf("the replica did not end within %v", patience)
	}
	return f.cmd.ProcessState.ExitCode()
}

// fleetInFlight is how many callbacks a replica of fleet runs at once.
const fleetInFlight = 4

// runFleet is a handler whose replicas share its deliveries in no order.
func runFleet(s *site, file string) int {
	h := oco.NewHandler("fleet")
	h.MaxInFlight(fleetInFlight)
	run := func(work time.Duration) oco.HandlerFunc {
		return func(_ context.Context, msg *oco.Message) error {
			if err := count(file, msg.Route()+" "+msg.Arg("n")); err != nil {
				return err
			}
			s.step(msg.Route())
			time.Sleep(work)
			msg.Reply(msg.Route() + " " + msg.Arg("n") + " ran")
			return nil
		}
	}
	h.Command("job {n}", "Run once.", run(15*time.Millisecond), oco.InOrder(oco.OrderNone))
	h.Command("safe {n}", "Run, and again if that is needed.", run(15*time.Millisecond), oco.InOrder(oco.OrderNone), oco.Repeatable())
	h.Command("hold {n}", "Run until the test lets it go.", run(0), oco.InOrder(oco.OrderNone))
	oco.Main(h)
	return 0
}

// TestTLSIsTheDefault dials the port of remote plugins with what `oco key new`
// prints, and with all that a person may get wrong (OCO-SEC-20, OCO-SEC-22,
// OCO-SEC-24, OCO-SEC-25).
func TestTLSIsTheDefault(t *testing.T) {
	t.Parallel()
	s, b := farBot(t, "")
	b.start()
	b.awaitPlugins("chat")
	key := b.newKey("fleet")
	if !strings.HasPrefix(key.Endpoint, "oco+tls://"+b.grpc+"#sha256=") {
		t.Fatalf("oco key new says the endpoint is %q", key.Endpoint)
	}
	good := b.far(s, key.Endpoint, key.Key)
	b.awaitPlugins("fleet")
	s.say("m1", "job 1")
	s.expect(func(p post) bool { return p.Text == "job 1 ran" }, "the reply over TLS")

	// The command line dials the same port with a client's key.
	client := b.newKey("ci", "--role", "client", "--scope", "status.read")
	out, errs, code := command(t, b.dir, "", "env", "OCO_ENDPOINT="+client.Endpoint, "OCO_KEY="+client.Key, ocoBinary, "status")
	if code != 0 || !strings.Contains(out, "fleet") {
		t.Errorf("oco status over TLS: exit code %d\n%s%s", code, out, errs)
	}

	at, _, _ := strings.Cut(key.Endpoint, "#")
	other := b.newKey("other")
	_, lan, _ := strings.Cut(at, "://")
	for name, c := range map[string]struct {
		endpoint, key string
		code          int
		words         []string
	}{
		"wrong pin":   {at + "#sha256=" + strings.Repeat("ab", 32), key.Key, 1, []string{"is not the one that the endpoint pins", "oco key new"}},
		"no pin":      {at, key.Key, 1, []string{"a certificate that this system trusts", strings.TrimPrefix(key.Endpoint, at)}},
		"half a pin":  {key.Endpoint[:len(key.Endpoint)-5], key.Key, 2, []string{"is not a SHA-256"}},
		"wrong key":   {key.Endpoint, key.Key[:len(key.Key)-1] + "!", 1, []string{"mistyped", "oco key new fleet"}},
		"foreign key": {key.Endpoint, other.Key, 2, []string{`"other"`, `"fleet"`, "oco key new fleet"}},
		"plain text":  {"oco://bot.example:" + lan[strings.LastIndex(lan, ":")+1:], key.Key, 2, []string{"unencrypted", "oco+tls://"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := b.far(s, c.endpoint, c.key)
			if code := f.end(t); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			last := tail(f.said.String(), 1)
			for _, word := range c.words {
				if !strings.Contains(last, word) {
					t.Errorf("it does not say %q: %s", word, last)
				}
			}
			t.Logf("it says: %s", last)
		})
	}
	select {
	case <-good.done:
		t.Error("the good replica ended")
	default:
	}
}

// TestTheOperatorsCertificate is what plugins see, and refused when it has
// expired (OCO-SEC-26).
func TestTheOperatorsCertificate(t *testing.T) {
	t.Parallel()
	s, b := farBot(t, ", tls: {cert: cert.pem, key: key.pem}")
	selfSigned(t, b, time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour))
	refused(t, b, "listen.tls", "cert.pem", "expired at", "renewed")
	if _, errs, code := b.oco("check", "-c", b.path("oco.yaml")); code != 1 || !strings.Contains(errs, "expired at") {
		t.Errorf("oco check: exit code %d, %s", code, errs)
	}
	selfSigned(t, b, time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour))
	b.start()
	b.awaitPlugins("chat")
	key := b.newKey("fleet")
	b.far(s, key.Endpoint, key.Key)
	b.awaitPlugins("fleet")
	s.say("m1", "job 1")
	s.expect(func(p post) bool { return p.Text == "job 1 ran" }, "the reply over TLS")
	if out := b.must("status", "-c", b.path("oco.yaml")); !strings.Contains(out, "renew it") {
		t.Errorf("oco status does not warn of its end:\n%s", out)
	}
}

// selfSigned gives the bot a certificate of its operator's.
func selfSigned(t *testing.T, b *bot, from, to time.Time) {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: to, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &secret.PublicKey, secret)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	write(t, b.path("cert.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})))
	write(t, b.path("key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})))
}
