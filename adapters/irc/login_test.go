package irc

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAServerWithoutCapabilities(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		s.wantStatus("up: connected to irc.test as oco; in #ops")
	})
}

func TestCapabilities(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.wantHeard(greeting)
		s.says(":irc.test CAP * LS * :account-tag labeled-response", ":irc.test CAP * LS :draft/x echo-message")
		// No echo without batch: nobody could tell whose it is.
		s.wantHeard("CAP REQ account-tag")
		s.says(":irc.test CAP * NAK :account-tag")
		s.wantHeard("CAP END")
		s.enter("oco")
		s.wantHeard("JOIN #ops")
		s.says(":irc.test CAP oco NEW :batch server-time")
		s.wantHeard("CAP REQ :account-tag batch server-time echo-message labeled-response")
		s.says(":irc.test CAP oco NAK :account-tag batch server-time echo-message labeled-response")
		s.wantHeard("CAP REQ account-tag", "CAP REQ batch", "CAP REQ server-time", "CAP REQ echo-message", "CAP REQ labeled-response")
		s.says(":irc.test CAP oco ACK :account-tag", ":irc.test CAP oco DEL :account-tag", ":irc.test CAP oco ACK -batch")
		s.wantHeard("")
	})
}

func withLogin(c *Config) {
	c.SASLUser, c.SASLPassword, c.Password = "opsbot", "s3cret", "door"
}

func TestLoginBySASL(t *testing.T) {
	bubble(t, withLogin, func(t *testing.T, s *stage) {
		s.wantHeard("CAP LS 302\nPASS door\nNICK oco\nUSER oco 0 * OpenChatOps")
		s.says(":irc.test CAP * LS :account-tag sasl=EXTERNAL,PLAIN")
		s.wantHeard("CAP REQ account-tag", "CAP REQ sasl")
		s.says(":irc.test CAP * ACK :account-tag", ":irc.test CAP * ACK :sasl")
		s.wantHeard("AUTHENTICATE PLAIN")
		s.says("AUTHENTICATE +")
		s.wantHeard("AUTHENTICATE " + base64.StdEncoding.EncodeToString([]byte("\x00opsbot\x00s3cret")))
		s.says(":irc.test 900 oco oco!o@h opsbot :You are now logged in", ":irc.test 903 oco :SASL authentication successful")
		s.wantHeard("CAP END")
		s.says("AUTHENTICATE +") // nobody asked
		s.enter("oco")
		s.wantHeard("JOIN #ops")
	})
}

func TestALongPasswordIsSentInParts(t *testing.T) {
	long := func(c *Config) {
		c.SASLUser, c.SASLPassword = "u", strings.Repeat("p", 297) // 400 characters of base64
	}
	bubble(t, long, func(t *testing.T, s *stage) {
		s.wantHeard(greeting)
		s.says(":irc.test CAP * LS :sasl")
		s.says(":irc.test CAP * ACK :sasl")
		s.heard()
		s.says("AUTHENTICATE +")
		parts := strings.Split(s.heard(), "\n")
		if len(parts) != 2 || len(parts[0]) != len("AUTHENTICATE ")+400 || parts[1] != "AUTHENTICATE +" {
			t.Errorf("sent %q", parts)
		}
	})
}

// Without the login that was asked for the adapter stays away.
func TestNoLoginNoEntry(t *testing.T) {
	for name, test := range map[string]struct {
		lines []string
		want  string
	}{
		"not offered":      {[]string{":irc.test CAP * LS :account-tag"}, "offers no login by SASL PLAIN"},
		"other mechanisms": {[]string{":irc.test CAP * LS :sasl=EXTERNAL"}, "offers no login by SASL PLAIN"},
		"refused":          {[]string{":irc.test CAP * LS :sasl", ":irc.test CAP * NAK :sasl"}, "the server refused SASL"},
		"wrong password":   {[]string{":irc.test CAP * LS :sasl", ":irc.test CAP * ACK :sasl", ":irc.test 904 oco :SASL authentication failed"}, `does not accept the login of sasl_user "opsbot": SASL authentication failed`},
		"let in without":   {[]string{":irc.test 001 oco :Welcome"}, "let us in without the login"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, withLogin, func(t *testing.T, s *stage) {
				for _, line := range test.lines {
					s.says(line)
				}
				s.wantStatus("down: ", test.want)
				if strings.Contains(s.bot.lastStatus(), "s3cret") {
					t.Error("the status tells the password")
				}
			})
		})
	}
}

func TestAWrongPasswordIsNotTriedInHaste(t *testing.T) {
	bubble(t, withLogin, func(t *testing.T, s *stage) {
		s.says(":irc.test CAP * LS :sasl", ":irc.test CAP * ACK :sasl", ":irc.test 904 oco :no")
		time.Sleep(shunned - time.Second)
		synctest.Wait()
		if s.dials != 1 {
			t.Errorf("dialled %d times within %v", s.dials, shunned)
		}
	})
}

func TestNickInUse(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.wantHeard(greeting)
		s.says(":irc.test 433 * oco :Nickname is already in use")
		s.wantHeard("NICK oco_")
		s.says(":irc.test 433 * oco_ :Nickname is already in use")
		s.wantHeard("NICK oco__")
		s.says(":irc.test 433 * oco__ :Nickname is already in use")
		nick := strings.TrimPrefix(s.heard(), "NICK ")
		if len(nick) != len("oco1234") {
			t.Errorf("the next nick is %q", nick)
		}
		s.enter(nick)
		s.wantHeard("JOIN #ops")
		s.wantStatus("as " + nick)
		s.pass(regainTerm + beatTerm)
		if got := s.heard(); !strings.Contains(got, "NICK oco") {
			t.Errorf("the wanted nick is not asked for: %q", got)
		}
		s.says(":irc.test 433 " + nick + " oco :Nickname is already in use")
		s.says(":oco!x@y QUIT :gone")
		s.wantHeard("NICK oco")
		s.says(":" + nick + "!o@h NICK oco")
		s.wantStatus("as oco")
		s.pass(2 * regainTerm)
		if got := s.heard(); strings.Contains(got, "NICK") {
			t.Errorf("a nick that we have is asked for: %q", got)
		}
	})
}

func TestNickThatTheServerDoesNotTake(t *testing.T) {
	longNick := func(c *Config) { c.Nick = "openchatops" }
	bubble(t, longNick, func(t *testing.T, s *stage) {
		s.heard()
		s.says(":irc.test 432 * openchatops :Nickname too long")
		s.wantHeard("NICK openchato")
		s.says(":irc.test 433 * openchato :in use")
		s.wantHeard("NICK openchat_")
		s.says(":irc.test 432 * openchat_ :Erroneous nickname")
		s.wantStatus("down: ", `does not take the nick "openchatops": Erroneous nickname`)
	})
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.heard()
		for range 11 {
			s.says(":irc.test 433 * x :in use")
		}
		s.wantStatus("down: ", "ten like it are in use")
	})
}

func TestTheServerRefusesUs(t *testing.T) {
	for line, wait := range map[string]bool{
		":irc.test 465 oco :You are banned":                                    true,
		":irc.test 464 oco :Bad password":                                      true,
		"ERROR :Closing Link: oco (Trying to reconnect too fast.)":             true,
		"ERROR :Closing Link: (K-Lined: spam)":                                 true,
		"ERROR :Closing Link: oco[127.0.0.1] (Server \x02shutting\x02 down\a)": false,
	} {
		t.Run(line, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, s *stage) {
				s.heard()
				s.says(line)
				if strings.HasPrefix(line, "ERROR") {
					s.cut()
					s.wantStatus("down: ", "the server ended the connection: Closing Link")
				} else {
					s.wantStatus("down: ", "the server refuses us")
				}
				if strings.ContainsAny(s.bot.lastStatus(), "\x02\a") {
					t.Errorf("the status has controls: %q", s.bot.lastStatus())
				}
				time.Sleep(2 * time.Second)
				synctest.Wait()
				if again := s.dials > 1; again == wait {
					t.Errorf("after 2 s there were %d dials", s.dials)
				}
			})
		})
	}
}

func TestAServerThatNeverLetsUsIn(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.heard()
		for range 14 {
			time.Sleep(5 * time.Second)
			s.says("PING :x")
		}
		s.wantStatus("down: ", "did not let us in within 1m0s")
	})
}

func TestDialling(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.refuse = errors.New("no route to host")
		s.cut()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		s.wantStatus("down: ", "not connected to irc.test:6667: no route to host")
		// Full jitter below 2 s, 4 s, and so on to a minute.
		if s.dials < 10 || s.dials > 200 {
			t.Errorf("dialled %d times in ten minutes", s.dials)
		}
		s.refuse = nil
		s.redialled()
		s.welcome("")
		s.wantStatus("up: ")
	})
}
