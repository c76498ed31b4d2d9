package gateway_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/gen/openchatops/v1/ocov1connect"
	"github.com/openchatops/oco/internal/chat"
)

// postBody posts a body to a method that takes an empty message.
func (w *world) postBody(key string, body io.Reader, encoding string) (status int, answer string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url+"/openchatops.v1.BotService/GetBotInfo", body)
	fatal(w.t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	res, err := http.DefaultClient.Do(req)
	fatal(w.t, err)
	text, err := io.ReadAll(res.Body)
	fatal(w.t, err)
	fatal(w.t, res.Body.Close())
	return res.StatusCode, string(text)
}

// unsized hides from net/http how long a body is.
type unsized struct{ io.Reader }

// Bodies of every length are read, one after the other; one that says to be too
// long is refused before it is, and whatever a caller does wrong is no failure of
// the bot's that its log tells.
func TestBodiesWaitForTheirTurn(t *testing.T) {
	w := newWorld(t)
	key := w.key(chat.RoleHandler)
	for range 20 { // far more than are read at once, so none keeps its turn
		for _, size := range []int{2, 64 << 10, 64<<10 + 1, 1 << 20} {
			whole := "{" + strings.Repeat(" ", size-2) + "}"
			if status, answer := w.postBody(key, strings.NewReader(whole), ""); status != http.StatusOK {
				t.Fatalf("%d bytes: %d %s", size, status, answer)
			}
			if status, answer := w.postBody(key, unsized{strings.NewReader(whole)}, ""); status != http.StatusOK {
				t.Fatalf("%d bytes of unsaid length: %d %s", size, status, answer)
			}
		}
	}
	if status, answer := w.postBody(key, strings.NewReader(strings.Repeat(" ", 5<<20)), ""); status != http.StatusTooManyRequests || !strings.Contains(answer, "5242880 bytes, but at most 4194304") {
		t.Errorf("5 MiB: %d %s", status, answer)
	}
	if status, answer := w.postBody(key, unsized{strings.NewReader(strings.Repeat(" ", 4<<20+1))}, ""); status != http.StatusTooManyRequests || !strings.Contains(answer, string(chat.TooLarge)) {
		t.Errorf("one byte too many of unsaid length: %d %s", status, answer)
	}
	for range 3 {
		if status, answer := w.postBody(key, strings.NewReader("no gzip"), "gzip"); status != http.StatusBadRequest {
			t.Errorf("what cannot be unpacked: %d %s", status, answer)
		}
	}
	if w.log.Len() > 0 {
		t.Errorf("the log tells of what callers do wrong:\n%s", w.log)
	}
}

// A stream gives back its turn when its request was read, also one whose request was
// compressed or did not say its length (OCO-SIZ-25): else three replicas of a plugin
// would be too many.
func TestAStreamKeepsNoTurn(t *testing.T) {
	w := newWorld(t)
	key := w.key(chat.RoleHandler)
	h2 := new(http.Protocols)
	h2.SetUnencryptedHTTP2(true)
	over2 := &http.Client{Transport: &http.Transport{Protocols: h2}}
	packed := []connecthttp.Option{connecthttp.WithSendGzip(), connecthttp.WithCompressMinBytes(0)}
	for name, transport := range map[string]connect.Transport{
		"connect":      connecthttp.NewTransport(http.DefaultClient, w.url, packed...),
		"gRPC":         connecthttp.NewTransport(over2, w.url, append(packed, connecthttp.WithGRPC())...),
		"gRPC as ever": connecthttp.NewTransport(over2, w.url, connecthttp.WithGRPC()),
	} {
		t.Run(name, func(t *testing.T) {
			client := ocov1connect.NewDeliveryServiceClient(connect.NewClient(transport))
			ctx, _ := with(key)
			ctx, cancel := context.WithCancel(ctx)
			ended := make(chan error, 3)
			for i := range cap(ended) {
				replica := fmt.Sprint("r", i)
				if code, out := w.post("BotService/Register", key, `{"replica":"`+replica+`","manifest":{}}`); code != http.StatusOK {
					t.Fatal(code, out)
				}
				stream, err := client.Subscribe(ctx, &ocov1.SubscribeRequest{Replica: replica})
				fatal(t, err)
				if _, err = stream.Receive(); err != nil {
					t.Fatal(err)
				}
				go func() {
					err := error(nil)
					for err == nil {
						_, err = stream.Receive()
					}
					ended <- err
				}()
			}
			cancel()
			for range cap(ended) {
				if err := <-ended; connect.CodeOf(err) != connect.CodeCanceled {
					t.Errorf("a stream was cut off: %v", err)
				}
			}
		})
	}
}
