package rpc

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/store"
)

// maxLooked bounds how many rows one call looks at: a page may come out short.
const maxLooked = 10_000

func isAbsent(err error) bool {
	return errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrKey)
}

// A lister collects a page of deliveries.
type lister struct {
	core   *Core
	req    *ocov1.ListDeliveriesRequest
	size   int
	looked int
	last   []byte // the row that was looked at last
	more   bool
	page   []*ocov1.DeliveryRecord
}

// ListDeliveries lists deliveries that have not ended, then those that have,
// each in the order of their ids; or the open list.
func (c *Core) ListDeliveries(_ context.Context, req *ocov1.ListDeliveriesRequest) (*ocov1.ListDeliveriesResponse, error) {
	size, refused := pageSize(req.GetPageSize())
	if refused != nil {
		return nil, refused
	}
	after, err := base64.RawURLEncoding.DecodeString(req.GetPageToken())
	if err != nil {
		return nil, badToken()
	}
	l := &lister{core: c, req: req, size: size}
	prefixes := l.prefixes()
	first := 0
	if len(after) > 0 {
		first = slices.IndexFunc(prefixes, func(p []byte) bool { return bytes.HasPrefix(after, p) })
		if first < 0 {
			return nil, badToken()
		}
	}
	for _, prefix := range prefixes[first:] {
		err := c.opt.Store.Scan(prefix, after, func(key, value []byte) error { return l.look(prefix, key, value) })
		if err != nil {
			return nil, err
		}
		if after = nil; l.more {
			break
		}
	}
	res := &ocov1.ListDeliveriesResponse{Deliveries: l.page}
	if l.more {
		res.NextPageToken = base64.RawURLEncoding.EncodeToString(l.last)
	}
	if err := c.addSends(res.Deliveries...); err != nil {
		return nil, err
	}
	return res, nil
}

// prefixes are those of the rows that can hold what is asked for.
func (l *lister) prefixes() [][]byte {
	if l.req.GetOpenList() {
		return [][]byte{delivery.OpenListPrefix()}
	}
	states := l.req.GetStates()
	wants := func(s ...ocov1.DeliveryState) bool {
		return len(states) == 0 || slices.ContainsFunc(s, func(one ocov1.DeliveryState) bool { return slices.Contains(states, one) })
	}
	var prefixes [][]byte
	if wants(ocov1.DeliveryState_DELIVERY_STATE_WAITING, ocov1.DeliveryState_DELIVERY_STATE_HELD, ocov1.DeliveryState_DELIVERY_STATE_LEASED) &&
		len(l.req.GetOutcomes()) == 0 {
		prefixes = append(prefixes, delivery.OpenPrefix())
	}
	if wants(ocov1.DeliveryState_DELIVERY_STATE_ENDED) {
		prefixes = append(prefixes, delivery.EndedPrefix())
	}
	return prefixes
}

// look takes one row into the page if it is asked for.
func (l *lister) look(prefix, key, value []byte) error {
	if len(l.page) == l.size || l.looked == maxLooked {
		l.more = true
		return store.ErrStop
	}
	l.looked++
	l.last = append(l.last[:0], key...)
	id := string(key[len(prefix):])
	row, err := l.read(prefix, id, value)
	if err != nil {
		return fmt.Errorf("the row %q cannot be read: %w", key, err)
	}
	if row != nil && l.wanted(row) {
		l.page = append(l.page, deliveryRecord(id, row))
	}
	return nil
}

func (l *lister) read(prefix []byte, id string, value []byte) (*record.Delivery, error) {
	switch string(prefix) {
	case string(delivery.OpenPrefix()):
		turn, err := l.core.value(delivery.TurnKey(id))
		if err != nil {
			return nil, err
		}
		return delivery.MergeDelivery(value, turn)
	case string(delivery.OpenListPrefix()):
		row := new(record.Delivery)
		if found, err := l.core.row(delivery.EndedKey(id), row); err != nil || !found {
			return nil, err
		}
		return row, nil
	}
	row := new(record.Delivery)
	return row, proto.Unmarshal(value, row)
}

func (l *lister) wanted(row *record.Delivery) bool {
	outcome := chat.Outcome(row.Outcome)
	if name := l.req.GetPluginId(); name != "" && name != row.Plugin {
		return false
	}
	if wants := l.req.GetOutcomes(); len(wants) > 0 && !slices.Contains(wants, ocov1.Outcome(outcome)) {
		return false
	}
	states := l.req.GetStates()
	return len(states) == 0 || slices.Contains(states, ocov1.DeliveryState(stateOf(row)))
}
