package irc

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/openchatops/oco"
)

// told is what events tell, one a line.
func told(events []oco.Incoming) string {
	var out []string
	for _, e := range events {
		switch {
		case e.Member != nil && e.Member.Left:
			out = append(out, fmt.Sprintf("%s left %s by %s", e.Member.User.Name, e.Room.ID, e.Actor.Name))
		case e.Member != nil:
			out = append(out, fmt.Sprintf("%s joined %s", e.Member.User.Name, e.Room.ID))
		case e.RoomChange != nil:
			out = append(out, fmt.Sprintf("%s: %q by %s", e.RoomChange.Room.ID, e.RoomChange.Room.Topic, e.Actor.Name))
		case e.Reaction != nil:
			out = append(out, fmt.Sprintf("%s %v %s to %s in %s", e.Actor.Name, e.Reaction.Removed, e.Reaction.Emoji, e.Reaction.Message, e.Room.ID))
		case e.Message.Change == oco.Deleted:
			out = append(out, fmt.Sprintf("%s deleted %s in %s", e.Actor.Name, e.Message.ID, e.Room.ID))
		default:
			out = append(out, e.Message.Text)
		}
	}
	return strings.Join(out, "\n")
}

func (s *stage) wantTold(want ...string) {
	s.t.Helper()
	synctest.Wait()
	if got := told(s.bot.take()); got != strings.Join(want, "\n") {
		s.t.Errorf("published\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestPeopleComeAndGo(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		s.says(":carol!c@h JOIN #OPS", ":carol!c@h PART #ops :bye", ":alice!a@h KICK #ops bob :out", ":alice!a@h NICK al", ":al!a@h QUIT :Quit: gone")
		s.wantTold("carol joined #ops", "carol left #ops by carol", "bob left #ops by alice", "al left #ops by al")
		s.says(":dave!d@h JOIN #ops", ":services.test KICK #ops dave :out", ":eve!e@h JOIN #ops", ":irc.test KILL eve :now")
		s.wantTold("dave joined #ops", "dave left #ops by services.test", "eve joined #ops", "eve left #ops by eve")
		s.says(":op!o@h JOIN #ops", ":op!o@h TOPIC #ops :be \x02kind", ":oco!o@h TOPIC #ops :mine", ":op!o@h KICK #ops oco :you too")
		s.wantTold("op joined #ops", `#ops: "be kind" by op`, "oco left #ops by op")
		s.says(":op!o@h PART #elsewhere", ":op!o@h JOIN #elsewhere", ":nobody!n@h QUIT :x", ":op!o@h TOPIC #elsewhere :x", "KICK", "JOIN", "PART", "TOPIC", "QUIT")
		s.wantTold()
	})
}

// Where the bot is is told when that changes, and not when it only comes back.
func TestTheBotComesAndGoes(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.says(":irc.test 001 oco :Welcome", ":irc.test 422 oco :No MOTD", ":oco!o@h JOIN #ops", ":oco!o@h JOIN #OPS")
		e := s.one()
		if e.Member == nil || !e.Member.User.Self || e.Actor.ID != selfID || e.Room.ID != "#ops" {
			t.Errorf("%+v", e)
		}
		s.cut()
		s.redialled()
		s.says(":irc.test 001 oco :Welcome", ":irc.test 422 oco :No MOTD", ":oco!o@h JOIN #ops", ":oco!o@h JOIN #dev")
		s.wantTold("oco joined #dev")
		s.says(":oco!o@h PART #dev", ":op!o@h KICK #ops oco :x", ":oco!o@h JOIN #ops")
		s.wantTold("oco left #dev by oco", "oco left #ops by op", "oco joined #ops")
	})
}

// Who somebody is follows the rules that hold for messages.
func TestWhoComesAndGoes(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome(everything)
		s.says("@account=carol;msgid=j1 :c!c@h JOIN #ops carol :Carol", "@account=carol :c!c@h PRIVMSG #ops :hi", ":c!c@h QUIT :gone",
			":al!a@h JOIN #ops * :Al", ":al!a@h PART #ops")
		events := s.bot.take()
		if len(events) != 5 {
			t.Fatalf("published %s", told(events))
		}
		for i, e := range events[:3] {
			if e.Actor.ID != "carol" || e.Member != nil && e.Member.User.ID != "carol" {
				t.Errorf("event %d is of %+v", i, e.Actor)
			}
		}
		if events[0].ID != "j1/#ops" || events[0].Room.ID != "#ops" || events[0].Room.Kind != oco.RoomChannel {
			t.Errorf("%+v", events[0])
		}
		if id := events[3].Member.User.ID; !strings.HasPrefix(string(id), "~al~") || events[4].Member.User.ID != id {
			t.Errorf("who has no account is %q, then %q", id, events[4].Member.User.ID)
		}
		s.says("@account=x :bob!b@h QUIT :y")
		if e := s.one(); e.Member.User.ID != "x" {
			t.Errorf("%+v", e.Member.User)
		}
	})
}

// A quit is told for each channel in which the bot saw it.
func TestAQuitFromSeveralChannels(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome(everything)
		s.says(":oco!o@h JOIN #dev", ":irc.test 353 oco = #dev :oco alice", "@msgid=q1 :alice!a@h QUIT :Quit: bye")
		if e := s.bot.take(); len(e) != 3 {
			t.Fatalf("published %s", told(e))
		}
		s.says("@msgid=q1 :bob!b@h JOIN #ops", "@msgid=q1 :bob!b@h JOIN #dev")
		s.bot.take()
		s.says("@msgid=q1 :bob!b@h QUIT :Quit: bye")
		ids := map[oco.EventID]bool{}
		for _, e := range s.bot.take() {
			ids[e.ID] = true
		}
		if len(ids) != 2 || !ids["q1/#ops"] || !ids["q1/#dev"] {
			t.Errorf("events %v", ids)
		}
	})
}

// When the network falls apart nobody leaves, and nobody comes when it is whole
// again: neither is told, however many they are.
func TestTheNetworkSplits(t *testing.T) {
	for name, lines := range map[string][]string{
		"as old servers say it": {
			":alice!a@h QUIT :hub.irc.test leaf.irc.test", ":bob!b@h QUIT :*.net *.split",
			":alice!a@h JOIN #ops", ":bob!b@h JOIN #ops",
		},
		"in batches": {
			":irc.test BATCH +n netsplit irc.hub other.host", "@batch=n :alice!a@h QUIT :x", "@batch=n :bob!b@h QUIT :x", ":irc.test BATCH -n",
			":irc.test BATCH +j netjoin irc.hub other.host", "@batch=j :alice!a@h JOIN #ops", "@batch=j :zoe!z@h JOIN #ops", ":irc.test BATCH -j",
			":bob!b@h JOIN #ops",
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, s *stage) {
				s.welcome(everything)
				s.says(lines...)
				s.wantTold()
				users, err := s.adapter.Members(t.Context(), "#ops")
				if err != nil || len(users) < 3 || users[0].Name != "alice" {
					t.Errorf("in #ops are %+v, error %v", users, err)
				}
				// A nick that is seen again proves nothing.
				for _, u := range users[:2] {
					if !strings.HasPrefix(string(u.ID), "~") {
						t.Errorf("%+v", u)
					}
				}
				s.says(":alice!a@h PART #ops", ":alice!a@h PRIVMSG oco :still here")
				s.wantTold("alice left #ops by alice", "still here")
				s.pass(apartTerm)
				s.says(":alice!a@h JOIN #ops")
				s.wantTold("alice joined #ops")
			})
		})
	}
	// A text that a person wrote is no split.
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		s.says(":alice!a@h QUIT :Quit: a.b c.d", ":bob!b@h QUIT :see you.")
		s.wantTold("alice left #ops by alice", "bob left #ops by bob")
	})
}

// A storm of comings and goings takes no room from messages and is bounded.
func TestAStormOfPeople(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		away, back := context.WithCancel(t.Context())
		s.bot.mu.Lock()
		s.bot.publish = func(ctx context.Context) error {
			select {
			case <-away.Done():
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		s.bot.mu.Unlock()
		var joins, quits []string
		for i := range 2 * maxWaiting {
			joins = append(joins, fmt.Sprintf(":n%d!n@h JOIN #ops", i))
		}
		for i := range maxApart + 1 {
			quits = append(quits, fmt.Sprintf(":n%d!n@h QUIT :a.b c.d", i))
		}
		s.says(joins...)
		for range maxWaiting / 2 {
			s.says(":alice!a@h PRIVMSG #ops :still here")
		}
		s.says(quits...)
		if n := len(s.adapter.current.split); n > maxApart {
			t.Errorf("%d are remembered as hidden", n)
		}
		back()
		synctest.Wait()
		messages := 0
		events := s.bot.take()
		for _, e := range events {
			if e.Message != nil {
				messages++
			}
		}
		if messages != maxWaiting/2 || len(events) > maxWaiting+maxTogether {
			t.Errorf("%d messages came through, of %d events", messages, len(events))
		}
	})
}
