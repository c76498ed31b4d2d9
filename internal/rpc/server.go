package rpc

import (
	"context"
	"fmt"
	"maps"
	"net"
	"runtime/debug"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
)

// Limits of one connection.
const (
	maxStreams = 100
	maxHeaders = 16 << 10
	// window is how much may come on a stream before it is read, and connWindow on
	// all. They stay as they are: to find better ones, gRPC would send a ping along
	// with whatever it reads.
	window     = 64 << 10
	connWindow = 1 << 20
	// readBuffer is what a connection holds to read frames into. gRPC would take 32
	// KiB, which most connections never need.
	readBuffer = 4 << 10
)

// A Server is a gRPC server of a Core for one kind of listener.
type Server struct {
	*grpc.Server
	health *health.Server
	lobby  *Lobby
}

// Serve serves until Stop or GracefulStop.
func (s *Server) Serve(l net.Listener) error { return s.Server.Serve(s.lobby.Listen(l)) }

// NewServer makes a server for listeners with this door. tls may be nil. It
// fails if a method is served without a rule, or a rule is for no method.
func NewServer(c *Core, door Door, tls credentials.TransportCredentials) (*Server, error) {
	all := maps.Clone(rules)
	maps.Copy(all, besides)
	decode := newDecoder()
	options := []grpc.ServerOption{
		grpc.ForceServerCodecV2(decode),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.MaxHeaderListSize(maxHeaders),
		grpc.MaxRecvMsgSize(MaxMessage),
		grpc.MaxSendMsgSize(MaxMessage),
		grpc.StaticStreamWindowSize(window), grpc.StaticConnWindowSize(connWindow),
		grpc.ReadBufferSize(readBuffer),
		grpc.ConnectionTimeout(10 * time.Second),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: 20 * time.Second, Timeout: 8 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}),
		grpc.InTapHandle(func(ctx context.Context, call *tap.Info) (context.Context, error) {
			entered, refused := c.authorize(ctx, door, call.FullMethodName, call.Header.Get("authorization"), all)
			if refused = c.Met(entered, addrOf(ctx), refused); refused != nil {
				return nil, refusal(refused).Err()
			}
			return entered, nil
		}),
		grpc.ChainUnaryInterceptor(c.unary),
		grpc.ChainStreamInterceptor(c.stream, decode.stream),
	}
	if tls != nil {
		options = append(options, grpc.Creds(tls))
	}
	s := &Server{Server: grpc.NewServer(options...), health: health.NewServer(), lobby: c.Lobby()}
	register(s.Server, c, decode)
	s.RegisterService(decode.service(c, healthpb.Health_ServiceDesc), s.health)
	reflection.Register(s.Server)
	var methods []string
	for service, info := range s.GetServiceInfo() {
		for _, m := range info.Methods {
			methods = append(methods, "/"+service+"/"+m.Name)
		}
	}
	if err := checkRules(methods, all); err != nil {
		return nil, err
	}
	s.SetServing(true)
	return s, nil
}

// SetServing answers health checks, for the whole and for each service.
func (s *Server) SetServing(serving bool) {
	state := healthpb.HealthCheckResponse_NOT_SERVING
	if serving {
		state = healthpb.HealthCheckResponse_SERVING
	}
	s.health.SetServingStatus("", state)
	for _, service := range slices.Collect(maps.Keys(s.GetServiceInfo())) {
		s.health.SetServingStatus(service, state)
	}
}

// Guard runs one call and turns a panic into an error, which it logs. It is
// what stands around every method on every port.
func (c *Core) Guard(method string, call func() error) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			c.log.Error("a call panicked; this is a mistake in the bot", "method", method, "panic", fmt.Sprint(caught), "stack", string(debug.Stack()))
			err = status.Error(codes.Internal, "the bot failed at this; its log says why")
		}
	}()
	err = call()
	if err != nil && Status(err).Code() == codes.Internal {
		c.log.Error("a call failed", "method", method, "error", err)
	}
	return err
}

func (c *Core) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (res any, err error) {
	err = c.Guard(info.FullMethod, func() error {
		if !entered(ctx, info.FullMethod) {
			return notEntered(info.FullMethod)
		}
		res, err = next(ctx, req)
		return err
	})
	if err != nil {
		return nil, Status(err).Err()
	}
	return res, nil
}

func (c *Core) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	err := c.Guard(info.FullMethod, func() error {
		if !entered(ss.Context(), info.FullMethod) {
			return notEntered(info.FullMethod)
		}
		end, refused := c.begin(ss.Context())
		if refused != nil {
			return refused
		}
		defer end()
		if _, other := besides[info.FullMethod]; other {
			return nextUntilRevoked(srv, ss, next)
		}
		return next(srv, ss) // it looks for itself
	})
	return Status(err).Err()
}

func notEntered(method string) error {
	return chat.Refuse(chat.RoleForbidden, "the call of %s was not authorised", method)
}

// deliveryServer differs from the Core only in the shape of its streams.
type deliveryServer struct {
	ocov1.UnsafeDeliveryServiceServer
	*Core
}

func (s deliveryServer) Subscribe(req *ocov1.SubscribeRequest, stream grpc.ServerStreamingServer[ocov1.SubscribeResponse]) error {
	return s.Core.Subscribe(stream.Context(), req, func(f Frames) error { return stream.SendMsg(f) })
}

func (s deliveryServer) Attach(stream grpc.BidiStreamingServer[ocov1.AttachRequest, ocov1.AttachResponse]) error {
	return s.Core.Attach(stream.Context(), func(in *ocov1.AttachRequest) error { return stream.RecvMsg(in) }, stream.SendMsg)
}

type botServer struct {
	ocov1.UnsafeBotServiceServer
	*Core
}

type chatServer struct {
	ocov1.UnsafeChatServiceServer
	*Core
}

type adapterServer struct {
	ocov1.UnsafeAdapterServiceServer
	*Core
}

// adminServer differs from the Core only in the shape of its stream.
type adminServer struct {
	ocov1.UnsafeAdminServiceServer
	*Core
}

func (s adminServer) Backup(req *ocov1.BackupRequest, stream grpc.ServerStreamingServer[ocov1.BackupResponse]) error {
	return s.Core.Backup(stream.Context(), req, stream.Send)
}

type storageServer struct {
	ocov1.UnsafeStorageServiceServer
	Storage
}

func register(s *grpc.Server, c *Core, decode decoder) {
	for _, service := range []struct {
		desc grpc.ServiceDesc
		impl any
	}{
		{ocov1.BotService_ServiceDesc, botServer{Core: c}},
		{ocov1.DeliveryService_ServiceDesc, deliveryServer{Core: c}},
		{ocov1.ChatService_ServiceDesc, chatServer{Core: c}},
		{ocov1.AdapterService_ServiceDesc, adapterServer{Core: c}},
		{ocov1.AdminService_ServiceDesc, adminServer{Core: c}},
		{ocov1.StorageService_ServiceDesc, storageServer{Storage: c.Storage()}},
	} {
		s.RegisterService(decode.service(c, service.desc), service.impl)
	}
}
