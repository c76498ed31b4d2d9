package chat

import (
	"fmt"

	"github.com/openchatops/oco/internal/texts"
)

// A Reason is why the bot refuses a request: one of the closed list in
// spec/errors.md. internal/rpc gives each its status code.
type Reason string

// The reasons.
const (
	FieldInvalid        Reason = "FIELD_INVALID"
	BadPattern          Reason = "BAD_PATTERN"
	TextRequired        Reason = "TEXT_REQUIRED"
	PageTokenInvalid    Reason = "PAGE_TOKEN_INVALID"
	RoomAmbiguous       Reason = "ROOM_AMBIGUOUS"
	PolicyForbidden     Reason = "POLICY_FORBIDDEN"
	KeyMissing          Reason = "KEY_MISSING"
	KeyInvalid          Reason = "KEY_INVALID"
	RoleForbidden       Reason = "ROLE_FORBIDDEN"
	ScopeMissing        Reason = "SCOPE_MISSING"
	RoomForbidden       Reason = "ROOM_FORBIDDEN"
	UserNotInGroup      Reason = "USER_NOT_IN_GROUP"
	RoomNotFound        Reason = "ROOM_NOT_FOUND"
	UserNotFound        Reason = "USER_NOT_FOUND"
	MessageNotFound     Reason = "MESSAGE_NOT_FOUND"
	RouteNotFound       Reason = "ROUTE_NOT_FOUND"
	DeliveryNotFound    Reason = "DELIVERY_NOT_FOUND"
	ReplicaNotFound     Reason = "REPLICA_NOT_FOUND"
	PluginNotFound      Reason = "PLUGIN_NOT_FOUND"
	KeyNotFound         Reason = "KEY_NOT_FOUND"
	RequestIDReused     Reason = "REQUEST_ID_REUSED"
	CommandTaken        Reason = "COMMAND_TAKEN"
	LeaseLost           Reason = "LEASE_LOST"
	PublishInFlight     Reason = "PUBLISH_IN_FLIGHT"
	GuardFailed         Reason = "GUARD_FAILED"
	Compacted           Reason = "COMPACTED"
	FeatureMissing      Reason = "FEATURE_MISSING"
	CapabilityMissing   Reason = "CAPABILITY_MISSING"
	EpochFenced         Reason = "EPOCH_FENCED"
	DeliveryState       Reason = "DELIVERY_STATE"
	SettingsInvalid     Reason = "SETTINGS_INVALID"
	ConfigInvalid       Reason = "CONFIG_INVALID"
	NotSupervised       Reason = "NOT_SUPERVISED"
	QuotaExceeded       Reason = "QUOTA_EXCEEDED"
	QueueFull           Reason = "QUEUE_FULL"
	TooLarge            Reason = "TOO_LARGE"
	Starting            Reason = "STARTING"
	Draining            Reason = "DRAINING"
	AdapterDisconnected Reason = "ADAPTER_DISCONNECTED"
	StorageFailed       Reason = "STORAGE_FAILED"
)

// An Error is a refusal with its reason. Text is for logs and programs, Said for
// people in chat; it is zero where nobody there asks for such a thing. Details are
// the metadata of the reason, such as the missing scope.
type Error struct {
	Reason  Reason
	Text    string
	Said    texts.Text
	Details map[string]string
}

func (e *Error) Error() string { return string(e.Reason) + ": " + e.Text }

// Refuse makes an Error with a formatted text.
func Refuse(reason Reason, format string, args ...any) *Error {
	return &Error{Reason: reason, Text: fmt.Sprintf(format, args...)}
}

// With adds a detail and returns the error itself.
func (e *Error) With(key, value string) *Error {
	if e.Details == nil {
		e.Details = map[string]string{}
	}
	e.Details[key] = value
	return e
}

// In is what people read of it in chat. What has no text for them is told as it is.
func (e *Error) In(c *texts.Catalogue) string {
	if e.Said.IsZero() {
		return c.Say(texts.WentWrong, "error", c.Sentence(e.Text))
	}
	return c.Text(e.Said)
}

// Saying adds what people read in chat and returns the error itself.
func (e *Error) Saying(key texts.Key, with ...any) *Error {
	e.Said = texts.Of(key, with...)
	return e
}
