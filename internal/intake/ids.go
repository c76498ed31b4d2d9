package intake

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// LongIDKey is the row of a derived id that is the hash of a long one: it holds
// the chat service's own id.
func LongIDKey(id string) []byte { return delivery.LongIDKey(id) }

// An idMapper puts the bot's own ids in the place of the chat service's.
type idMapper struct {
	account account
	writes  []delivery.Write // rows of ids that are hashes
	lookup  func(account, serviceMessage string) string
	longest int       // bytes of the longest that it was given
	known   [4]mapped // the last: an event names its room and its user twice
	next    int       // of known, to be replaced
}

// mapped is an id that was derived.
type mapped struct {
	kind          chat.Kind
	serviceID, id string
}

func (m *idMapper) id(kind chat.Kind, serviceID string) string {
	for i := range m.known {
		if k := &m.known[i]; k.kind == kind && k.serviceID == serviceID {
			return k.id
		}
	}
	m.longest = max(m.longest, len(serviceID))
	valid := strings.ToValidUTF8(serviceID, "\uFFFD")
	id, long := chat.Derive(kind, m.account.number, valid)
	if long {
		m.writes = append(m.writes, delivery.Write{Key: LongIDKey(id), Value: []byte(valid)})
	}
	m.known[m.next] = mapped{kind, serviceID, id}
	m.next = (m.next + 1) % len(m.known)
	return id
}

// message is the id of a message: the bot's own if the bot made it.
func (m *idMapper) message(serviceID string) string {
	if serviceID == "" {
		return ""
	}
	if own := m.lookup(m.account.id, serviceID); own != "" {
		return own
	}
	return m.id(chat.KindMessage, serviceID)
}

func (m *idMapper) user(u *ocov1.User) {
	if u == nil {
		return
	}
	u.UserId = m.id(chat.KindUser, u.GetUserId())
	u.AccountId = m.account.id
	u.PrincipalId, u.Groups = "", nil // facts of the bot's alone
}

func (m *idMapper) address(a *ocov1.Address) {
	if a == nil {
		return
	}
	if r := a.GetRoom(); r != nil {
		switch by := r.GetBy().(type) {
		case *ocov1.RoomRef_RoomId:
			by.RoomId = m.id(chat.KindRoom, by.RoomId)
		case *ocov1.RoomRef_UserId:
			by.UserId = m.id(chat.KindUser, by.UserId)
		}
		r.AccountId = m.account.id
	}
	switch place := a.GetPlace().(type) {
	case *ocov1.Address_ThreadId:
		place.ThreadId = m.id(chat.KindThread, place.ThreadId)
	case *ocov1.Address_StartThreadAt:
		place.StartThreadAt = m.message(place.StartThreadAt)
	}
}

func (m *idMapper) event(e *ocov1.Event) {
	e.AccountId = m.account.id
	e.EventId = m.id(chat.KindEvent, e.GetEventId())
	m.address(e.GetAddress())
	m.user(e.GetActor())
	msg := e.GetMessage().GetMessage()
	if msg == nil {
		m.happening(e)
		return
	}
	if e.GetMessage().GetChange() == ocov1.Change_CHANGE_CREATED {
		msg.MessageId = m.id(chat.KindMessage, msg.GetMessageId())
	} else {
		msg.MessageId = m.message(msg.GetMessageId()) // perhaps one of the bot's
	}
	msg.ReplyTo = m.message(msg.GetReplyTo())
	m.address(msg.GetAddress())
	m.user(msg.GetSender())
	for _, f := range msg.GetAttachments() {
		f.FileId = m.id(chat.KindFile, f.GetFileId())
	}
	for _, at := range msg.GetMentions() {
		switch t := at.GetTarget().(type) {
		case *ocov1.Mention_UserId:
			t.UserId = m.id(chat.KindUser, t.UserId)
		case *ocov1.Mention_RoomId:
			t.RoomId = m.id(chat.KindRoom, t.RoomId)
		}
	}
}

// dedupHash is what a repeat of an event is recognised by (OCO-DLV-4).
func dedupHash(account uint32, serviceID string) [16]byte {
	named := append(binary.BigEndian.AppendUint32(make([]byte, 0, 128), account), serviceID...)
	sum := sha256.Sum256(named)
	return [16]byte(sum[:16])
}

// place is an address in the bot's own ids.
func place(a *ocov1.Address) chat.Place {
	return chat.Place{
		Room: a.GetRoom().GetRoomId(), User: a.GetRoom().GetUserId(),
		Thread: a.GetThreadId(), Start: a.GetStartThreadAt(),
	}
}
