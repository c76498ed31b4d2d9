package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// A bare connection speaks HTTP/2 frame by frame and does not heed what the
// server allows. One goroutine uses it, beside its own that reads.
type bare struct {
	net.Conn
	mu     sync.Mutex // of writing
	framer *http2.Framer
	next   uint32
	header bytes.Buffer
	hpack  *hpack.Encoder
	key    string
	gone   chan struct{} // closed when the server hung up
	tally  *tally
}

// largestFrame is what every server takes without having said more.
const largestFrame = 16 << 10

func dialBare(ctx context.Context, address, key string, tally *tally) (*bare, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	b := &bare{Conn: conn, framer: http2.NewFramer(conn, conn), next: 1, key: key, gone: make(chan struct{}), tally: tally}
	b.hpack = hpack.NewEncoder(&b.header)
	b.framer.SetMaxReadFrameSize(1 << 24)
	if _, err = conn.Write([]byte(http2.ClientPreface)); err == nil {
		err = b.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 30})
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	tally.add("connections", 1)
	go b.read()
	return b, nil
}

// read answers what a server wants answered and counts how it refuses.
func (b *bare) read() {
	defer close(b.gone)
	for {
		frame, err := b.framer.ReadFrame()
		if err != nil {
			return
		}
		switch f := frame.(type) {
		case *http2.SettingsFrame:
			if !f.IsAck() {
				b.write(b.framer.WriteSettingsAck)
			}
		case *http2.PingFrame:
			if !f.IsAck() {
				b.write(func() error { return b.framer.WritePing(true, f.Data) })
			}
		case *http2.RSTStreamFrame:
			b.tally.add("streams reset by the bot", 1)
		case *http2.HeadersFrame:
			b.tally.add("answers", 1)
		case *http2.GoAwayFrame:
			b.tally.add("connections ended by the bot", 1)
		}
	}
}

// write makes one frame. What fails shows when the server hangs up.
func (b *bare) write(frame func() error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	_ = frame()
}

// open begins a request with so many bytes of ballast in its headers.
func (b *bare) open(method string, ballast []byte) (stream uint32, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	stream = b.next
	b.next += 2
	b.header.Reset()
	for _, field := range []hpack.HeaderField{
		{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "http"}, {Name: ":path", Value: method}, {Name: ":authority", Value: "localhost"},
		{Name: "content-type", Value: "application/grpc"}, {Name: "te", Value: "trailers"},
	} {
		if err := b.hpack.WriteField(field); err != nil {
			return 0, err
		}
	}
	if b.key != "" {
		if err := b.hpack.WriteField(hpack.HeaderField{Name: "authorization", Value: "Bearer " + b.key}); err != nil {
			return 0, err
		}
	}
	block := append(b.header.Bytes(), ballast...)
	first := block[:min(len(block), largestFrame)]
	block = block[len(first):]
	err = b.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: first, EndHeaders: len(block) == 0})
	for err == nil && len(block) > 0 {
		part := block[:min(len(block), largestFrame)]
		block = block[len(part):]
		if err = b.SetWriteDeadline(time.Now().Add(5 * time.Second)); err == nil {
			err = b.framer.WriteContinuation(stream, len(block) == 0, part)
		}
	}
	return stream, err
}

// send writes one gRPC message on a stream, as fast as the connection takes it.
func (b *bare) send(stream uint32, message []byte, end bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(message)
	data := append([]byte{0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, message...)
	for {
		part := data[:min(len(data), largestFrame)]
		data = data[len(part):]
		if err := b.framer.WriteData(stream, end && len(data) == 0, part); err != nil || len(data) == 0 {
			return err
		}
	}
}

func (b *bare) reset(stream uint32) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.framer.WriteRSTStream(stream, http2.ErrCodeCancel)
}

// ballast is a run of long headers. None of them is put into a table: its second
// use would be a single byte. So it depends on no connection.
var ballast = sync.OnceValue(func() []byte {
	var out bytes.Buffer
	encoder := hpack.NewEncoder(&out)
	value := strings.Repeat("x", 8000)
	for i := 0; out.Len() < 16<<20; i++ {
		// A buffer in memory takes everything.
		_ = encoder.WriteField(hpack.HeaderField{Name: fmt.Sprintf("x-ballast-%d", i), Value: value, Sensitive: true})
	}
	return out.Bytes()
})
