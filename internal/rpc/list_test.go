package rpc_test

import (
	"bytes"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/rpc"
	"github.com/openchatops/oco/internal/store"
)

// scans counts how often somebody goes through the outbox.
type scans struct {
	store.Store
	outbox int
}

func (s *scans) Scan(prefix, after []byte, visit func(key, value []byte) error) error {
	if bytes.Equal(prefix, delivery.OutboxPrefix()) {
		s.outbox++
	}
	return s.Store.Scan(prefix, after, visit)
}

// A listing goes through the outbox once, however long its page is: behind a busy
// bot lie the graves of many messages there.
func TestAListingGoesThroughTheOutboxOnce(t *testing.T) {
	var counted *scans
	w := newWorld(t, func(o *rpc.Options) {
		counted = &scans{Store: o.Store}
		o.Store = counted
	})
	w.history()
	counted.outbox = 0
	res, err := w.core.ListDeliveries(w.as(chat.RoleOperator), &ocov1.ListDeliveriesRequest{})
	if err != nil || len(res.Deliveries) < 3 {
		t.Fatal(res, err)
	}
	for _, d := range res.Deliveries {
		if d.DeliveryId == "d1" && (len(d.Sends) != 1 || d.Sends[0].State != ocov1.SendState_SEND_STATE_QUEUED) {
			t.Errorf("what waits of it is not there: %v", d)
		}
	}
	if counted.outbox != 1 {
		t.Errorf("it went through the outbox %d times", counted.outbox)
	}
}
