package core

import (
	"errors"
	"fmt"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func refusal(t *testing.T, code codes.Code, domain, reason string) error {
	t.Helper()
	s, err := status.New(code, "no").WithDetails(&errdetails.ErrorInfo{Domain: domain, Reason: reason})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Errorf("call: %w", s.Err())
}

func TestReason(t *testing.T) {
	for want, err := range map[string]error{
		"SCOPE_MISSING": refusal(t, codes.PermissionDenied, "openchatops.org", "SCOPE_MISSING"),
		"":              refusal(t, codes.PermissionDenied, "example.com", "SCOPE_MISSING"),
	} {
		if got := reason(err); got != want {
			t.Errorf("%v: reason %q, want %q", err, got, want)
		}
	}
	for _, err := range []error{nil, errors.New("plain"), status.Error(codes.Unavailable, "no details")} {
		if got := reason(err); got != "" {
			t.Errorf("%v: reason %q", err, got)
		}
	}
}

func TestLackingNamesTheScope(t *testing.T) {
	refused := refusal(t, codes.PermissionDenied, "openchatops.org", "SCOPE_MISSING")
	if err := lacking("users.read", refused); err == refused || !errors.Is(err, refused) {
		t.Errorf("a missing scope becomes %v", err)
	}
	other := refusal(t, codes.Unavailable, "openchatops.org", "ADAPTER_DISCONNECTED")
	if err := lacking("users.read", other); err != other {
		t.Errorf("another error becomes %v", err)
	}
	if incapable(refused) || !incapable(refusal(t, codes.FailedPrecondition, "openchatops.org", "CAPABILITY_MISSING")) {
		t.Error("a missing capability is not told from other refusals")
	}
}
