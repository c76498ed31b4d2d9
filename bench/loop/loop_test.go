package loop

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestLoopKeepsSoManyInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(100, 3, time.Second)
		first := l.Take(64)
		if len(first) != 3 || first[0] != 100 || first[2] != 102 {
			t.Fatalf("the first are %v, want 100 to 102", first)
		}
		time.Sleep(10 * time.Millisecond)
		l.Back(101)
		if next := l.Take(64); len(next) != 1 || next[0] != 103 {
			t.Fatalf("after one came back: %v, want 103", next)
		}
		time.Sleep(time.Second)
		go func() {
			for _, n := range []uint64{100, 102, 103} {
				l.Back(n)
			}
		}()
		if late := l.Take(64); late != nil {
			t.Fatalf("after the end: %v", late)
		}
		s, err := l.Finish()
		if err != nil || s.N != 4 || s.Elapsed != 1010*time.Millisecond {
			t.Fatalf("%+v, %v", s, err)
		}
		if s.P50 != time.Second || s.P99 != 1010*time.Millisecond {
			t.Errorf("p50 %v, p99 %v", s.P50, s.P99)
		}
	})
}

func TestLoopFails(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(l *Loop)
		says string
	}{
		"twice":   {func(l *Loop) { n := l.Take(1)[0]; l.Back(n); l.Back(n) }, "a second time"},
		"unsent":  {func(l *Loop) { l.Back(7) }, "never sent"},
		"lost":    {func(l *Loop) { l.Take(2); l.Back(0) }, "1 of 2 messages did not come back"},
		"nothing": {func(*Loop) {}, "no message was sent"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := New(0, 2, time.Second)
				c.do(l)
				if _, err := l.Finish(); err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%v, want one that says %s", err, c.says)
				}
			})
		})
	}
}
