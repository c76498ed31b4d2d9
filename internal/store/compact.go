package store

import "context"

// Compacter is a Store that keeps what was deleted or replaced for a while, and can
// let go of it now.
type Compacter interface {
	// Compact returns when nothing is left of what was deleted or replaced among the
	// keys that begin with prefix, but for what open snapshots see. Files that it does
	// not use any more may keep some of it until they are written over. It may take
	// long, and writers go on meanwhile.
	Compact(ctx context.Context, prefix []byte) error
}
