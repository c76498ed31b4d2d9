package delivery

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/store"
)

func (r *rig) put(key, value string, ttl time.Duration) {
	r.t.Helper()
	r.do(Transact{Transaction: Transaction{Namespace: "far", Writes: []EntryWrite{{Op: PutEntry, Key: key, Value: []byte(value), TTL: ttl}}}})
}

// A list goes on behind the key at which the page before it ended, which need not be
// there any more, and shows what is over without a revision.
func TestEntriesAreListedFromAKeyOn(t *testing.T) {
	r := newRig(t)
	for _, key := range []string{"b", "a", "ab", "c"} {
		r.put(key, strings.Repeat("v", len(key)), 0)
	}
	r.put("over", "v", time.Second)
	r.put("large", strings.Repeat("v", inline+1), 0)
	r.now = r.now.Add(time.Second)
	list := func(prefix, after string) string {
		var got []string
		err := ScanEntries(reading{r.rows}, "far", prefix, after, r.now, func(e Entry, size int, value func() ([]byte, error)) error {
			if e.Revision == 0 {
				got = append(got, e.Key+" is over")
				return nil
			}
			v, err := value()
			if len(v) != size {
				t.Errorf("%s: %d bytes, told %d", e.Key, len(v), size)
			}
			got = append(got, fmt.Sprintf("%s@%d", e.Key, e.Revision))
			return err
		})
		if err != nil {
			t.Error(err)
		}
		return strings.Join(got, " ")
	}
	for _, c := range []struct{ prefix, after, want string }{
		{"", "", "a@2 ab@3 b@1 c@4 large@6 over is over"},
		{"", "ab", "b@1 c@4 large@6 over is over"},
		{"", "aa", "ab@3 b@1 c@4 large@6 over is over"},
		{"a", "", "a@2 ab@3"}, {"a", "a", "ab@3"}, {"a", "z", ""}, {"x", "", ""},
	} {
		if got := list(c.prefix, c.after); got != c.want {
			t.Errorf("%q behind %q: %s, want %s", c.prefix, c.after, got, c.want)
		}
	}
}

// broken is a store that cannot be read.
type broken struct{ store.Reader }

var errBroken = errors.New("the disk is gone")

func (broken) Get([]byte) ([]byte, error) { return nil, errBroken }

// What cannot be read is told from what is not there, and what is damaged from both.
func TestWhatCannotBeReadIsSaid(t *testing.T) {
	if _, _, err := ReadEntry(broken{}, "far", "a", simStart); !errors.Is(err, errBroken) {
		t.Errorf("an entry: %v", err)
	}
	if _, err := ReadRevision(broken{}, "far"); !errors.Is(err, errBroken) {
		t.Errorf("a revision: %v", err)
	}
	r := newRig(t)
	r.put("a", "v", 0)
	r.put("large", strings.Repeat("v", inline+1), 0)
	r.rows[string(valueKey("far", "large"))] = []byte("short")
	if _, _, err := ReadEntry(reading{r.rows}, "far", "large", r.now); err == nil || !strings.Contains(err.Error(), "it has 5 bytes, not 1025") {
		t.Errorf("a value of another length: %v", err)
	}
	delete(r.rows, string(valueKey("far", "large")))
	if _, found, err := ReadEntry(reading{r.rows}, "far", "large", r.now); found || !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a value that is gone: %t, %v", found, err)
	}
	r.rows[string(entryKey("far", "a"))] = []byte{0xff}
	for what, err := range map[string]error{
		"an entry": func() error { _, _, err := ReadEntry(reading{r.rows}, "far", "a", r.now); return err }(),
		"a list":   ScanEntries(reading{r.rows}, "far", "", "", r.now, func(Entry, int, func() ([]byte, error)) error { return nil }),
	} {
		if err == nil || !strings.Contains(err.Error(), `"w/far/a" is damaged`) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// The index of what is over names its rows, whatever they are called.
func TestTheIndexOfWhatIsOver(t *testing.T) {
	for _, row := range []string{"", "w/far/a", "h/ci/r", strings.Repeat("x", 100)} {
		for _, at := range []int64{0, 1, 1 << 40} {
			if gotAt, got, ok := splitDue(dueKey(at, []byte(row))); !ok || gotAt != at || got != row {
				t.Errorf("%q at %d became %q at %d, %t", row, at, got, gotAt, ok)
			}
		}
	}
	for _, key := range []string{"", "z/", "z/1234567", "w/12345678x"} {
		if _, _, ok := splitDue([]byte(key)); ok {
			t.Errorf("%q is taken for a row of the index", key)
		}
	}
	r := newRig(t)
	for n, ttl := range []time.Duration{3, 1, 2, 2} {
		r.put(fmt.Sprint(n), "v", ttl*time.Second)
	}
	due := func(passed time.Duration, after []byte, most int) (rows []string) {
		found, err := DueRows(reading{r.rows}, simStart.Add(passed), after, most)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range found {
			_, row, _ := splitDue(key)
			rows = append(rows, strings.TrimPrefix(row, "w/far/"))
		}
		return rows
	}
	for _, c := range []struct {
		passed time.Duration
		most   int
		want   []string
	}{
		{999 * time.Millisecond, 9, nil}, {time.Second, 9, []string{"1"}}, {2 * time.Second, 9, []string{"1", "2", "3"}},
		{time.Hour, 9, []string{"1", "2", "3", "0"}}, {time.Hour, 2, []string{"1", "2"}}, {time.Hour, 4, []string{"1", "2", "3", "0"}},
	} {
		if got := due(c.passed, nil, c.most); !slices.Equal(got, c.want) {
			t.Errorf("after %s at most %d: %q, want %q", c.passed, c.most, got, c.want)
		}
	}
	first, err := DueRows(reading{r.rows}, simStart.Add(time.Hour), nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := due(time.Hour, first[0], 9); !slices.Equal(got, []string{"2", "3", "0"}) {
		t.Errorf("behind the first: %q", got)
	}
}
