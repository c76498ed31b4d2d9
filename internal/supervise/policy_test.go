package supervise

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDelaysDoubleUntilTheBreaker(t *testing.T) {
	r := newRestarts(RestartPolicy{BreakExits: 20}.withDefaults())
	now := time.Unix(0, 0)
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		wait, broken := r.ended(now, 0, 0.5)
		if broken || wait != want*time.Second {
			t.Errorf("end %d: wait %s, broken %v; want %s", i, wait, broken, want*time.Second)
		}
		now = now.Add(wait)
	}
	if wait, _ := r.ended(now.Add(time.Hour), 10*time.Second, 0.5); wait != 0 {
		t.Errorf("after a healthy time it waits %s", wait)
	}
	if wait, _ := r.ended(now.Add(2*time.Hour), 9*time.Second, 0.5); wait != time.Second {
		t.Errorf("the delay begins anew after a healthy time, not at %s", wait)
	}
}

func TestBreaker(t *testing.T) {
	r := newRestarts(RestartPolicy{}.withDefaults())
	now := time.Unix(0, 0)
	for i := 1; i <= 5; i++ {
		wait, broken := r.ended(now, 0, 0.5)
		if broken != (i == 5) {
			t.Fatalf("end %d at %s: broken %v", i, now.Sub(time.Unix(0, 0)), broken)
		}
		now = now.Add(wait)
	}
	if wait, broken := r.ended(now, 9*time.Second, 0.5); !broken || wait != 5*time.Minute {
		t.Errorf("a broken one that fails again: %s, %v", wait, broken)
	}
	if wait, broken := r.ended(now.Add(time.Hour), time.Hour, 0.5); broken || wait != 0 {
		t.Errorf("a healthy time mends: %s, %v", wait, broken)
	}
	for range 4 {
		r.ended(now, 0, 0.5)
	}
	r.forget()
	if wait, broken := r.ended(now, 0, 0.5); broken || wait != time.Second {
		t.Errorf("forget makes it as new: %s, %v", wait, broken)
	}
}

// Ends that are further apart than a minute never break, however many there are.
func TestSlowEndsDoNotBreak(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := RestartPolicy{}.withDefaults()
		r := newRestarts(p)
		now := time.Unix(0, 0)
		for range rapid.IntRange(1, 50).Draw(t, "ends") {
			now = now.Add(time.Duration(rapid.Int64Range(int64(15*time.Second)+1, int64(time.Hour)).Draw(t, "gap")))
			if _, broken := r.ended(now, rapid.SampledFrom([]time.Duration{0, p.Healthy}).Draw(t, "up"), rapid.Float64Range(0, 0.999).Draw(t, "jitter")); broken {
				t.Fatal("broken although fewer than five ends lie in a minute")
			}
		}
	})
}

// Whatever happens: no delay is negative, longer than its bound, or zero after an
// unhealthy end; and never do more than BreakExits starts fall into BreakWithin.
func TestStartsAreBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := RestartPolicy{}.withDefaults()
		r := newRestarts(p)
		now := time.Unix(0, 0)
		starts := []time.Time{now}
		for range rapid.IntRange(1, 60).Draw(t, "ends") {
			up := time.Duration(rapid.Int64Range(0, int64(30*time.Second)).Draw(t, "up"))
			now = now.Add(up)
			wait, broken := r.ended(now, up, rapid.Float64Range(0, 0.999).Draw(t, "jitter"))
			if limit := p.Max; wait < 0 || !broken && wait > limit || broken && wait != p.BrokenRetry || wait == 0 && up < p.Healthy {
				t.Fatalf("waits %s after %s, broken %v", wait, up, broken)
			}
			now = now.Add(wait)
			starts = append(starts, now)
		}
		for i := p.BreakExits + 1; i < len(starts); i++ {
			if d := starts[i].Sub(starts[i-p.BreakExits-1]); d <= p.BreakWithin {
				t.Fatalf("%d starts within %s", p.BreakExits+2, d)
			}
		}
	})
}
