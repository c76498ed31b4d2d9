package rpc

import (
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/wire"
)

// The numbers of the fields that are written by hand. A test compares what they
// make with what the generated code makes.
const (
	frameDelivery = protowire.Number(2) // of Frame
	framesFrame   = protowire.Number(1) // of SubscribeResponse

	responseFrames = protowire.Number(3) // of AttachResponse

	fieldDeliveryID  = protowire.Number(1) // of Delivery
	fieldLeaseID     = protowire.Number(2)
	fieldAttempt     = protowire.Number(3)
	fieldRoute       = protowire.Number(4)
	fieldMatch       = protowire.Number(5)
	fieldRunPolicy   = protowire.Number(6)
	fieldMaxRun      = protowire.Number(7)
	fieldDefinition  = protowire.Number(8)
	fieldTraceparent = protowire.Number(9)
	fieldEvent       = protowire.Number(10)
)

// An offerEncoder writes offers, one after the other, into the same memory.
type offerEncoder struct{ delivery, frame []byte }

// encode writes a Frame with a Delivery. The match and the event are on disk in
// the form of the wire and are copied as they are. What it returns holds until
// the next call.
func (e *offerEncoder) encode(o delivery.Offer) []byte {
	b := e.delivery[:0]
	b = appendText(b, fieldDeliveryID, o.Lease.Delivery)
	b = appendText(b, fieldLeaseID, o.Lease.ID)
	b = appendNumber(b, fieldAttempt, uint64(o.Attempt))
	b = appendText(b, fieldRoute, o.Route)
	if o.Match != nil {
		b = appendBytes(b, fieldMatch, o.Match)
	}
	b = appendNumber(b, fieldRunPolicy, uint64(o.RunPolicy))
	if o.MaxRun > 0 {
		b = appendBytes(b, fieldMaxRun, duration(o.MaxRun))
	}
	b = appendText(b, fieldDefinition, o.Definition)
	b = appendText(b, fieldTraceparent, o.Trace)
	b = appendBytes(b, fieldEvent, o.Payload)
	e.delivery, e.frame = b, appendBytes(e.frame[:0], frameDelivery, b)
	return e.frame
}

func appendText(b []byte, field protowire.Number, text string) []byte {
	if text == "" {
		return b
	}
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), text)
}

func appendNumber(b []byte, field protowire.Number, n uint64) []byte {
	if n == 0 {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), n)
}

func appendBytes(b []byte, field protowire.Number, raw []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), raw)
}

func duration(d time.Duration) []byte {
	b := appendNumber(nil, 1, uint64(d/time.Second))
	return appendNumber(b, 2, uint64(d%time.Second))
}

// frameSize is what a frame takes in a SubscribeResponse.
func frameSize(frame []byte) int {
	return protowire.SizeTag(framesFrame) + protowire.SizeBytes(len(frame))
}

// encodeFrame writes any Frame by the generated code.
func encodeFrame(f *ocov1.Frame) ([]byte, error) { return wire.Marshal(f) }

func cancelFrame(f delivery.CancelFrame) *ocov1.Frame {
	return &ocov1.Frame{Kind: &ocov1.Frame_Cancel{Cancel: &ocov1.Cancel{DeliveryId: f.Delivery, Reason: ocov1.CancelReason(f.Reason), Text: f.Text}}}
}

func settledFrame(f delivery.SettledFrame) *ocov1.Frame {
	settled := &ocov1.Settled{EventId: f.ServiceID}
	for _, o := range f.Outcomes {
		settled.Outcomes = append(settled.Outcomes, ocov1.Outcome(o))
	}
	return &ocov1.Frame{Kind: &ocov1.Frame_Settled{Settled: settled}}
}

func drainFrame(f delivery.DrainFrame) *ocov1.Frame {
	return &ocov1.Frame{Kind: &ocov1.Frame_Drain{Drain: &ocov1.Drain{Grace: durationpb.New(f.Grace)}}}
}

func readyFrame(credit int, instance string) *ocov1.Frame {
	return &ocov1.Frame{Kind: &ocov1.Frame_Ready{Ready: &ocov1.Ready{
		MaxInFlight: uint32(credit), HeartbeatInterval: durationpb.New(heartbeatEvery),
		LeaseTerm: durationpb.New(leaseTerm), InstanceId: instance,
	}}}
}

func heartbeatFrame() *ocov1.Frame {
	return &ocov1.Frame{Kind: &ocov1.Frame_Heartbeat{Heartbeat: &ocov1.BotHeartbeat{}}}
}
