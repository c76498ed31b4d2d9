package ocotest

import "testing"

// OverBoth runs a test with bots that have Attach and with bots that have not:
// what a handler and a person see is the same. Its tests do not run in parallel.
func OverBoth(t *testing.T, test func(t *testing.T)) {
	t.Run("Attach", test)
	without = []string{"oco.attach"}
	defer func() { without = nil }()
	t.Run("Subscribe", test)
}
