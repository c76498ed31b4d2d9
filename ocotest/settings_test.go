package ocotest_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/ocotest"
)

// A handler has its settings, typed and with their defaults, before its first
// callback (OCO-SET-2).
func TestSettings(t *testing.T) {
	type settings struct {
		Greeting string
		Wait     time.Duration `default:"1m30s"`
		Names    []string      `oco:",optional"`
		Times    int           `default:"2"`
	}
	h := oco.NewHandler("greeter")
	now := oco.Settings[settings](h, nil)
	h.Command("greet", "Greet everybody.", func(_ context.Context, msg *oco.Message) error {
		s := now()
		for range s.Times {
			for _, name := range s.Names {
				msg.Reply(fmt.Sprintf("%s %s, wait %s", s.Greeting, name, s.Wait))
			}
		}
		return nil
	})
	b := ocotest.StartWith(t, ocotest.Config{Settings: map[string]map[string]any{
		"greeter": {"greeting": "Hello", "names": []any{"Ada", "Bob"}, "times": int64(1)},
	}}, h)
	b.Say("greet")
	b.WantReply("Hello Ada, wait 1m30s", "Hello Bob, wait 1m30s")
}
