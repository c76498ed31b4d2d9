package rpc_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/emptypb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/rpc"
)

// matrix says who may call what: h, a, o, c for the roles, and after a colon the
// scope that handlers and clients need. It is written by hand, apart from the
// rules, from the spec.
var matrix = map[string]string{
	"BotService/GetBotInfo": "haoc", "BotService/Register": "ha", "BotService/Unregister": "ha",
	"BotService/ListCommands":   "hao:commands.read",
	"DeliveryService/Subscribe": "ha", "DeliveryService/Pull": "ha", "DeliveryService/Leave": "ha", "DeliveryService/Complete": "ha", "DeliveryService/Heartbeat": "ha",
	"DeliveryService/Attach":  "ha",
	"ChatService/SendMessage": "hoc", "ChatService/GetUser": "hoc:users.read", "ChatService/ListUsers": "hoc:users.read",
	"ChatService/ListRooms": "hoc:rooms.read", "ChatService/GetRoom": "hoc:rooms.read", "ChatService/ListMembers": "hoc:rooms.read",
	"ChatService/UpdateMessage": "hoc", "ChatService/DeleteMessage": "hoc", "ChatService/SetReaction": "hoc", "ChatService/SetTyping": "hoc",
	"ChatService/SetMembership": "hoc", "ChatService/UpdateRoom": "hoc:rooms.manage",
	"StorageService/Get": "hoc:store", "StorageService/List": "hoc:store", "StorageService/Transact": "hoc:store",
	"AdapterService/PublishEvents": "a", "AdapterService/AnswerQueries": "a", "AdapterService/ReportStatus": "a",
	"AdminService/GetStatus": "hoc:status.read", "AdminService/ListPlugins": "o", "AdminService/ListRoutes": "o",
	"AdminService/ListDeliveries": "o", "AdminService/ShowRecord": "o", "AdminService/RetryDelivery": "o",
	"AdminService/DropDelivery": "o", "AdminService/CancelDelivery": "o", "AdminService/CreateClaim": "o",
	"AdminService/CreateKey": "o", "AdminService/RevokeKey": "o", "AdminService/ListKeys": "o", "AdminService/SetPaused": "o",
	"AdminService/Reload": "o", "AdminService/RestartPlugin": "o",
	"AdminService/Backup": "o", "AdminService/ForgetUser": "o", "AdminService/MatchMessage": "o",
}

// methods are all methods of the protocol, from the descriptors.
func methods(t *testing.T) []protoreflect.MethodDescriptor {
	t.Helper()
	var all []protoreflect.MethodDescriptor
	protoregistry.GlobalFiles.RangeFilesByPackage("openchatops.v1", func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			for j := range f.Services().Get(i).Methods().Len() {
				all = append(all, f.Services().Get(i).Methods().Get(j))
			}
		}
		return true
	})
	if len(all) < 25 {
		t.Fatalf("only %d methods found", len(all))
	}
	return all
}

// call calls a method with an empty message. What it answers beside a refusal
// does not matter.
func (w *world) call(m protoreflect.MethodDescriptor, path, key string) error {
	ctx := w.t.Context()
	if key != "" {
		ctx = bearer(ctx, key)
	}
	in := dynamicpb.NewMessage(m.Input())
	if !m.IsStreamingServer() {
		return w.dial().Invoke(ctx, path, in, dynamicpb.NewMessage(m.Output()))
	}
	stream, err := w.dial().NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, path)
	if err != nil {
		return err
	}
	if err := stream.SendMsg(in); err != nil {
		return err
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	return stream.RecvMsg(dynamicpb.NewMessage(m.Output()))
}

func pathOf(m protoreflect.MethodDescriptor) string {
	return "/" + string(m.Parent().FullName()) + "/" + string(m.Name())
}

// Every role may call what the specification says, and nothing else (OCO-SEC-2,
// OCO-SEC-12).
func TestEveryMethodAndRole(t *testing.T) {
	for _, granted := range []bool{false, true} {
		t.Run(fmt.Sprintf("scopes granted %t", granted), func(t *testing.T) {
			w := newWorld(t)
			for letter, role := range map[string]chat.Role{"h": chat.RoleHandler, "a": chat.RoleAdapter, "o": chat.RoleOperator, "c": chat.RoleClient} {
				var scopes []string
				if granted {
					scopes = plugin.Scopes
				}
				key := w.key(role, scopes...)
				for _, m := range methods(t) {
					name := string(m.Parent().Name()) + "/" + string(m.Name())
					line, known := matrix[name]
					if !known {
						t.Errorf("%s: not in the matrix of this test", name)
					}
					roles, scope, _ := strings.Cut(line, ":")
					want := chat.Reason("")
					switch {
					case !strings.Contains(roles, letter):
						want = chat.RoleForbidden
					case scope != "" && !granted && (letter == "h" || letter == "c"):
						want = chat.ScopeMissing
					}
					err := w.call(m, pathOf(m), key)
					got := reason(err)
					if code := status.Code(err); want != "" && (got != want || code != codes.PermissionDenied) {
						t.Errorf("%s as %s: got %v, want %s", name, role, err, want)
					} else if want == "" && (got == chat.RoleForbidden || got == chat.ScopeMissing || code == codes.Unauthenticated || code == codes.Unimplemented) {
						t.Errorf("%s as %s: refused: %v", name, role, err)
					}
				}
			}
			if strings.Contains(w.log.String(), "panic") {
				t.Errorf("an empty message made the bot panic:\n%s", w.log)
			}
		})
	}
}

func TestNoMethodWithoutAKey(t *testing.T) {
	w := newWorld(t)
	revoked, id, err := w.keys.Mint(t.Context(), "gone", chat.RoleOperator, nil, false)
	if err == nil {
		err = w.keys.Revoke(t.Context(), id)
	}
	if err != nil {
		t.Fatal(err)
	}
	foreign := newWorld(t).key(chat.RoleOperator)
	for _, m := range methods(t) {
		for what, key := range map[string]string{"revoked": revoked, "foreign": foreign, "nonsense": "secret"} {
			if err := w.call(m, pathOf(m), key); reason(err) != chat.KeyInvalid || status.Code(err) != codes.Unauthenticated {
				t.Errorf("%s with a %s key: %v", m.FullName(), what, err)
			}
		}
		if err := w.call(m, pathOf(m), ""); reason(err) != chat.KeyMissing || status.Code(err) != codes.Unauthenticated {
			t.Errorf("%s without a key: %v", m.FullName(), err)
		}
	}
}

func TestHealthAndReflectionNeedAKey(t *testing.T) {
	w := newWorld(t)
	check := func(key, service string) (*healthpb.HealthCheckResponse, error) {
		ctx := t.Context()
		if key != "" {
			ctx = bearer(ctx, key)
		}
		return healthpb.NewHealthClient(w.dial()).Check(ctx, &healthpb.HealthCheckRequest{Service: service})
	}
	_, err := check("", "")
	wants(t, err, chat.KeyMissing)
	for _, service := range []string{"", "openchatops.v1.BotService"} {
		if res, err := check(w.key(chat.RoleClient), service); err != nil || res.Status != healthpb.HealthCheckResponse_SERVING {
			t.Fatal(res, err)
		}
	}
	reflect := func(role chat.Role) error {
		stream, err := w.dial().NewStream(bearer(t.Context(), w.key(role)), &grpc.StreamDesc{ServerStreams: true, ClientStreams: true},
			"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.CloseSend(); err != nil {
			t.Fatal(err)
		}
		return stream.RecvMsg(new(emptypb.Empty))
	}
	wants(t, reflect(chat.RoleHandler), chat.RoleForbidden)
	if err := reflect(chat.RoleOperator); err == nil || status.Code(err) == codes.PermissionDenied {
		t.Fatal(err)
	}
}

func TestAMethodWithoutARuleIsNotServed(t *testing.T) {
	all := []string{}
	for _, m := range methods(t) {
		all = append(all, pathOf(m))
	}
	if err := rpc.CheckRules(all); err != nil {
		t.Fatal(err)
	}
	if err := rpc.CheckRules(append(all, "/openchatops.v1.AdminService/Explode")); err == nil || !strings.Contains(err.Error(), "Explode") {
		t.Fatal(err)
	}
	if err := rpc.CheckRules(all[1:]); err == nil || !strings.Contains(err.Error(), all[0]) {
		t.Fatal(err)
	}
}

// A key that was made for a handler before an adapter got its name speaks for
// neither: registrations and leases are kept by the name.
func TestNoHandlerHasTheNameOfTheAdapter(t *testing.T) {
	w := newWorld(t, func(o *rpc.Options) { o.Adapter = "irc" })
	for role, want := range map[chat.Role]chat.Reason{chat.RoleHandler: chat.KeyInvalid, chat.RoleAdapter: ""} {
		key, revoke := w.keys.Launch("irc", role, nil)
		defer revoke()
		_, refused := w.core.Authorize(t.Context(), rpc.Door{}, "/openchatops.v1.BotService/Register", []string{"Bearer " + key})
		if refused == nil && want != "" || refused != nil && refused.Reason != want {
			t.Errorf("%s: %v, want %q", role, refused, want)
		}
	}
}

func TestASocketOfAChildTakesItsKeysOnly(t *testing.T) {
	w := newWorld(t)
	w.door = rpc.Door{Children: []string{"core", "help"}}
	own, revoke := w.keys.Launch("core", chat.RoleHandler, nil)
	other, _ := w.keys.Launch("web", chat.RoleHandler, nil)
	info := func(key string) (*ocov1.GetBotInfoResponse, error) {
		return ocov1.NewBotServiceClient(w.dial()).GetBotInfo(bearer(t.Context(), key), &ocov1.GetBotInfoRequest{})
	}
	if res, err := info(own); err != nil || res.Caller.Name != "core" {
		t.Fatal(res, err)
	}
	for _, key := range []string{other, w.key(chat.RoleOperator)} {
		_, err := info(key)
		wants(t, err, chat.KeyInvalid)
	}
	revoke()
	_, err := info(own)
	wants(t, err, chat.KeyInvalid)
}

func TestTheOwnersSocketNeedsNoKey(t *testing.T) {
	w := newWorld(t)
	w.door = rpc.Door{Operator: true}
	client := ocov1.NewAdminServiceClient(w.dial())
	if _, err := client.ListKeys(t.Context(), &ocov1.ListKeysRequest{}); err != nil {
		t.Fatal(err)
	}
	_, err := client.ListKeys(bearer(t.Context(), "wrong"), &ocov1.ListKeysRequest{})
	wants(t, err, chat.KeyInvalid)
	_, err = client.ListKeys(bearer(bearer(t.Context(), "one"), "two"), &ocov1.ListKeysRequest{})
	wants(t, err, chat.KeyInvalid)
}
