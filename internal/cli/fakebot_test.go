package cli

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

const fakeKey = "oco_operator_k_secret_0"

// now is when every test runs.
var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func at(seconds float64) *timestamppb.Timestamp {
	return timestamppb.New(now.Add(time.Duration(seconds * float64(time.Second))))
}

// fakeBot answers every call with what the test put there, and remembers what
// was asked.
type fakeBot struct {
	data    string
	mu      sync.Mutex
	answers map[string][]any // by method: proto.Message or error, the last one for ever
	asked   []proto.Message
	called  []string
}

// startFake starts a bot on a data directory, reached as a real one is.
func startFake(t *testing.T) *fakeBot {
	t.Helper()
	f := &fakeBot{data: t.TempDir(), answers: map[string][]any{}}
	sockets, err := os.MkdirTemp("", "oco") // t.TempDir can be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(sockets); err != nil {
			t.Error(err)
		}
	})
	socket := filepath.Join(sockets, "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(f.data, OperatorKey), fakeKey+"\n")
	put(t, filepath.Join(f.data, OperatorAddress), "unix://"+socket+"\n")
	server := grpc.NewServer(grpc.UnaryInterceptor(f.answer), grpc.StreamInterceptor(f.stream))
	ocov1.RegisterAdminServiceServer(server, ocov1.UnimplementedAdminServiceServer{})
	ocov1.RegisterBotServiceServer(server, ocov1.UnimplementedBotServiceServer{})
	ocov1.RegisterChatServiceServer(server, ocov1.UnimplementedChatServiceServer{})
	ocov1.RegisterStorageServiceServer(server, ocov1.UnimplementedStorageServiceServer{})
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-served; err != nil && !errors.Is(err, grpc.ErrServerStopped) { // stopped before it began
			t.Error(err)
		}
	})
	return f
}

func (f *fakeBot) answer(ctx context.Context, request any, info *grpc.UnaryServerInfo, _ grpc.UnaryHandler) (any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if md, _ := metadata.FromIncomingContext(ctx); strings.Join(md.Get("authorization"), "|") != "Bearer "+fakeKey {
		return nil, refusal(codes.Unauthenticated, "KEY_INVALID", "the key is not known")
	}
	method := info.FullMethod[strings.LastIndexByte(info.FullMethod, '/')+1:]
	f.called = append(f.called, method)
	f.asked = append(f.asked, proto.CloneOf(request.(proto.Message)))
	left := f.answers[method]
	if len(left) == 0 {
		return nil, status.Errorf(codes.Unimplemented, "unknown method %s", method)
	}
	if len(left) > 1 {
		f.answers[method] = left[1:]
	}
	if err, failed := left[0].(error); failed {
		return nil, err
	}
	return left[0], nil
}

// stream sends all the answers of a method, one after the other; an error ends it.
func (f *fakeBot) stream(_ any, ss grpc.ServerStream, info *grpc.StreamServerInfo, _ grpc.StreamHandler) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, answer := range f.answers[info.FullMethod[strings.LastIndexByte(info.FullMethod, '/')+1:]] {
		if err, failed := answer.(error); failed {
			return err
		}
		if err := ss.SendMsg(answer); err != nil {
			return err
		}
	}
	return nil
}

func refusal(code codes.Code, reason, text string) error {
	s, err := status.New(code, text).WithDetails(&errdetails.ErrorInfo{Reason: reason, Domain: "openchatops.org"})
	if err != nil {
		panic(err)
	}
	return s.Err()
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// runner is any command.
type runner interface {
	Run(ctx context.Context, env *Env) error
}

// result is what a command did.
type result struct {
	out, err string
	failed   error
}

// transcript gives a result as a person sees it.
func (r result) transcript() string {
	text := r.out
	if r.err != "" {
		text += "--- stderr\n" + r.err
	}
	if r.failed != nil && r.failed != ErrSaid {
		text += "--- error\n" + r.failed.Error() + "\n"
	}
	if code := ExitCode(r.failed); code != 0 {
		text += "--- exit " + string(rune('0'+code)) + "\n"
	}
	return text
}

// interactive in an environment says that a person sits at standard input.
const interactive = "a person is there"

func run(t *testing.T, c runner, stdin string, environment map[string]string) result {
	t.Helper()
	var out, errs bytes.Buffer
	err := c.Run(t.Context(), &Env{
		Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs,
		Getenv: func(name string) string { return environment[name] },
		Now:    func() time.Time { return now }, Zone: time.UTC,
		Interactive: environment[interactive] != "",
	})
	return result{out.String(), errs.String(), err}
}
