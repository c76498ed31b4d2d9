package rpc

import (
	"context"

	"google.golang.org/protobuf/encoding/protowire"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/wire"
)

// A packer turns frames into batches within the limits of the wire.
type packer struct {
	core    *Core
	replica delivery.Replica
	waiting []any  // not packed yet
	ahead   []byte // the encoding of the first that waits, if it is made
	offers  offerEncoder
}

// next packs as much as one batch holds. It returns no batch when nothing
// waits. packed are the frames in it.
func (p *packer) next(ctx context.Context) (batch Frames, packed []any, err error) {
	for len(packed) < MaxBatchItems && len(p.waiting) > 0 {
		if p.ahead == nil {
			if p.ahead, err = p.encode(ctx, p.waiting[0]); err != nil {
				return batch, packed, err
			}
		}
		if p.ahead != nil { // nil: it is answered for already
			if len(packed) > 0 && len(batch)+frameSize(p.ahead) > MaxBatch {
				return batch, packed, nil
			}
			if batch == nil {
				batch, packed = make(Frames, 0, p.room()), make([]any, 0, min(MaxBatchItems, len(p.waiting)))
			}
			batch = appendFrame(batch, p.ahead)
			packed = append(packed, p.waiting[0])
		}
		p.ahead, p.waiting = nil, p.waiting[1:]
	}
	return batch, packed, nil
}

// room is about how large the next batch will be.
func (p *packer) room() int {
	const header = 256 // of a frame
	n := 0
	for _, f := range p.waiting[:min(MaxBatchItems, len(p.waiting))] {
		n += weight(f) + header
	}
	return min(n, MaxBatch)
}

func (p *packer) encode(ctx context.Context, f any) ([]byte, error) {
	switch f := f.(type) {
	case delivery.Offer:
		return p.offers.encode(f), nil
	case delivery.Operate:
		frame, refused := p.core.operateFrame(f)
		if refused != nil {
			return nil, p.core.cannotOperate(ctx, p.replica, f, refused)
		}
		var err error
		p.offers.frame, err = wire.Append(p.offers.frame[:0], frame)
		return p.offers.frame, err
	}
	return p.core.encode(p.replica, f)
}

func appendFrame(batch Frames, frame []byte) Frames {
	return protowire.AppendBytes(protowire.AppendTag(batch, framesFrame, protowire.BytesType), frame)
}

// encode writes one frame that has no lease. No frame and no error means that
// nothing is to be sent.
func (c *Core) encode(to delivery.Replica, f any) ([]byte, error) {
	switch f := f.(type) {
	case delivery.CancelFrame:
		return encodeFrame(cancelFrame(f))
	case delivery.SettledFrame:
		return encodeFrame(settledFrame(f))
	case delivery.DrainFrame:
		return encodeFrame(drainFrame(f))
	case *ocov1.Query:
		return encodeFrame(&ocov1.Frame{Kind: &ocov1.Frame_Query{Query: f}})
	case settingsChanged:
		return encodeFrame(settingsChangedFrame())
	}
	c.log.Error("a frame of an unknown kind was not sent", "plugin", to.Plugin)
	return nil, nil
}

// cannotOperate ends a send that cannot be put into the chat service's ids:
// it surely was not sent.
func (c *Core) cannotOperate(ctx context.Context, to delivery.Replica, f delivery.Operate, why *chat.Error) error {
	c.log.Warn("a message cannot be sent", "message", f.Lease.Delivery, "why", why.Text)
	return submit(ctx, c.engine, delivery.Complete{From: to, Completions: []delivery.Completion{{
		Lease: f.Lease, Kind: delivery.DoneKind,
		Operation: &delivery.OperationResult{State: chat.SendFailed, Detail: why.Text},
	}}})
}
