package bot

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
)

// Whoever finds the operator's key finds the address that belongs to it, and all of
// both, at whatever moment they look: a command line is often called while a bot starts.
func TestWhoFindsTheOperatorsKeyFindsTheAddress(t *testing.T) {
	d := &directory{data: t.TempDir(), sockets: filepath.Join(t.TempDir(), "run")}
	look := func(name string) string {
		text, err := os.ReadFile(filepath.Join(d.data, name))
		if err != nil && !os.IsNotExist(err) {
			t.Error(err)
		}
		return string(text)
	}
	done := make(chan struct{})
	var found atomic.Int64
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			default:
			}
			key := look("operator.key")
			address := look("operator.addr")
			if key == "" || look("operator.key") != key {
				continue // there is none, or it is another bot's meanwhile
			}
			found.Add(1)
			var number int
			if _, err := fmt.Sscanf(key, "key %d\n", &number); err != nil || address != fmt.Sprintf("unix:///run/%d\n", number) {
				t.Errorf("with the key %q stands the address %q", key, address)
				return
			}
		}
	}()
	// As long as it takes to be looked at often, however the two take turns.
	for i := 0; i < 300 || found.Load() < 20 && !t.Failed(); i++ {
		if err := d.invite(fmt.Sprintf("unix:///run/%d", i), fmt.Sprintf("key %d", i)); err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			if err := d.close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	close(done)
	<-ended
}
