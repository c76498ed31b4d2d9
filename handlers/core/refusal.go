package core

import (
	"fmt"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"

	"github.com/openchatops/oco"
)

// lacking turns the refusal of a call that needs a scope into what the person
// can do about it. Any other error stays as it is, and the command, which is
// repeatable, is tried again.
func lacking(scope string, err error) error {
	if reason(err) != "SCOPE_MISSING" {
		return err
	}
	return oco.Tell(fmt.Sprintf("I may not look that up: an operator has to grant the scope %s to the handler core.", scope), err)
}

// incapable says that the adapter has no such list.
func incapable(err error) bool { return reason(err) == "CAPABILITY_MISSING" }

// reason returns why the bot refused a call, from its closed table, or "".
func reason(err error) string {
	s, ok := status.FromError(err)
	if !ok {
		return ""
	}
	for _, detail := range s.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetDomain() == "openchatops.org" {
			return info.GetReason()
		}
	}
	return ""
}
