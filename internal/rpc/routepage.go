package rpc

import (
	"cmp"
	"encoding/base64"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/plugin"
)

// A routePage is a page of a listing of routes, by plugin and name. It holds at most
// what fits into one message.
type routePage struct {
	size  int
	after string // the key of the last route of the page before
	last  string // of the last one of this page
	taken int
	bytes int
}

func newRoutePage(size int32, token string) (*routePage, *chat.Error) {
	most, refused := pageSize(size)
	if refused != nil {
		return nil, refused
	}
	after, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return nil, badToken()
	}
	return &routePage{size: most, after: string(after)}, nil
}

// from gives the routes that were on no page before, in order.
func (p *routePage) from(all []plugin.RouteInfo) []plugin.RouteInfo {
	left := slices.DeleteFunc(all, func(i plugin.RouteInfo) bool { return i.Live.Key() <= p.after })
	slices.SortFunc(left, func(a, b plugin.RouteInfo) int {
		if a.Plugin == b.Plugin {
			return cmp.Compare(a.Live.Name, b.Live.Name)
		}
		return cmp.Compare(a.Plugin+":", b.Plugin+":")
	})
	return left
}

// takes says whether the page has room for what is told of a route.
func (p *routePage) takes(info plugin.RouteInfo, said proto.Message) bool {
	p.bytes += proto.Size(said)
	if p.taken == p.size || p.taken > 0 && p.bytes > MaxBatch {
		return false
	}
	p.taken, p.last = p.taken+1, info.Live.Key()
	return true
}

// next is the token of the page behind this one.
func (p *routePage) next() string { return base64.RawURLEncoding.EncodeToString([]byte(p.last)) }
