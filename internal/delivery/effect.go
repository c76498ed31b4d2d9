package delivery

import (
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// An Effect is something for the engine to do once the changes of its step are
// on disk.
type Effect interface{ effect() }

// A Token says which caller a Reply is for. The machine hands it back as it
// got it.
type Token uint64

// Reply answers the caller of an input: with Value, or with Err.
type Reply struct {
	Token Token
	Value any
	Err   *chat.Error
}

// Offer hands a delivery to a replica. Match and Payload are nil if they must
// be read from the rows DeliveryKey and EventKey.
type Offer struct {
	Sink    Sink
	Lease   Lease
	Attempt int
	Event   string
	Route   string
	// Definition is the one that matched.
	Definition string
	RunPolicy  chat.RunPolicy
	MaxRun     time.Duration
	Trace      string
	Match      []byte
	Payload    []byte
}

// Operate hands an operation to the adapter: one message, made of one send or
// of several notices, or with an Act in its one Part something else. A Part with
// a Row must be read.
type Operate struct {
	Sink    Sink
	Lease   Lease
	Attempt int
	Account string
	Epoch   uint64
	Token   string
	Place   chat.Place
	ReplyTo string
	Reason  chat.SendReason
	Repeat  bool
	Trace   string
	Parts   []Part
}

// A Part is the text of one send or what else it asks for, or the row that holds
// it.
type Part struct {
	Row  uint64
	Text string
	Act  []byte // an encoded openchatops.v1.Operation
}

// CancelFrame tells a replica that the answer became useless.
type CancelFrame struct {
	Sink     Sink
	Delivery string
	Reason   CancelReason
	Text     string
}

// CancelReason is why an answer became useless. Its values are those of the wire.
type CancelReason uint8

// The reasons.
const (
	CancelMaxRun CancelReason = iota + 1
	CancelPerson
	CancelSettled
)

// SettledFrame tells the adapter that an event has all its outcomes and that
// what was said about it is posted.
type SettledFrame struct {
	Sink      Sink
	ServiceID string
	Outcomes  []chat.Outcome
}

// DrainFrame tells a replica that the bot stops.
type DrainFrame struct {
	Sink  Sink
	Grace time.Duration
}

// CloseSink ends a sink from the bot's side. A nil Err is an orderly end.
type CloseSink struct {
	Sink Sink
	Err  *chat.Error
}

// Report is for logs and metrics: a delivery or a send went through a change.
type Report struct {
	Kind                           string // registered, connected, admitted, offered, ended, resolved, sent, operated, hung, missed, crowded
	Delivery, Event, Plugin, Route string
	Message                        string // of sent; of operated the id of the operation
	What                           string // of operated: what it does to what
	Outcome                        chat.Outcome
	State                          chat.SendState
	Attempt                        int
	Took                           time.Duration
	Trace, Detail                  string
}

func (Reply) effect()        {}
func (Offer) effect()        {}
func (Operate) effect()      {}
func (CancelFrame) effect()  {}
func (SettledFrame) effect() {}
func (DrainFrame) effect()   {}
func (CloseSink) effect()    {}
func (Report) effect()       {}
