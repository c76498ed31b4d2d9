package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/config"
)

func TestTheBotThatIsMeant(t *testing.T) {
	bot := startFake(t)
	t.Chdir(t.TempDir())
	if err := os.Rename(bot.data, DefaultData); err != nil {
		t.Fatal(err)
	}
	put(t, "oco.yaml", "adapter: {name: terminal}\ndata: "+DefaultData+"\n")
	put(t, "broken.yaml", "adaptor: {}\n")
	remote := map[string]string{"OCO_ENDPOINT": "127.0.0.1:1", "OCO_KEY": " k \n"}
	find := func(target Target, environment map[string]string) (access, error) {
		return target.find(&Env{Getenv: func(name string) string { return environment[name] }})
	}
	for name, c := range map[string]struct {
		target      Target
		environment map[string]string
		key         string
	}{
		"by default":               {Target{}, nil, fakeKey},
		"by --data":                {Target{Data: DefaultData}, nil, fakeKey},
		"by the configuration":     {Target{Config: "oco.yaml"}, nil, fakeKey},
		"by the environment":       {Target{}, remote, "k"},
		"a flag wins":              {Target{Data: DefaultData}, remote, fakeKey},
		"a flag wins over nothing": {Target{Config: "oco.yaml"}, map[string]string{"OCO_ENDPOINT": "x"}, fakeKey},
	} {
		got, err := find(c.target, c.environment)
		if err != nil || got.key != c.key || (got.data == "") != (c.key == "k") {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := find(Target{}, map[string]string{"OCO_ENDPOINT": "x"}); ExitCode(err) != 2 {
		t.Errorf("an endpoint without a key: %v", err)
	}
	var invalid *config.Invalid
	if _, err := find(Target{Config: "broken.yaml"}, nil); !errors.As(err, &invalid) {
		t.Errorf("a broken configuration: %v", err)
	}
	if _, err := find(Target{Data: "elsewhere"}, nil); err == nil || err.Error() != "no bot runs on elsewhere: start one with `oco`, or name its data directory by --data or its configuration by -c" {
		t.Error(err)
	}
}

func TestTheSocketBesideTheData(t *testing.T) {
	data := t.TempDir()
	put(t, filepath.Join(data, OperatorKey), "k\n")
	got, err := findLocal(data)
	if err != nil || got.endpoint != "unix://"+filepath.Join(data, OperatorSocket) {
		t.Error(got, err)
	}
	for _, wrong := range []string{"", "tcp://x:1", "unix://relative", "/path"} {
		put(t, filepath.Join(data, OperatorAddress), wrong)
		if got, err := findLocal(data); err == nil || strings.Contains(err.Error(), "no bot runs") {
			t.Errorf("address %q: %v, %v", wrong, got, err)
		}
	}
}

func TestFilesThatCannotBeReadAreNoAbsentBot(t *testing.T) {
	for _, name := range []string{OperatorKey, OperatorAddress} {
		data := t.TempDir()
		put(t, filepath.Join(data, OperatorKey), "k")
		if err := os.RemoveAll(filepath.Join(data, name)); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(filepath.Join(data, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if got, err := findLocal(data); err == nil || strings.Contains(err.Error(), "no bot runs") {
			t.Errorf("%s is a directory: %v, %v", name, got, err)
		}
	}
}

// A bot that was killed leaves its files: they name a socket that nobody serves.
func TestABotThatWasKilledDoesNotRun(t *testing.T) {
	data := t.TempDir()
	put(t, filepath.Join(data, OperatorKey), "k")
	put(t, filepath.Join(data, OperatorAddress), "unix://"+filepath.Join(data, "gone"))
	r := run(t, &Status{Target: Target{Data: data}}, "", nil)
	if ExitCode(r.failed) != 1 || r.failed.Error() != notRunning(data).Error() {
		t.Error(r.failed)
	}
}

func TestOverTheEnvironment(t *testing.T) {
	bot := startFake(t)
	bot.answers["GetStatus"] = []any{&ocov1.GetStatusResponse{Ready: true}}
	endpoint, err := os.ReadFile(filepath.Join(bot.data, OperatorAddress))
	if err != nil {
		t.Fatal(err)
	}
	reach := map[string]string{"OCO_ENDPOINT": strings.TrimSpace(string(endpoint)), "OCO_KEY": fakeKey}
	if r := run(t, &Status{}, "", reach); r.failed != nil {
		t.Error(r.failed)
	}
	reach["OCO_KEY"] = "wrong"
	if r := run(t, &Status{}, "", reach); r.failed == nil || !strings.Contains(r.failed.Error(), "does not know the key in OCO_KEY") {
		t.Error(r.failed)
	}
	put(t, filepath.Join(bot.data, OperatorKey), "wrong")
	if r := run(t, &Status{Target: Target{Data: bot.data}}, "", nil); r.failed == nil || !strings.Contains(r.failed.Error(), "may just have been restarted") {
		t.Error(r.failed)
	}
}
