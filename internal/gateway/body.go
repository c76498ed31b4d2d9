package gateway

import (
	"context"
	"io"
	"net"
	"net/http"
	"strconv"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/rpc"
)

// A body is that of a request. One that may be large waits for the turn of the
// call's plugin before anything is made ready for it.
type body struct {
	io.ReadCloser
	remote net.Addr
	length int64 // -1 if the request does not say it
	packed bool  // compressed: nobody knows what it unfolds to
	turn   *rpc.Turn
	ctx    context.Context
	read   int
	over   bool
}

type bodyKey struct{}

// bodyOf is the body of a request, nil if it has none that is metered.
func bodyOf(ctx context.Context) *body {
	b, _ := ctx.Value(bodyKey{}).(*body)
	return b
}

// metered gives every request such a body.
func metered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := &body{ReadCloser: r.Body, length: r.ContentLength}
		for _, name := range []string{"Content-Encoding", "Connect-Content-Encoding", "Grpc-Encoding"} {
			b.packed = b.packed || r.Header.Get(name) != ""
		}
		b.remote, _ = r.Context().Value(remoteKey{}).(net.Addr)
		r = r.WithContext(context.WithValue(r.Context(), bodyKey{}, b))
		r.Body = b
		defer func() {
			if b.turn != nil {
				b.turn.End()
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// wait waits until the body may be read.
func (b *body) wait(ctx context.Context, turn *rpc.Turn) error {
	if b.length > maxBody {
		return chat.Refuse(chat.TooLarge, "the body has %d bytes, but at most %d are taken", b.length, rpc.MaxMessage).With("limit", strconv.Itoa(rpc.MaxMessage))
	}
	b.turn, b.ctx = turn, ctx
	if b.length >= 0 && b.length <= rpc.SmallMessage && !b.packed {
		return nil
	}
	return turn.Read(ctx)
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.read += n; b.turn == nil {
		return n, err // whoever calls reads for no call
	}
	if b.read > rpc.SmallMessage {
		if waited := b.turn.Spend(b.ctx, n); waited != nil {
			return n, waited
		}
	}
	if err != nil && !b.over && !b.packed {
		b.over = true
		if waited := b.turn.Hold(b.ctx, b.read); waited != nil {
			return n, waited
		}
	}
	return n, err
}

// A turned stream gives back the turn of its body when its first message was read:
// nobody need read on to the end of a body, nor know before what it unfolds to.
type turned struct {
	connect.ServerStream
	body *body
}

// Receive implements connect.ServerStream.
func (s turned) Receive(msg any) error {
	err := s.ServerStream.Receive(msg)
	b := s.body
	if b.over || b.turn == nil {
		return err
	}
	b.over = true
	size := b.read
	if m, ok := msg.(proto.Message); ok && err == nil && b.packed {
		size = proto.Size(m)
	}
	if waited := b.turn.Hold(b.ctx, size); err == nil {
		err = waited
	}
	return err
}

// The connection of a request: http.Request has its address as a text only.
type remoteKey struct{}

func remember(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, remoteKey{}, conn.RemoteAddr())
}

// enter authorises a request, counts its call in until end is called and waits
// until its body may be read.
func enter(ctx context.Context, core *rpc.Core, method string, authorization []string) (entered context.Context, end func(), err error) {
	b := bodyOf(ctx)
	if b == nil {
		return nil, nil, chat.Refuse(chat.KeyMissing, "the call has no connection")
	}
	entered, refused := core.Authorize(ctx, rpc.Door{}, method, authorization)
	if refused = core.Met(entered, b.remote, refused); refused != nil {
		return nil, nil, refused
	}
	end, refused = core.Begin(entered)
	if refused != nil {
		return nil, nil, refused
	}
	if err := b.wait(entered, core.Turn(entered, b.remote)); err != nil {
		end()
		return nil, nil, err
	}
	return entered, end, nil
}
