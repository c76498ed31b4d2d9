package rpc

import (
	"context"
	"strconv"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
)

// The sizes of the wire (OCO-SIZ), in bytes unless said otherwise.
const (
	MaxMessage    = 4 << 20   // one message
	MaxBatch      = 1 << 20   // one frame or batch, unless it holds one item
	MaxBatchItems = 64        // items of one
	MaxText       = 64 << 10  // the text of one message
	MaxNative     = 256 << 10 // the native payload of one event
	MaxCheckpoint = 4 << 10
	// MaxValue is one value of the store, MaxTransaction keys and values of one
	// transaction.
	MaxValue       = 256 << 10
	MaxTransaction = 1 << 20
	MaxInFlight    = 64 // callbacks that one replica may run at once, unless the operator says otherwise
	maxRequestID   = 128
	maxReplica     = 64
	maxPage        = 1000
	defaultPage    = 100
	maxHeld        = 4096 // leases of one heartbeat, which all others wait for
	maxSends       = 64   // of one completion
	maxKey         = 512
	maxKeys        = 64 // of one Get
	maxGuards      = 64 // of one transaction
	maxWrites      = 64
)

// The times of the wire.
const (
	heartbeatEvery = 10 * time.Second
	leaseTerm      = 30 * time.Second
	maxPull        = 60 * time.Second
	queryTimeout   = 5 * time.Second
)

func limits(inFlight int) *ocov1.Limits {
	return &ocov1.Limits{
		MaxMessage: MaxMessage, MaxBatch: MaxBatch, MaxBatchItems: MaxBatchItems,
		MaxText: MaxText, MaxNative: MaxNative, MaxInFlight: uint32(inFlight),
		MaxValue: MaxValue, MaxTransaction: MaxTransaction,
	}
}

func tooLarge(field string, size, limit int, unit string) *chat.Error {
	return chat.Refuse(chat.TooLarge, "%s: %d %s, but at most %d are taken", field, size, unit, limit).
		With("field", field).With("limit", strconv.Itoa(limit))
}

// checkBatch holds a batch to its limits: one item may be as large as a
// message. To measure one that came small would cost as much as to write it.
func checkBatch(ctx context.Context, field string, items int, whole proto.Message) *chat.Error {
	if items > MaxBatchItems {
		return tooLarge(field, items, MaxBatchItems, "items")
	}
	if items > 1 && !isSmall(ctx) {
		if size := proto.Size(whole); size > MaxBatch {
			return tooLarge(field, size, MaxBatch, "bytes in one batch")
		}
	}
	return nil
}

func checkText(field, text string) *chat.Error {
	switch {
	case text == "":
		return chat.Refuse(chat.TextRequired, "%s: a message has a text", field).With("field", field)
	case len(text) > MaxText:
		return tooLarge(field, len(text), MaxText, "bytes")
	case !utf8.ValidString(text):
		return invalid(field, "the text is not UTF-8")
	}
	return nil
}

// checkReplica holds the name of a process to what can be shown and kept.
func checkReplica(name string) *chat.Error {
	if !chat.ValidKey(name) {
		return invalid("replica", "the name of a process has 1 to %d bytes of A-Za-z0-9._~-; %.80q does not fit", maxReplica, name)
	}
	return nil
}

func checkID(field, id string) *chat.Error {
	if !chat.ValidID(id) {
		return invalid(field, "%.140q is no id: it has 1 to %d bytes of A-Za-z0-9._~:/-", id, chat.MaxID)
	}
	return nil
}

func pageSize(asked int32) (int, *chat.Error) {
	switch {
	case asked < 0:
		return 0, invalid("page_size", "it is negative")
	case asked == 0:
		return defaultPage, nil
	}
	return min(int(asked), maxPage), nil
}
