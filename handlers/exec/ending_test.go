package exec

import (
	"errors"
	"fmt"
	"testing"

	"github.com/openchatops/oco"
)

// Only a command that may be repeated runs again after the bot was stopped: the error
// of any other is one for the person, with which it fails for good.
func TestWhatRunsAgain(t *testing.T) {
	for name, c := range map[string]struct {
		stopped    error
		repeatable bool
		again      bool
	}{
		"stopped with the bot":                   {oco.ErrStopping, false, false},
		"stopped with the bot, to be repeated":   {oco.ErrStopping, true, true},
		"cancelled, although it may be repeated": {oco.ErrCancelled, true, false},
		"its timeout, although it may be":        {errTimeout, true, false},
		"its exit code, although it may be":      {nil, true, false},
	} {
		p := &program{command: &command{Repeatable: c.repeatable}}
		err := p.judge(ending{code: 1, stopped: c.stopped}, "a secret")
		told := oco.Tell("", nil)
		if again := fmt.Sprintf("%T", err) != fmt.Sprintf("%T", told); err == nil || again != c.again {
			t.Errorf("%s: it became %T", name, err)
		}
		if errors.Is(err, oco.ErrStopping) {
			t.Errorf("%s: the cause is passed on", name)
		}
	}
}
