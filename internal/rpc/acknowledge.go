package rpc

import (
	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
)

// doneEmoji is what the bot reacts with to a command that is done and said nothing.
const doneEmoji = "✅"

// Acknowledgement is the operation, encoded in the bot's own ids, that reacts to
// the message of an encoded event. It is nil for an event that is no message.
func Acknowledgement(event []byte) []byte {
	e := new(ocov1.Event)
	if err := proto.Unmarshal(event, e); err != nil {
		return nil // what cannot be read is acknowledged by a text
	}
	id := e.GetMessage().GetMessage().GetMessageId()
	if id == "" {
		return nil
	}
	encoded, err := proto.Marshal(&ocov1.Operation{Kind: &ocov1.Operation_Reaction{
		Reaction: &ocov1.ReactionOperation{MessageId: id, Emoji: doneEmoji},
	}})
	if err != nil {
		return nil
	}
	return encoded
}

// reacts says whether an adapter that reports so much shows a reaction to
// everybody, and in which rooms that is otherwise. Only then a reaction is an
// acknowledgement: at a lower level some people would see nothing.
func reacts(account *ocov1.Capabilities, rooms reported) (everywhere bool, otherwise map[string]bool) {
	level := func(c *ocov1.Capabilities) chat.Level { return chat.ParseLevel(int32(c.GetLevels()[chat.CanReaction])) }
	everywhere = level(account) == chat.Full
	for id, c := range rooms {
		if own := level(c); own != 0 && (own == chat.Full) != everywhere {
			if otherwise == nil {
				otherwise = map[string]bool{}
			}
			otherwise[id] = !everywhere
		}
	}
	return everywhere, otherwise
}
