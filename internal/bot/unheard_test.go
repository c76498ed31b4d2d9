package bot

import (
	"slices"
	"testing"
	"time"
)

// The operator is told once of a plugin that is too much for messages, and warned for
// as long as that goes on.
func TestWhoIsUnheardIsToldOnce(t *testing.T) {
	var u unheard
	now := time.Unix(0, 0)
	if got := u.note([]string{"web", "ci"}, now); !slices.Equal(got, []string{"web", "ci"}) {
		t.Errorf("told of %q", got)
	}
	if got := u.note([]string{"web", "db"}, now.Add(unheardFor)); !slices.Equal(got, []string{"db"}) {
		t.Errorf("told of %q", got)
	}
	later := now.Add(unheardFor + 1)
	if got := u.warnings(later); !slices.Equal(got, []string{"db: " + unheardWhy, "web: " + unheardWhy}) {
		t.Errorf("warned of %q", got)
	}
	if got := u.note([]string{"ci"}, later); !slices.Equal(got, []string{"ci"}) {
		t.Errorf("told again of %q", got)
	}
}
