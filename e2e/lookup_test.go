package e2e

import (
	"context"
	"fmt"
	"testing"

	"github.com/openchatops/oco"
)

// runClerk is a handler whose arguments the words alone do not tell.
func runClerk(*site, string) int {
	h := oco.NewHandler("clerk")
	h.Command("whois {who:user} [in {room:room=here}]", "Tell who somebody is.", func(_ context.Context, msg *oco.Message) error {
		msg.Reply(fmt.Sprintf("that is %s of %s", msg.ArgUser("who").ID, msg.ArgRoom("room").ID))
		return nil
	})
	oco.Main(h)
	return 0
}

// People at a terminal are named by those who sit there, while the terminal's own call
// that brought the command waits for the answer: with Attach and without (OCO-RTE-51).
func TestPeopleAtATerminalAreNamed(t *testing.T) {
	t.Parallel()
	service := newService(t)
	for name, binary := range map[string]string{"Attach": ocoBinary, "Subscribe": plainBinary} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := sitDownTo(t, binary, fmt.Sprintf("[{name: clerk, command: [%q, plugin, clerk, %q]}]", self, service.url))
			d.Resize(120, 40)
			const usage = "\nUsage: whois {who:user} [in {room:room=here}]"
			for _, step := range [][2]string{
				{"/as bob", "bob @oco> █"}, {"/as alice", "alice @oco> █"}, {"/room ops", "alice #ops> █"},
				{"oco whois carol", usage + "\nalice #ops> █"}, // nobody so far
				{"oco whois @bob", "\nthat is user:1:bob of room:1:~23ops\nalice #ops> █"},
				{"oco whois me in room:1:dm~3abob", usage + "\nalice #ops> █"}, // there alice is not
				{"oco whois me in #ops", "\nthat is user:1:alice of room:1:~23ops\nalice #ops> █"},
			} {
				d.Type(step[0] + "\r")
				d.Await(step[1])
			}
			d.Type("/leave\r")
			d.Await("alice @oco> █")
			d.leave(t)
		})
	}
}
