package chat

import (
	"slices"
	"testing"
)

// What an adapter does not speak of has the level that the specification says
// (OCO-OPS-1).
func TestDefaultLevels(t *testing.T) {
	want := map[string]Level{
		"thread": Partial, "reply": Partial, "direct": Partial, "edit": Fallback, "reaction": Dropped, "typing": Dropped,
		"roster": Rejected, "members": Rejected, "delete": Rejected, "membership": Rejected, "topic": Rejected,
	}
	for _, name := range Capabilities() {
		if level := DefaultLevel(name); level != want[name] {
			t.Errorf("%s: %d, want %d", name, level, want[name])
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("%s has no level", name)
	}
	if DefaultLevel("telepathy") != Rejected || slices.Contains(Capabilities(), "telepathy") {
		t.Error("a name that nobody knows is not refused")
	}
}

func TestLevelsOfTheWire(t *testing.T) {
	for number, want := range map[int32]Level{-1: 0, 0: 0, 1: Rejected, 2: Dropped, 3: Fallback, 4: Partial, 5: Full, 6: 0, 261: 0} {
		if got := ParseLevel(number); got != want {
			t.Errorf("%d is the level %d, want %d", number, got, want)
		}
	}
}
