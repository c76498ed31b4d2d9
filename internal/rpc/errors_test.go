package rpc_test

import (
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/rpc"
)

// Each reason leaves the bot with the code of the closed list (OCO-ERR-2).
func TestEveryReasonHasTheCodeOfTheList(t *testing.T) {
	page := string(must(os.ReadFile("../../spec/errors.md"))(t))
	_, list, found := strings.Cut(page, "## The closed list of reasons\n")
	list, _, closed := strings.Cut(list, "\n## ")
	if !found || !closed {
		t.Fatal("spec/errors.md has no closed list")
	}
	names, seen := regexp.MustCompile("`([A-Z_]+)`"), map[string]bool{}
	for line := range strings.Lines(list) {
		cells := strings.Split(line, "|")
		if len(cells) < 6 || !names.MatchString(cells[1]) {
			continue
		}
		want := names.FindStringSubmatch(cells[1])[1]
		for _, name := range names.FindAllStringSubmatch(cells[3], -1) {
			s := rpc.Status(chat.Refuse(chat.Reason(name[1]), "why"))
			if got := code.Code(s.Code()).String(); got != want || seen[name[1]] {
				t.Errorf("%s leaves as %s, want %s; listed before: %t", name[1], got, want, seen[name[1]])
			}
			seen[name[1]] = true
		}
	}
	if len(seen) < 30 {
		t.Fatalf("only %d reasons found", len(seen))
	}
}

// A program reads from the metadata what it lacks (OCO-ERR-3).
func TestRefusalsSayWhatIsLacking(t *testing.T) {
	w := newWorld(t)
	_, scope := ocov1.NewChatServiceClient(w.dial()).ListRooms(w.ctx(chat.RoleClient), &ocov1.ListRoomsRequest{})
	_, role := w.admins().ListKeys(w.ctx(chat.RoleHandler), &ocov1.ListKeysRequest{})
	_, feature := w.bots().Register(w.ctx(chat.RoleHandler), &ocov1.RegisterRequest{Replica: "one", Manifest: &ocov1.Manifest{RequiredFeatures: []string{"oco.telepathy"}}})
	many := done()
	for range 65 {
		many.Sends = append(many.Sends, reply("k", "x"))
	}
	for name, c := range map[string]struct {
		err  error
		want map[string]string
	}{
		"scope":   {scope, map[string]string{"scope": "rooms.read"}},
		"role":    {role, map[string]string{"role": "handler", "method": "openchatops.v1.AdminService/ListKeys"}},
		"feature": {feature, map[string]string{"feature": "oco.telepathy"}},
		"text":    {w.complete(done(reply("k", strings.Repeat("x", rpc.MaxText+1)))), map[string]string{"limit": "65536"}},
		"sends":   {w.complete(many), map[string]string{"limit": "64"}},
	} {
		details := status.Convert(c.err).Details()
		if len(details) != 1 {
			t.Errorf("%s: %v", name, c.err)
			continue
		}
		got := maps.Clone(details[0].(*errdetails.ErrorInfo).Metadata)
		delete(got, "field")
		if !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
