package irc

import (
	"bytes"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"
	"weak"

	"google.golang.org/grpc/codes"

	"github.com/openchatops/oco"
)

// A server may say that the bot is in channels without end: those that it should
// be in are remembered in any case, others up to a bound, and what the bot says in
// one beyond it the server judges.
func TestMoreChannelsThanAreRemembered(t *testing.T) {
	two := func(c *Config) { c.Channels = []Channel{{Name: "#ops"}, {Name: "#late"}} }
	bubble(t, two, func(t *testing.T, s *stage) {
		s.says(":irc.test 001 oco :Welcome", ":irc.test 422 oco :No MOTD", ":oco!o@h JOIN #ops")
		_, err := s.adapter.Members(t.Context(), "#last")
		s.wantCode(err, codes.NotFound, "not in")
		for i := range maxPlaces {
			s.says(fmt.Sprintf(":oco!o@h JOIN #n%d", i))
		}
		s.says(":oco!o@h JOIN #last", ":alice!a@h JOIN #last")
		if n := len(s.adapter.current.people.places); n != maxPlaces {
			t.Errorf("%d channels are remembered", n)
		}
		s.says(":oco!o@h JOIN #late", ":irc.test 353 oco = #late :oco bob")
		if users, err := s.adapter.Members(t.Context(), "#late"); err != nil || len(users) != 2 {
			t.Errorf("in #late are %+v, error %v", users, err)
		}
		s.wantStatus("; in #late, #n0, #n1, #n10, #n100, #n101, #n102, #n103, #n104, #n105 and 991 more")
		s.pass(time.Minute) // the adapter asks for the modes of all of them
		s.heard()
		s.bot.take()

		s.says(":alice!a@h PRIVMSG #last :hello", ":alice!a@h PART #last", ":irc.test 332 oco #last :secret")
		s.wantTold("hello")
		_, err = s.adapter.Members(t.Context(), "#last")
		s.wantCode(err, codes.FailedPrecondition, "more channels than the adapter remembers")
		result := s.post(oco.Outgoing{Room: "#last", Text: "hi"})
		if said := s.confirm(); said != "PRIVMSG #last hi" {
			t.Errorf("the adapter said %q", said)
		}
		if r := <-result; r.err != nil {
			t.Error(r.err)
		}
		s.says(":oco!o@h PART #last,#late")
		s.wantTold("oco left #late by oco")
		s.wantStatus("; not in #late: the server took us out")
	})
}

func TestManyChannelsThatAreRefused(t *testing.T) {
	many := func(c *Config) {
		c.Channels = nil
		for i := range 3 * maxNamed {
			c.Channels = append(c.Channels, Channel{Name: fmt.Sprintf("#n%d", i)})
		}
	}
	bubble(t, many, func(t *testing.T, s *stage) {
		s.says(":irc.test 001 oco :Welcome", ":irc.test 422 oco :No MOTD")
		for i := range maxNamed {
			s.says(fmt.Sprintf(":irc.test 474 oco #n%d :banned", i))
		}
		s.wantStatus("; not in #n9: banned")
		for i := range 2 * maxNamed {
			s.says(fmt.Sprintf(":irc.test 474 oco #n%d :banned", i+maxNamed))
		}
		s.wantStatus("; not in #n9: banned; not in 20 more")
	})
}

// bounded makes a crowd of which little is remembered, and returns its log too.
func bounded(t *testing.T, places, seen int) (*crowd, *bytes.Buffer) {
	var log bytes.Buffer
	c := newCrowd(t)
	c.log = slog.New(slog.NewTextHandler(&log, nil))
	c.mostPlaces, c.mostSeen = places, seen
	return c, &log
}

func TestAFullListOfChannels(t *testing.T) {
	c, log := bounded(t, 2, maxSeen)
	c.say(":oco!o@h JOIN #a", ":oco!o@h JOIN #b,#c", ":oco!o@h JOIN #d", ":x!x@h JOIN #c", ":oco!o@h JOIN #b")
	c.want("#a #b |")
	if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), "channel=#c") {
		t.Errorf("the log says\n%s", log)
	}
	c.say(":oco!o@h PART #a", ":oco!o@h JOIN #e")
	c.want("#b #e |")
}

func TestMorePeopleThanAreRemembered(t *testing.T) {
	c, log := bounded(t, maxPlaces, 4)
	c.notified = true
	c.say(":oco!o@h JOIN #a", ":s 353 oco = #a :oco alice bob", ":oco!o@h JOIN #b", ":s 353 oco = #b :oco alice carol", ":dave!d@h JOIN #a dave :D", ":alice!a@h JOIN #b")
	c.want("#a #b | alice bob")
	if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), "remembered=4") {
		t.Errorf("the log says\n%s", log)
	}
	if a, b := c.places["#a"].more, c.places["#b"].more; !a || !b {
		t.Errorf("#a has more: %v, #b has more: %v", a, b)
	}
	// Whoever is beyond the bound is a stranger, and alice is who she was.
	alice := c.members["alice"].marker
	if got := c.idOf(":alice!a@h PRIVMSG #a :x"); got != alice {
		t.Errorf("alice is %q and was %q", got, alice)
	}
	dave := c.idOf(":dave!d@h PRIVMSG #a :x")
	c.say(":dave!d@h PART #a", ":dave!d@h QUIT", ":alice!a@h PART #a", ":bob!b@h NICK Bob")
	if got := c.idOf(":dave!d@h PRIVMSG oco :x"); got == dave {
		t.Error("the id outlives a gap")
	}
	c.say(":carol!c@h JOIN #a", ":oco!o@h JOIN #c", ":eve!e@h JOIN #c")
	c.want("#a #b #c | Bob carol dave")
	c.say(":oco!o@h PART #a,#c", ":eve!e@h JOIN #b")
	c.want("#b | dave eve")
}

func TestMembersOfAHugeChannel(t *testing.T) {
	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome("")
		s.adapter.current.mu.Lock()
		s.adapter.current.people.mostSeen = 3
		s.adapter.current.mu.Unlock()
		if users, err := s.adapter.Members(t.Context(), "#ops"); err != nil || len(users) != 3 {
			t.Errorf("%+v, error %v", users, err)
		}
		s.says(":carol!c@h JOIN #ops", ":carol!c@h PRIVMSG #ops :hello", ":carol!c@h PART #ops")
		s.wantTold("hello")
		_, err := s.adapter.Members(t.Context(), "#ops")
		s.wantCode(err, codes.FailedPrecondition, "more people are in #ops")
		// Where the bot itself is counts in any case.
		s.says(":oco!o@h JOIN #dev", ":dave!d@h JOIN #dev", ":oco!o@h PART #dev")
		s.wantTold("oco joined #dev", "oco left #dev by oco")
	})
}

func TestWhatIsNoChannel(t *testing.T) {
	c := newCrowd(t, ":s 005 oco CHANTYPES=# STATUSMSG=@ :are supported")
	c.wanted = func(channel string) bool { return channel == "&c" }
	c.say(":oco!o@h JOIN alice", ":oco!o@h JOIN &b", ":oco!o@h JOIN &c", ":oco!o@h JOIN @#d", ":oco!o@h JOIN :#e f", ":oco!o@h JOIN :", ":oco!o@h JOIN #g,,h")
	c.want("#g |")

	bubble(t, nil, func(t *testing.T, s *stage) {
		s.welcome(everything)
		s.says(":oco!o@h JOIN bob", ":oco!o@h JOIN #dev,carol")
		s.wantHeard("WHO #dev %tna,731")
		s.wantTold("oco joined #dev")
	})
}

func TestNamesThatAreTooLong(t *testing.T) {
	long := strings.Repeat("n", maxName+1)
	c := newCrowd(t, ":oco!o@h JOIN #a", ":"+long+"!l@h JOIN #a", ":s 353 oco = #a :oco "+long, ":oco!o@h JOIN #"+long, ":alice!a@h JOIN #a", ":bob!b@h JOIN #a")
	c.want("#a | alice bob")
	c.say(":alice!a@h NICK " + long)
	for _, line := range []string{":" + long + "!a@h PRIVMSG #a :x", ":eve!" + long + "@h PRIVMSG #a :x", ":eve!e@" + long + " PRIVMSG #a :x"} {
		if id := c.idOf(line); id == "" || c.idOf(line) == id {
			t.Errorf("%.20s… is remembered", line)
		}
	}
	c.want("#a | bob")
}

// What is remembered of a line must not keep all of it: it may be much longer.
func TestLinesAreNotKept(t *testing.T) {
	c := newCrowd(t)
	c.tagged, c.notified = true, true
	for _, line := range []string{
		":oco!o@h JOIN #a", ":alice!a@h JOIN #a al :A", ":s 353 oco = #a :bob carol", ":bob!b@h NICK rob",
		":carol!c@h ACCOUNT carol", ":s 332 oco #a :be kind", ":rob!b@h PRIVMSG #a :x", ":eve!e@h PRIVMSG #a :x", ":oco!o@h NICK bot",
	} {
		text := []byte("@account=dave;x=" + strings.Repeat("x", maxIncoming/2) + " " + line)
		kept := weak.Make(unsafe.SliceData(text))
		func() {
			whole := unsafe.String(unsafe.SliceData(text), len(text))
			if strings.Contains(line, "PRIVMSG") {
				c.idOf(whole)
			} else {
				c.say(whole)
			}
		}()
		text = nil
		runtime.GC()
		if kept.Value() != nil {
			t.Errorf("after %q all of the line is kept", line)
		}
	}
	runtime.KeepAlive(c)
}

// Over many connections too the adapter remembers a bounded number of channels of
// which the bot knows.
func TestNewsOfManyChannels(t *testing.T) {
	a := newAdapter(Config{Channels: []Channel{{Name: "#ops"}}}, quiet())
	comes := arrival{Room: oco.Room{ID: "#ops"}, Member: &oco.MemberChange{User: oco.User{Self: true}}}
	if !a.news(comes) || a.news(comes) {
		t.Error("it is news each time, or never")
	}
	most := maxPlaces + maxTold + 1
	for i := range 3 * most {
		if !a.news(arrival{Room: oco.Room{ID: oco.RoomID(fmt.Sprintf("#n%d", i))}, Member: comes.Member}) {
			t.Fatalf("#n%d is no news", i)
		}
		if len(a.in) > most {
			t.Fatalf("%d channels are remembered", len(a.in))
		}
	}
	goes := arrival{Room: comes.Room, Member: &oco.MemberChange{User: oco.User{Self: true}, Left: true}}
	if !a.news(goes) || !a.news(comes) {
		t.Error("what the bot was told long ago makes its leaving no news")
	}
}

func TestCapabilitiesWithoutEnd(t *testing.T) {
	s := newSession(Config{Server: "irc.test:6667", Interval: time.Second, Burst: 1}, nil, 1, quiet())
	for i := range 3 {
		m := message{command: "CAP", params: []string{"*", "LS", "*", fmt.Sprintf("draft/x%d=1 batch sasl=PLAIN", i)}}
		if err := s.capability(m); err != nil {
			t.Fatal(err)
		}
		s.turn(fmt.Sprintf("draft/x%d", i), true)
	}
	s.turn("batch", true)
	if len(s.login.offered) != 2 || len(s.login.on) != 1 {
		t.Errorf("remembered are %v and %v", s.login.offered, s.login.on)
	}
	long := strings.Repeat("n", maxName+1)
	s.apart(long)
	s.apart("alice")
	if len(s.split) != 1 {
		t.Errorf("hidden are %v", s.split)
	}
}
