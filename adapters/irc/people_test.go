package irc

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco"
)

// crowd is people as the lines of a server make them.
type crowd struct {
	*people
	t *testing.T
}

func newCrowd(t *testing.T, lines ...string) *crowd {
	c := &crowd{newPeople(quiet()), t}
	c.self = "oco"
	c.say(lines...)
	return c
}

func (c *crowd) say(lines ...string) {
	c.t.Helper()
	for _, line := range lines {
		m, err := parse(line)
		if err != nil {
			c.t.Fatal(err)
		}
		c.track(m)
	}
}

// idOf returns the id of who says something now.
func (c *crowd) idOf(line string) oco.UserID {
	c.t.Helper()
	m, err := parse(line)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.speaker(m).id()
}

func (c *crowd) names() string {
	var out []string
	for _, r := range c.rooms() {
		out = append(out, r.Name)
	}
	out = append(out, "|")
	for _, u := range c.users() {
		out = append(out, u.Name)
	}
	return strings.Join(out, " ")
}

func (c *crowd) want(names string) {
	c.t.Helper()
	if got := c.people.inconsistency(); got != "" {
		c.t.Error(got)
	}
	if got := c.names(); got != names {
		c.t.Errorf("rooms and users are %q, want %q", got, names)
	}
}

// inconsistency returns what does not fit together in p.
func (p *people) inconsistency() string {
	count, seen := map[*person]int{}, 0
	for name, at := range p.places {
		for key, who := range at.members {
			count[who]++
			seen++
			if p.members[key] != who {
				return fmt.Sprintf("%s is in %s and not among the members", key, name)
			}
		}
	}
	if seen != p.seen || len(p.places) > p.mostPlaces || seen > p.mostSeen+p.mostPlaces {
		return fmt.Sprintf("%d are seen in %d places and counted as %d", seen, len(p.places), p.seen)
	}
	for key, who := range p.members {
		if count[who] != who.channels || who.channels == 0 || p.fold(who.nick) != key {
			return fmt.Sprintf("%s, called %s, is in %d channels and counted in %d", key, who.nick, count[who], who.channels)
		}
	}
	return ""
}

func TestWhatIsOfNoConcern(t *testing.T) {
	c := newCrowd(t, ":oco!o@h JOIN #Ops", ":s 353 oco = #Ops :oco @alice")
	c.say("353", ":s 353 oco = #elsewhere :eve", ":eve!e@h JOIN #elsewhere", ":eve!e@h PART #elsewhere", "NICK", "005", "JOIN", "KICK #ops", "TOPIC", "354")
	c.want("#Ops | alice")
}

func TestTheListOfPeople(t *testing.T) {
	c := newCrowd(t, ":s 005 oco PREFIX=(qohv)~@%+ CASEMAPPING=ascii NICKLEN=12 STATUSMSG=@+ WHOX :are supported")
	c.say(":oco!o@h JOIN #Ops", ":s 353 oco = #Ops :oco ~@alice +%bob", ":s 366 oco #Ops :End")
	c.want("#Ops | alice bob")
	c.say(":carol!c@h JOIN :#ops", ":oco!o@h JOIN #dev * :Bot", ":s 353 oco @ #dev :oco alice dave!d@h")
	c.want("#Ops #dev | alice bob carol dave")
	c.say(":alice!a@h PART #ops :bye", ":op!o@h KICK #ops bob :out")
	c.want("#Ops #dev | alice carol dave")
	c.say(":alice!a@h QUIT :gone", ":carol!c@h NICK Karol", ":karol!c@h NICK :KAROL")
	c.want("#Ops #dev | KAROL dave")
	c.say(":oco!o@h NICK oco2", ":x!x@h KICK #dev oco2 :you too")
	c.want("#Ops | KAROL")
	c.say(":s KILL KAROL :now", ":oco2!o@h PART #ops,#dev")
	c.want("|")
}

func TestTopicsAndSecrets(t *testing.T) {
	c := newCrowd(t, ":oco!o@h JOIN #ops", ":s 332 oco #ops :be \x02kind", ":s 353 oco = #ops :oco")
	if r := c.rooms()[0]; !r.Private {
		t.Errorf("before anybody knows: %+v", r)
	}
	c.say(":s 324 oco #ops +nt")
	if r := c.rooms()[0]; r.ID != "#ops" || r.Topic != "be kind" || r.Private || r.Kind != oco.RoomChannel {
		t.Errorf("%+v", r)
	}
	c.say(":a!a@h TOPIC #OPS :", ":s 353 oco @ #ops :oco")
	if r := c.rooms()[0]; r.Topic != "" || !r.Private {
		t.Errorf("%+v", r)
	}
	for line, private := range map[string]bool{
		":a!a@h MODE #ops -s": false, ":a!a@h MODE #ops +nps-n x": true, ":a!a@h MODE #ops +o oco": false, ":a!a@h MODE #ops -o+s oco": true,
		":s 324 oco #ops +ntp": true, ":s 324 oco #ops +nt": false, ":s 353 oco * #ops :oco": true, ":s 353 oco = #ops :oco": false, ":a!a@h MODE oco +s": false,
	} {
		c.say(":s 324 oco #OPS +n", line)
		if r := c.rooms()[0]; r.Private != private {
			t.Errorf("%s: %+v", line, r)
		}
	}
	c.say(":a!a@h TOPIC #OPS :x", ":s 331 oco #ops :No topic is set")
	if r := c.rooms()[0]; r.Topic != "" {
		t.Errorf("%+v", r)
	}
}

func TestCasesOfNames(t *testing.T) {
	for mapping, want := range map[string]string{
		"ascii": `az[]\^`, "rfc1459": "az{}|~", "rfc1459-strict": "az{}|^", "unheard-of": `az[]\^`,
	} {
		s := newSupport()
		s.learn([]string{"CASEMAPPING=" + mapping})
		if got := s.fold(`AZ[]\^`); got != want {
			t.Errorf("%s makes %q", mapping, got)
		}
	}
}

func TestTargets(t *testing.T) {
	s := newSupport()
	s.learn([]string{"STATUSMSG=@+", "CHANTYPES=#", "NICKLEN=x", "PREFIX=bad"})
	for _, good := range []string{"#ops", "@#ops", "alice", "[a]^_`{|}", "a-1"} {
		if !s.validTarget(good) {
			t.Errorf("%q is no target", good)
		}
	}
	for _, bad := range []string{"", "#a,#b", "a,b", "a b", "$*", "*.org", ":a", "a!b@c", "a%b", "#a\r\nQUIT", "\x01a", "@", "a\x00"} {
		if s.validTarget(bad) {
			t.Errorf("%q is a target", bad)
		}
	}
}

// A nick alone never has rights: an id without an account is one for as long as
// somebody is seen without a gap, and never the id of an account.
func TestANickIsNobody(t *testing.T) {
	c := newCrowd(t, ":oco!o@h JOIN #ops", ":alice!a@home JOIN #ops")
	first := c.idOf(":alice!a@home PRIVMSG #ops :hi")
	if !strings.HasPrefix(string(first), "~alice~") {
		t.Fatalf("the id is %q", first)
	}
	c.say(":alice!a@home NICK al")
	if got := c.idOf(":al!a@home PRIVMSG #ops :hi"); got != first {
		t.Errorf("a new nick makes %q of %q", got, first)
	}
	c.say(":mallory!m@evil JOIN #ops", ":mallory!m@evil NICK alice")
	if got := c.idOf(":alice!m@evil PRIVMSG #ops :hi"); got == first {
		t.Error("who takes the nick is taken for who had it")
	}
	c.say(":al!a@home PART #ops", ":al!a@home JOIN #ops")
	if got := c.idOf(":al!a@home PRIVMSG #ops :hi"); got == first {
		t.Error("the id outlives a gap")
	}
	for _, line := range []string{
		"@account=alice :bob!b@h PRIVMSG #ops :hi", // nobody promised that this is true
		"@account=*;x :bob!b@h PRIVMSG #ops :hi",
	} {
		if got := c.idOf(line); !strings.HasPrefix(string(got), "~bob~") {
			t.Errorf("%s is said by %q", line, got)
		}
	}
}

func TestStrangers(t *testing.T) {
	c := newCrowd(t)
	now := time.Unix(0, 0)
	c.now = func() time.Time { return now }
	first := c.idOf(":alice!a@home PRIVMSG oco :hi")
	if got := c.idOf(":ALICE!a@home PRIVMSG oco :hi"); got != first {
		t.Error("the same person is another one")
	}
	if got := c.idOf(":alice!a@elsewhere PRIVMSG oco :hi"); got == first {
		t.Error("another host is the same person")
	}
	first = c.idOf(":alice!a@home PRIVMSG oco :hi")
	now = now.Add(strangerTerm)
	if got := c.idOf(":alice!a@home PRIVMSG oco :hi"); got == first {
		t.Error("the id is for ever")
	}
	for i := range 2 * maxStrangers {
		now = now.Add(time.Millisecond)
		c.idOf(fmt.Sprintf(":n%d!a@home PRIVMSG oco :hi", i))
	}
	if len(c.strangers) > maxStrangers {
		t.Errorf("%d strangers are remembered", len(c.strangers))
	}
	last := fmt.Sprintf("n%d", 2*maxStrangers-1)
	if nick, ok := c.nickOf(c.strangers[last].marker); !ok || nick != last {
		t.Errorf("the last one is reached as %q, %v", nick, ok)
	}
}

func TestAccounts(t *testing.T) {
	c := newCrowd(t, ":oco!o@h JOIN #ops", ":al!a@h JOIN #ops alice :A")
	const says = ":al!a@h PRIVMSG #ops :x"
	if got := c.idOf(says); got == "alice" {
		t.Error("an account counts though nobody tells of its end")
	}
	c.notified = true
	c.say(":bo!b@h JOIN #ops bob :B", ":s 354 oco 731 al alice", ":s 354 oco 7 oco alice", ":s 354 oco 731 ghost alice")
	if a, b := c.idOf(says), c.idOf(":bo!b@h PRIVMSG #ops :x"); a != "alice" || b != "bob" {
		t.Errorf("accounts are %q, %q", a, b)
	}
	c.say(":al!a@h ACCOUNT *", ":bo!b@h ACCOUNT robert", ":ghost!g@h ACCOUNT x")
	if a, b := c.idOf(says), c.idOf(":bo!b@h PRIVMSG #ops :x"); !strings.HasPrefix(string(a), "~") || b != "robert" {
		t.Errorf("accounts are %q, %q", a, b)
	}
	c.tagged = true
	if got := c.idOf("@account=alice " + says); got != "alice" {
		t.Errorf("the tag makes %q", got)
	}
	if nick, ok := c.nickOf("alice"); !ok || nick != "al" {
		t.Errorf("alice is reached as %q, %v", nick, ok)
	}
	if got := c.idOf(says); got == "alice" {
		t.Error("a message without the tag is of the account before")
	}
	for _, odd := range []string{"*", "0", "~self", "~al~1", "a\x02b", strings.Repeat("x", 101)} {
		if got := c.idOf("@account=" + odd + " " + says); !strings.HasPrefix(string(got), "~al~") {
			t.Errorf("the account %q makes %q", odd, got)
		}
	}
	c.idOf("@account=alice " + says)
	c.forgetAccounts()
	if _, ok := c.nickOf("alice"); ok {
		t.Error("the account is not forgotten")
	}
}

func FuzzTracking(f *testing.F) {
	f.Add(":oco!o@h JOIN #a\n:s 353 oco = #a :@x y oco\n:x!x@h NICK y\n:y!x@h NICK oco\n:y!x@h PART #a\n:oco!o@h QUIT")
	f.Add(":s 005 oco CASEMAPPING=ascii PREFIX=)\n:oco JOIN #a,#b,\n:X KICK #a,x oco\n:s 354 o 731 x *")
	f.Add(":oco JOIN #a\n:s 353 o = #a :a B\n:s 005 oco CASEMAPPING=ascii x :y\n:b PART #A\n:a NICK B")
	f.Fuzz(func(t *testing.T, text string) {
		p := newPeople(quiet())
		p.self, p.notified = "oco", true
		p.mostPlaces, p.mostSeen = 3, 6
		for line := range strings.Lines(text) {
			m, err := parse(repair(strings.TrimRight(line, "\r\n")))
			if err != nil || m.command == "005" { // names fold differently after it; no server does that
				continue
			}
			p.track(m)
			if wrong := p.inconsistency(); wrong != "" {
				t.Fatalf("after %q: %s", line, wrong)
			}
			p.users()
			p.rooms()
		}
	})
}
