package store

// Reader is what can be read: a Store, or a Snapshot of one.
type Reader interface {
	// Get is as Store.Get.
	Get(key []byte) ([]byte, error)
	// Scan is as Store.Scan.
	Scan(prefix, after []byte, visit func(key, value []byte) error) error
}

// Snapshot is a Store as it was when the snapshot was taken: it sees everything
// that Apply had returned for, durable or not, and nothing that came later. Its
// methods may be called from several goroutines at once.
//
// A snapshot holds on to what was deleted since, so it is to be closed soon.
type Snapshot interface {
	Reader
	// Close lets go of it; further calls return ErrClosed, a second Close too.
	// The store's own Close closes the snapshots that are left.
	Close() error
}
