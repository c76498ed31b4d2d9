package engine

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/store"
	"github.com/openchatops/oco/internal/store/pebblestore"
)

// A stuck store holds up one commit.
type stuck struct {
	store.Store
	next atomic.Int64 // nanoseconds
}

func (s *stuck) Apply(b *store.Batch) (store.Commit, error) {
	time.Sleep(time.Duration(s.next.Swap(0)))
	return s.Store.Apply(b)
}

// A disk that does not answer for a minute costs no handler its lease: what it said
// meanwhile was not heard (OCO-LIF-43).
func TestADiskThatStandsStillLosesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory, err := pebblestore.OpenMemory(pebblestore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer memory.Close()
		st := &stuck{Store: memory}
		e := open(t, st, Options{})
		defer e.Stop()
		far := delivery.Replica{Plugin: "far", Name: "f1"}
		s, _ := come(t, e, far, 1)
		must(t, e, command("d1", chat.OrderNone))
		synctest.Wait()
		offer, ok := s.all()[0].(delivery.Offer)
		if !ok {
			t.Fatalf("%+v", s.all())
		}
		st.next.Store(int64(time.Minute))
		must(t, e, delivery.Put{Writes: []delivery.Write{{Key: []byte("z"), Value: []byte("z")}}})
		time.Sleep(time.Second)
		verdicts := must(t, e, delivery.Complete{From: far, Completions: []delivery.Completion{{Lease: offer.Lease, Kind: delivery.DoneKind}}}).([]delivery.Verdict)
		if verdicts[0].Kind != delivery.Committed {
			t.Errorf("the completion is %+v: its lease was lost while the disk stood still", verdicts[0])
		}
	})
}
