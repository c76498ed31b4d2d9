package delivery

import (
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// byReaction lets the bot acknowledge by reactions to what is no empty event.
func byReaction(o *Options) {
	o.React = func(payload []byte) []byte {
		if len(payload) == 0 {
			return nil
		}
		return append([]byte("✅ "), payload...)
	}
}

func silent(l Lease) Completion { return Completion{Lease: l, Kind: DoneKind} }

// A command that is done and said nothing is acknowledged by a reaction where
// everybody sees it, else by a text (OCO-DLV-13, OCO-DLV-66).
func TestAcknowledgement(t *testing.T) {
	const text, reacted = "room:1:ops> deploy: done.", "room:1:ops> (✅ payload)"
	adapter := func(reacts bool, in map[string]bool) Activate {
		return Activate{Account: "account:1", From: irc, Name: "oco", Service: "irc", WantsSettled: true, Reacts: reacts, ReactsIn: in}
	}
	for name, c := range map[string]struct {
		play func(x *theatre)
		want []string
	}{
		"a reaction":            {func(x *theatre) { x.verdict(Committed, far, silent(x.first(x.ask(route("far"))))) }, []string{reacted}},
		"nothing after a reply": {func(x *theatre) { x.verdict(Committed, far, reply(x.first(x.ask(route("far"))), "hi")) }, []string{"room:1:ops> hi"}},
		"nothing to who did not ask": {func(x *theatre) {
			x.verdict(Committed, far, silent(x.first(x.ask(route("far"), unaddressed))))
		}, nil},
		"a text where there are none": {func(x *theatre) {
			x.do(adapter(false, nil))
			x.verdict(Committed, far, silent(x.first(x.ask(route("far")))))
		}, []string{text}},
		"a text in a room where there are none": {func(x *theatre) {
			x.do(adapter(true, map[string]bool{"room:1:ops": false}))
			x.verdict(Committed, far, silent(x.first(x.ask(route("far")))))
		}, []string{text}},
		"a reaction in the only room where there are some": {func(x *theatre) {
			x.do(adapter(false, map[string]bool{"room:1:ops": true}))
			x.verdict(Committed, far, silent(x.first(x.ask(route("far")))))
		}, []string{reacted}},
		"a text for what cannot be reacted to": {func(x *theatre) {
			x.do(Admit{Events: []Event{{ID: "e", Dedup: [16]byte{1}, Deliveries: []NewDelivery{{ID: "d1", Route: route("far"), Addressed: true, User: "alice", Place: x.room}}}}})
			x.verdict(Committed, far, silent(x.first("d1")))
		}, []string{text}},
		"a text for a retry": {func(x *theatre) {
			id := x.ask(route("far"))
			x.verdict(Committed, far, Completion{Lease: x.first(id), Kind: Fail, UserText: "no"})
			x.do(x.again(id, "x1"))
			x.verdict(Committed, far, silent(x.first("x1")))
		}, []string{"room:1:ops> deploy failed: no. To run it again: oco retry d1", text}},
		"a text after it was told lost": {func(x *theatre) {
			id := x.ask(route("far"))
			x.do(Gone{far})
			x.hand(far, 1)
			x.verdict(Resolved, far, silent(x.first(id)))
		}, []string{"room:1:ops> " + unknownD1, text}},
		"a text after a word elsewhere": {func(x *theatre) {
			c := silent(x.first(x.ask(route("far"))))
			c.Sends = []KeyedSend{{Key: "a", Text: "hi", Place: chat.Place{Room: "log"}, Elsewhere: true}}
			x.verdict(Committed, far, c)
		}, []string{"log> hi", text}},
		"a reaction, over a restart": {func(x *theatre) {
			x.dark = true
			x.do(Gone{irc})
			x.verdict(Committed, far, silent(x.first(x.ask(route("far")))))
			x.late(time.Second)
			x.enter()
		}, []string{reacted}},
	} {
		t.Run(name, func(t *testing.T) {
			x := newTheatre(t, byReaction)
			x.hand(far, 1)
			c.play(x)
			x.play()
			x.wants(c.want...)
		})
	}
}

// An adapter that could react is not asked to by a bot that has no reaction to give
// (OCO-DLV-66).
func TestAcknowledgementWithoutAReaction(t *testing.T) {
	x := newTheatre(t)
	x.hand(far, 1)
	x.do(Activate{Account: "account:1", From: irc, Name: "oco", Service: "irc", WantsSettled: true, Reacts: true})
	x.verdict(Committed, far, silent(x.first(x.ask(route("far")))))
	x.play()
	x.wants("room:1:ops> deploy: done.")
}

// A reaction that is not set, or of which nobody knows, is said in its place, also
// after a restart, and only then the event is settled (OCO-DLV-66, OCO-LIF-27).
func TestAcknowledgementThatFails(t *testing.T) {
	for name, restart := range map[string]bool{"at once": false, "after a restart": true} {
		for _, state := range []chat.SendState{chat.SendFailed, chat.SendUnknown} {
			x := newTheatre(t, byReaction)
			x.hand(far, 1)
			var settled int
			was := x.watch
			x.watch = func(e Effect) {
				was(e)
				if _, ok := e.(SettledFrame); ok {
					settled++
				}
			}
			n := NewDelivery{ID: "d1", Route: route("far"), Match: []byte("m"), Addressed: true, User: "alice", Place: x.room}
			x.do(Admit{Events: []Event{{ID: "e", ServiceID: "s", Dedup: [16]byte{1}, Payload: []byte("payload"), Deliveries: []NewDelivery{n}}}})
			x.verdict(Committed, far, silent(x.first("d1")))
			if restart {
				x.late(time.Second)
				x.enter()
			}
			for n := 0; len(x.asked) == 0 || x.actOf(x.asked[0].Parts[0]) != ""; n++ {
				if n > 120 || settled > 0 {
					t.Fatalf("%s, %s: asked for %+v, settled %d", name, state, x.asked, settled)
				}
				if len(x.asked) == 0 {
					x.pass(time.Second)
					x.do(Heartbeat{irc, nil})
					continue
				}
				op := x.asked[0]
				x.asked = x.asked[1:]
				x.verdict(Committed, irc, sent(op.Lease, state))
			}
			x.play()
			x.wants("room:1:ops> deploy: done.")
			if want := map[bool]int{false: 1, true: 0}[restart]; settled != want {
				t.Errorf("%s, %s: settled %d times", name, state, settled)
			}
		}
	}
}
