package bot

import (
	"fmt"
	"os"
	"path/filepath"
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
	found := make(chan int)
	go func() {
		n := 0
		defer func() { found <- n }()
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
			n++
			var number int
			if _, err := fmt.Sscanf(key, "key %d\n", &number); err != nil || address != fmt.Sprintf("unix:///run/%d\n", number) {
				t.Errorf("with the key %q stands the address %q", key, address)
				return
			}
		}
	}()
	for i := range 300 {
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
	if n := <-found; n == 0 {
		t.Error("nobody found a key")
	}
}
