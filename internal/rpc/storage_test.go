package rpc_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/engine"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/rpc"
	"github.com/openchatops/oco/internal/store/pebblestore"
)

// realWorld is a world whose engine and store are real, in memory.
func realWorld(t *testing.T) *world {
	t.Helper()
	st := must(pebblestore.OpenMemory(pebblestore.Options{}))(t)
	e := must(engine.Open(st, engine.Options{}))(t)
	t.Cleanup(func() {
		e.Stop()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return newWorld(t, func(o *rpc.Options) { o.Engine, o.Store = e, st })
}

func putting(namespace, key string, value []byte) *ocov1.TransactRequest {
	return &ocov1.TransactRequest{Transaction: &ocov1.Transaction{
		Namespace: namespace, Writes: []*ocov1.Write{{Kind: &ocov1.Write_Put{Put: &ocov1.Put{Key: key, Value: value}}}},
	}}
}

// Who may use which namespace (OCO-STO-6).
func TestNamespacesAreByScope(t *testing.T) {
	for _, c := range []struct {
		role      chat.Role
		scopes    []string
		namespace string
		want      chat.Reason
	}{
		{chat.RoleHandler, []string{"store"}, "", ""},
		{chat.RoleHandler, []string{"store"}, "handler", ""},
		{chat.RoleHandler, []string{"store"}, "other", chat.ScopeMissing},
		{chat.RoleHandler, []string{"store.shared:other"}, "other", ""},
		{chat.RoleHandler, []string{"store.shared:other"}, "", chat.ScopeMissing},
		{chat.RoleHandler, []string{"store.shared:handler"}, "", ""},
		{chat.RoleHandler, []string{"store.shared:other"}, "others", chat.ScopeMissing},
		{chat.RoleHandler, []string{"users.read"}, "", chat.ScopeMissing},
		{chat.RoleClient, []string{"store"}, "client", chat.ScopeMissing},
		{chat.RoleClient, []string{"store"}, "", chat.FieldInvalid},
		{chat.RoleClient, []string{"store.shared:client"}, "client", ""},
		{chat.RoleClient, []string{"store.shared:other"}, "other", ""},
		{chat.RoleClient, nil, "other", chat.ScopeMissing},
		{chat.RoleOperator, nil, "other", ""},
		{chat.RoleOperator, nil, "", chat.FieldInvalid},
		{chat.RoleOperator, nil, "../x", chat.FieldInvalid},
		{chat.RoleHandler, []string{"store"}, "Handler", chat.FieldInvalid},
	} {
		w := newWorld(t)
		ctx, s := w.as(c.role, c.scopes...), w.core.Storage()
		_, get := s.Get(ctx, &ocov1.GetRequest{Namespace: c.namespace, Keys: []string{"k"}})
		_, list := s.List(ctx, &ocov1.ListRequest{Namespace: c.namespace})
		_, transact := s.Transact(ctx, putting(c.namespace, "k", nil))
		for what, err := range map[string]error{"Get": get, "List": list, "Transact": transact} {
			if got := reason(err); got != c.want {
				t.Errorf("%s of %q as %s with %q: %v, want %s", what, c.namespace, c.role, c.scopes, err, c.want)
			}
		}
		if c.role == chat.RoleHandler {
			_, complete := w.core.Complete(ctx, &ocov1.CompleteRequest{Replica: "one", Completions: []*ocov1.Completion{
				{DeliveryId: "d", Kind: &ocov1.Completion_Done{Done: &ocov1.Done{Transact: putting(c.namespace, "k", nil).Transaction}}},
			}})
			asked := asked[delivery.Complete](w.engine)
			if complete != nil || (len(asked[0].Completions) == 1) != (c.want == "") {
				t.Errorf("a completion with %q: %v, %+v", c.namespace, complete, asked)
			}
		}
	}
}

// A key is of text that can be shown, and every size is taken to the brim and
// refused above (OCO-SIZ-17, OCO-SIZ-18, OCO-SIZ-20).
func TestSizesOfTheStore(t *testing.T) {
	w := realWorld(t)
	ctx, s := w.as(chat.RoleOperator), w.core.Storage()
	transact := func(t *ocov1.Transaction) error {
		t.Namespace = "ns"
		_, err := s.Transact(ctx, &ocov1.TransactRequest{Transaction: t})
		return err
	}
	writes := func(n int, each func(i int) *ocov1.Put) *ocov1.Transaction {
		tx := &ocov1.Transaction{}
		for i := range n {
			tx.Writes = append(tx.Writes, &ocov1.Write{Kind: &ocov1.Write_Put{Put: each(i)}})
		}
		return tx
	}
	for name, c := range map[string]struct {
		limit int
		want  chat.Reason
		call  func(n int) error
	}{
		"key": {512, chat.FieldInvalid, func(n int) error {
			return transact(writes(1, func(int) *ocov1.Put { return &ocov1.Put{Key: strings.Repeat("k", n)} }))
		}},
		"key of a guard": {512, chat.FieldInvalid, func(n int) error {
			return transact(&ocov1.Transaction{Guards: []*ocov1.Guard{{Key: strings.Repeat("g", n)}}})
		}},
		"prefix": {512, chat.FieldInvalid, func(n int) error {
			_, err := s.List(ctx, &ocov1.ListRequest{Namespace: "ns", Prefix: strings.Repeat("k", n)})
			return err
		}},
		"value": {rpc.MaxValue, chat.TooLarge, func(n int) error {
			if err := transact(writes(1, func(int) *ocov1.Put { return &ocov1.Put{Key: "v", Value: make([]byte, n)} })); err != nil {
				return err
			}
			res, err := s.Get(ctx, &ocov1.GetRequest{Namespace: "ns", Keys: []string{"v"}})
			if err == nil && len(res.GetEntries()[0].GetValue()) != n {
				return fmt.Errorf("%d bytes came back of %d", len(res.GetEntries()[0].GetValue()), n)
			}
			return err
		}},
		"writes": {64, chat.TooLarge, func(n int) error {
			return transact(writes(n, func(i int) *ocov1.Put { return &ocov1.Put{Key: fmt.Sprint(i)} }))
		}},
		"guards": {64, chat.TooLarge, func(n int) error {
			tx := writes(1, func(int) *ocov1.Put { return &ocov1.Put{Key: "k"} })
			for i := range n {
				tx.Guards = append(tx.Guards, &ocov1.Guard{Key: fmt.Sprint("none", i)})
			}
			return transact(tx)
		}},
		"keys of a Get": {64, chat.TooLarge, func(n int) error {
			_, err := s.Get(ctx, &ocov1.GetRequest{Namespace: "ns", Keys: slices.Repeat([]string{"none"}, n)})
			return err
		}},
		"transaction": {rpc.MaxTransaction, chat.TooLarge, func(n int) error {
			return transact(writes(8, func(i int) *ocov1.Put {
				size := n/8 - 1
				if i == 0 {
					size += n % 8
				}
				return &ocov1.Put{Key: fmt.Sprint(i), Value: make([]byte, size)}
			}))
		}},
		"ttl": {10 * 365 * 24 * 3600, chat.FieldInvalid, func(n int) error {
			return transact(writes(1, func(int) *ocov1.Put {
				return &ocov1.Put{Key: "t", Ttl: &durationpb.Duration{Seconds: int64(n)}}
			}))
		}},
		"request id": {128, chat.FieldInvalid, func(n int) error {
			req := putting("ns", "k", nil)
			req.RequestId = strings.Repeat("r", n)
			_, err := s.Transact(ctx, req)
			return err
		}},
	} {
		if err := c.call(c.limit); err != nil {
			t.Errorf("%s of %d: %v", name, c.limit, err)
		}
		if err := c.call(c.limit + 1); reason(err) != c.want {
			t.Errorf("%s of %d: %v, want %s", name, c.limit+1, err, c.want)
		}
	}
	for name, tx := range map[string]*ocov1.Transaction{
		"nothing":             nil,
		"no guard, no write":  {Namespace: "ns"},
		"an empty write":      {Namespace: "ns", Writes: []*ocov1.Write{{}}},
		"no key":              putting("ns", "", nil).Transaction,
		"a control character": putting("ns", "a\nb", nil).Transaction,
		"a byte of Latin-1":   putting("ns", "caf\xe9", nil).Transaction,
		"another C1 control":  putting("ns", "a\u0085", nil).Transaction,
		"a ttl of nothing":    writes(1, func(int) *ocov1.Put { return &ocov1.Put{Key: "k", Ttl: durationpb.New(0)} }),
		"a ttl below zero":    writes(1, func(int) *ocov1.Put { return &ocov1.Put{Key: "k", Ttl: durationpb.New(-1)} }),
		"a guard without key": {Namespace: "ns", Guards: []*ocov1.Guard{{}}},
		"a delete of no key":  {Namespace: "ns", Writes: []*ocov1.Write{{Kind: &ocov1.Write_DeleteKey{}}}},
		"an add to no key":    {Namespace: "ns", Writes: []*ocov1.Write{{Kind: &ocov1.Write_Add{Add: &ocov1.Add{}}}}},
	} {
		if tx != nil {
			tx.Namespace = "ns"
		}
		if _, err := s.Transact(ctx, &ocov1.TransactRequest{Transaction: tx}); reason(err) != chat.FieldInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Get(ctx, &ocov1.GetRequest{Namespace: "ns"}); reason(err) != chat.FieldInvalid {
		t.Errorf("no keys: %v", err)
	}
	if _, err := s.List(ctx, &ocov1.ListRequest{Namespace: "ns", PageSize: -1}); reason(err) != chat.FieldInvalid {
		t.Errorf("a page below zero: %v", err)
	}
}

// An adapter has no transactions, not even with the scope.
func TestAdaptersHaveNoTransactions(t *testing.T) {
	w := newWorld(t)
	res, err := w.core.Complete(w.as(chat.RoleAdapter, "store"), &ocov1.CompleteRequest{Replica: "one", Completions: []*ocov1.Completion{
		{DeliveryId: "d", Kind: &ocov1.Completion_Done{Done: &ocov1.Done{Transact: putting("", "k", nil).Transaction}}},
	}})
	if err != nil || res.Results[0].Verdict != ocov1.Verdict_VERDICT_REFUSED {
		t.Fatal(res, err)
	}
}

// A completion with a transaction of nothing has none, so that it needs no scope either
// (OCO-STO-70).
func TestATransactionOfNothingIsNone(t *testing.T) {
	w := newWorld(t)
	var took []delivery.Completion
	w.engine.do = func(in delivery.Input) (any, error, bool) {
		complete, ok := in.(delivery.Complete)
		if !ok {
			return nil, nil, false
		}
		took = append(took, complete.Completions...)
		return make([]delivery.Verdict, len(complete.Completions)), nil, true
	}
	done := &ocov1.Done{Transact: &ocov1.Transaction{}}
	_, err := w.core.Complete(w.as(chat.RoleHandler), &ocov1.CompleteRequest{Replica: "one", Completions: []*ocov1.Completion{
		{DeliveryId: "d", LeaseId: "l", Kind: &ocov1.Completion_Done{Done: done}},
	}})
	if err != nil || len(took) != 1 || took[0].Kind != delivery.DoneKind || took[0].Transact != nil {
		t.Fatalf("%+v, %v", took, err)
	}
}

// What became of a transaction stands in the result of its completion.
func TestTheResultOfACompletionTellsOfItsTransaction(t *testing.T) {
	w := newWorld(t)
	w.engine.do = func(in delivery.Input) (any, error, bool) {
		if _, ok := in.(delivery.Complete); !ok {
			return nil, nil, false
		}
		return []delivery.Verdict{
			{Kind: delivery.Committed, Store: &delivery.Transacted{Committed: true, Revision: 7}},
			{Kind: delivery.NotTaken, Err: chat.Refuse(chat.GuardFailed, "no"), Store: &delivery.Transacted{Revision: 7, Conflicts: []delivery.Entry{{Key: "k", Revision: 5, Expires: time.Unix(9, 0)}}}},
		}, nil, true
	}
	c := func(id string) *ocov1.Completion {
		return &ocov1.Completion{DeliveryId: id, Kind: &ocov1.Completion_Done{Done: &ocov1.Done{Transact: putting("", "k", nil).Transaction}}}
	}
	res, err := w.core.Complete(w.as(chat.RoleHandler, "store"), &ocov1.CompleteRequest{Replica: "one", Completions: []*ocov1.Completion{c("a"), c("b")}})
	if err != nil {
		t.Fatal(err)
	}
	if r := res.Results[0]; r.Revision != 7 || len(r.Conflicts) > 0 {
		t.Error(r)
	}
	if r := res.Results[1]; r.Revision != 7 || len(r.Conflicts) != 1 || r.Conflicts[0].Key != "k" || r.Conflicts[0].Revision != 5 || r.Conflicts[0].ExpireTime.GetSeconds() != 9 {
		t.Error(r)
	}
}

// The same request id for another transaction is a mistake, and the same
// transaction of another namespace is another one.
func TestRequestIDsOfTransactions(t *testing.T) {
	w := realWorld(t)
	ctx, s := w.as(chat.RoleHandler, "store", "store.shared:other"), w.core.Storage()
	req := &ocov1.TransactRequest{RequestId: "r", Transaction: &ocov1.Transaction{Writes: []*ocov1.Write{{Kind: &ocov1.Write_Add{Add: &ocov1.Add{Key: "n", Delta: 2}}}}}}
	for range 3 {
		res, err := s.Transact(ctx, req)
		if err != nil || !res.Committed || string(res.Results[0].Value) != "2" {
			t.Fatal(res, err)
		}
	}
	req.Transaction.Namespace = "other"
	_, err := s.Transact(ctx, req)
	wants(t, err, chat.RequestIDReused)
	req.Transaction.Namespace, req.Transaction.Writes[0].GetAdd().Delta = "", 3
	_, err = s.Transact(ctx, req)
	wants(t, err, chat.RequestIDReused)
}

func (w *world) entry(namespace, key string, row *record.Entry) {
	w.t.Helper()
	w.row([]byte("w/"+namespace+"/"+key), row)
}

// listAll lists over pages of a size.
func listAll(ctx context.Context, s rpc.Storage, req *ocov1.ListRequest, each func(*ocov1.ListResponse)) error {
	for {
		res, err := s.List(ctx, req)
		if err != nil {
			return err
		}
		each(res)
		if req.PageToken = res.GetNextPageToken(); req.PageToken == "" {
			return nil
		}
	}
}

// All pages are of one revision, in the order of bytes, whatever is written
// meanwhile (OCO-STO-18).
func TestPagesAreOfOneRevision(t *testing.T) {
	w := realWorld(t)
	ctx, s := w.as(chat.RoleOperator), w.core.Storage()
	var want []string
	for i := range 25 {
		key := fmt.Sprintf("p/%02d", i)
		want = append(want, key)
		must(s.Transact(ctx, putting("ns", key, []byte(key))))(t)
	}
	must(s.Transact(ctx, putting("ns", "q", nil)))(t)
	must(s.Transact(ctx, putting("ns2", "p/05x", nil)))(t)
	var got []string
	pages := 0
	err := listAll(ctx, s, &ocov1.ListRequest{Namespace: "ns", Prefix: "p/", PageSize: 10}, func(res *ocov1.ListResponse) {
		pages++
		if res.Revision != 26 || len(res.Entries) > 10 {
			t.Errorf("page %d has %d entries of revision %d", pages, len(res.Entries), res.Revision)
		}
		for _, e := range res.Entries {
			if string(e.Value) != e.Key {
				t.Errorf("%q is %q", e.Key, e.Value)
			}
			got = append(got, e.Key)
		}
		must(s.Transact(ctx, &ocov1.TransactRequest{Transaction: &ocov1.Transaction{Namespace: "ns", Writes: []*ocov1.Write{
			{Kind: &ocov1.Write_DeleteKey{DeleteKey: "p/20"}}, {Kind: &ocov1.Write_Put{Put: &ocov1.Put{Key: "p/99"}}},
			{Kind: &ocov1.Write_Put{Put: &ocov1.Put{Key: "p/21", Value: []byte("other")}}},
		}}}))(t)
	})
	if err != nil || pages != 3 || !slices.Equal(got, want) {
		t.Errorf("%d pages with %q: %v", pages, got, err)
	}
}

// A page is no larger than a batch, unless it holds one entry; a Get is refused
// (OCO-SIZ-19).
func TestPagesAreBounded(t *testing.T) {
	w := realWorld(t)
	ctx, s := w.as(chat.RoleOperator), w.core.Storage()
	var keys []string
	for i := range 6 {
		keys = append(keys, fmt.Sprint(i))
		must(s.Transact(ctx, putting("ns", keys[i], make([]byte, rpc.MaxValue))))(t)
	}
	var sizes []int
	err := listAll(ctx, s, &ocov1.ListRequest{Namespace: "ns"}, func(res *ocov1.ListResponse) { sizes = append(sizes, len(res.Entries)) })
	if err != nil || !slices.Equal(sizes, []int{3, 3}) {
		t.Errorf("pages of %v: %v", sizes, err)
	}
	res, err := s.List(ctx, &ocov1.ListRequest{Namespace: "ns", KeysOnly: true})
	if err != nil || len(res.Entries) != 6 || res.Entries[0].Value != nil || res.NextPageToken != "" {
		t.Error(res, err)
	}
	if _, err := s.Get(ctx, &ocov1.GetRequest{Namespace: "ns", Keys: keys}); reason(err) != chat.TooLarge {
		t.Errorf("six values: %v", err)
	}
	if res, err := s.Get(ctx, &ocov1.GetRequest{Namespace: "ns", Keys: []string{"2", "none", "0", "2"}}); err != nil || len(res.Entries) != 3 || res.Entries[0].Key != "2" || res.Entries[1].Key != "0" {
		t.Errorf("three values: %v", err)
	}
}

// A token is good for a minute after its page, for who got it, and while there
// is room.
func TestListingsAreGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for i := range 5 {
			w.entry("ns", fmt.Sprint(i), &record.Entry{Revision: 1})
		}
		ctx, s := w.as(chat.RoleOperator), w.core.Storage()
		begin := func(ctx context.Context) string {
			t.Helper()
			res, err := s.List(ctx, &ocov1.ListRequest{Namespace: "ns", PageSize: 2})
			if err != nil || res.NextPageToken == "" {
				t.Fatal(res, err)
			}
			return res.NextPageToken
		}
		next := func(ctx context.Context, token string) (*ocov1.ListResponse, error) {
			return s.List(ctx, &ocov1.ListRequest{Namespace: "ns", PageSize: 2, PageToken: token})
		}
		token := begin(ctx)
		for range 3 { // a page may be asked for again
			time.Sleep(59 * time.Second)
			if res, err := next(ctx, token); err != nil || res.Entries[0].Key != "2" {
				t.Fatal(res, err)
			}
		}
		res, err := next(ctx, token)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the last one too
			if last, err := next(ctx, res.NextPageToken); err != nil || len(last.Entries) != 1 || last.NextPageToken != "" {
				t.Fatal(last, err)
			}
		}
		time.Sleep(time.Minute + time.Second)
		_, err = next(ctx, token)
		wants(t, err, chat.Compacted)

		token = begin(ctx)
		for name, req := range map[string]*ocov1.ListRequest{
			"another prefix":    {Namespace: "ns", Prefix: "1", PageToken: token},
			"another namespace": {Namespace: "other", PageToken: token},
			"no token":          {Namespace: "ns", PageToken: "x"},
			"no position":       {Namespace: "ns", PageToken: strings.Split(token, ".")[0] + "."},
			"no base64":         {Namespace: "ns", PageToken: strings.Split(token, ".")[0] + ".!"},
		} {
			if _, err := s.List(ctx, req); reason(err) != chat.PageTokenInvalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		handler := w.as(chat.RoleHandler, "store.shared:ns")
		_, err = next(handler, token)
		wants(t, err, chat.PageTokenInvalid)

		for range 8 {
			time.Sleep(time.Second)
			begin(handler)
		}
		if _, err := next(ctx, token); err != nil {
			t.Fatalf("another's listings push it out: %v", err)
		}
		for range 8 {
			time.Sleep(time.Second)
			begin(ctx)
		}
		_, err = next(ctx, token)
		wants(t, err, chat.Compacted)
		time.Sleep(2 * time.Minute)
	})
}
