package intake

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"

	"github.com/openchatops/oco/internal/delivery"
)

// source draws from the generator of the process, from any goroutine.
type source struct{}

func (source) Uint64() uint64 { return rand.Uint64() }

var random = rand.New(source{})

// newDelivery mints the id of a delivery.
func (p *pending) newDelivery() string {
	return p.in.o.IDs.Draw(delivery.KindDelivery, p.now, random)
}

// newTrace begins a trace: a W3C traceparent. It names things and guards none, so
// its numbers need not be hard to guess.
func newTrace() string {
	const trace, span = 3, 36 // where the two ids begin
	b := [55]byte{0: '0', 1: '0', 2: '-', span - 1: '-', 52: '-', 53: '0', 54: '1'}
	var raw [24]byte
	for i := 0; i < len(raw); i += 8 {
		binary.LittleEndian.PutUint64(raw[i:], rand.Uint64())
	}
	hex.Encode(b[trace:], raw[:16])
	hex.Encode(b[span:], raw[16:])
	return string(b[:])
}
