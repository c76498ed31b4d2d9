package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// dial opens a connection without a key.
func dial(t *testing.T, endpoint string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(endpoint, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	return conn
}

// reason is why the bot refused, empty if it did not.
func reason(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	t.Errorf("an error without a reason: %v", err)
	return "?"
}

// who asks the bot who is asking.
func who(t *testing.T, conn *grpc.ClientConn, key string) (name, refused string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	answer, err := ocov1.NewBotServiceClient(conn).GetBotInfo(withKey(ctx, key), &ocov1.GetBotInfoRequest{})
	return answer.GetCaller().GetName(), reason(t, err)
}

// TestKeysLiveAndDie makes, rotates and revokes keys by the command line
// (OCO-SEC-4, OCO-SEC-5).
func TestKeysLiveAndDie(t *testing.T) {
	t.Parallel()
	_, b, env := remoteBot(t)
	conn := dial(t, b.grpc)
	first := strings.TrimPrefix(env[1], "OCO_KEY=")
	expect := func(key, want string) {
		t.Helper()
		if name, refused := who(t, conn, key); refused != want || (want == "" && name != "guest") {
			t.Errorf("the key of %q: refused %q, want %q", name, refused, want)
		}
	}
	expect(first, "")
	second := b.makeKey("rotate", "guest").Key
	expect(first, "")
	expect(second, "")
	third := b.makeKey("rotate", "guest")
	expect(first, "KEY_INVALID")
	expect(second, "")
	expect(third.Key, "")

	// A stream that is open ends with its key.
	ctx, cancel := context.WithTimeout(withKey(t.Context(), third.Key), patience)
	defer cancel()
	if _, err := ocov1.NewBotServiceClient(conn).Register(ctx, &ocov1.RegisterRequest{
		Replica: "r", Manifest: &ocov1.Manifest{Routes: []*ocov1.Route{rawRoute("guest")}},
	}); err != nil {
		t.Fatal(err)
	}
	stream, err := ocov1.NewDeliveryServiceClient(conn).Subscribe(ctx, &ocov1.SubscribeRequest{Replica: "r"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	b.must("key", "revoke", "-c", b.path("oco.yaml"), third.KeyID)
	expect(third.Key, "KEY_INVALID")
	for err = nil; err == nil; {
		_, err = stream.Recv()
	}
	if got := reason(t, err); got != "KEY_INVALID" {
		t.Errorf("the stream of a revoked key ended with %q: %v", got, err)
	}
	expect(second, "")
	b.must("key", "revoke", "-c", b.path("oco.yaml"), "guest")
	expect(second, "KEY_INVALID")

	// What is revoked stays so, whatever dies.
	b.kill()
	b.start()
	b.awaitPlugins("chat")
	expect(second, "KEY_INVALID")
	expect(b.newKey("guest", "--role", "handler").Key, "")
	if out := b.must("key", "list", "-c", b.path("oco.yaml")); strings.Count(out, "guest") != 1 {
		t.Errorf("oco key list says:\n%s", out)
	}
}

// TestKeysOfOthers tries keys where they do not belong (OCO-SEC-2, OCO-SEC-19).
func TestKeysOfOthers(t *testing.T) {
	t.Parallel()
	_, b, env := remoteBot(t)
	_, other, otherEnv := remoteBot(t)
	conn := dial(t, b.grpc)
	key := strings.TrimPrefix(env[1], "OCO_KEY=")
	foreign := strings.TrimPrefix(otherEnv[1], "OCO_KEY=")
	for name, c := range map[string]struct{ key, want string }{
		"nothing":        {"", "KEY_MISSING"},
		"no key":         {"hello", "KEY_INVALID"},
		"half a key":     {key[:len(key)/2], "KEY_INVALID"},
		"another letter": {key[:len(key)-1] + "!", "KEY_INVALID"},
		"of another bot": {foreign, "KEY_INVALID"},
		"an old launch":  {read(t, other.path("data/operator.key")), "KEY_INVALID"},
	} {
		if _, refused := who(t, conn, strings.TrimSpace(c.key)); refused != c.want {
			t.Errorf("%s: refused %q, want %q", name, refused, c.want)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := ocov1.NewBotServiceClient(conn).GetBotInfo(ctx, &ocov1.GetBotInfoRequest{}); reason(t, err) != "KEY_MISSING" {
		t.Errorf("without a header: %v", err)
	}
	// The socket of a child takes the keys of that child only.
	if _, refused := who(t, dial(t, "unix://"+b.path("data/run/chat.sock")), key); refused != "KEY_INVALID" {
		t.Errorf("the socket of a child took the key of another: %q", refused)
	}

	// A handler brings in no messages, whoever it says they are from.
	_, err := ocov1.NewAdapterServiceClient(conn).PublishEvents(withKey(ctx, key), &ocov1.PublishEventsRequest{
		AccountId: "account:1", Events: []*ocov1.Event{{EventId: "forged", Actor: &ocov1.User{UserId: "admin"}}},
	})
	if got := reason(t, err); got != "ROLE_FORBIDDEN" {
		t.Errorf("a handler published: %q, %v", got, err)
	}
	// A second adapter is refused, even with a key of its role.
	second := b.newKey("second", "--role", "adapter").Key
	_, err = ocov1.NewBotServiceClient(conn).Register(withKey(ctx, second), &ocov1.RegisterRequest{
		Replica: "s", Manifest: &ocov1.Manifest{Adapter: &ocov1.AdapterInfo{Service: "second", Account: "x"}},
	})
	if got := reason(t, err); got != "POLICY_FORBIDDEN" {
		t.Errorf("a second adapter registered: %q, %v", got, err)
	}
	_, err = ocov1.NewAdapterServiceClient(conn).PublishEvents(withKey(ctx, second), &ocov1.PublishEventsRequest{
		AccountId: "account:1", Replica: "s", Events: []*ocov1.Event{{EventId: "forged", Actor: &ocov1.User{UserId: "admin"}}},
	})
	if err == nil {
		t.Error("a second adapter published")
	} else if got := reason(t, err); got != "REPLICA_NOT_FOUND" && got != "EPOCH_FENCED" && got != "POLICY_FORBIDDEN" {
		t.Errorf("a second adapter published: %q, %v", got, err)
	}
	// A client registers nothing.
	client := b.newKey("ci", "--role", "client").Key
	_, err = ocov1.NewBotServiceClient(conn).Register(withKey(ctx, client), &ocov1.RegisterRequest{Replica: "c", Manifest: &ocov1.Manifest{}})
	if got := reason(t, err); got != "ROLE_FORBIDDEN" {
		t.Errorf("a client registered: %q, %v", got, err)
	}
}
