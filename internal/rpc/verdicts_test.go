package rpc_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/rpc"
)

// However many routes are refused, and with whatever in them, the answer fits into a
// message, with a verdict for each (OCO-SIZ-1).
func TestManyRefusedRoutesFitIntoTheAnswer(t *testing.T) {
	for name, pattern := range map[string]func(i int) string{
		"short": func(i int) string { return "{" },
		"long":  func(i int) string { return fmt.Sprintf("a%d {", i) + strings.Repeat("é", 1<<10) },
		"names": func(i int) string { return strings.Repeat("w", 200) + fmt.Sprint(i) + " {" },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			req := &ocov1.RegisterRequest{Replica: "one", Manifest: &ocov1.Manifest{}}
			for i, left := 0, rpc.MaxMessage-1<<10; left > 0 && i < 10_000; i++ {
				r := &ocov1.Route{Match: &ocov1.Route_Command{Command: &ocov1.CommandMatch{Pattern: pattern(i)}}}
				left -= proto.Size(r) + 8
				req.Manifest.Routes = append(req.Manifest.Routes, r)
			}
			res, err := w.core.Register(w.as(chat.RoleHandler), req)
			if err != nil {
				t.Fatal(err)
			}
			if len(res.Routes) != len(req.Manifest.Routes) {
				t.Errorf("%d verdicts of %d routes", len(res.Routes), len(req.Manifest.Routes))
			}
			if proto.Size(res) > rpc.MaxMessage*3/4 { // the rest is for settings
				t.Errorf("the answer has %d bytes", proto.Size(res))
			}
			for i, r := range res.Routes {
				if r.GetError().GetMessage() == "" || len(r.GetError().GetDetails()) == 0 {
					t.Fatalf("route %d is refused without a reason: %v", i, r)
				}
			}
		})
	}
}
