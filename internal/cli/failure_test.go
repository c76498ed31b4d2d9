package cli

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestErrorsSayWhatToDo(t *testing.T) {
	for _, c := range []struct {
		err  error
		data string
		want string
	}{
		{refusal(codes.NotFound, "ROOM_NOT_FOUND", "there is no room x"), "d", "there is no room x: `rooms` said to the bot lists what there is"},
		{refusal(codes.PermissionDenied, "ROLE_FORBIDDEN", "no"), "", "the key may not do this: it needs the key of an operator (`oco key new NAME --role operator`)"},
		{refusal(codes.InvalidArgument, "FIELD_INVALID", "name: "+hostile), "d", "name: " + Printable(hostile)},
		{status.Error(codes.Unavailable, "refused"), "d", "no bot runs on d: start one with `oco`, or name its data directory by --data or its configuration by -c"},
		{status.Error(codes.Unavailable, "refused"), "", "no bot answers at there: refused"},
		{status.Error(codes.DeadlineExceeded, "x"), "d", "the bot did not answer within 10s: it may hang, look at its log"},
		{status.Error(codes.Canceled, "x"), "d", "interrupted"},
		{status.Error(codes.Unimplemented, "unknown method X"), "d", "the bot does not know this call, it is older than this program: unknown method X"},
		{status.Error(codes.Internal, hostile), "d", Printable(hostile) + " (Internal)"},
		{refusal(codes.Unavailable, "DRAINING", "the bot stops"), "d", "the bot stops: try again when it is back"},
		{errors.New("mine"), "d", "mine"},
		{Usage("u"), "d", "u"},
	} {
		bot := &client{access: access{endpoint: "there", data: c.data}}
		if got := bot.explain(c.err, 10*time.Second); got.Error() != c.want {
			t.Errorf("%v is told as %q, want %q", c.err, got, c.want)
		}
	}
	if err := (&client{}).explain(nil, 0); err != nil {
		t.Error(err)
	}
}

// A foreign ErrorInfo says nothing about us.
func TestReasonsOfOthersAreLeftAlone(t *testing.T) {
	if got := reasonOf(status.New(codes.NotFound, "x")); got != "" {
		t.Error(got)
	}
}

func TestAdviceIsForReasonsThatExist(t *testing.T) {
	spec, err := os.ReadFile("../../spec/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	for reason := range advice {
		if !strings.Contains(string(spec), "`"+reason+"`") {
			t.Errorf("there is no reason %s", reason)
		}
	}
}

func TestExitCodes(t *testing.T) {
	for err, want := range map[error]int{nil: 0, ErrSaid: 1, errors.New("x"): 1, Usage("x"): 2, errors.Join(Usage("x")): 2} {
		if got := ExitCode(err); got != want {
			t.Errorf("%v: %d", err, got)
		}
	}
}

func TestAnInterruptEndsACall(t *testing.T) {
	bot := startFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := (&Status{Target: Target{Data: bot.data}}).Run(ctx, &Env{Getenv: func(string) string { return "" }})
	if err == nil || err.Error() != "interrupted" {
		t.Error(err)
	}
}
