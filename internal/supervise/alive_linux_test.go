package supervise

import (
	"os"
	"testing"
)

func readStatOf(pid int) (stat, bool) { return readStat(pid) }

// What ends with a plugin are also the errands of that plugin, wherever they have put
// themselves, and not those of another whose mark begins alike.
func TestKillAllFindsErrands(t *testing.T) {
	ready := make(chan struct{}, 10)
	started := map[string]*Started{}
	for _, plugin := range []string{"a/b/tools/1", "a/b/tools/10"} {
		t.Setenv(EnvLaunch, plugin)
		started[plugin], _, _ = errand(t, newErrands(t), "echo ready; exec sleep 604", func(e *Errand) { e.Stdout = notify(ready) })
		<-ready
	}
	if err := killAll(os.Getpid()+1<<24, "a/b/tools/1"); err != nil {
		t.Fatal(err)
	}
	if alive(started["a/b/tools/1"].process.pid()) {
		t.Error("an errand of the plugin was not killed")
	}
	if !alive(started["a/b/tools/10"].process.pid()) {
		t.Error("an errand of another plugin was killed")
	}
	for _, s := range started {
		if err := s.Kill(); err != nil {
			t.Error(err)
		}
		<-s.Done()
	}
}
