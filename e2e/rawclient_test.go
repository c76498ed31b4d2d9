package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// python finds an interpreter that has what the raw client imports.
func python(t *testing.T) string {
	t.Helper()
	path := os.Getenv("OCO_PYTHON")
	if path == "" {
		path = filepath.Join("..", ".venv", "bin", "python")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := exec.Command(abs, "-c", "import grpc, grpc_tools, google.rpc").Run(); err != nil {
		missing(t, fmt.Sprintf("%s does not run or lacks grpcio-tools: `make test` sets it up (%v)", path, err))
	}
	return abs
}

// generated is the directory of the generated Python code, made once.
var generated = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(filepath.Dir(ocoBinary), "python")
	interpreter := os.Getenv("OCO_PYTHON")
	if interpreter == "" {
		interpreter = filepath.Join("..", ".venv", "bin", "python")
	}
	out, err := exec.Command(interpreter, "rawclient/generate.py", "../proto", dir).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("generate the Python client: %w\n%s", err, out)
	}
	return dir, nil
})

// remoteBot runs a bot whose handler dials it by TCP, and gives its variables.
func remoteBot(t *testing.T) (*service, *bot, []string) {
	t.Helper()
	s := newService(t)
	b := newBot(t, "")
	b.configure(fmt.Sprintf("listen: {grpc: \"GRPC_PORT\", http: \"HTTP_PORT\", tls: off}\nrooms: {lobby: \"room:1:lobby\"}\n"+
		"adapter: {name: chat, command: [%q, plugin, adapter, %q]}\nhandlers: [{name: guest, remote: true}]\n", self, s.url))
	b.start()
	b.awaitPlugins("chat")
	key := b.newKey("guest", "--role", "handler")
	if key.Endpoint != b.grpc {
		t.Errorf("oco key new says the endpoint is %q, want %q", key.Endpoint, b.grpc)
	}
	return s, b, []string{"OCO_ENDPOINT=" + key.Endpoint, "OCO_KEY=" + key.Key}
}

type newKey struct{ KeyID, Key, Endpoint string }

// newKey makes a key by the command line.
func (b *bot) newKey(name string, args ...string) newKey {
	b.t.Helper()
	return b.makeKey("new", name, args...)
}

func (b *bot) makeKey(how, name string, args ...string) newKey {
	b.t.Helper()
	out := b.must(append([]string{"key", how, "-c", b.path("oco.yaml"), "--json", name}, args...)...)
	var key newKey
	if err := json.Unmarshal([]byte(out), &key); err != nil || key.Key == "" || key.KeyID == "" {
		b.t.Fatalf("oco key %s printed %q: %v", how, out, err)
	}
	return key
}

// TestRawPython speaks to the bot with generated Python code only.
func TestRawPython(t *testing.T) {
	interpreter := python(t)
	t.Parallel()
	dir, err := generated()
	if err != nil {
		t.Fatal(err)
	}
	for mode, c := range map[string]struct {
		verdicts string
		outcome  ocov1.Outcome
		resolved ocov1.Outcome
	}{
		"subscribe": {"VERDICT_COMMITTED\nVERDICT_DUPLICATE\n", ocov1.Outcome_OUTCOME_DONE, 0},
		"pull":      {"VERDICT_COMMITTED\nVERDICT_DUPLICATE\n", ocov1.Outcome_OUTCOME_DONE, 0},
		// Its lease ends after 30 s, and nothing runs twice (OCO-DLV-8).
		"die": {"", ocov1.Outcome_OUTCOME_UNKNOWN, 0},
		// A completion of the last lease resolves it (OCO-DLV-18).
		"late": {"VERDICT_RESOLVED\nVERDICT_DUPLICATE\n", ocov1.Outcome_OUTCOME_UNKNOWN, ocov1.Outcome_OUTCOME_DONE},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s, b, env := remoteBot(t)
			runs := b.path("runs")
			cmd := exec.Command(interpreter, "rawclient/raw.py", dir, mode, runs)
			cmd.Env, cmd.SysProcAttr = environment(append(env, "LATE_SECONDS=33")...), attributes()
			var out, errs strings.Builder
			cmd.Stdout, cmd.Stderr = &out, &errs
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			b.awaitPlugins("guest")
			s.say("m1", "python snake 3")
			err := cmd.Wait()
			if mode == "die" {
				if err == nil || !strings.Contains(err.Error(), "killed") {
					t.Errorf("the client ended with %v\n%s", err, errs.String())
				}
			} else if err != nil || out.String() != c.verdicts {
				t.Errorf("the client said %q and ended with %v\n%s", out.String(), err, errs.String())
			}
			b.await("all is settled", func() bool { return s.acked() && settled(b) })
			records := b.deliveries()
			if len(records) != 1 || records[0].GetOutcome() != c.outcome || records[0].GetResolvedOutcome() != c.resolved {
				t.Fatalf("deliveries: %v", records)
			}
			if got := read(t, runs); got != records[0].GetDeliveryId()+"\n" {
				t.Errorf("it ran: %q", got)
			}
			if unknown := contains(s.posted(), "outcome unknown"); unknown != (c.outcome == ocov1.Outcome_OUTCOME_UNKNOWN) {
				t.Errorf("posted: %+v", s.posted())
			}
			if replied := contains(s.posted(), "from python: snake 3"); replied != (c.verdicts != "") {
				t.Errorf("posted: %+v", s.posted())
			}
		})
	}
}
