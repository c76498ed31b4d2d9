package irc

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openchatops/oco"
)

// one returns the one event that was published.
func (s *stage) one() oco.Incoming {
	s.t.Helper()
	synctest.Wait()
	events := s.bot.take()
	if len(events) != 1 {
		s.t.Fatalf("published %d events: %+v", len(events), events)
	}
	return events[0]
}

func TestMessages(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome(everything)
		line := "@time=" + time.Now().Add(-time.Second).UTC().Format("2006-01-02T15:04:05.000Z") + ";msgid=abc;account=alice :al!a@h PRIVMSG #Ops :\x02oco\x02: \x0304ping"
		s.says(line)
		e := s.one()
		switch {
		case e.ID != "abc" || e.Message.ID != "abc" || string(e.Native) != line:
			t.Errorf("ids %q, %q, native %q", e.ID, e.Message.ID, e.Native)
		case !e.Time.Equal(time.Now().Add(-time.Second)):
			t.Errorf("time %v", e.Time)
		case e.Room.ID != "#ops" || e.Room.Kind != oco.RoomChannel || e.Room.Name != "#Ops":
			t.Errorf("room %+v", e.Room)
		case e.Actor.ID != "alice" || e.Actor.Name != "al" || e.Actor.MentionName != "al" || e.Actor.Bot || e.Actor.Self:
			t.Errorf("actor %+v", e.Actor)
		case e.Message.Text != "oco: ping" || e.Historical || e.Message.Forwarded:
			t.Errorf("message %+v", e.Message)
		case len(e.Message.Mentions) != 1 || e.Message.Mentions[0] != oco.Mention{User: selfID, Length: 3}:
			t.Errorf("mentions %+v", e.Message.Mentions)
		}
		s.says(":Bob!b@h PRIVMSG oco :whoami")
		e = s.one()
		if e.Room.ID != "bob" || e.Room.Kind != oco.RoomDirect || !e.Room.Private || !e.Time.IsZero() || len(e.Message.Mentions) != 0 {
			t.Errorf("a private message is %+v", e)
		}
		if e.ID == "" || e.ID == "abc" || !strings.HasPrefix(string(e.Actor.ID), "~bob~") {
			t.Errorf("a private message is %+v", e)
		}
	})
}

func TestWhatAMessageSays(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		for line, want := range map[string]string{
			":a!b@c PRIVMSG #ops :\x01ACTION waves\x01":     "/me waves",
			":a!b@c PRIVMSG #ops :Gr\xfc\xdfe":              "Grüße",
			":a!b@c PRIVMSG #ops :tab\there\x00\x1b[31m":    "tab\there[31m",
			":a!b@c PRIVMSG #ops :ocotillo":                 "ocotillo",
			":a!b@c NOTICE #ops :oco: ping":                 "oco: ping",
			"@bot :a!b@c PRIVMSG #ops :oco: ping":           "oco: ping",
			":a!b@c PRIVMSG #ops :\x01VERSION\x01":          "",
			":a!b@c PRIVMSG #ops :\x01DCC SEND x 1 2 3\x01": "",
			":a!b@c NOTICE #ops :\x01ACTION waves\x01":      "",
			":a!b@c PRIVMSG #ops :\x02 \x0f":                "",
			":irc.test NOTICE oco :*** Looking up":          "",
			":irc.test PRIVMSG #ops :oco: ping":             "",
			":a!b@c PRIVMSG $*.test :to all":                "",
			":a!b@c NOTICE somebody :else":                  "",
		} {
			s.says(line)
			events := s.bot.take()
			switch {
			case want == "" && len(events) > 0:
				t.Errorf("%q was published as %+v", line, events[0].Message)
			case want == "":
			case len(events) != 1 || events[0].Message.Text != want:
				t.Errorf("%q was published as %+v, want %q", line, events, want)
			case events[0].Actor.Bot != (strings.Contains(line, "NOTICE") || strings.HasPrefix(line, "@bot")):
				t.Errorf("%q comes from a program: %v", line, events[0].Actor.Bot)
			}
		}
		s.wantHeard("") // nothing is answered
	})
}

func TestOwnMessages(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome(everything)
		s.says(":oco!o@h PRIVMSG #ops :oco: ping", ":oco!o@h PRIVMSG alice :hello")
		events := s.bot.take()
		if len(events) != 2 {
			t.Fatalf("published %+v", events)
		}
		for _, e := range events {
			if !e.Actor.Self || e.Actor.ID != selfID {
				t.Errorf("our own message comes from %+v", e.Actor)
			}
		}
		if events[1].Room.ID != "alice" || events[1].Room.Kind != oco.RoomDirect {
			t.Errorf("our own private message is in %+v", events[1].Room)
		}
	})
}

func TestHistoryIsOld(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome(everything)
		s.says(":irc.test BATCH +1 chathistory #ops", "@batch=1;msgid=m1;account=alice;time=1999-01-01T00:00:00.000Z :al!a@h PRIVMSG #ops :oco: deploy",
			"@batch=1;msgid=m2 :carol!c@h PRIVMSG #ops :oco: deploy", "@batch=1 :al!a@h PRIVMSG #ops :no id",
			"@batch=1;msgid=m3 :oco!evil@h PRIVMSG #ops :who was it", ":irc.test BATCH -1", "@batch=1;msgid=m4 :al!a@h PRIVMSG #ops :now")
		events := s.bot.take()
		if len(events) != 4 {
			t.Fatalf("published %d events", len(events))
		}
		for i, e := range events {
			if e.Historical != (i < 3) {
				t.Errorf("%q is historical: %v", e.Message.Text, e.Historical)
			}
		}
		if events[0].Actor.ID != "alice" || events[0].Time.Year() != 1999 {
			t.Errorf("%+v", events[0])
		}
		if who := events[1].Actor.ID; !strings.HasPrefix(string(who), "~carol~") || s.adapter.current.people.strangers["carol"] != nil {
			t.Error("somebody of the past is taken for somebody of now")
		}
	})
}

func TestAClockThatIsWrongMakesNothingOld(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome(everything)
		for _, at := range []string{"1999-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z", "never", ""} {
			s.says("@time=" + at + " :a!b@c PRIVMSG #ops :oco: ping")
			if e := s.one(); !e.Time.IsZero() {
				t.Errorf("at %q it was said at %v", at, e.Time)
			}
		}
	})
}

func TestTheBotIsAwayForLong(t *testing.T) {
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
		for range maxWaiting + 20 {
			s.says(":a!b@c PRIVMSG #ops :x")
		}
		s.says("PING y")
		s.wantHeard("PONG y")
		back()
		synctest.Wait()
		if n := len(s.bot.take()); n != maxWaiting+1 {
			t.Errorf("%d messages were published, want %d", n, maxWaiting+1)
		}
		s.says(":a!b@c KICK #ops oco")
		s.wantStatus("19 messages were lost because the bot took none")
	})
}

func TestWhatTheBotDoesNotTake(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		s.bot.publish = func(context.Context) error {
			return &oco.PublishError{Events: map[int]error{0: errors.New("no")}}
		}
		s.says(":a!b@c PRIVMSG #ops :x")
		s.bot.mu.Lock()
		s.bot.publish = nil
		s.bot.mu.Unlock()
		s.says(":a!b@c PRIVMSG #ops :y")
		if e := s.one(); e.Message.Text != "y" {
			t.Errorf("published %+v", e)
		}
	})
}

func TestABotThatEndsEndsTheAdapter(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		s.bot.publish = func(context.Context) error { return errors.New("the process is fenced") }
		s.says(":a!b@c PRIVMSG #ops :x")
		if err := <-s.ended; err == nil || !strings.Contains(err.Error(), "fenced") {
			t.Errorf("Run: %v", err)
		}
		s.ended <- nil
	})
}

func TestTheRoster(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		_, err := s.adapter.Users(t.Context())
		if status.Code(err) != codes.Unavailable {
			t.Errorf("before it is connected: %v", err)
		}
		s.welcome(everything)
		s.says("@account=alice :al!a@h PRIVMSG #ops :x", ":irc.test 332 oco #ops :be kind")
		users, err := s.adapter.Users(t.Context())
		if err != nil || len(users) != 4 {
			t.Fatalf("users %+v, error %v", users, err)
		}
		rooms, err := s.adapter.Rooms(t.Context())
		if err != nil || len(rooms) != 1 || rooms[0].Topic != "be kind" {
			t.Errorf("rooms %+v, error %v", rooms, err)
		}
		for _, by := range []oco.UserLookup{{ID: "alice"}, {MentionName: "AL"}, {MentionName: "bob"}, {ID: selfID}, {MentionName: "OCO"}} {
			if u, err := s.adapter.User(t.Context(), by); err != nil || u.ID == "" {
				t.Errorf("%+v: %+v, error %v", by, u, err)
			}
		}
		for _, by := range []oco.UserLookup{{}, {ID: "al"}, {ID: "~bob"}, {MentionName: "carol"}} {
			if u, err := s.adapter.User(t.Context(), by); status.Code(err) != codes.NotFound {
				t.Errorf("%+v: %+v, error %v", by, u, err)
			}
		}
		s.says(":oco!o@h NICK opsbot")
		if d := s.adapter.Describe(); d.Self.Name != "opsbot" || d.Self.ID != selfID || d.ReplaysMissed || d.IdempotentSend {
			t.Errorf("%+v", d)
		}
	})
}
