package rpc_test

import (
	"bytes"
	"io"
	"strconv"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc/codes"

	"github.com/openchatops/oco/internal/chat"
)

// raw makes one call by hand-made HTTP/2 frames and gives its grpc-status; -1
// if the server refused the stream or the connection.
func (w *world) raw(dial io.ReadWriter, path, key string) int {
	w.t.Helper()
	if _, err := io.WriteString(dial, http2.ClientPreface); err != nil {
		w.t.Fatal(err)
	}
	framer := http2.NewFramer(dial, dial)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	var block bytes.Buffer
	encode := hpack.NewEncoder(&block)
	for _, f := range [][2]string{
		{":method", "POST"}, {":scheme", "http"}, {":path", path}, {":authority", "bot"},
		{"content-type", "application/grpc"}, {"te", "trailers"}, {"authorization", "Bearer " + key},
	} {
		if err := encode.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]}); err != nil {
			w.t.Fatal(err)
		}
	}
	for _, err := range []error{
		framer.WriteSettings(),
		framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndHeaders: true}),
		framer.WriteData(1, true, make([]byte, 5)), // one empty message
	} {
		if err != nil {
			w.t.Fatal(err)
		}
	}
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return -1
		}
		switch f := frame.(type) {
		case *http2.MetaHeadersFrame:
			for _, h := range f.Fields {
				if h.Name == "grpc-status" {
					code, err := strconv.Atoi(h.Value)
					if err != nil {
						w.t.Fatal(err)
					}
					return code
				}
			}
			if f.StreamEnded() {
				return -1
			}
		case *http2.RSTStreamFrame, *http2.GoAwayFrame:
			return -1
		}
	}
}

func TestPathsAreTakenLiterally(t *testing.T) {
	w := newWorld(t)
	l := w.listen()
	handler, operator := w.key(chat.RoleHandler), w.key(chat.RoleOperator)
	call := func(path, key string) int {
		conn, err := l.DialContext(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return w.raw(conn, path, key)
	}
	const good = "/openchatops.v1.AdminService/ListKeys"
	if got := call(good, operator); got != int(codes.OK) {
		t.Fatalf("the path as it is: %d", got)
	}
	if got := call(good, handler); got != int(codes.PermissionDenied) {
		t.Fatalf("the path as it is, as a handler: %d", got)
	}
	for _, path := range []string{
		good[1:], "/" + good, good + "/", "/openchatops.v1.AdminService//ListKeys",
		"/openchatops.v1.AdminService%2fListKeys", "/openchatops.v1.AdminService%2FListKeys", "%2f" + good[1:],
		"/openchatops.v1.adminservice/ListKeys", "/openchatops.v1.AdminService/listKeys", "/OPENCHATOPS.V1.ADMINSERVICE/LISTKEYS",
		"/openchatops.v1.BotService/../openchatops.v1.AdminService/ListKeys", "/./openchatops.v1.AdminService/ListKeys",
		good + "?", good + "#", good + "\x00", good + " ", "/", "", "*", "/openchatops.v1.AdminService", "/ListKeys",
	} {
		for role, key := range map[string]string{"handler": handler, "operator": operator} {
			got := call(path, key)
			if got != -1 && got != int(codes.PermissionDenied) && got != int(codes.Unimplemented) && got != int(codes.Internal) {
				t.Errorf("%q as %s: %d (%s)", path, role, got, codes.Code(got))
			}
		}
	}
	if n := len(w.engine.inputs); n != 0 {
		t.Fatalf("%d calls came through", n)
	}
}
