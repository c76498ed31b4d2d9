package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/engine"
	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/rpc"
	"github.com/openchatops/oco/internal/store"
)

// rows is a store for readers.
type rows struct {
	store.Store
	mu   sync.Mutex
	data map[string][]byte
}

func (r *rows) Get(key []byte) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if value, ok := r.data[string(key)]; ok {
		return bytes.Clone(value), nil
	}
	return nil, store.ErrNotFound
}

func (r *rows) Scan(prefix, after []byte, visit func(key, value []byte) error) error {
	r.mu.Lock()
	keys := []string{}
	for key := range r.data {
		if bytes.HasPrefix([]byte(key), prefix) && key > string(after) {
			keys = append(keys, key)
		}
	}
	r.mu.Unlock()
	slices.Sort(keys)
	for _, key := range keys {
		if err := visit([]byte(key), r.data[key]); errors.Is(err, store.ErrStop) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

func (r *rows) put(_ context.Context, writes []delivery.Write) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range writes {
		if r.data[string(w.Key)] = w.Value; w.Value == nil {
			delete(r.data, string(w.Key))
		}
	}
	return nil
}

// Snapshot is the rows as they are.
func (r *rows) Snapshot() (store.Snapshot, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &rows{data: maps.Clone(r.data)}, nil
}

func (r *rows) Close() error { return nil }

// fakeEngine notes what it is asked and answers as do says, or well.
type fakeEngine struct {
	mu       sync.Mutex
	do       func(in delivery.Input) (any, error, bool)
	inputs   []delivery.Input
	sinks    map[delivery.Sink]engine.Sink
	last     delivery.Sink
	counting bool // how many records are kept
}

func (e *fakeEngine) Do(_ context.Context, in delivery.Input) (any, error) {
	e.mu.Lock()
	e.inputs = append(e.inputs, in)
	do := e.do
	e.mu.Unlock()
	if do != nil {
		if answer, err, ok := do(in); ok {
			return answer, err
		}
	}
	switch in := in.(type) {
	case delivery.Complete:
		if in.Wait {
			return delivery.SendEnd{Message: "m", State: chat.Sent}, nil
		}
		verdicts := make([]delivery.Verdict, len(in.Completions))
		for i := range verdicts {
			verdicts[i].Kind = delivery.Committed
		}
		return verdicts, nil
	case delivery.Say:
		return delivery.SendEnd{Message: "m", State: chat.Queued}, nil
	case delivery.Locate:
		return delivery.Located{Place: chat.Place{Room: "room:1:o1"}, Reason: chat.ForHandler}, nil
	case delivery.Heartbeat:
		return []string(nil), nil
	case delivery.Activate:
		return delivery.Activated{Epoch: 7, Checkpoint: "here", Active: true}, nil
	case delivery.Transact:
		return delivery.Transacted{Committed: true, Revision: 1}, nil
	case delivery.Inspect:
		return delivery.Snapshot{}, nil
	}
	return nil, nil
}

func (e *fakeEngine) Add(s engine.Sink) delivery.Sink {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last++
	e.sinks[e.last] = s
	return e.last
}

func (e *fakeEngine) Remove(id delivery.Sink) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.sinks, id)
}

// only is the one sink that there is.
func (e *fakeEngine) only(t *testing.T) engine.Sink {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.sinks {
		return s
	}
	t.Fatal("nobody is connected")
	return nil
}

// asked are the inputs of one type.
func asked[T delivery.Input](e *fakeEngine) []T {
	e.mu.Lock()
	defer e.mu.Unlock()
	var found []T
	for _, in := range e.inputs {
		if one, ok := in.(T); ok {
			found = append(found, one)
		}
	}
	return found
}

type fakeIntake struct {
	publish func(*ocov1.PublishEventsRequest) error
	bad     []intake.EventError
	asked   []*ocov1.Event // what was to be explained
	explain *ocov1.MatchMessageResponse
}

func (f *fakeIntake) Explain(_ context.Context, _ uint32, e *ocov1.Event) (*ocov1.MatchMessageResponse, error) {
	f.asked = append(f.asked, e)
	return proto.CloneOf(f.explain), nil
}

func (f *fakeIntake) Publish(_ context.Context, _ delivery.Replica, req *ocov1.PublishEventsRequest, completions []delivery.Completion) (*ocov1.PublishEventsResponse, []delivery.Verdict, []intake.EventError, error) {
	if f.publish != nil {
		if err := f.publish(req); err != nil {
			return nil, nil, nil, err
		}
	}
	verdicts := make([]delivery.Verdict, len(completions))
	for i := range verdicts {
		verdicts[i].Kind = delivery.Committed
	}
	return &ocov1.PublishEventsResponse{Admitted: uint32(len(req.GetEvents()))}, verdicts, f.bad, nil
}

func (f *fakeIntake) Posting(string) {}

func (f *fakeIntake) Retry(context.Context, string, string) (string, error) { return "new", nil }

type world struct {
	t      testing.TB
	rows   *rows
	engine *fakeEngine
	intake *fakeIntake
	keys   *plugin.Keys
	log    *bytes.Buffer
	core   *rpc.Core
	door   rpc.Door
	minted map[string]string
	conn   *grpc.ClientConn
	stop   func() // of the adapter
	attach bool   // streams and the calls beside them go over Attach
	lines  *attaching
}

func newWorld(t testing.TB, change ...func(*rpc.Options)) *world {
	t.Helper()
	w := &world{
		t: t, rows: &rows{data: map[string][]byte{}}, engine: &fakeEngine{sinks: map[delivery.Sink]engine.Sink{}},
		intake: &fakeIntake{}, log: &bytes.Buffer{}, minted: map[string]string{},
	}
	w.keys = must(plugin.LoadKeys(w.rows, w.rows.put, time.Now))(t)
	options := rpc.Options{
		Engine: w.engine, Store: w.rows, Intake: w.intake, Keys: w.keys,
		Registry:  must(plugin.LoadRegistry(w.rows, plugin.Options{}))(t),
		Authority: authz.New(map[string][]string{"sre": {"user:1:alice"}}, nil),
		Claims:    must(plugin.LoadClaims(w.rows, time.Now))(t),
		Name:      "oco", Rooms: map[string]string{"ops": "room:1:o1"},
		Log: slog.New(slog.NewTextHandler(w.log, nil)),
	}
	for _, c := range change {
		c(&options)
	}
	w.core = must(rpc.New(options))(t)
	return w
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// as is a context in which somebody calls the Core directly.
func (w *world) as(role chat.Role, scopes ...string) context.Context {
	w.t.Helper()
	method := map[chat.Role]string{
		chat.RoleHandler: "DeliveryService/Pull", chat.RoleAdapter: "DeliveryService/Pull",
		chat.RoleOperator: "AdminService/ListKeys", chat.RoleClient: "ChatService/SendMessage",
	}[role]
	ctx, refused := w.core.Authorize(w.t.Context(), rpc.Door{}, "/openchatops.v1."+method, []string{"Bearer " + w.key(role, scopes...)})
	if refused != nil {
		w.t.Fatal(refused)
	}
	return ctx
}

// key mints a key for a role, named after it.
func (w *world) key(role chat.Role, scopes ...string) string {
	w.t.Helper()
	if key, ok := w.minted[role.String()]; ok && len(scopes) == 0 {
		return key
	}
	key, _, err := w.keys.Mint(w.t.Context(), role.String(), role, scopes, true)
	if err != nil {
		w.t.Fatal(err)
	}
	w.minted[role.String()] = key
	return key
}

// listen starts a gRPC server in memory.
func (w *world) listen() *bufconn.Listener {
	w.t.Helper()
	server := must(rpc.NewServer(w.core, w.door, nil))(w.t)
	l := bufconn.Listen(1 << 20)
	var served sync.WaitGroup
	served.Go(func() {
		if err := server.Serve(l); err != nil {
			w.t.Error(err)
		}
	})
	w.t.Cleanup(func() { server.Stop(); served.Wait() })
	return l
}

// dial gives the one connection of a test.
func (w *world) dial() grpc.ClientConnInterface {
	w.t.Helper()
	conn := w.connect()
	if !w.attach {
		return conn
	}
	if w.lines == nil {
		w.lines = &attaching{ClientConn: conn, lines: map[string]*line{}}
	}
	return w.lines
}

func (w *world) connect() *grpc.ClientConn {
	w.t.Helper()
	if w.conn != nil {
		return w.conn
	}
	l := w.listen()
	w.conn = must(grpc.NewClient("passthrough:///bot", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) })))(w.t)
	w.t.Cleanup(func() { _ = w.conn.Close() })
	return w.conn
}

func bearer(ctx context.Context, key string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+key)
}

// reason is what an error of a Core or of the wire says.
func reason(err error) chat.Reason {
	var refused *chat.Error
	if errors.As(err, &refused) && refused != nil {
		return refused.Reason
	}
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return chat.Reason(info.Reason)
		}
	}
	return ""
}

func wants(t *testing.T, err error, want chat.Reason) {
	t.Helper()
	if got := reason(err); got != want {
		t.Fatalf("got %v, want %s", err, want)
	}
}

// sent puts the row of a message that was sent into the store.
func (w *world) sent(message, serviceID string) {
	w.t.Helper()
	w.row(delivery.SentKey(message), &record.Send{Id: message, ServiceId: serviceID, State: uint32(chat.Sent)})
}

func (w *world) row(key []byte, m proto.Message) {
	w.t.Helper()
	w.rows.data[string(key)] = must(proto.Marshal(m))(w.t)
}
