package delivery

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/store"
)

func adding(key string, delta int64, guards ...Guard) *Transaction {
	return &Transaction{Namespace: "far", Guards: guards, Writes: []EntryWrite{{Op: AddEntry, Key: key, Delta: delta}}}
}

func (r *rig) counter(key string) string {
	r.t.Helper()
	e, _, err := ReadEntry(reading{r.rows}, "far", key, r.now)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(e.Value)
}

// State, reply and outcome of a completion are one batch. A guard that does not
// hold refuses all of it, and the lease stays (OCO-STO-12, OCO-STO-13).
func TestACompletionWithATransaction(t *testing.T) {
	r := newRig(t)
	r.come(far, 4)
	id := r.ask(route("far", unordered))
	lease := r.offered()
	before := r.copy()
	c := Completion{Lease: lease, Kind: DoneKind, Transact: adding("n", 5, Guard{"n", 3}), Sends: []KeyedSend{{Key: "1", Text: "hi"}}}
	v := r.say(far, c)
	if v.Kind != NotTaken || v.Err.Reason != chat.GuardFailed || v.Store == nil || len(v.Store.Conflicts) != 1 || v.Store.Conflicts[0].Key != "n" || v.Store.Conflicts[0].Revision != 0 {
		t.Fatalf("%+v", v)
	}
	for key, value := range r.copy() {
		if !slices.Equal(before[key], value) {
			t.Errorf("the refused completion wrote %q", key)
		}
	}
	r.open(id)
	if lost := r.do(Heartbeat{Replica: far, Held: []Lease{lease}}).([]string); len(lost) > 0 {
		t.Fatal("the lease is lost")
	}
	c.Transact = adding("n", 5, Guard{"n", 0})
	if v = r.say(far, c); v.Kind != Committed || v.Store == nil || v.Store.Revision != 1 {
		t.Fatalf("%+v", v)
	}
	r.outcome(id, chat.Done)
	r.saidExactly("room:1:ops> hi")
	if n := r.counter("n"); n != "5" {
		t.Fatalf("the counter is %q", n)
	}
	c.Transact = adding("n", 5)
	r.verdict(Duplicate, far, c)
	if n := r.counter("n"); n != "5" {
		t.Fatalf("a duplicate counted: %q", n)
	}
}

// What refuses the sends of a completion refuses its transaction, and the other
// way round.
func TestACompletionIsWhole(t *testing.T) {
	r := newRig(t, func(o *Options) { o.StoreBytes = 10 })
	r.come(far, 4)
	id := r.ask(route("far", unordered))
	lease := r.offered()
	v := r.say(far, Completion{Lease: lease, Kind: DoneKind, Transact: adding("n", 1), Sends: []KeyedSend{{Key: "bad key", Text: "hi"}}})
	if v.Kind != NotTaken || r.counter("n") != "" {
		t.Fatalf("%+v, %q", v, r.counter("n"))
	}
	v = r.say(far, Completion{Lease: lease, Kind: DoneKind, Transact: adding(strings.Repeat("n", 20), 1), Sends: []KeyedSend{{Key: "1", Text: "hi"}}})
	if v.Kind != NotTaken || v.Err.Reason != chat.QuotaExceeded || r.said() != "" {
		t.Fatalf("%+v, %q", v, r.said())
	}
	v = r.say(far, Completion{Lease: lease, Kind: DoneKind, Transact: &Transaction{Namespace: "far", Writes: []EntryWrite{{Key: "n"}}}})
	if v.Kind != NotTaken || v.Err.Reason != chat.FieldInvalid {
		t.Fatalf("%+v", v)
	}
	r.open(id)
	// Only done carries one.
	r.verdict(Committed, far, Completion{Lease: lease, Kind: Fail, Transact: adding("n", 1)})
	if n := r.counter("n"); n != "" {
		t.Fatalf("a failed delivery counted: %q", n)
	}
}

// Two completions of one batch see each other's writes; a late one that resolves
// an unknown commits its transaction, once.
func TestTransactionsInOneBatchAndLate(t *testing.T) {
	r := newRig(t)
	sink := r.come(far, 4)
	var leases []Lease
	for range 2 {
		r.ask(route("far", unordered))
		leases = append(leases, r.offered())
	}
	late := r.ask(route("far", unordered))
	leases = append(leases, r.offered())
	verdicts := r.do(Complete{From: far, Completions: []Completion{
		{Lease: leases[0], Kind: DoneKind, Transact: adding("n", 1, Guard{"n", 0})},
		{Lease: leases[1], Kind: DoneKind, Transact: adding("n", 1, Guard{"n", 1})},
	}}).([]Verdict)
	if verdicts[0].Kind != Committed || verdicts[1].Kind != Committed || r.counter("n") != "2" {
		t.Fatalf("%+v, %q", verdicts, r.counter("n"))
	}
	r.do(Disconnect{Replica: far, Sink: sink, Cut: true})
	r.pass(time.Hour)
	r.outcome(late, chat.Unknown)
	r.come(far, 4)
	v := r.say(far, Completion{Lease: leases[2], Kind: DoneKind, Transact: adding("n", 1, Guard{"n", 1})})
	if v.Kind != NotTaken || v.Err.Reason != chat.GuardFailed || r.ended(late).Resolved != 0 {
		t.Fatalf("%+v", v)
	}
	r.verdict(Resolved, far, Completion{Lease: leases[2], Kind: DoneKind, Transact: adding("n", 1)})
	r.verdict(Duplicate, far, Completion{Lease: leases[2], Kind: DoneKind, Transact: adding("n", 1)})
	if n := r.counter("n"); n != "3" {
		t.Fatalf("the counter is %q", n)
	}
}

// A repeat of what was committed is answered as it was, over a restart, for a
// day (OCO-STO-17).
func TestARepeatedRequestChangesNothing(t *testing.T) {
	r := newRig(t)
	in := Transact{Transaction: *adding("n", 5), Caller: "handler:far", Request: "r1", Body: [16]byte{1}}
	in.Writes = append(in.Writes, EntryWrite{Op: PutEntry, Key: "p", Value: []byte("v"), TTL: time.Hour})
	first := r.do(in).(Transacted)
	same := func() {
		t.Helper()
		again := r.do(in).(Transacted)
		if !again.Committed || again.Revision != first.Revision || len(again.Results) != 2 || string(again.Results[0].Value) != "5" || !again.Results[1].Expires.Equal(first.Results[1].Expires) {
			t.Fatalf("%+v, want %+v", again, first)
		}
		if n := r.counter("n"); n != "5" {
			t.Fatalf("counted twice: %q", n)
		}
	}
	same()
	r.restart(time.Minute)
	same()
	other := in
	other.Body = [16]byte{2}
	r.refused(other, chat.RequestIDReused)
	other.Caller = "handler:near"
	if again := r.do(other).(Transacted); again.Revision != first.Revision+1 {
		t.Fatalf("%+v: another's request is taken for it", again)
	}
	r.now = r.now.Add(transactedKept - 2*time.Minute)
	r.sweepAll()
	in.Writes = in.Writes[:1]
	if again := r.do(in).(Transacted); string(again.Results[0].Value) != "5" {
		t.Fatalf("forgotten too soon: %+v", again)
	}
	r.now = r.now.Add(3 * time.Minute)
	r.sweepAll()
	if again := r.do(in).(Transacted); string(again.Results[0].Value) != "15" {
		t.Fatalf("kept for ever: %+v", again)
	}
	// One that was not committed is no repeat.
	guarded := Transact{Transaction: *adding("n", 1, Guard{"n", 1}), Caller: "handler:far", Request: "r2"}
	if out := r.do(guarded).(Transacted); out.Committed {
		t.Fatalf("%+v", out)
	}
	guarded.Guards = nil
	if out := r.do(guarded).(Transacted); !out.Committed {
		t.Fatalf("%+v", out)
	}
	r.refused(Transact{Transaction: *adding("n", 1), Caller: "c", Request: strings.Repeat("r", maxRequest)}, chat.FieldInvalid)
}

func (r *rig) sweepAll() {
	r.t.Helper()
	due, err := DueRows(reading{r.rows}, r.now, nil, 1000)
	if err != nil {
		r.t.Fatal(err)
	}
	r.do(Sweep{due})
}

// A namespace is full at its quota, and can be emptied when it is above.
func TestQuotasOfKeys(t *testing.T) {
	r := newRig(t, func(o *Options) { o.StoreKeys = 2 })
	put := func(keys ...string) Transact {
		in := Transact{Transaction: Transaction{Namespace: "ns"}}
		for _, k := range keys {
			in.Writes = append(in.Writes, EntryWrite{Op: PutEntry, Key: k})
		}
		return in
	}
	r.do(put("a", "b"))
	r.refused(put("c"), chat.QuotaExceeded)
	r.do(put("a", "b"))
	r.m.opt.StoreKeys = 1
	r.do(put("a"))
	r.do(Transact{Transaction: Transaction{Namespace: "ns", Writes: []EntryWrite{{Op: DeleteEntry, Key: "a"}}}})
	r.refused(put("a"), chat.QuotaExceeded)
}

// A namespace may have a quota of its own, and get another while the bot runs
// (OCO-STO-16).
func TestANamespaceHasItsOwnQuota(t *testing.T) {
	r := newRig(t, func(o *Options) {
		o.StoreKeys, o.Quotas = 2, map[string]Quota{"large": {Keys: 3}, "small": {Bytes: 5}}
	})
	put := func(namespace string, keys ...string) Transact {
		in := Transact{Transaction: Transaction{Namespace: namespace}}
		for _, k := range keys {
			in.Writes = append(in.Writes, EntryWrite{Op: PutEntry, Key: k})
		}
		return in
	}
	r.do(put("large", "a", "b", "c"))
	r.refused(put("large", "d"), chat.QuotaExceeded)
	r.refused(put("other", "a", "b", "c"), chat.QuotaExceeded)
	r.do(put("small", "12345"))
	r.refused(put("small", "6"), chat.QuotaExceeded)
	r.refused(put("small", "1", "2", "3"), chat.QuotaExceeded)
	r.do(Tune{Quotas: map[string]Quota{"small": {Keys: 2}}})
	r.do(put("small", "6"))
	r.refused(put("small", "7"), chat.QuotaExceeded)
	r.do(put("large", "d"))
}

// A sweep of rows that are not over, or not there, or no rows, does nothing.
func TestASweepTakesOnlyWhatIsOver(t *testing.T) {
	r := newRig(t)
	r.do(Transact{Transaction: Transaction{Namespace: "ns", Writes: []EntryWrite{{Op: PutEntry, Key: "a", TTL: time.Minute}}}})
	before := r.copy()
	soon := dueKey(ms(r.now)+60_000, entryKey("ns", "a"))
	if _, there := before[string(soon)]; !there {
		t.Fatal("the row of the index is not where it should be")
	}
	r.do(Sweep{[][]byte{soon, []byte("z/"), []byte("other"), dueKey(1, entryKey("ns", "a")), dueKey(1, entryKey("none", "a"))}})
	for key := range before {
		if _, there := r.rows[key]; !there {
			t.Errorf("%q is gone", key)
		}
	}
	r.now = r.now.Add(time.Minute)
	r.sweepAll()
	if _, found, err := ReadEntry(reading{r.rows}, "ns", "a", r.now.Add(-time.Hour)); err != nil || found {
		t.Fatalf("still there: %v", err)
	}
}

// What is damaged is reported and not taken for absent.
func TestDamagedEntriesAreReported(t *testing.T) {
	r := newRig(t)
	r.do(Transact{Transaction: Transaction{Namespace: "ns", Writes: []EntryWrite{{Op: PutEntry, Key: "a", Value: make([]byte, 2*inline)}, {Op: PutEntry, Key: "b"}}}})
	r.rows["b/ns/a"] = []byte("short")
	r.rows["w/ns/b"] = []byte{0xff}
	r.rows["n/other"] = []byte{0xff}
	r.rows["z/x"] = nil
	for _, key := range []string{"a", "b"} {
		if _, _, err := ReadEntry(reading{r.rows}, "ns", key, r.now); err == nil {
			t.Errorf("%s is read", key)
		}
	}
	if err := ScanEntries(reading{r.rows}, "ns", "b", "", r.now, nil); err == nil {
		t.Error("b is listed")
	}
	if _, err := ReadRevision(reading{r.rows}, "other"); err == nil {
		t.Error("the revision is read")
	}
	if _, err := DueRows(reading{r.rows}, r.now, nil, 1); err == nil {
		t.Error("the index is read")
	}
}

// rowsOf is what an input writes: its batch, one line a write.
func (r *rig) rowsOf(in Input) (wrote []string) {
	r.t.Helper()
	facts := Facts{}
	for keys := r.m.Facts(in, facts); len(keys) > 0; keys = r.m.Facts(in, facts) {
		for _, k := range keys {
			facts[string(k)] = r.rows[string(k)]
		}
	}
	batch := &store.Batch{}
	s := r.m.Begin(r.now, batch)
	s.Step(1, in, facts)
	c := s.End()
	for w := range batch.Writes {
		wrote = append(wrote, map[store.Op]string{store.OpPut: "put ", store.OpDelete: "delete "}[w.Op]+string(w.Key))
	}
	r.take(c)
	return wrote
}

// A value costs the rows that it needs: a large one has one of its own, which goes
// with it, and nothing is deleted that is not there.
func TestTheRowsOfAValue(t *testing.T) {
	r := newRig(t)
	write := func(w EntryWrite) Transact {
		w.Key = "k"
		return Transact{Transaction: Transaction{Namespace: "far", Writes: []EntryWrite{w}}}
	}
	small := EntryWrite{Op: PutEntry, Value: []byte("v")}
	large := EntryWrite{Op: PutEntry, Value: make([]byte, inline+1)}
	gone := EntryWrite{Op: DeleteEntry}
	for n, c := range []struct {
		w    EntryWrite
		want string
	}{
		{small, "put w/far/k, put n/far"},
		{small, "put w/far/k, put n/far"},
		{large, "put w/far/k, put b/far/k, put n/far"},
		{large, "put w/far/k, put b/far/k, put n/far"},
		{small, "delete b/far/k, put w/far/k, put n/far"},
		{gone, "delete w/far/k, put n/far"},
		{large, "put w/far/k, put b/far/k, put n/far"},
		{gone, "delete b/far/k, delete w/far/k, put n/far"},
	} {
		if got := strings.Join(r.rowsOf(write(c.w)), ", "); got != c.want {
			t.Errorf("write %d: %s, want %s", n, got, c.want)
		}
	}
}

// A namespace that holds more than it may, because that became less, may be kept as
// large as it is and made smaller, and not larger.
func TestALowerQuotaTakesNothingAway(t *testing.T) {
	r := newRig(t)
	put := func(key string, size int) Transact {
		return Transact{Transaction: Transaction{Namespace: "far", Writes: []EntryWrite{{Op: PutEntry, Key: key, Value: make([]byte, size)}}}}
	}
	r.do(put("a", 100))
	r.do(put("b", 100))
	r.do(Tune{StoreBytes: 50, StoreKeys: 1})
	r.do(put("a", 100))
	r.do(put("a", 99))
	r.refused(put("a", 100), chat.QuotaExceeded)
	r.refused(put("c", 0), chat.QuotaExceeded)
	r.do(Tune{StoreBytes: 1 << 20, StoreKeys: 1})
	r.do(put("a", 200))
	r.refused(put("c", 0), chat.QuotaExceeded)
}

// The longest request id is one, and with another byte it is none.
func TestTheLongestRequestID(t *testing.T) {
	r := newRig(t)
	in := Transact{Caller: "ci", Request: strings.Repeat("r", maxRequest-2), Transaction: *adding("n", 1)}
	r.do(in)
	r.do(in)
	if n := r.counter("n"); n != "1" {
		t.Errorf("a repeat counted: %s", n)
	}
	in.Request += "r"
	r.refused(in, chat.FieldInvalid)
}

// Each row that is over is looked at for itself: what is not over yet, what is not
// there any more and what was written anew hold up none of the others.
func TestSweepLooksAtEachRow(t *testing.T) {
	r := newRig(t)
	for n, key := range []string{"a", "b", "c"} {
		r.put(key, "v", time.Duration(n+1)*time.Second)
	}
	old, err := DueRows(reading{r.rows}, simStart.Add(time.Hour), nil, 9)
	if err != nil || len(old) != 3 {
		t.Fatal(err, old)
	}
	r.put("a", "new", time.Hour) // its old row in the index is gone with that
	early := dueKey(ms(simStart.Add(24*time.Hour)), entryKey("far", "a"))
	request := dueKey(ms(simStart), transactedKey("ci", "r"))
	odd := dueKey(ms(simStart), []byte("?"))
	r.rows[string(transactedKey("ci", "r"))] = []byte{}
	r.now = r.now.Add(2500 * time.Millisecond)
	r.do(Sweep{Due: [][]byte{[]byte("z/"), early, request, odd, old[0], old[2], old[1]}})
	for key, want := range map[string]string{"a": "new", "b": "", "c": "v"} {
		row, found := r.rows[string(entryKey("far", key))]
		if found != (want != "") || found && !strings.Contains(string(row), want) {
			t.Errorf("%s: %q", key, row)
		}
	}
	if _, kept := r.rows[string(transactedKey("ci", "r"))]; kept {
		t.Error("a request id whose time is over is kept")
	}
	if revision, err := ReadRevision(reading{r.rows}, "far"); err != nil || revision != 5 {
		t.Errorf("revision %d, %v", revision, err)
	}
}
