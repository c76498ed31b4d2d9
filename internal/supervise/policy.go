package supervise

import "time"

// RestartPolicy says when a process that ended is started again. A process that was
// up for Healthy is started again at once; one that was not waits First, then twice as
// long each time, at most Max, give or take a fifth. After BreakExits ends within
// BreakWithin it is broken, and is tried only every BrokenRetry until it is up for
// Healthy once. Zero fields take the defaults.
type RestartPolicy struct {
	// First is the first delay. Default 1 s.
	First time.Duration
	// Max is the longest delay. Default 60 s.
	Max time.Duration
	// Healthy is the time up that makes the past forgotten. Default 10 s.
	Healthy time.Duration
	// BreakExits is the number of ends that break a process. Default 5.
	BreakExits int
	// BreakWithin is the time in which they count. Default 1 min.
	BreakWithin time.Duration
	// BrokenRetry is the time between two tries of a broken process. Default 5 min.
	BrokenRetry time.Duration
}

func (p RestartPolicy) withDefaults() RestartPolicy {
	orDuration(&p.First, time.Second)
	orDuration(&p.Max, time.Minute)
	orDuration(&p.Healthy, 10*time.Second)
	orDuration(&p.BreakWithin, time.Minute)
	orDuration(&p.BrokenRetry, 5*time.Minute)
	if p.BreakExits <= 0 {
		p.BreakExits = 5
	}
	return p
}

// restarts applies a RestartPolicy to the history of one process. It has no clock.
type restarts struct {
	policy RestartPolicy
	next   time.Duration // the delay of the next unhealthy end
	ends   []time.Time   // the latest ends, at most BreakExits
	broken bool
}

func newRestarts(p RestartPolicy) *restarts {
	return &restarts{policy: p, next: p.First}
}

// ended records an end at now after the given time up and returns how long to wait
// before the next start, and whether the process is broken. The number jitter is drawn
// by the caller from [0, 1).
func (r *restarts) ended(now time.Time, up time.Duration, jitter float64) (wait time.Duration, broken bool) {
	healthy := up >= r.policy.Healthy
	if healthy {
		r.next = r.policy.First
		if r.broken {
			r.forget()
		}
	}
	r.ends = append(r.ends, now)
	if len(r.ends) > r.policy.BreakExits {
		r.ends = r.ends[1:]
	}
	if len(r.ends) == r.policy.BreakExits && now.Sub(r.ends[0]) <= r.policy.BreakWithin {
		r.broken = true
	}
	if r.broken {
		return r.policy.BrokenRetry, true
	}
	if healthy {
		return 0, false
	}
	wait = time.Duration(float64(r.next) * (0.8 + 0.4*jitter))
	r.next = min(2*r.next, r.policy.Max)
	return min(wait, r.policy.Max), false
}

// forget makes the process as good as new, as an operator's restart does.
func (r *restarts) forget() {
	r.broken, r.ends, r.next = false, nil, r.policy.First
}
