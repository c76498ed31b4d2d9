package exec

import (
	"testing"
	"time"
)

// KillAfter has programs of this test killed so long after they were asked to end.
func KillAfter(t *testing.T, d time.Duration) {
	before := killAfter
	killAfter = d
	t.Cleanup(func() { killAfter = before })
}
