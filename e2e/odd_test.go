package e2e

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/openchatops/oco"
	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// runExits is a plugin that ends at once.
func runExits(*site, string) int {
	fmt.Fprintln(os.Stderr, "I cannot find my configuration")
	return 3
}

// runNever is a plugin that lives and never registers.
func runNever(*site, string) int {
	time.Sleep(time.Hour)
	return 0
}

// runHangs is a handler whose callback does not return, whatever it is told.
func runHangs(s *site, _ string) int {
	h := oco.NewHandler("hangs")
	h.MaxInFlight(1)
	h.Command("hang", "Never return.", func(context.Context, *oco.Message) error {
		s.step("hanging")
		time.Sleep(time.Hour)
		return nil
	}, oco.MaxRun(time.Second))
	oco.Main(h)
	return 0
}

// runDeaf is a handler that registers, opens a stream and never reads it.
func runDeaf(s *site, _ string) int {
	ctx, conn, err := rawConn()
	if err == nil {
		_, err = ocov1.NewBotServiceClient(conn).Register(ctx, &ocov1.RegisterRequest{
			Replica: "deaf", Manifest: &ocov1.Manifest{Routes: []*ocov1.Route{rawRoute("deaf")}},
		})
	}
	if err == nil {
		_, err = ocov1.NewDeliveryServiceClient(conn).Subscribe(ctx, &ocov1.SubscribeRequest{Replica: "deaf", MaxInFlight: 64})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	s.step("deaf")
	return runNever(s, "")
}

// runBadPattern is a handler one of whose routes cannot be compiled.
func runBadPattern(s *site, file string) int {
	h := oco.NewHandler("bad")
	say := func(_ context.Context, msg *oco.Message) error {
		msg.Reply("good " + msg.Arg("n"))
		return nil
	}
	h.Command("good {n}", "Answer.", say)
	h.Command("broken {n", "Cannot be compiled.", say)
	h.Hear("(unclosed", "Cannot be compiled either.", say)
	oco.Main(h)
	return 0
}
