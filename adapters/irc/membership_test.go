package irc

import (
	"errors"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"context"
	"testing/synctest"

	"github.com/openchatops/oco"
)

// does begins an operation. Its end comes on the channel.
func (s *stage) does(op func(ctx context.Context) error) <-chan error {
	result := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
		defer cancel()
		result <- op(ctx)
	}()
	synctest.Wait()
	return result
}

// answers has the server answer what the adapter says, as one without labels
// does, and returns how the operation ended.
func (s *stage) answers(result <-chan error, heard string, lines ...string) error {
	s.t.Helper()
	said := strings.Split(s.heard(), "\n")
	if said[0] != heard || len(said) != 2 || !strings.HasPrefix(said[1], "PING ") {
		s.t.Fatalf("the adapter said %q, want %q and a PING", said, heard)
	}
	s.says(append(lines, ":irc.test PONG irc.test "+strings.TrimPrefix(said[1], "PING "))...)
	return <-result
}

func (s *stage) wantCode(err error, code codes.Code, parts ...string) {
	s.t.Helper()
	if status.Code(err) != code {
		s.t.Errorf("error %v, want %v", err, code)
		return
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			s.t.Errorf("error %v, want %q in it", err, part)
		}
	}
}

func TestJoiningAsTold(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		join := func(ctx context.Context) error { return s.adapter.Join(ctx, "#dev") }
		s.wantCode(s.answers(s.does(join), "JOIN #dev", ":oco!o@h JOIN #dev", ":irc.test 353 oco = #dev :oco", ":irc.test 366 oco #dev :End"), codes.OK)
		s.wantStatus("in #dev, #ops")
		if err := <-s.does(join); err != nil || s.heard() != "" {
			t.Errorf("joining where one is: %v", err)
		}

		// It stays so over connections.
		s.cut()
		s.redialled()
		s.wantHeard(greeting)
		s.enter("oco")
		s.wantHeard("JOIN #ops,#dev")
		s.says(":oco!o@h JOIN #ops", ":oco!o@h JOIN #dev")

		// And so does leaving, also of a channel of the configuration.
		for _, room := range []oco.RoomID{"#dev", "#ops"} {
			leave := func(ctx context.Context) error { return s.adapter.Leave(ctx, room) }
			s.wantCode(s.answers(s.does(leave), "PART "+string(room), ":oco!o@h PART "+string(room)), codes.OK)
			s.wantCode(s.answers(s.does(leave), "PART "+string(room), ":irc.test 442 oco "+string(room)+" :You're not on that channel"), codes.OK)
		}
		s.pass(2 * joinSlowest)
		if got := s.heard(); strings.Contains(got, "JOIN") {
			t.Errorf("came back: %q", got)
		}
		s.cut()
		s.redialled()
		s.wantHeard(greeting)
		s.enter("oco")
		s.wantHeard("")
		s.wantCode(s.answers(s.does(func(ctx context.Context) error { return s.adapter.Join(ctx, "#OPS") }), "JOIN #OPS", ":oco!o@h JOIN #ops"), codes.OK)
	})
}

func TestJoiningWhereTheServerDoesNotWantUs(t *testing.T) {
	withKey := func(c *Config) { c.Channels = []Channel{{"#ops", ""}, {"#vault", "sesame"}} }
	bubble(t, withKey, func(t *testing.T, s *stage) {
		s.wantHeard(greeting)
		s.enter("oco")
		s.wantHeard("JOIN #vault,#ops sesame")
		s.says(":oco!o@h JOIN #ops", ":oco!o@h JOIN #vault")
		for code, why := range map[string]string{"471": "+l", "473": "+i", "474": "+b", "475": "+k", "403": "No such channel", "520": "opers only"} {
			err := s.answers(s.does(func(ctx context.Context) error { return s.adapter.Join(ctx, "#dev") }), "JOIN #dev", ":irc.test "+code+" oco #dev :Cannot join ("+why+")")
			if code == "403" {
				s.wantCode(err, codes.NotFound, why)
				continue
			}
			s.wantCode(err, codes.FailedPrecondition, why)
		}
		s.wantCode(s.answers(s.does(func(ctx context.Context) error { return s.adapter.Join(ctx, "#dev") }), "JOIN #dev"), codes.FailedPrecondition, "did not bring the bot into #dev")
		s.pass(2 * joinSlowest)
		if got := s.heard(); strings.Contains(got, "JOIN") {
			t.Errorf("tried again what it was refused: %q", got)
		}
		for _, bad := range []oco.RoomID{"alice", "#a,#b", "@#ops", "0", ""} {
			s.wantCode(<-s.does(func(ctx context.Context) error { return s.adapter.Join(ctx, bad) }), codes.FailedPrecondition, "is no channel")
			s.wantCode(<-s.does(func(ctx context.Context) error { return s.adapter.Leave(ctx, bad) }), codes.FailedPrecondition, "is no channel")
			s.wantCode(<-s.does(func(ctx context.Context) error { return s.adapter.SetTopic(ctx, bad, "x") }), codes.FailedPrecondition, "is no channel")
		}
		// The key of the configuration goes with it.
		s.answers(s.does(func(ctx context.Context) error { return s.adapter.Leave(ctx, "#vault") }), "PART #vault", ":oco!o@h PART #vault")
		s.wantCode(s.answers(s.does(func(ctx context.Context) error { return s.adapter.Join(ctx, "#vault") }), "JOIN #vault sesame", ":oco!o@h JOIN #vault"), codes.OK)
		// A told list that is full is no reason to forget.
		for i := range maxTold {
			s.adapter.told[strings.Repeat("x", i)] = true
		}
		s.wantCode(<-s.does(func(ctx context.Context) error { return s.adapter.Join(ctx, "#more") }), codes.FailedPrecondition, "no more are remembered")
	})
}

func TestJoiningWhileTheConnectionIsAway(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		result := s.does(func(ctx context.Context) error { return s.adapter.Join(ctx, "#dev") })
		time.Sleep(readyPatience)
		s.wantCode(<-result, codes.Unavailable, "not connected")
		s.welcome("")
		result = s.does(func(ctx context.Context) error { return s.adapter.Join(ctx, "#dev") })
		s.cut()
		if err := <-result; !errors.Is(err, oco.ErrMaybeSent) {
			t.Errorf("the connection ended between: %v", err)
		}
		s.redialled()
		s.wantHeard(greeting)
		s.enter("oco")
		s.wantHeard("JOIN #ops,#dev") // it was told, so it is to be there
	})
}

func TestTopicsInvitationsAndRemovals(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		users, err := s.adapter.Members(t.Context(), "#ops")
		if err != nil || len(users) != 3 || users[0].Name != "alice" || users[2].ID != selfID {
			t.Fatalf("members %+v, error %v", users, err)
		}
		alice, carol := users[0].ID, oco.UserID("carol")
		s.says(":carol!c@h PRIVMSG oco :hi")
		for _, u := range mustUsers(t, s) {
			if u.Name == "carol" {
				carol = u.ID
			}
		}
		topic := func(text string) func(context.Context) error {
			return func(ctx context.Context) error { return s.adapter.SetTopic(ctx, "#ops", text) }
		}
		s.wantCode(s.answers(s.does(topic("be\r\nQUIT :kind \x01")), "TOPIC #ops :be QUIT :kind", ":oco!o@h TOPIC #ops :be QUIT :kind"), codes.OK)
		s.wantCode(s.answers(s.does(topic("")), "TOPIC #ops :"), codes.OK)
		s.wantCode(s.answers(s.does(topic("x")), "TOPIC #ops x", ":irc.test 482 oco #ops :You're not channel operator"), codes.FailedPrecondition, "not channel operator")
		s.wantCode(<-s.does(topic(strings.Repeat("x", 500))), codes.InvalidArgument, "is too long")
		s.says(":irc.test 005 oco TOPICLEN=20 :are supported")
		s.wantCode(<-s.does(topic(strings.Repeat("x", 21))), codes.InvalidArgument, "takes 20")

		invite := func(ctx context.Context) error { return s.adapter.Invite(ctx, "#ops", carol) }
		s.wantCode(s.answers(s.does(invite), "INVITE carol #ops", ":irc.test 341 oco carol #ops"), codes.OK)
		s.wantCode(s.answers(s.does(invite), "INVITE carol #ops", ":irc.test 443 oco carol #ops :is already on channel"), codes.OK)
		s.wantCode(s.answers(s.does(invite), "INVITE carol #ops", ":irc.test 482 oco #ops :You're not channel operator"), codes.FailedPrecondition)
		s.wantCode(s.answers(s.does(invite), "INVITE carol #ops", ":irc.test 401 oco carol :No such nick"), codes.NotFound)
		remove := func(ctx context.Context) error { return s.adapter.Remove(ctx, "#ops", alice) }
		s.wantCode(s.answers(s.does(remove), "KICK #ops alice :as the bot was told", ":oco!o@h KICK #ops alice :x"), codes.OK)
		s.wantCode(<-s.does(remove), codes.NotFound, "not seen on the network")
		for _, room := range []oco.RoomID{"#elsewhere", "bob"} {
			err := <-s.does(func(ctx context.Context) error { return s.adapter.Invite(ctx, room, carol) })
			if c := status.Code(err); c != codes.NotFound && c != codes.FailedPrecondition {
				t.Errorf("in %s: %v", room, err)
			}
		}
	})
}

func mustUsers(t *testing.T, s *stage) []oco.User {
	t.Helper()
	users, err := s.adapter.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return users
}

// A server with labels answers a JOIN in a batch, whose lines count as any.
func TestLabelledOperations(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome(everything)
		label := func(heard string) string {
			t.Helper()
			said := s.heard()
			tag, rest, _ := strings.Cut(strings.TrimPrefix(said, "@label="), " ")
			if rest != heard {
				t.Fatalf("the adapter said %q, want %q", said, heard)
			}
			return tag
		}
		result := s.does(func(ctx context.Context) error { return s.adapter.Join(ctx, "#dev") })
		l := label("JOIN #dev")
		s.says("@label="+l+" :irc.test BATCH +x labeled-response", "@batch=x :oco!o@h JOIN #dev * :Bot", "@batch=x :irc.test 353 oco = #dev :oco dave",
			"@batch=x :irc.test 366 oco #dev :End", ":irc.test BATCH -x")
		s.wantCode(<-result, codes.OK)
		s.heard() // WHO
		if users, err := s.adapter.Members(t.Context(), "#dev"); err != nil || len(users) != 2 {
			t.Errorf("members %+v, error %v", users, err)
		}
		result = s.does(func(ctx context.Context) error { return s.adapter.SetTopic(ctx, "#dev", "x y") })
		s.says("@label=" + label("TOPIC #dev :x y") + " :oco!o@h TOPIC #dev :x y")
		s.wantCode(<-result, codes.OK)
		if room, err := s.adapter.Room(t.Context(), "#dev"); err != nil || room.Topic != "x y" {
			t.Errorf("room %+v, error %v", room, err)
		}
		result = s.does(func(ctx context.Context) error { return s.adapter.Join(ctx, "#vault") })
		s.says("@label=" + label("JOIN #vault") + " :irc.test 475 oco #vault :Cannot join (+k)")
		s.wantCode(<-result, codes.FailedPrecondition, "+k")
	})
}

func TestRooms(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		_, err := s.adapter.Room(t.Context(), "#ops")
		s.wantCode(err, codes.Unavailable)
		_, err = s.adapter.Members(t.Context(), "#ops")
		s.wantCode(err, codes.Unavailable)
		s.welcome("")
		s.says(":irc.test 332 oco #ops :be kind")
		for id, want := range map[oco.RoomID]oco.Room{
			"#OPS":   {ID: "#ops", Kind: oco.RoomChannel, Name: "#ops", Topic: "be kind"},
			"#other": {ID: "#other", Kind: oco.RoomChannel, Name: "#other"},
			"ALICE":  {ID: "alice", Kind: oco.RoomDirect, Name: "alice", Private: true},
		} {
			got, err := s.adapter.Room(t.Context(), id)
			if err != nil || got.ID != want.ID || got.Kind != want.Kind || got.Name != want.Name || got.Topic != want.Topic || got.Private != want.Private {
				t.Errorf("%s is %+v, error %v", id, got, err)
			}
		}
		for _, id := range []oco.RoomID{"", "nobody", "#a,#b"} {
			_, err := s.adapter.Room(t.Context(), id)
			s.wantCode(err, codes.NotFound)
		}
		if users, err := s.adapter.Members(t.Context(), "bob"); err != nil || len(users) != 2 {
			t.Errorf("in a private conversation are %+v, error %v", users, err)
		}
		_, err = s.adapter.Members(t.Context(), "#other")
		s.wantCode(err, codes.NotFound)
	})
}
