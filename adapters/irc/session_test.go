package irc

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestPingIsAnswered(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		s.says("PING :irc.test 1", ":irc.test PING x")
		s.wantHeard("PONG :irc.test 1", "PONG x")
	})
}

func TestADeadLinkIsFound(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		began := time.Now()
		time.Sleep(quietTerm + beatTerm)
		s.wantHeard("PING oco-alive")
		s.says(":irc.test PONG irc.test oco-alive")
		time.Sleep(quietTerm + beatTerm)
		s.wantHeard("PING oco-alive")
		last := time.Now().Add(-quietTerm - beatTerm)
		for strings.HasPrefix(s.bot.lastStatus(), "up: ") && time.Since(last) < 5*time.Minute {
			time.Sleep(time.Second)
			synctest.Wait()
		}
		if took := time.Since(last); took > deadTerm+2*beatTerm {
			t.Errorf("the dead link was found after %v", took)
		}
		s.wantStatus("down: ", "the server was silent for", "what was said since")
		if time.Since(began) > 3*time.Minute {
			t.Error("it took too long")
		}
	})
}

func TestTheGapIsAnnounced(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		from := time.Now().UTC()
		s.cut()
		s.wantStatus("down: ", "the connection broke", "; what was said since "+from.Format(time.TimeOnly)+" UTC is not seen")
		s.redialled()
		s.welcome("")
		s.wantStatus("up: ", "; what was said from "+from.Format(time.TimeOnly)+" to ", " UTC was not seen")
		// It stays known.
		s.says(":x!x@h KICK #ops oco :go")
		s.wantStatus("up: ", "not in #ops: x threw us out: go", "was not seen")
	})
}

func TestReconnectGetsSlower(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		began := time.Now()
		for range 60 {
			s.cut()
			s.redialled()
		}
		// 54 of the waits are drawn below a minute.
		if took := time.Since(began); took < 15*time.Minute {
			t.Errorf("dialled 60 times in %v", took)
		}
	})
}

func TestBadLines(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome(everything)
		s.says("", " ", ":", "@", "@a", ":x ", "\x00\x00", ":irc.test", "001", "005", "353", "CAP", "CAP * LS", "BATCH", "BATCH +", "BATCH -x", "PRIVMSG", "PRIVMSG #ops",
			":a!b@c PRIVMSG #ops", ":a!b@c PRIVMSG", "JOIN", "KICK", "KICK #ops", "MODE", "NICK", "QUIT", "433", "PONG", "ACCOUNT", "904x", "\xff\xfe\xfd",
			"@batch=nope :a!b@c PRIVMSG #ops :\x01", ":a!b@c NOTICE #ops :\x01PING\x01")
		long := ":a!b@c PRIVMSG #ops :" + strings.Repeat("x", 2*maxIncoming)
		s.says(long, long, ":a!b@c PRIVMSG #ops :still here")
		events := s.bot.take()
		if len(events) != 1 || events[0].Message.Text != "still here" {
			t.Errorf("published %+v", events)
		}
		s.wantStatus("up: ")
		s.says("PING x")
		if got := s.heard(); !strings.HasSuffix(got, "PONG x") {
			t.Errorf("the adapter said %q", got)
		}
	})
}

func TestALineThatIsCutIsNoLine(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		if _, err := io.WriteString(s.newest(), ":a!b@c PRIVMSG #ops :oco: deploy web to st"); err != nil {
			t.Fatal(err)
		}
		s.cut()
		if events := s.bot.take(); len(events) != 0 {
			t.Errorf("half a line was published: %+v", events)
		}
	})
}

func TestAServerThatDoesNotRead(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		// The fake server stops reading: the next writes have nowhere to go.
		if err := s.newest().SetReadDeadline(time.Now()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(quietTerm + beatTerm + writeTimeout + time.Second)
		synctest.Wait()
		s.wantStatus("down: ", "write")
	})
}

func TestChannels(t *testing.T) {
	several := func(c *Config) {
		c.Channels = []Channel{{Name: "#ops"}, {Name: "#secret", Key: "sesame"}, {Name: "#dev"}, {Name: "#vault", Key: "k"}}
	}
	bubble(t, several, func(t *testing.T, s *stage) {
		s.wantHeard(greeting)
		s.enter("oco")
		s.wantHeard("JOIN #secret,#vault,#ops,#dev sesame,k") // keys are counted
		s.says(":oco!o@h JOIN #ops", ":oco!o@h JOIN #secret", ":irc.test 475 oco #vault :Cannot join channel (+k)", ":irc.test 474 oco #dev :Cannot join channel (+b)")
		s.wantStatus("in #ops, #secret; not in #dev: Cannot join channel (+b); not in #vault: Cannot join channel (+k)")
		time.Sleep(joinAgain/2 + joinAgain + beatTerm)
		if got := s.heard(); !strings.Contains(got, "#vault") || !strings.Contains(got, " k") || !strings.Contains(got, "#dev") || strings.Contains(got, "#ops") {
			t.Errorf("tried again: %q", got)
		}
		s.says(":oco!o@h JOIN #dev", ":op!o@h KICK #ops oco :no bots", ":oco!o@h PART #secret")
		s.wantStatus("in #dev; not in #ops: op threw us out: no bots; not in #secret: the server took us out")
		time.Sleep(joinAgain/2 + joinAgain + beatTerm)
		if got := s.heard(); !strings.Contains(got, "#ops") || !strings.Contains(got, "JOIN #secret") || !strings.Contains(got, " sesame") {
			t.Errorf("tried again: %q", got)
		}
		s.says(":oco!o@h JOIN #ops")
		s.wantStatus("in #dev, #ops")
	})
}

func TestAJoinWithoutAnAnswer(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.enter("oco")
		s.heard()
		s.pass(joinPatience - 2*beatTerm)
		if got := s.heard(); strings.Contains(got, "JOIN") {
			t.Errorf("joined again too soon: %q", got)
		}
		s.pass(3 * beatTerm)
		if got := s.heard(); !strings.Contains(got, "JOIN #ops") {
			t.Errorf("not joined again: %q", got)
		}
	})
}

func TestManyChannelsFitIntoLines(t *testing.T) {
	var all []*want
	for range 100 {
		all = append(all, &want{Channel: Channel{Name: "#" + strings.Repeat("c", 40)}}, &want{Channel: Channel{Name: "#" + strings.Repeat("k", 40), Key: "key"}})
	}
	channels := 0
	for _, m := range joins(all, time.Unix(0, 0)) {
		line, err := m.encode()
		if err != nil || len(line) > 400 {
			t.Errorf("%q, error %v", line, err)
		}
		names := strings.Split(m.param(0), ",")
		keys := strings.Count(m.param(1), "key")
		for i, name := range names {
			if (i < keys) != strings.HasPrefix(name, "#k") {
				t.Errorf("%q gives %s the key of another", line, name)
			}
		}
		channels += len(names)
	}
	if channels != len(all) {
		t.Errorf("%d of %d are joined", channels, len(all))
	}
}

func TestStoppingSaysSo(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		s.stop()
		s.wantHeard("QUIT :the bot stops")
	})
}
