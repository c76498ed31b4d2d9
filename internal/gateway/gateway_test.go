package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/gen/openchatops/v1/ocov1connect"
	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/engine"
	"github.com/openchatops/oco/internal/gateway"
	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/rpc"
	"github.com/openchatops/oco/internal/store/pebblestore"
)

type world struct {
	t     *testing.T
	url   string
	keys  *plugin.Keys
	log   *bytes.Buffer
	ready func() (bool, string)
}

// newWorld serves the port over a real engine and a store in memory.
func newWorld(t *testing.T, change ...func(*rpc.Options)) *world {
	t.Helper()
	w := &world{t: t, log: &bytes.Buffer{}, ready: func() (bool, string) { return true, "" }}
	st, err := pebblestore.OpenMemory(pebblestore.Options{})
	fatal(t, err)
	e, err := engine.Open(st, engine.Options{})
	fatal(t, err)
	put := func(ctx context.Context, writes []delivery.Write) error {
		_, err := e.Do(ctx, delivery.Put{Writes: writes})
		return err
	}
	w.keys, err = plugin.LoadKeys(st, put, time.Now)
	fatal(t, err)
	registry, err := plugin.LoadRegistry(st, plugin.Options{})
	fatal(t, err)
	claims, err := plugin.LoadClaims(st, time.Now)
	fatal(t, err)
	options := rpc.Options{
		Engine: e, Store: st, Intake: noIntake{}, Keys: w.keys, Registry: registry, Authority: authz.New(nil, nil), Claims: claims,
		Name: "oco", Log: slog.New(slog.NewTextHandler(w.log, nil)),
	}
	for _, c := range change {
		c(&options)
	}
	core, err := rpc.New(options)
	fatal(t, err)
	g, err := gateway.New(core, gateway.Options{Ready: func() (bool, string) { return w.ready() }})
	fatal(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	fatal(t, err)
	var served sync.WaitGroup
	served.Go(func() {
		if err := g.Serve(l); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
		served.Wait()
		e.Stop()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	w.url = "http://" + l.Addr().String()
	return w
}

type noIntake struct{}

func (noIntake) Publish(context.Context, delivery.Replica, *ocov1.PublishEventsRequest, []delivery.Completion) (*ocov1.PublishEventsResponse, []delivery.Verdict, []intake.EventError, error) {
	return &ocov1.PublishEventsResponse{}, nil, nil, nil
}

func (noIntake) Posting(string) {}

func (noIntake) Explain(context.Context, uint32, *ocov1.Event) (*ocov1.MatchMessageResponse, error) {
	return &ocov1.MatchMessageResponse{}, nil
}

func (noIntake) Retry(context.Context, string, string) (string, error) {
	return "", chat.Refuse(chat.DeliveryNotFound, "none")
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) key(role chat.Role, scopes ...string) string {
	w.t.Helper()
	key, _, err := w.keys.Mint(w.t.Context(), role.String(), role, scopes, true)
	fatal(w.t, err)
	return key
}

// curl does what a shell does, and gives the status and the body.
func (w *world) curl(method, path, key, kind, body string) (int, map[string]any, http.Header) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	fatal(w.t, err)
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	fatal(w.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	fatal(w.t, err)
	out := map[string]any{}
	if len(raw) > 0 && strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		fatal(w.t, json.Unmarshal(raw, &out))
	}
	return res.StatusCode, out, res.Header
}

func (w *world) post(method, key, body string) (int, map[string]any) {
	w.t.Helper()
	code, out, _ := w.curl(http.MethodPost, "/openchatops.v1."+method, key, "application/json", body)
	return code, out
}

// reasonOf is the reason in the body of an error.
func reasonOf(body map[string]any) string {
	details, _ := body["details"].([]any)
	for _, d := range details {
		if one, ok := d.(map[string]any); ok && one["type"] == "google.rpc.ErrorInfo" {
			if debug, ok := one["debug"].(map[string]any); ok {
				return fmt.Sprint(debug["reason"])
			}
		}
	}
	return ""
}

func TestAShellRegistersAndPulls(t *testing.T) {
	w := newWorld(t)
	key := w.key(chat.RoleHandler)
	code, out := w.post("BotService/Register", key, `{"replica":"shell","manifest":{"routes":[{"command":{"pattern":"ping"}},{"command":{"pattern":"bad {"}}]}}`)
	if code != 200 || out["pluginId"] != "handler" {
		t.Fatal(code, out)
	}
	routes := out["routes"].([]any)
	if routes[0].(map[string]any)["error"] != nil || routes[1].(map[string]any)["error"] == nil {
		t.Fatal(routes)
	}
	if code, out = w.post("DeliveryService/Pull", key, `{"replica":"shell"}`); code != 200 || len(out) != 0 {
		t.Fatal(code, out)
	}
	code, out = w.post("DeliveryService/Pull", key, `{"replica":"nobody"}`)
	if code != 404 || out["code"] != "not_found" || reasonOf(out) != "REPLICA_NOT_FOUND" || !strings.Contains(fmt.Sprint(out["message"]), "Register") {
		t.Fatal(code, out)
	}
	code, out = w.post("DeliveryService/Complete", key, `{"replica":"shell","completions":[{"deliveryId":"d","done":{}}]}`)
	if code != 200 || !strings.Contains(fmt.Sprint(out), "VERDICT_REFUSED") || !strings.Contains(fmt.Sprint(out), "DELIVERY_NOT_FOUND") {
		t.Fatal(code, out)
	}
}

func TestErrorsSayWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	operator, client := w.key(chat.RoleOperator), w.key(chat.RoleClient)
	for name, c := range map[string]struct {
		method, key, body string
		code              int
		reason            string
	}{
		"no key":      {"AdminService/ListKeys", "", `{}`, 401, "KEY_MISSING"},
		"wrong key":   {"AdminService/ListKeys", "oco_x", `{}`, 401, "KEY_INVALID"},
		"wrong role":  {"AdminService/ListKeys", client, `{}`, 403, "ROLE_FORBIDDEN"},
		"no scope":    {"ChatService/ListRooms", client, `{}`, 403, "SCOPE_MISSING"},
		"no JSON":     {"AdminService/ListKeys", operator, `{`, 400, "FIELD_INVALID"},
		"wrong type":  {"AdminService/RevokeKey", operator, `{"keyId":7}`, 400, "FIELD_INVALID"},
		"bad UTF-8":   {"AdminService/RevokeKey", operator, "{\"keyId\":\"\xff\"}", 400, "FIELD_INVALID"},
		"not there":   {"AdminService/RevokeKey", operator, `{"keyId":"x"}`, 404, "KEY_NOT_FOUND"},
		"no adapter":  {"ChatService/ListRooms", operator, `{}`, 503, "ADAPTER_DISCONNECTED"},
		"too large":   {"AdminService/RevokeKey", operator, `{"keyId":"` + strings.Repeat("x", rpc.MaxMessage) + `"}`, 429, "TOO_LARGE"},
		"no method":   {"AdminService/Explode", operator, `{}`, 403, "ROLE_FORBIDDEN"},
		"no key, bad": {"AdminService/ListKeys", "", `{`, 401, "KEY_MISSING"},
	} {
		code, out := w.post(c.method, c.key, c.body)
		if code != c.code || reasonOf(out) != c.reason || out["message"] == "" {
			t.Errorf("%s: %d %v, want %d %s", name, code, out, c.code, c.reason)
		}
		if limit := strconv.Itoa(rpc.MaxMessage); c.reason == "TOO_LARGE" && !strings.Contains(fmt.Sprint(out["details"]), "limit:"+limit) {
			t.Errorf("%s: the limit is not %s: %v", name, limit, out)
		}
	}
}

func TestRequestsThatAreNoCalls(t *testing.T) {
	w := newWorld(t)
	key := w.key(chat.RoleOperator)
	const list = "/openchatops.v1.AdminService/ListKeys"
	for name, c := range map[string]struct {
		method, path, kind string
		code               int
		says               string
	}{
		"GET":             {"GET", list, "", 405, "POST"},
		"PUT":             {"PUT", list, "application/json", 405, "POST"},
		"no content type": {"POST", list, "", 415, "application/json"},
		"form":            {"POST", list, "application/x-www-form-urlencoded", 415, "application/json"},
		"no path":         {"GET", "/", "", 404, "/openchatops.v1.SERVICE/METHOD"},
		"short path":      {"POST", "/AdminService/ListKeys", "application/json", 404, "/openchatops.v1"},
		"no service":      {"POST", "/openchatops.v1.NoService/X", "application/json", 404, "/openchatops.v1"},
		"no method":       {"POST", "/openchatops.v1.AdminService", "application/json", 404, "SERVICE/METHOD"},
		"a stream":        {"POST", "/openchatops.v1.DeliveryService/Subscribe", "application/json", 415, "Pull"},
		"both ways":       {"POST", "/openchatops.v1.DeliveryService/Attach", "application/json", 501, "Subscribe or Pull"},
		"a page of JSON":  {"GET", "/openchatops.v1.DeliveryService/Pull", "application/json", 405, "not by GET"},
	} {
		code, out, _ := w.curl(c.method, c.path, key, c.kind, "{}")
		if code != c.code || !strings.Contains(fmt.Sprint(out["message"]), c.says) {
			t.Errorf("%s: %d %v", name, code, out)
		}
	}
	for _, path := range []string{"/" + list, "/x/.." + list, list + "/", "/openchatops.v1.AdminService%2fListKeys", strings.ToLower(list)} {
		code, out, header := w.curl("POST", path, w.key(chat.RoleHandler), "application/json", "{}")
		if code == 200 {
			t.Errorf("%s was served to a handler: %v %v", path, out, header)
		}
	}
}

func TestAQueryMayBeAGET(t *testing.T) {
	w := newWorld(t)
	code, out, _ := w.curl("GET", "/openchatops.v1.AdminService/ListKeys?encoding=json&message=%7B%7D", w.key(chat.RoleOperator), "", "")
	if code != 200 || len(out["keys"].([]any)) != 1 {
		t.Fatal(code, out)
	}
	code, _, _ = w.curl("GET", "/openchatops.v1.AdminService/CreateClaim?encoding=json&message=%7B%7D", w.key(chat.RoleOperator), "", "")
	if code != 405 {
		t.Fatalf("a call that changes something was a GET: %d", code)
	}
}

func TestHealthNeedsNoKey(t *testing.T) {
	w := newWorld(t)
	if code, out, _ := w.curl("GET", "/healthz", "", "", ""); code != 200 || out["status"] != "ok" {
		t.Fatal(code, out)
	}
	if code, _, _ := w.curl("GET", "/readyz", "", "", ""); code != 200 {
		t.Fatal(code)
	}
	w.ready = func() (bool, string) { return false, "no adapter" }
	if code, out, _ := w.curl("GET", "/readyz", "", "", ""); code != 503 || out["why"] != "no adapter" {
		t.Fatal(code, out)
	}
}

func TestAPanicEndsOneCall(t *testing.T) {
	w := newWorld(t, func(o *rpc.Options) { o.State = func() (bool, []string) { panic("the secret") } })
	code, out := w.post("AdminService/GetStatus", w.key(chat.RoleOperator), `{}`)
	if code != 500 || strings.Contains(fmt.Sprint(out), "secret") || !strings.Contains(w.log.String(), "the secret") {
		t.Fatal(code, out, w.log)
	}
}

// transports are the ways to speak to the port beside curl.
func (w *world) transports() map[string]connect.Transport {
	h2 := new(http.Protocols)
	h2.SetUnencryptedHTTP2(true)
	over2 := &http.Client{Transport: &http.Transport{Protocols: h2}}
	return map[string]connect.Transport{
		"connect over HTTP/1.1":  connecthttp.NewTransport(http.DefaultClient, w.url),
		"gRPC-Web over HTTP/1.1": connecthttp.NewTransport(http.DefaultClient, w.url, connecthttp.WithGRPCWeb()),
		"connect JSON over h2c":  connecthttp.NewTransport(over2, w.url, connecthttp.WithProtoJSON()),
		"gRPC over h2c":          connecthttp.NewTransport(over2, w.url, connecthttp.WithGRPC()),
	}
}

func with(key string) (context.Context, *connect.CallInfo) {
	ctx, info := connect.NewClientContext(context.Background())
	info.RequestHeader().Set("authorization", "Bearer "+key)
	return ctx, info
}

func TestEveryProtocolStreams(t *testing.T) {
	w := newWorld(t)
	key := w.key(chat.RoleHandler)
	if code, out := w.post("BotService/Register", key, `{"replica":"one","manifest":{}}`); code != 200 {
		t.Fatal(code, out)
	}
	for name, transport := range w.transports() {
		t.Run(name, func(t *testing.T) {
			client := connect.NewClient(transport)
			ctx, _ := with(key)
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			stream, err := ocov1connect.NewDeliveryServiceClient(client).Subscribe(ctx, &ocov1.SubscribeRequest{Replica: "one", MaxInFlight: 3})
			fatal(t, err)
			res, err := stream.Receive()
			if err != nil || res.Frames[0].GetReady().GetMaxInFlight() != 3 {
				t.Fatal(res, err)
			}
			ctx, _ = with(key)
			_, err = ocov1connect.NewAdminServiceClient(client).ListKeys(ctx, &ocov1.ListKeysRequest{})
			wantsCode(t, err, connect.CodePermissionDenied)
		})
	}
}

// openStream subscribes and gives the first thing that comes.
func (w *world) openStream(transport connect.Transport, key string) (*ocov1.SubscribeResponse, error) {
	ctx, _ := with(key)
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	stream, err := ocov1connect.NewDeliveryServiceClient(connect.NewClient(transport)).Subscribe(ctx, &ocov1.SubscribeRequest{Replica: "one"})
	if err != nil {
		return nil, err
	}
	return stream.Receive()
}

func wantsCode(t *testing.T, err error, want connect.Code) {
	t.Helper()
	var refused *connect.Error
	if !errors.As(err, &refused) || refused.Code() != want || len(refused.Details()) != 1 {
		t.Errorf("got %v, want %s with its reason", err, want)
	}
}

func TestAStreamIsRefusedLikeACall(t *testing.T) {
	w := newWorld(t)
	for name, transport := range w.transports() {
		for key, want := range map[string]connect.Code{w.key(chat.RoleOperator): connect.CodePermissionDenied, "oco_x": connect.CodeUnauthenticated, w.key(chat.RoleHandler): connect.CodeNotFound} {
			t.Run(name+" "+want.String(), func(t *testing.T) {
				_, err := w.openStream(transport, key)
				wantsCode(t, err, want)
			})
		}
	}
}

func TestEveryMethodIsServedAndAsksForAKey(t *testing.T) {
	w := newWorld(t)
	all := map[string]bool{}
	protoregistry.GlobalFiles.RangeFilesByPackage("openchatops.v1", func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			s := f.Services().Get(i)
			for j := range s.Methods().Len() {
				all["/"+string(s.FullName())+"/"+string(s.Methods().Get(j).Name())] = s.Methods().Get(j).IsStreamingServer()
			}
		}
		return true
	})
	if len(all) < 25 {
		t.Fatal(len(all))
	}
	for path := range maps.Keys(all) {
		if all[path] { // a stream says it in its last frame
			_, err := w.openStream(connecthttp.NewTransport(http.DefaultClient, w.url), "")
			wantsCode(t, err, connect.CodeUnauthenticated)
			continue
		}
		code, out, _ := w.curl("POST", path, "", "application/json", "{}")
		if code != 401 || reasonOf(out) != "KEY_MISSING" {
			t.Errorf("%s: %d %v", path, code, out)
		}
	}
}
