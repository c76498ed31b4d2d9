package cli

import (
	"errors"
	"fmt"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openchatops/oco/internal/timeline"
)

// advice says what to do about a refusal, by its reason.
var advice = map[string]string{
	"KEY_MISSING":          "set OCO_KEY",
	"SCOPE_MISSING":        "make a key that has it: `oco key new NAME --role client --scope SCOPE`",
	"ROOM_NOT_FOUND":       "`rooms` said to the bot lists what there is",
	"ROOM_AMBIGUOUS":       "name it by its id, which `rooms` said to the bot lists",
	"USER_NOT_FOUND":       "`users` said to the bot lists who there is",
	"KEY_NOT_FOUND":        "`oco key list` lists what there is",
	"DELIVERY_NOT_FOUND":   "`oco outcomes list --all` lists what is kept",
	"DELIVERY_STATE":       "`oco show ID` tells its state",
	"ROUTE_NOT_FOUND":      "start its plugin, or drop it with `oco outcomes drop ID`",
	"REQUEST_ID_REUSED":    "use another --request-id",
	"ADAPTER_DISCONNECTED": "`oco status` tells why",
	"STORAGE_FAILED":       "nothing was taken; look at the bot's log and its disk",
	"STARTING":             "try again in a moment",
	"DRAINING":             "try again when it is back",
}

// explain turns the error of a call into a sentence that says what to do.
func (c *client) explain(err error, timeout time.Duration) error {
	var usage Usage
	if err == nil || errors.Is(err, ErrSaid) || errors.As(err, &usage) {
		return err
	}
	s, ok := status.FromError(err)
	if !ok {
		return err
	}
	reason := reasonOf(s)
	switch {
	case reason == "KEY_INVALID" && c.access.data != "":
		return fmt.Errorf("the key in %s is not that of the bot that runs: try again, it may just have been restarted", Printable(c.access.data))
	case reason == "KEY_INVALID":
		return errors.New("the bot does not know the key in OCO_KEY, or it was revoked: make another with `oco key new NAME`")
	case reason == "ROLE_FORBIDDEN":
		return errors.New("the key may not do this: it needs the key of an operator (`oco key new NAME --role operator`)")
	case reason != "":
		text := Printable(s.Message())
		if advice[reason] != "" {
			text += ": " + advice[reason]
		}
		return errors.New(text)
	}
	return c.explainCode(s, timeout)
}

// explainCode is for errors that do not come from a bot's code.
func (c *client) explainCode(s *status.Status, timeout time.Duration) error {
	switch s.Code() {
	case codes.Unavailable:
		if c.access.data != "" {
			return notRunning(c.access.data)
		}
		return fmt.Errorf("no bot answers at %s: %s", Printable(c.access.endpoint), Printable(s.Message()))
	case codes.DeadlineExceeded:
		return fmt.Errorf("the bot did not answer within %s: it may hang, look at its log", timeline.Span(timeout))
	case codes.Canceled:
		return errors.New("interrupted")
	case codes.Unimplemented:
		return fmt.Errorf("the bot does not know this call, it is older than this program: %s", Printable(s.Message()))
	}
	return fmt.Errorf("%s (%s)", Printable(s.Message()), s.Code())
}

func reasonOf(s *status.Status) string {
	for _, detail := range s.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetDomain() == "openchatops.org" {
			return info.GetReason()
		}
	}
	return ""
}
