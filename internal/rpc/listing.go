package rpc

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"sync"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/store"
)

// Bounds of the listings that go on: each holds a snapshot of the store
// (docs/decisions/0004-listings-hold-snapshots.md).
const (
	listingTerm     = time.Minute // after the last page
	listingsOfOne   = 8           // of one caller; the oldest is given up
	listingsOfAll   = 64
	maxListedAtOnce = 10_000 // entries that one page looks at
	tokenDot        = "."
)

// A listing is a List whose pages are of one revision.
type listing struct {
	token     string
	caller    string
	namespace string
	prefix    string
	revision  uint64
	view      store.Snapshot
	used      time.Time
	pages     int // under way
	given     bool
	timer     *time.Timer
}

// listings are those that may go on.
type listings struct {
	mu   sync.Mutex
	open map[string]*listing
}

// List reads what begins with a prefix, a page at a time.
func (s Storage) List(ctx context.Context, req *ocov1.ListRequest) (*ocov1.ListResponse, error) {
	id := caller(ctx)
	if refused := mayStore(id); refused != nil {
		return nil, refused
	}
	size, refused := pageSize(req.GetPageSize())
	if refused != nil {
		return nil, refused
	}
	if refused := checkPrefix("prefix", req.GetPrefix()); refused != nil {
		return nil, refused
	}
	namespace, refused := namespaceOf(id, "namespace", req.GetNamespace())
	if refused != nil {
		return nil, refused
	}
	who := id.Role.String() + ":" + id.Name
	l, after, err := s.core.listing(ctx, who, namespace, req)
	if err != nil {
		return nil, err
	}
	res, last, err := l.page(req, size, after)
	if err != nil || last == "" {
		if failed := s.core.listings.done(l, req.GetPageToken() != ""); err == nil {
			err = failed
		}
		if err != nil {
			return nil, err
		}
		return res, nil
	}
	res.NextPageToken = l.token + tokenDot + base64.RawURLEncoding.EncodeToString([]byte(last))
	return res, s.core.listings.keep(l)
}

// listing begins a listing, or goes on with one.
func (c *Core) listing(ctx context.Context, who, namespace string, req *ocov1.ListRequest) (*listing, string, error) {
	if token := req.GetPageToken(); token != "" {
		return c.listings.find(token, who, namespace, req.GetPrefix())
	}
	view, err := c.view(ctx)
	if err != nil {
		return nil, "", err
	}
	revision, err := delivery.ReadRevision(view, namespace)
	if err != nil {
		return nil, "", joinClose(err, view)
	}
	return &listing{
		token: rand.Text(), caller: who, namespace: namespace, prefix: req.GetPrefix(), revision: revision, view: view, pages: 1,
	}, "", nil
}

// page reads a page; last is where it ended, empty if it was the last one.
func (l *listing) page(req *ocov1.ListRequest, most int, after string) (res *ocov1.ListResponse, last string, err error) {
	res = &ocov1.ListResponse{Revision: l.revision}
	size, looked, at := 0, 0, after
	err = delivery.ScanEntries(l.view, l.namespace, l.prefix, after, time.Now(), func(e delivery.Entry, bytes int, value func() ([]byte, error)) error {
		if req.GetKeysOnly() {
			bytes = 0
		}
		size += entrySize(e.Key, bytes)
		if len(res.Entries) == most || looked == maxListedAtOnce || size > MaxBatch && len(res.Entries) > 0 {
			last = at
			return store.ErrStop
		}
		looked++
		at = e.Key
		if e.Revision == 0 {
			size -= entrySize(e.Key, bytes)
			return nil
		}
		if !req.GetKeysOnly() {
			var err error
			if e.Value, err = value(); err != nil {
				return err
			}
		}
		res.Entries = append(res.Entries, entryProto(e))
		return nil
	})
	return res, last, err
}

func (all *listings) find(token, who, namespace, prefix string) (*listing, string, error) {
	name, position, ok := strings.Cut(token, tokenDot)
	after, err := base64.RawURLEncoding.DecodeString(position)
	if !ok || err != nil || len(after) == 0 {
		return nil, "", badToken()
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	l := all.open[name]
	switch {
	case l == nil:
		return nil, "", chat.Refuse(chat.Compacted, "page_token: the revision that it is of is not kept any more: list again")
	case l.caller != who || l.namespace != namespace || l.prefix != prefix:
		return nil, "", badToken()
	}
	l.pages++
	return l, string(after), nil
}

// keep lets a listing go on for a while.
func (all *listings) keep(l *listing) error {
	all.mu.Lock()
	defer all.mu.Unlock()
	l.pages--
	l.used = time.Now()
	if l.timer != nil {
		l.timer.Reset(listingTerm)
		if all.open[l.token] == l {
			return nil
		}
		return all.release(l) // given up meanwhile
	}
	if all.open == nil {
		all.open = map[string]*listing{}
	}
	if err := all.giveUp(l.caller); err != nil {
		return err
	}
	all.open[l.token] = l
	l.timer = time.AfterFunc(listingTerm, func() { all.expire(l) })
	return nil
}

// giveUp makes room for one more of a caller: by its own oldest one, or by the
// oldest of all.
func (all *listings) giveUp(who string) error {
	var own, oldest *listing
	n := 0
	for _, l := range all.open {
		if oldest == nil || l.used.Before(oldest.used) {
			oldest = l
		}
		if l.caller != who {
			continue
		}
		n++
		if own == nil || l.used.Before(own.used) {
			own = l
		}
	}
	switch {
	case n >= listingsOfOne:
		return all.drop(own)
	case len(all.open) >= listingsOfAll:
		return all.drop(oldest)
	}
	return nil
}

func (all *listings) expire(l *listing) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if time.Since(l.used) < listingTerm || all.open[l.token] != l {
		return
	}
	_ = all.drop(l) // the store is closed, or has failed and says so itself
}

// drop gives a listing up; its snapshot goes with the last page under way.
func (all *listings) drop(l *listing) error {
	delete(all.open, l.token)
	l.timer.Stop()
	return all.release(l)
}

func (all *listings) release(l *listing) error {
	if l.pages > 0 || l.given {
		return nil
	}
	l.given = true
	return l.view.Close()
}

// done ends a page after which there is none, or that failed. One that went on
// before stays for its term: its caller may not have got this page.
func (all *listings) done(l *listing, wentOn bool) error {
	if wentOn {
		return all.keep(l)
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	l.pages--
	return all.release(l)
}
