package chat

// An Outcome is how a delivery ended.
type Outcome uint8

// The outcomes, with the numbers of the wire. None means that it has not ended.
const (
	None      Outcome = 0
	Done      Outcome = 1
	Failed    Outcome = 2
	Unknown   Outcome = 3
	Expired   Outcome = 4
	Refused   Outcome = 5
	Cancelled Outcome = 6
)

var outcomeNames = [...]string{"none", "done", "failed", "unknown", "expired", "refused", "cancelled"}

func (o Outcome) String() string { return name(outcomeNames[:], uint8(o)) }

// A State is where a delivery stands.
type State uint8

// The states, with the numbers of the wire.
const (
	Waiting State = 1
	Held    State = 2 // for confirmation or approval
	Leased  State = 3
	Ended   State = 4
)

var stateNames = [...]string{"unspecified", "waiting", "held", "leased", "ended"}

func (s State) String() string { return name(stateNames[:], uint8(s)) }

// A RunPolicy says whether a delivery may run again on its own accord.
type RunPolicy uint8

// The run policies, with the numbers of the wire.
const (
	Once       RunPolicy = 1
	Repeatable RunPolicy = 2
)

// An Order says which deliveries of a route run one after the other.
type Order uint8

// The orders, with the numbers of the wire.
const (
	OrderUser  Order = 1
	OrderRoom  Order = 2
	OrderRoute Order = 3
	OrderNone  Order = 4
)

// A Notice says whom the bot tells when the outcome is not done.
type Notice uint8

// The notices, with the numbers of the wire.
const (
	NoticePerson    Notice = 1
	NoticeOperators Notice = 2
	NoticeNone      Notice = 3
)

// A SendState is what is known of a message that the bot was asked to send.
type SendState uint8

// The states of a send, with the numbers of the wire.
const (
	Queued      SendState = 1
	Sent        SendState = 2
	SendUnknown SendState = 3
	SendFailed  SendState = 4
	SendExpired SendState = 5
)

var sendStateNames = [...]string{"unspecified", "queued", "sent", "unknown", "failed", "expired"}

func (s SendState) String() string { return name(sendStateNames[:], uint8(s)) }

// A RepeatPolicy says what is done with a message when nobody knows whether it
// was posted and the chat service does not recognise its repeat.
type RepeatPolicy uint8

// The repeat policies, with the numbers of the wire.
const (
	PreferDup  RepeatPolicy = 1
	PreferLoss RepeatPolicy = 2
)

var repeatPolicyNames = [...]string{"unspecified", "prefer_dup", "prefer_loss"}

func (p RepeatPolicy) String() string { return name(repeatPolicyNames[:], uint8(p)) }

// A SendReason says on whose behalf a message is sent.
type SendReason uint8

// The reasons, with the numbers of the wire.
const (
	ForHandler SendReason = 1
	ForNotice  SendReason = 2
	ForBot     SendReason = 3
	ForClient  SendReason = 4
)

// A Role is what the holder of a key is.
type Role uint8

// The roles, with the numbers of the wire.
const (
	RoleHandler  Role = 1
	RoleAdapter  Role = 2
	RoleOperator Role = 3
	RoleClient   Role = 4
)

var roleNames = [...]string{"none", "handler", "adapter", "operator", "client"}

func (r Role) String() string { return name(roleNames[:], uint8(r)) }

// ParseRole is the inverse of String for the four roles; any other text is 0.
func ParseRole(s string) Role {
	for i, n := range roleNames {
		if i > 0 && n == s {
			return Role(i)
		}
	}
	return 0
}

// A RoomKind says what kind of place a room is.
type RoomKind uint8

// The kinds of rooms, with the numbers of the wire.
const (
	Channel     RoomKind = 1
	Direct      RoomKind = 2
	MultiDirect RoomKind = 3
)

func name(names []string, i uint8) string {
	if int(i) < len(names) {
		return names[i]
	}
	return "invalid"
}
