package delivery

import (
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// An Input is something that happened: a call of a plugin or an operator, the
// end of a process, or time that passed. Each type says what Step answers in
// its Reply effect.
type Input interface{ input() }

// A Lease names a delivery in the hands of a replica.
type Lease struct{ Delivery, ID string }

// A Replica names a process of a plugin.
type Replica struct{ Plugin, Name string }

// A Sink is where frames for a replica go: one stream, or one long poll. The
// engine numbers them; 0 is none.
type Sink uint64

// Admit takes events in. The answer is Admitted.
//
// Epoch is checked against the account's if Account is set; an Admit without an
// account brings events of the bot's own making.
type Admit struct {
	Account     string
	Epoch       uint64
	Events      []Event
	Checkpoint  string
	From        Replica // the adapter that publishes; whose Completions these are
	Completions []Completion
}

// Admitted is the answer to Admit.
type Admitted struct {
	Admitted   int
	Duplicates int
	Checkpoint string
	Verdicts   []Verdict // one for each completion
}

// An Event is one admitted event with what the bot decided about it.
type Event struct {
	ID        string
	ServiceID string // the adapter's own id, for the Settled effect
	Dedup     [16]byte
	Payload   []byte // encoded, as handlers see it; kept only if a route takes it
	Meant     []byte // what names and times of the command mean, kept for when it is run again
	Trace     string
	Occurred  time.Time // zero: now
	// Deliveries are those of the routes that take it.
	Deliveries []NewDelivery
	// Sends are the bot's own answers to it.
	Sends []NewSend
	// Word is what the bot itself is asked to do by it: RetryOf, CancelOf or Drop.
	// How it went is told at Asker.
	Word  Input
	Asker chat.Place
	// Writes are rows that admission of the event puts beside all else.
	Writes []Write
}

// A Route is what the machine must know of a route. Equal values share memory.
type Route struct {
	Plugin      string
	Name        string
	Definition  string
	RunPolicy   chat.RunPolicy
	Order       chat.Order
	Notice      chat.Notice
	MaxRun      time.Duration
	StaleAfter  time.Duration
	MaxAttempts int
	Sensitive   bool // for the record: an argument of it must not be shown
}

// A NewDelivery is one event for one route, as intake decided it.
type NewDelivery struct {
	ID        string
	Route     Route
	Match     []byte // encoded openchatops.v1.Match
	Addressed bool
	User      string
	Place     chat.Place
	Decision  string // why it is allowed or refused, for the record
	Refused   bool
	UserText  string // of a refusal
}

// A NewSend is a message for the outbox, or with an Act another operation.
type NewSend struct {
	ID      string // of the message; empty: drawn
	Place   chat.Place
	Text    string
	ReplyTo string
	Reason  chat.SendReason
	Act     *Act
	Level   chat.Level // at which it was asked for; 0: none was
	Asker   string     // who asked for it outside a delivery
	Trace   string     // the traceparent of what led to it, where it answers no event
	Terms
	// Passing says how its delivery stands, which is of no use when that has ended.
	Passing bool
}

// Terms are how a message is to be treated while it waits and when nobody knows
// whether it was posted.
type Terms struct {
	RepeatPolicy chat.RepeatPolicy // 0: PreferDup
	ValidFor     time.Duration     // 0: as long as messages may wait
}

// A Write is one row that goes to the store as it is. A nil Value deletes.
type Write struct{ Key, Value []byte }

// A CompletionKind is what a plugin says of a delivery.
type CompletionKind uint8

// The kinds of completions.
const (
	Progress CompletionKind = iota + 1
	DoneKind
	Fail
	Retried
	Release
)

// A Completion is what a plugin says of one delivery.
type Completion struct {
	Lease
	Kind      CompletionKind
	Sends     []KeyedSend
	Extend    time.Duration // Progress: counts max_run anew
	Delay     time.Duration // Retried
	UserText  string        // Fail
	Detail    string        // Fail, Retried, Release: for the log
	Operation *OperationResult
	Transact  *Transaction // DoneKind: committed with it, or the completion is refused
}

// A KeyedSend is a message that a completion carries. A zero Place is where the
// delivery came from; any other is taken only if Elsewhere says that the plugin
// may.
type KeyedSend struct {
	Key       string
	Place     chat.Place
	Elsewhere bool
	Text      string
	ReplyTo   string
	Terms
}

// An OperationResult is what became of a send that the adapter was asked for.
type OperationResult struct {
	State     chat.SendState
	ServiceID string
	Detail    string
}

// Complete takes completions of one replica. The answer is []Verdict, one for
// each; with Wait it is SendEnd, given when the only send of the only
// completion has ended.
type Complete struct {
	From        Replica
	Completions []Completion
	Wait        bool
}

// A Verdict says what was taken of a completion. The numbers are the wire's.
type Verdict struct {
	Kind VerdictKind
	Err  *chat.Error // set when refused
	// Store is what became of the completion's transaction, if it had one.
	Store *Transacted
}

// VerdictKind has the numbers of the wire.
type VerdictKind uint8

// The verdicts.
const (
	Committed VerdictKind = 1
	Duplicate VerdictKind = 2
	Resolved  VerdictKind = 3
	NotTaken  VerdictKind = 4
)

// SendEnd is how a send ended, or that it is queued.
type SendEnd struct {
	Message string
	State   chat.SendState
	Level   chat.Level
	Detail  string
}

// Say sends a message outside a delivery, or asks for another operation. The
// answer is SendEnd: at once when it is in the outbox, or with Wait when it has
// ended. At the level Dropped nothing is done, which is Sent.
type Say struct {
	Send NewSend
	// Request and Body recognise a repeat: the caller's request id under the
	// caller's name, and a hash of the message.
	Caller, Request string
	Body            [16]byte
	Wait            bool
}

// Hello makes a replica known, at its registration. It names the route
// definitions that it registered. The answer is nil.
type Hello struct {
	Replica
	Role        chat.Role
	Child       bool // a process of the bot's own
	Definitions map[string]struct{}
	Writes      []Write
}

// Connect opens a sink for a replica that is known. Credit is the number of
// callbacks that it runs at once. With Pull set the sink takes at most so many
// deliveries once and is closed after the step that brought the first. The
// answer is nil.
type Connect struct {
	Replica
	Sink   Sink
	Credit int
	Pull   int
}

// Disconnect closes a sink from the plugin's side. Unsent are the leases whose
// frames surely never left the bot. Cut says that the replica may not come back:
// if the sink was still its own, it is gone and its leases are lost. The answer
// is nil.
type Disconnect struct {
	Replica
	Sink   Sink
	Unsent []Lease
	Cut    bool
}

// Leave closes the sink of a replica, if it has one, behind its last frame. The
// answer is nil.
type Leave struct{ Replica }

// Heartbeat renews the leases that a replica holds. The answer is []string, the
// ids of those that are lost.
type Heartbeat struct {
	Replica
	Held []Lease
}

// Gone says that a process has ended: its leases are lost at once. An empty
// Name means every replica of the plugin that is a child. The answer is nil.
type Gone struct{ Replica }

// Forget drops a registration: what waits for it ends expired. The answer is
// nil.
type Forget struct {
	Plugin string
	Why    string // what people are told; empty: that it is not registered any more
	Writes []Write
}

// Activate makes a replica the one that serves an account. The answer is
// Activated.
type Activate struct {
	Account       string
	From          Replica
	Name, Service string
	Idempotent    bool // the service recognises repeats of a send
	WantsSettled  bool
	Connected     bool // to the chat service
	Replays       bool // the service replays what was missed while it was not
	// Reacts says whether a command may be acknowledged by a reaction, ReactsIn in
	// which rooms that is otherwise. Neither is kept over a restart.
	Reacts   bool
	ReactsIn map[string]bool
}

// Activated is the answer to Activate.
type Activated struct {
	Epoch      uint64
	Checkpoint string
	Active     bool
}

// RetryOf runs the event of an ended delivery again. The answer is the id of
// the new delivery.
type RetryOf struct {
	Old   string
	New   NewDelivery
	Meant []byte // replaces that of the event; nil: it stays
	By    string
}

// CancelOf ends a delivery that has not ended. The answer is nil.
type CancelOf struct{ Delivery, By, Reason string }

// Drop settles an ended delivery. The answer is nil.
type Drop struct{ Delivery, By, Reason string }

// Pause stops or resumes offering to a plugin; an empty Plugin is all handlers.
// Operators are told who did it and why, unless By is empty. The answer is nil.
type Pause struct {
	Plugin string
	Paused bool
	By     string
	Reason string
	Writes []Write
}

// Broken says that the process of some plugins ends again and again and is given
// a rest, and why it ended last. The answer is nil.
type Broken struct {
	Plugins []string
	Why     string
}

// Unsettled tells operators how many records of deliveries on the open list were kept
// for long enough and are gone since they were told last. The answer is an int: how
// many, of which 0 are not told.
type Unsettled struct{}

// Put writes rows that the machine does not look into. The answer is nil.
type Put struct{ Writes []Write }

// Drain says that the bot stops: nothing new is offered. The answer is nil.
type Drain struct{ Grace time.Duration }

// Inspect asks for a Snapshot, which is the answer.
type Inspect struct{}

// Tick says that time passed. It has no answer.
type Tick struct{}

func (Admit) input()      {}
func (Complete) input()   {}
func (Say) input()        {}
func (Hello) input()      {}
func (Connect) input()    {}
func (Disconnect) input() {}
func (Leave) input()      {}
func (Heartbeat) input()  {}
func (Gone) input()       {}
func (Forget) input()     {}
func (Activate) input()   {}
func (RetryOf) input()    {}
func (CancelOf) input()   {}
func (Drop) input()       {}
func (Pause) input()      {}
func (Broken) input()     {}
func (Unsettled) input()  {}
func (Put) input()        {}
func (Drain) input()      {}
func (Inspect) input()    {}
func (Tick) input()       {}
