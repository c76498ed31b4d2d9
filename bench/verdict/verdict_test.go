package verdict

import "testing"

// A limit is judged by the median, and a good round is not hidden.
func TestLimits(t *testing.T) {
	most, least := AtMost(2), AtLeast(2)
	for _, c := range []struct {
		b    Limit
		vs   []float64
		want string
	}{
		{most, []float64{1, 2, 9}, "met"},
		{most, []float64{1, 3, 4}, "missed; met in the best round"},
		{most, []float64{3, 3, 4}, "missed"},
		{least, []float64{1, 2, 9}, "met"},
		{least, []float64{1, 1, 9}, "missed; met in the best round"},
		{least, []float64{1, 1.9}, "missed"},
	} {
		if got := c.b.Judge(c.vs); got != c.want {
			t.Errorf("%v %v: %s, want %s", c.vs, c.b, got, c.want)
		}
	}
}
