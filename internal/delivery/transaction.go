package delivery

import "time"

// A Transaction of the store for plugins: if all guards hold its writes are
// done, in their order, and else nothing is.
type Transaction struct {
	Namespace string
	Guards    []Guard
	Writes    []EntryWrite
}

// A Guard holds if the key was last written at the revision; 0: if there is no
// such key.
type Guard struct {
	Key      string
	Revision uint64
}

// An EntryOp says what an EntryWrite does.
type EntryOp uint8

// The kinds of writes.
const (
	PutEntry EntryOp = iota + 1
	DeleteEntry
	AddEntry
)

// An EntryWrite is one write of a transaction.
type EntryWrite struct {
	Op    EntryOp
	Key   string
	Value []byte        // PutEntry
	TTL   time.Duration // PutEntry; 0: it stays
	Delta int64         // AddEntry
}

// An Entry is a key of the store for plugins with its value. Revision 0 says
// that there is none.
type Entry struct {
	Key               string
	Value             []byte
	Revision, Created uint64
	Expires           time.Time // zero: it stays
}

// Transact does a transaction. The answer is Transacted.
type Transact struct {
	Transaction
	// Request and Body recognise the repeat of one that was committed: the
	// caller's request id under the caller's name, and a hash of the transaction.
	Caller, Request string
	Body            [16]byte
}

// Transacted is what became of a transaction.
type Transacted struct {
	Committed bool
	Revision  uint64  // of the namespace, afterwards
	Conflicts []Entry // the keys whose guards did not hold, without values
	Results   []Entry // one for each write; only counters have values
}

// Barrier changes nothing. The answer, nil, comes when all that was applied
// before is durable: who took a snapshot of the store before may then show what
// is in it.
type Barrier struct{}

// Sweep removes rows whose time is over, as DueRows found them. The answer is
// nil.
type Sweep struct{ Due [][]byte }

func (Transact) input() {}
func (Barrier) input()  {}
func (Sweep) input()    {}
