package irc

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openchatops/oco"
)

func ops(text string) oco.Outgoing { return oco.Outgoing{Room: "#ops", Text: text} }

// pending fails if a send has ended.
func (s *stage) pending(result <-chan posted) {
	s.t.Helper()
	select {
	case p := <-result:
		s.t.Fatalf("the send has ended: %+v", p)
	default:
	}
}

var fence = regexp.MustCompile(`\nPING (oco-\d+)$`)

// confirm answers the PING that follows what was said, and returns that.
func (s *stage) confirm() string {
	s.t.Helper()
	text := s.heard()
	ping := fence.FindStringSubmatch(text)
	if ping == nil {
		s.t.Fatalf("no PING at the end of %q", text)
	}
	s.says(":irc.test PONG irc.test :" + ping[1])
	return strings.TrimSuffix(text, ping[0])
}

// A message of several lines is several on IRC and one for the bot, which ends when
// the server has all of it (OCO-IDS-10).
func TestASendEndsWhenTheServerHasIt(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		result := s.post(ops("hello\nworld"))
		s.pending(result)
		if got := s.confirm(); got != "PRIVMSG #ops hello\nPRIVMSG #ops world" {
			t.Errorf("said %q", got)
		}
		if p := <-result; p.err != nil || p.id == "" {
			t.Errorf("%+v", p)
		}
		result = s.post(oco.Outgoing{User: "nobody", Text: "x"})
		if p := <-result; status.Code(p.err) != codes.NotFound {
			t.Errorf("to nobody: %v", p.err)
		}
	})
}

func TestASendEndsWithItsEcho(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome(everything)
		result := s.post(ops("hello\nwor ld"))
		s.wantHeard("@label=oco-1 PRIVMSG #ops hello", "@label=oco-2 PRIVMSG #ops :wor ld")
		s.says("@label=oco-2;msgid=m2 :oco!o@h PRIVMSG #ops :wor ld")
		s.pending(result)
		s.says("@label=oco-1;msgid=m1 :oco!o@h PRIVMSG #ops :hello")
		if p := <-result; p.err != nil || p.id != "m1" {
			t.Errorf("%+v", p)
		}
		if events := s.bot.take(); len(events) != 0 {
			t.Errorf("the echo was published: %+v", events)
		}
		// Whoever is away is told of so, and has the message all the same.
		s.says(":al!a@h PRIVMSG oco :hi")
		s.bot.take()
		result = s.post(oco.Outgoing{Room: "al", Text: "hi"})
		s.wantHeard("@label=oco-3 PRIVMSG al hi")
		s.says("@label=oco-3 :irc.test BATCH +7 labeled-response", "@batch=7;msgid=m3 :oco!o@h PRIVMSG al :hi", "@batch=7 :irc.test 301 oco al :at lunch")
		s.pending(result)
		s.says(":irc.test BATCH -7")
		if p := <-result; p.err != nil || p.id != "m3" {
			t.Errorf("%+v", p)
		}
		result = s.post(ops("x"))
		s.heard()
		s.says("@label=oco-4 :irc.test ACK")
		if p := <-result; p.err != nil || p.id == "" {
			t.Errorf("%+v", p)
		}
	})
}

func TestTheServerRefusesAMessage(t *testing.T) {
	for name, test := range map[string]struct {
		capabilities string
		answer       string
		code         codes.Code
	}{
		"labelled": {everything, "@label=oco-1 :irc.test 404 oco #ops :Cannot send to channel (+m)", codes.FailedPrecondition},
		"plain":    {"", ":irc.test 404 oco #OPS :Cannot send to channel (+m)", codes.FailedPrecondition},
		"unknown":  {everything, "@label=oco-1 :irc.test 401 oco #ops :No such nick/channel", codes.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, s *stage) {
				s.welcome(test.capabilities)
				result := s.post(ops("hello"))
				s.says(test.answer)
				if test.capabilities == "" {
					s.confirm()
				}
				p := <-result
				if status.Code(p.err) != test.code || errors.Is(p.err, oco.ErrMaybeSent) || !strings.Contains(p.err.Error(), "#") {
					t.Errorf("%v", p.err)
				}
			})
		})
	}
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome(everything)
		result := s.post(ops("hello"))
		s.says("@label=oco-1 :irc.test 439 oco #ops :Message target change too fast. Please wait 20 seconds")
		if p := <-result; !errors.Is(p.err, oco.RetryAfter(0)) && !strings.Contains(p.err.Error(), "too fast") {
			t.Errorf("%v", p.err)
		}
	})
}

// Nobody knows what became of a line if the connection ends before its answer.
func TestTheConnectionEndsBetween(t *testing.T) {
	for _, capabilities := range []string{"", everything} {
		bubble(t, nil, func(t *testing.T, s *stage) {
			s.welcome(capabilities)
			result := s.post(ops("hello"))
			s.pending(result)
			s.cut()
			if p := <-result; !errors.Is(p.err, oco.ErrMaybeSent) {
				t.Errorf("%v", p.err)
			}
			repeat := ops("hello")
			repeat.PossibleRepeat = true
			result = s.post(repeat)
			s.pending(result) // until we are there again
			s.redialled()
			s.wantHeard(greeting)
			s.enter("oco")
			s.pending(result)
			s.wantHeard("JOIN #ops")
			s.says(":oco!o@h JOIN #ops")
			if got := s.confirm(); got != "PRIVMSG #ops :(perhaps said before) hello" {
				t.Errorf("said %q", got)
			}
			if p := <-result; p.err != nil {
				t.Error(p.err)
			}
		})
	}
}

func TestASendThatIsNeverConfirmed(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		result := s.post(ops("hello"))
		s.pass(time.Minute)
		if p := <-result; !errors.Is(p.err, oco.ErrMaybeSent) {
			t.Errorf("%v", p.err)
		}
		if n := len(s.adapter.current.receipts.open); n != 0 {
			t.Errorf("%d receipts are kept for ever", n)
		}
	})
}

// What cannot be said yet asks for another time, which costs no attempt: nothing is
// given up however long the network is away. [OCO-DLV-61]
func TestSendsWaitForTheConnection(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		result := s.post(ops("x"))
		s.pending(result)
		time.Sleep(readyPatience)
		if p := <-result; status.Code(p.err) != codes.Unavailable || !strings.Contains(p.err.Error(), "not connected to irc.test:6667: try again in 5s") {
			t.Errorf("%v", p.err)
		}
		s.welcome("")
		s.says(":op!o@h KICK #ops oco :out")
		result = s.post(ops("x"))
		s.pass(readyPatience)
		if p := <-result; status.Code(p.err) != codes.Unavailable || !strings.Contains(p.err.Error(), "not in #ops at the moment: try again in 5s") {
			t.Errorf("%v", p.err)
		}
		result = s.post(oco.Outgoing{Room: "#elsewhere", Text: "x"})
		if p := <-result; status.Code(p.err) != codes.NotFound || !strings.Contains(p.err.Error(), "neither the configuration") {
			t.Errorf("%v", p.err)
		}
	})
}

func TestWhatCannotBeSaid(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		for _, m := range []oco.Outgoing{
			ops(""), ops(" \r\n\t\n\x00"), ops("/me  "),
			{Room: "#ops,#dev", Text: "x"}, {Room: "$*", Text: "x"}, {Room: "a b", Text: "x"}, {Room: "a\r\nQUIT", Text: "x"}, {Room: "a,b", Text: "x"},
		} {
			if p := <-s.post(m); status.Code(p.err) != codes.InvalidArgument && status.Code(p.err) != codes.NotFound {
				t.Errorf("%+v: %v", m, p.err)
			}
		}
		s.wantHeard("")
	})
}

func TestNothingIsInjected(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		result := s.post(ops("a\r\nQUIT :x\nb\x00c\n\x01VERSION\x01\n:d\n/me e"))
		if got := s.confirm(); got != "PRIVMSG #ops a\nPRIVMSG #ops :QUIT :x\nPRIVMSG #ops bc\nPRIVMSG #ops VERSION\nPRIVMSG #ops ::d\nPRIVMSG #ops :/me e" {
			t.Errorf("said %q", got)
		}
		<-result
		result = s.post(ops("/me waves\n\x01twice"))
		if got := s.confirm(); got != "PRIVMSG #ops :\x01ACTION waves\x01\nPRIVMSG #ops twice" {
			t.Errorf("said %q", got)
		}
		<-result
	})
}

func TestLinesFitWithWhatTheServerPutsBefore(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		host := strings.Repeat("h", 80)
		s.says(":oco!~oco@" + host + " JOIN #ops")
		for _, text := range []string{strings.Repeat("é", 700), "/me " + strings.Repeat("é", 700)} {
			result := s.post(ops(text))
			said := 0
			for line := range strings.SplitSeq(s.confirm(), "\n") {
				if whole := ":oco!~oco@" + host + " " + line + "\r\n"; len(whole) > maxLine {
					t.Errorf("a line has %d bytes as others get it", len(whole))
				}
				said += strings.Count(line, "é")
			}
			if said != 700 {
				t.Errorf("%d of 700 characters were said", said)
			}
			<-result
		}
	})
}

func TestALongTextIsCutShort(t *testing.T) {
	bubble(t, func(c *Config) { c.MaxLines = 3 }, func(t *testing.T, s *stage) {
		s.welcome("")
		result := s.post(ops(strings.Repeat("x\n", 100)))
		if got := s.confirm(); got != "PRIVMSG #ops x\nPRIVMSG #ops x\nPRIVMSG #ops :(98 more lines are left out)" {
			t.Errorf("said %q", got)
		}
		<-result
	})
}

func TestTheFloodLimit(t *testing.T) {
	slowly := func(c *Config) { c.Burst, c.Interval = 5, 2*time.Second }
	bubble(t, slowly, func(t *testing.T, s *stage) {
		s.welcome("")
		time.Sleep(20 * time.Second) // the burst is whole again
		began := time.Now()
		result := s.post(ops(strings.Repeat("x\n", 10)))
		if n := strings.Count(s.heard(), "PRIVMSG"); n != 5 {
			t.Errorf("%d lines were said at once, want 5", n)
		}
		said := 5
		for said < 10 {
			time.Sleep(time.Second)
			said += strings.Count(s.heard(), "PRIVMSG")
			if most := 5 + int(time.Since(began)/(2*time.Second)); said > most {
				t.Fatalf("%d lines were said after %v, at most %d may be", said, time.Since(began), most)
			}
		}
		if took := time.Since(began); took > 11*time.Second {
			t.Errorf("ten lines took %v", took)
		}
		s.says("PING now") // answered at once, whatever waits
		s.wantHeard("PONG now")
		time.Sleep(2 * time.Second)
		s.says(":irc.test PONG irc.test :oco-1")
		if p := <-result; p.err != nil {
			t.Error(p.err)
		}
	})
}

func TestASendThatTheFloodLimitHoldsUpTooLong(t *testing.T) {
	slowly := func(c *Config) { c.Burst, c.Interval = 1, 50*time.Second }
	bubble(t, slowly, func(t *testing.T, s *stage) {
		s.welcome("") // the JOIN takes what there is
		if p := <-s.post(ops("a\nb\nc")); status.Code(p.err) != codes.ResourceExhausted && !errors.Is(p.err, oco.ErrMaybeSent) {
			t.Errorf("%v", p.err)
		}
		result := s.post(ops("x"))
		s.cut()
		if p := <-result; status.Code(p.err) != codes.Unavailable && status.Code(p.err) != codes.ResourceExhausted {
			t.Errorf("nothing was written, and the error is %v", p.err)
		}
	})
}

func TestExcessFloodMakesSlower(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		for want := 2; want <= 2*maxSlow; want *= 2 {
			s.heard()
			s.says("ERROR :Closing Link: oco (Excess Flood)")
			s.cut()
			if got := s.adapter.slow; got != min(want, maxSlow) {
				t.Errorf("slower by %d, want %d", got, min(want, maxSlow))
			}
			s.redialled()
		}
	})
}

func TestAUserIsReachedUnderTheNickOfNow(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome(everything)
		s.says("@account=alice :al!a@h PRIVMSG oco :hi", ":bob!b@h PRIVMSG #ops :hi")
		bob := s.bot.take()[1].Actor.ID
		s.pass(time.Second)
		s.says(":bob!b@h NICK robert", "@account=alice :al2!a@h PRIVMSG oco :hi")
		for user, nick := range map[oco.UserID]string{"alice": "al2", bob: "robert"} {
			result := s.post(oco.Outgoing{User: user, Text: "x"})
			if got := s.heard(); !strings.HasSuffix(got, "PRIVMSG "+nick+" x") {
				t.Errorf("%s is reached by %q", user, got)
			}
			s.acknowledge(result)
		}
	})
}

// acknowledge confirms whatever label is open.
func (s *stage) acknowledge(result <-chan posted) {
	s.t.Helper()
	for _, one := range s.adapter.current.receipts.open {
		s.says("@label=" + one.key + " :irc.test ACK")
	}
	if p := <-result; p.err != nil {
		s.t.Error(p.err)
	}
}
