package gateway

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
	"connectrpc.com/connect/v2/connectproto"

	"github.com/openchatops/oco/gen/openchatops/v1/ocov1connect"
	"github.com/openchatops/oco/internal/rpc"
)

// Limits of one connection. The buffer of a connection holds those of all its
// streams: with the defaults of net/http, streams that are not read stop every
// other call on their connection.
const (
	maxStreams   = 100
	streamBuffer = 256 << 10
	maxHeaders   = 16 << 10
	maxBody      = rpc.MaxMessage + 64<<10 // with what envelopes and trailers add
)

// Options are what a Gateway needs beside the Core.
type Options struct {
	// Ready says whether the bot is ready, and if not, why. Nil: always. It must
	// not block.
	Ready func() (ok bool, why string)
	// Metrics answers GET /metrics to who may call GetStatus. Nil: nobody.
	Metrics http.Handler
	Log     *slog.Logger
}

// A Gateway is the server of the HTTP port.
type Gateway struct {
	server *http.Server
	lobby  *rpc.Lobby
}

// New makes a Gateway. It fails if a method is served without a rule.
func New(core *rpc.Core, o Options) (*Gateway, error) {
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	if o.Ready == nil {
		o.Ready = func() (bool, string) { return true, "" }
	}
	services := connect.NewServer(guard(core))
	ocov1connect.RegisterBotServiceHandler(services, core)
	ocov1connect.RegisterDeliveryServiceHandler(services, deliveries{core})
	ocov1connect.RegisterChatServiceHandler(services, core)
	ocov1connect.RegisterAdapterServiceHandler(services, core)
	ocov1connect.RegisterAdminServiceHandler(services, admins{core})
	ocov1connect.RegisterStorageServiceHandler(services, core.Storage())
	var methods []string
	streams := map[string]connect.StreamType{}
	for spec := range services.Specs() {
		methods = append(methods, spec.Procedure)
		streams[spec.Procedure] = spec.StreamType
	}
	if err := rpc.CheckRules(methods); err != nil {
		return nil, err
	}
	services.SetUnknownHandler(unknown)
	mux := http.NewServeMux()
	codecs := connecthttp.WithCodecs(connectproto.NewBinaryCodec(), newStrict())
	connecthttp.Mount(mux, services, codecs, connecthttp.WithReadMaxBytes(rpc.MaxMessage), connecthttp.WithSendMaxBytes(rpc.MaxMessage))
	mux.HandleFunc("GET /healthz", healthy)
	mux.HandleFunc("GET /readyz", ready(o.Ready))
	if o.Metrics != nil {
		mux.Handle("GET /metrics", readers(core, o.Metrics))
	}
	mux.HandleFunc("/", lost)

	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	return &Gateway{lobby: core.Lobby(), server: &http.Server{
		Handler:           metered(http.MaxBytesHandler(explain(streams, mux), maxBody)),
		ConnContext:       remember,
		Protocols:         protocols,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeaders,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams:          maxStreams,
			MaxReceiveBufferPerStream:     streamBuffer,
			MaxReceiveBufferPerConnection: maxStreams * streamBuffer,
			SendPingTimeout:               30 * time.Second,
			PingTimeout:                   10 * time.Second,
		},
		ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}}, nil
}

// Serve serves until Shutdown or Close, and then returns nil.
func (g *Gateway) Serve(l net.Listener) error {
	if err := g.server.Serve(g.lobby.Listen(l)); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Shutdown lets the calls in flight end, until ctx does.
func (g *Gateway) Shutdown(ctx context.Context) error { return g.server.Shutdown(ctx) }

// Close ends all calls at once.
func (g *Gateway) Close() error { return g.server.Close() }
