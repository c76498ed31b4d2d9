package delivery

import (
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/store"
)

func (r *rig) accountRow() *record.Account {
	r.t.Helper()
	var row record.Account
	if err := proto.Unmarshal(r.rows[string(AccountKey("account:1"))], &row); err != nil {
		r.t.Fatal(err)
	}
	return &row
}

// An adapter that says again how it stands keeps its epoch. What it is called now
// is on disk, and a report that changes nothing costs no write.
func TestAnAccountIsKeptAsItsAdapterLastReportedIt(t *testing.T) {
	r := newRig(t)
	r.come(irc, 1)
	in := Activate{Account: "account:1", From: irc, Name: "oco", Service: "irc", WantsSettled: true}
	for name, change := range map[string]func(){
		"nothing":     func() {},
		"its name":    func() { in.Name = "robin" },
		"its service": func() { in.Service = "matrix" },
		"repeats":     func() { in.Idempotent = true },
	} {
		change()
		batch := &store.Batch{}
		s := r.m.Begin(r.now, batch)
		s.Step(1, in, nil)
		c := s.End()
		wrote := batch.Len() > 0
		r.take(c)
		if a := r.asked[1].Value.(Activated); !a.Active || a.Epoch != 1 {
			t.Errorf("%s: %+v", name, a)
		}
		if wrote != (name != "nothing") || c.Sync != wrote {
			t.Errorf("%s changed, and it was written: %t, to be durable: %t", name, wrote, c.Sync)
		}
		if row := r.accountRow(); row.Name != in.Name || row.Service != in.Service || row.Idempotent != in.Idempotent || row.Plugin != "irc" || row.Epoch != 1 {
			t.Errorf("%s: the row is %v", name, row)
		}
	}
}

// Each of those that lost the account stays out while another serves it, and how
// many are remembered is bounded (OCO-LIF-22).
func TestWhoWasFencedStaysOut(t *testing.T) {
	r := newRig(t)
	id := func(n int) Replica { return Replica{"irc", fmt.Sprintf("a%d", n)} }
	activate := func(n int) Activated {
		r.do(Hello{Replica: id(n), Role: chat.RoleAdapter})
		return r.do(Activate{Account: "account:1", From: id(n)}).(Activated)
	}
	for n := range 4 {
		if a := activate(n); !a.Active || a.Epoch != uint64(n+1) {
			t.Fatalf("replica %d: %+v", n, a)
		}
	}
	for n := range 3 {
		if a := activate(n); a.Active || a.Epoch != 4 {
			t.Errorf("replica %d came back: %+v", n, a)
		}
	}
	a := r.m.accounts["account:1"]
	for n := range 200 {
		a.fence(fmt.Sprint(n))
		if !a.fenced[fmt.Sprint(n)] || len(a.fenced) > 64 {
			t.Fatalf("%d are remembered, the last one: %t", len(a.fenced), a.fenced[fmt.Sprint(n)])
		}
	}
}
