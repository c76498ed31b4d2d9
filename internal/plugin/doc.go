// Package plugin knows which plugins there are: the keys by which they prove
// who they are, what they registered, what the operator granted them, and who
// became an operator by a claim.
//
// It never writes to the store by itself. Rows that must be written go through
// a [Put] or are handed to the caller's commit, because the bot has one commit
// loop; what this package answers changes only after the rows are durable.
package plugin

import (
	"context"

	"github.com/openchatops/oco/internal/delivery"
)

// Put makes rows durable and returns when they are. It may block on the disk.
// An error means that it is not known whether they were written.
type Put func(ctx context.Context, writes []delivery.Write) error

// Reader is what this package reads of a store, once, at the start.
type Reader interface {
	Scan(prefix, after []byte, visit func(key, value []byte) error) error
}

// The rows of this package.
const (
	prefixKey    = "k/" // key id -> record.Key
	prefixPlugin = "r/" // plugin -> record.Plugin; the empty name stands for every handler
	prefixClaim  = "c/" // user -> record.Claim
)
