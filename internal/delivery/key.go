package delivery

import "encoding/binary"

// The rows that the machine writes. Every key begins with one byte that says
// what it is.
const (
	prefixAccount  = "a/" // account number's id -> record.Account
	prefixDedup    = "d/" // generation, number -> hashes; generation alone -> when it began
	prefixEvent    = "e/" // event -> record.Event
	prefixOpen     = "l/" // delivery -> record.Delivery, what never changes while it is open
	prefixTurn     = "t/" // delivery -> record.Delivery, what changed since
	prefixEnded    = "o/" // delivery -> record.Delivery
	prefixOpenList = "x/" // delivery -> nothing: ended badly, not settled
	prefixOutbox   = "p/" // number -> record.Send
	prefixSendTurn = "u/" // number -> record.Send, what changed since
	prefixSent     = "s/" // message -> record.Send
	prefixService  = "v/" // account, service's message id -> message
	prefixRequest  = "q/" // caller, request id -> record.Request
	prefixPutOff   = "f/" // room -> until when nothing is said in it, in ms: eight bytes, big endian
)

// Prefixes for readers of the store.
func OpenPrefix() []byte     { return []byte(prefixOpen) }
func EndedPrefix() []byte    { return []byte(prefixEnded) }
func OpenListPrefix() []byte { return []byte(prefixOpenList) }
func OutboxPrefix() []byte   { return []byte(prefixOutbox) }

// EventKey is the row of an event: record.Event.
func EventKey(event string) []byte { return []byte(prefixEvent + event) }

// DeliveryKey is the row of an open delivery: record.Delivery.
func DeliveryKey(delivery string) []byte { return []byte(prefixOpen + delivery) }

// TurnKey is the row that holds what changed of an open delivery since it was
// admitted; merge it over that of DeliveryKey.
func TurnKey(delivery string) []byte { return []byte(prefixTurn + delivery) }

// EndedKey is the row of an ended delivery: record.Delivery.
func EndedKey(delivery string) []byte { return []byte(prefixEnded + delivery) }

// OpenListKey is there while an ended delivery is on the open list.
func OpenListKey(delivery string) []byte { return []byte(prefixOpenList + delivery) }

// OutboxKey is the row of a send that has not ended: record.Send.
func OutboxKey(row uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte(prefixOutbox), row)
}

// rowNumber is the number in what follows the prefix of an outbox row.
func rowNumber(key string) uint64 { return binary.BigEndian.Uint64([]byte(key)) }

// turnOfSend is the row that holds what changed of an open send.
func turnOfSend(row uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte(prefixSendTurn), row)
}

// SentKey is the row of a send that has ended: record.Send.
func SentKey(message string) []byte { return []byte(prefixSent + message) }

// ServiceKey is the row from the chat service's id of a message that the bot
// made to the bot's own.
func ServiceKey(account, serviceID string) []byte {
	return []byte(prefixService + account + "/" + serviceID)
}

// AccountKey is the row of an account: record.Account.
func AccountKey(account string) []byte { return []byte(prefixAccount + account) }

// RequestKey is the row of a request id: record.Request.
func RequestKey(caller, request string) []byte {
	return []byte(prefixRequest + caller + "/" + request)
}

// putOffKey is the row of a room in which nothing is said for a while.
func putOffKey(room string) []byte { return []byte(prefixPutOff + room) }

// unsettledKey is the row with the number of deliveries on the open list whose records
// are gone and of which operators were not told yet: eight bytes, big endian.
func unsettledKey() []byte { return []byte("m/unsettled") }

// hashedID is in an id that is the hash of a longer one.
const hashedID = ":~~"

// LongIDKey is the row of such an id: it holds the chat service's own. It begins as
// the rows of namespaces do, whose names have no colon.
func LongIDKey(id string) []byte { return []byte("n/" + id) }
