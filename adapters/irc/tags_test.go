package irc

import (
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/openchatops/oco"
)

func at(room, id string) oco.MessageRef {
	return oco.MessageRef{Place: oco.Place{Room: oco.RoomID(room)}, ID: oco.MessageID(id)}
}

func TestLevelsFollowTheServer(t *testing.T) {
	levels := func(s *stage) []oco.Level {
		d := s.adapter.Describe()
		return []oco.Level{d.Levels[oco.CanReact], d.Levels[oco.CanType], d.Levels[oco.CanDelete], d.Levels[oco.CanEdit]}
	}
	want := func(t *testing.T, got []oco.Level, want ...oco.Level) {
		t.Helper()
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("levels %v, want %v", got, want)
			}
		}
	}
	bubble(t, nil, func(t *testing.T, s *stage) {
		want(t, levels(s), oco.LevelDropped, oco.LevelDropped, oco.LevelRejected, oco.LevelFallback)
		s.welcome("")
		want(t, levels(s), oco.LevelDropped, oco.LevelDropped, oco.LevelRejected, oco.LevelFallback)
	})
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome(everything)
		want(t, levels(s), oco.LevelPartial, oco.LevelFull, oco.LevelPartial, oco.LevelFallback)
		s.says(":irc.test 005 oco CLIENTTAGDENY=*,-typing :are supported")
		want(t, levels(s), oco.LevelDropped, oco.LevelFull)
		s.says(":irc.test 005 oco CLIENTTAGDENY=draft/react :are supported")
		want(t, levels(s), oco.LevelDropped, oco.LevelFull)
		s.says(":irc.test 005 oco CLIENTTAGDENY= :are supported", ":irc.test CAP oco DEL :draft/message-redaction message-tags")
		want(t, levels(s), oco.LevelDropped, oco.LevelDropped, oco.LevelRejected)
	})
}

func TestReacting(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome(everything)
		result := s.does(func(ctx context.Context) error {
			return s.adapter.SetReaction(ctx, at("#ops", "abc"), "👍; x", false)
		})
		line := s.heard()
		label, rest, _ := strings.Cut(strings.TrimPrefix(line, `@+draft/react=👍\:\sx;+draft/reply=abc;label=`), " ")
		if rest != "TAGMSG #ops" {
			t.Fatalf("the adapter said %q", line)
		}
		s.says(`@label=` + label + `;+draft/react=👍;+draft/reply=abc :oco!o@h TAGMSG #ops`)
		s.wantCode(<-result, codes.OK)
		s.wantTold() // our own
		result = s.does(func(ctx context.Context) error { return s.adapter.SetReaction(ctx, at("alice", "abc"), "👍", true) })
		line = s.heard()
		if !strings.HasPrefix(line, "@+draft/reply=abc;+draft/unreact=👍;label=") || !strings.HasSuffix(line, " TAGMSG alice") {
			t.Fatalf("the adapter said %q", line)
		}
		_, label, _ = strings.Cut(line, "label=")
		label, _, _ = strings.Cut(label, " ")
		s.says("@label=" + label + " :irc.test 401 oco alice :No such nick")
		s.wantCode(<-result, codes.NotFound)
		for _, bad := range []oco.MessageRef{at("#ops", string(messageID(""))), at("#ops", string(eventID(message{}, "")))} {
			s.wantCode(<-s.does(func(ctx context.Context) error { return s.adapter.SetReaction(ctx, bad, "👍", false) }), codes.FailedPrecondition, "gave this message no id")
			s.wantCode(<-s.does(func(ctx context.Context) error { return s.adapter.DeleteMessage(ctx, bad) }), codes.FailedPrecondition, "gave this message no id")
		}
		for _, bad := range []string{"", strings.Repeat("x", longestEmoji+1)} {
			s.wantCode(<-s.does(func(ctx context.Context) error { return s.adapter.SetReaction(ctx, at("#ops", "abc"), bad, false) }), codes.InvalidArgument)
		}
	})
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		s.wantCode(<-s.does(func(ctx context.Context) error { return s.adapter.SetReaction(ctx, at("#ops", "abc"), "👍", false) }), codes.FailedPrecondition, "passes no tags")
		s.wantCode(<-s.does(func(ctx context.Context) error { return s.adapter.DeleteMessage(ctx, at("#ops", "abc")) }), codes.FailedPrecondition, "deletes no messages")
	})
}

func TestPeopleReact(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome(everything)
		s.says("@+draft/react=👍;+draft/reply=m1;msgid=t1;account=alice :al!a@h TAGMSG #ops", "@+draft/unreact=👍;+reply=m1 :al!a@h TAGMSG oco")
		s.wantTold("al false 👍 to m1 in #ops", "al true 👍 to m1 in al")
		s.says("@msgid=t2 :al!a@h TAGMSG #ops", "@+typing=active :al!a@h TAGMSG #ops", "@+draft/react=x :al!a@h TAGMSG #ops", "@+draft/reply=m1 :al!a@h TAGMSG #ops",
			"@+draft/react="+strings.Repeat("x", 100)+";+draft/reply=m1 :al!a@h TAGMSG #ops", "@+draft/react=x;+draft/reply=m1 :irc.test TAGMSG #ops",
			"@+draft/react=\x01;+draft/reply=m1 :al!a@h TAGMSG #ops", "@+draft/react=x;+draft/reply=m1 :al!a@h TAGMSG", "TAGMSG",
			"REDACT", "REDACT #ops", ":al!a@h REDACT #ops")
		s.wantTold()
		s.says("@msgid=r1 :al!a@h REDACT #ops m1 :typo")
		s.wantTold("al deleted m1 in #ops")
	})
}

func TestDeleting(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome(everything)
		redact := func() (<-chan error, string) {
			result := s.does(func(ctx context.Context) error { return s.adapter.DeleteMessage(ctx, at("#ops", "abc")) })
			tag, rest, _ := strings.Cut(strings.TrimPrefix(s.heard(), "@label="), " ")
			if rest != "REDACT #ops abc" {
				t.Fatalf("the adapter said %q", rest)
			}
			return result, tag
		}
		result, label := redact()
		s.says("@label=" + label + " :oco!o@h REDACT #ops abc")
		s.wantCode(<-result, codes.OK)
		result, label = redact()
		s.says("@label=" + label + " FAIL REDACT REDACT_WINDOW_EXPIRED #ops abc 60 :You can no longer edit this message")
		s.wantCode(<-result, codes.FailedPrecondition, "REDACT_WINDOW_EXPIRED", "no longer")
	})
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("message-tags draft/message-redaction")
		result := s.does(func(ctx context.Context) error { return s.adapter.DeleteMessage(ctx, at("#ops", "abc")) })
		s.wantCode(s.answers(result, "REDACT #ops abc", "FAIL REDACT UNKNOWN_MSGID #ops abc :This message does not exist"), codes.FailedPrecondition, "does not exist")
	})
}

func TestTyping(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		place := oco.Place{Room: "#ops"}
		s.wantCode(s.adapter.Typing(t.Context(), place, time.Second), codes.Unavailable)
		s.welcome(everything)
		s.wantCode(s.adapter.Typing(t.Context(), place, 12*time.Second), codes.OK)
		s.wantHeard("@+typing=active TAGMSG #ops")
		time.Sleep(2 * beatTerm)
		s.wantHeard("@+typing=active TAGMSG #ops", "@+typing=active TAGMSG #ops")
		time.Sleep(beatTerm)
		s.wantHeard("@+typing=done TAGMSG #ops")
		time.Sleep(beatTerm)
		s.wantHeard("")
		// To say it again and again costs nothing: lines that are said wait behind it.
		for range 3 {
			s.wantCode(s.adapter.Typing(t.Context(), place, time.Minute), codes.OK)
		}
		s.wantHeard("@+typing=active TAGMSG #ops")
		// A message ends it.
		s.post(ops("done"))
		s.heard()
		time.Sleep(beatTerm)
		if got := s.heard(); strings.Contains(got, "typing") {
			t.Errorf("still %q", got)
		}
		for i := range maxTyping {
			s.wantCode(s.adapter.Typing(t.Context(), oco.Place{Room: oco.RoomID("n" + strings.Repeat("x", i))}, time.Second), codes.OK)
		}
		s.wantCode(s.adapter.Typing(t.Context(), oco.Place{Room: "one-more"}, time.Second), codes.ResourceExhausted)
		s.wantCode(s.adapter.Typing(t.Context(), oco.Place{User: "nobody"}, time.Second), codes.NotFound)
	})
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		s.wantCode(s.adapter.Typing(t.Context(), oco.Place{Room: "#ops"}, time.Second), codes.FailedPrecondition)
	})
}
