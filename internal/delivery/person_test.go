package delivery

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/wire"
)

// A person's ids are taken out of a text wherever they stand, and nothing is taken
// out of the ids of others that begin or end alike.
func TestAPersonIsCutOutOfTexts(t *testing.T) {
	p := &Person{User: "user:1:al", Rooms: []string{"room:1:dm", ""}}
	for text, want := range map[string]string{
		"":                                   "",
		"cancelled":                          "cancelled",
		"user:1:al":                          nobody,
		"by user:1:al":                       "by " + nobody,
		"by user:1:al.":                      "by " + nobody + ".",
		"by user:1:al: no":                   "by " + nobody + ": no",
		"(user:1:al)":                        "(" + nobody + ")",
		"user:1:al, user:1:al and user:1:al": nobody + ", " + nobody + " and " + nobody,
		"user:1:aluser:1:al":                 "user:1:aluser:1:al",
		"in room:1:dm by user:1:al":          "in " + nobody + " by " + nobody,
		"by user:1:alice":                    "by user:1:alice",
		"by user:1:al.b":                     "by user:1:al.b",
		"by user:1:al-b":                     "by user:1:al-b",
		"by user:1:al:b":                     "by user:1:al:b",
		"by user:1:al/b":                     "by user:1:al/b",
		"by user:1:al_":                      "by user:1:al_",
		"by user:1:al~b":                     "by user:1:al~b",
		"by user:1:al0":                      "by user:1:al0",
		"by user:1:al9":                      "by user:1:al9",
		"by user:1:ala":                      "by user:1:ala",
		"by user:1:alz":                      "by user:1:alz",
		"by user:1:alA":                      "by user:1:alA",
		"by user:1:alZ":                      "by user:1:alZ",
		"by user:1:al@b":                     "by " + nobody + "@b",
		"by user:1:al[b":                     "by " + nobody + "[b",
		"by user:1:al`b":                     "by " + nobody + "`b",
		"by user:1:al{b":                     "by " + nobody + "{b",
		"by user:1:al b":                     "by " + nobody + " b",
		"by superuser:1:al":                  "by superuser:1:al",
		"by 9user:1:al":                      "by 9user:1:al",
		"by (user:1:al":                      "by (" + nobody,
		"user:1:alice and user:1:al":         "user:1:alice and " + nobody,
		"user:1:al and user:1:alice":         nobody + " and user:1:alice",
	} {
		got, found := p.cut(text)
		if got != want || found != (got != text) {
			t.Errorf("%q becomes %q, %t, want %q", text, got, found, want)
		}
	}
	if got, found := (&Person{}).cut("by user:1:al"); found || got != "by user:1:al" {
		t.Errorf("nobody is cut out: %q", got)
	}
}

// A record is a person's if it is of what they said, was said where they speak with
// the bot alone, or names them.
func TestWhomARecordNames(t *testing.T) {
	p := &Person{User: "user:1:al", Rooms: []string{"room:1:dm"}}
	for name, c := range map[string]struct {
		delivery *record.Delivery
		send     *record.Send
		want     bool
	}{
		"theirs":                    {delivery: &record.Delivery{User: "user:1:al", Place: &record.Place{Room: "room:1:ops"}}, want: true},
		"in a room with them":       {delivery: &record.Delivery{User: "user:1:bo", Place: &record.Place{Room: "room:1:dm"}}, want: true},
		"said to them":              {delivery: &record.Delivery{Place: &record.Place{User: "user:1:al"}}, want: true},
		"a text with their id":      {delivery: &record.Delivery{User: "user:1:bo", UserText: "by user:1:al"}, want: true},
		"a detail with their id":    {delivery: &record.Delivery{User: "user:1:bo", Detail: "by user:1:al"}, want: true},
		"somebody else's":           {delivery: &record.Delivery{User: "user:1:bo", Place: &record.Place{Room: "room:1:ops", User: "user:1:bo"}, UserText: "x", Detail: "y"}},
		"nobody's":                  {delivery: &record.Delivery{}},
		"a message to them":         {send: &record.Send{Place: &record.Place{User: "user:1:al"}}, want: true},
		"a message in their room":   {send: &record.Send{Place: &record.Place{Room: "room:1:dm"}}, want: true},
		"why it was not posted":     {send: &record.Send{Place: &record.Place{Room: "room:1:ops"}, Detail: "user:1:al blocks the bot"}, want: true},
		"what an operation does":    {send: &record.Send{What: "invite of user:1:al"}, want: true},
		"a message to all":          {send: &record.Send{Place: &record.Place{Room: "room:1:ops"}, Detail: "rate limit"}},
		"a message without a place": {send: &record.Send{}},
	} {
		got := false
		if c.delivery != nil {
			got = p.NamedIn(c.delivery)
		} else {
			got = p.NamedInSend(c.send)
		}
		if got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	if (&Person{User: "user:1:al", Rooms: []string{""}}).at(&record.Place{}) {
		t.Error("no room is taken for one of theirs")
	}
}

// logOf fills a log with rows, the n-th of which began n seconds after simStart.
func logOf(t *testing.T, all ...wire.Message) rows {
	t.Helper()
	log := rows{}
	for n, row := range all {
		began := ms(simStart) + int64(n)*1000
		key := ""
		switch row := row.(type) {
		case *record.Delivery:
			row.AdmitMs, key = began, prefixEnded+fmt.Sprint("d", n)
		case *record.Send:
			row.MadeMs, key = began, prefixSent+fmt.Sprint(string(rune(KindSend)), n)
		}
		value, err := proto.Marshal(row.(proto.Message))
		if err != nil {
			t.Fatal(err)
		}
		log[key] = value
	}
	return log
}

func found(f Found, err error) string {
	if err != nil {
		return err.Error()
	}
	var all []string
	for _, key := range f.Rows {
		all = append(all, string(key))
	}
	return fmt.Sprintf("%s last %s more %t", strings.Join(all, " "), f.Last, f.More)
}

// Where a person is named is found in parts of bounded size; a message of theirs is
// theirs because of the delivery that it belongs to.
func TestWhereAPersonIsNamedIsFound(t *testing.T) {
	p := &Person{User: "al"}
	here := &record.Place{Room: "ops"}
	log := logOf(t,
		&record.Delivery{User: "al"}, &record.Delivery{User: "bo"}, &record.Delivery{User: "bo", Detail: "by al"}, &record.Delivery{User: "al"},
		&record.Send{Place: here, Delivery: "d0"}, &record.Send{Place: here, Delivery: "d1"}, &record.Send{Delivery: "d3"},
		&record.Send{Place: here}, &record.Send{Place: here, Detail: "al"}, &record.Send{Place: here, Delivery: "d9"})
	all := Stretch{Until: simStart.Add(time.Hour), Most: 99, Reads: 99}
	stretch := func(change func(*Stretch)) Stretch { s := all; change(&s); return s }
	for name, c := range map[string]struct{ got, want string }{
		"deliveries":        {found(p.NamesIn(reading{log}, all)), "o/d0 o/d2 o/d3 last o/d3 more false"},
		"two of them":       {found(p.NamesIn(reading{log}, stretch(func(s *Stretch) { s.Most = 2 }))), "o/d0 o/d2 last o/d2 more true"},
		"two that are read": {found(p.NamesIn(reading{log}, stretch(func(s *Stretch) { s.Reads = 2 }))), "o/d0 last o/d1 more true"},
		"behind the second": {found(p.NamesIn(reading{log}, stretch(func(s *Stretch) { s.After = []byte("o/d1") }))), "o/d2 o/d3 last o/d3 more false"},
		"until the second":  {found(p.NamesIn(reading{log}, stretch(func(s *Stretch) { s.Until = simStart.Add(2 * time.Second) }))), "o/d0 o/d2 last o/d2 more false"},
		"before that":       {found(p.NamesIn(reading{log}, stretch(func(s *Stretch) { s.Until = simStart.Add(1999 * time.Millisecond) }))), "o/d0 last o/d1 more false"},
		"messages":          {found(p.NamesInSends(reading{log}, all)), "s/m4 s/m8 last s/m9 more false"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", name, c.got, c.want)
		}
	}
	count := func(in Stretch) string {
		n, f, err := CountRows(reading{log}, EndedDeliveries, in)
		return fmt.Sprintf("%d last %s more %t %v", n, f.Last, f.More, err)
	}
	for reads, want := range map[int]string{0: "0 last  more true <nil>", 3: "3 last o/d2 more true <nil>", 4: "4 last o/d3 more false <nil>", 9: "4 last o/d3 more false <nil>"} {
		if got := count(Stretch{Reads: reads}); got != want {
			t.Errorf("of %d: %s, want %s", reads, got, want)
		}
	}
	if got := count(Stretch{After: []byte("o/d0"), Reads: 9}); got != "3 last o/d3 more false <nil>" {
		t.Errorf("behind the first: %s", got)
	}
	log["o/d1"] = []byte{0xff}
	if _, err := p.NamesIn(reading{log}, all); err == nil || !strings.Contains(err.Error(), `"o/d1" is damaged`) {
		t.Errorf("a damaged row: %v", err)
	}
	if _, err := p.NamesInSends(reading{log}, all); err == nil || !strings.Contains(err.Error(), `"o/d1" is damaged`) {
		t.Errorf("the damaged row of a delivery: %v", err)
	}
	if _, err := p.NamesInSends(unreadable{reading{log}}, all); !errors.Is(err, errBroken) {
		t.Errorf("a delivery that cannot be read: %v", err)
	}
}

// unreadable lists rows and reads none.
type unreadable struct{ reading }

func (unreadable) Get([]byte) ([]byte, error) { return nil, errBroken }

// What an operation did to a person is not said of it any more.
func TestAnOperationOnAPersonIsForgotten(t *testing.T) {
	p := &Person{User: "al"}
	for name, c := range map[string]struct {
		row, want *record.Send
	}{
		"an operation": {&record.Send{What: "invite of al"}, &record.Send{What: "invite of " + nobody}},
		"a message":    {&record.Send{Place: &record.Place{User: "al"}, Detail: "why"}, &record.Send{}},
		"a detail":     {&record.Send{Detail: "why"}, &record.Send{}},
		"done already": {&record.Send{What: "invite of " + nobody}, nil},
	} {
		changed := p.eraseSend(c.row)
		if changed != (c.want != nil) || changed && !proto.Equal(c.row, c.want) {
			t.Errorf("%s: changed %t, %v", name, changed, c.row)
		}
	}
	var none *Person
	if row := (&record.Send{Detail: "why", State: uint32(chat.Sent)}); none.eraseSend(row) || row.Detail != "why" {
		t.Error("nobody was forgotten")
	}
}

// What of a person has not ended is counted and left as it is: all of it if no rows
// are named, else what is among them.
func TestWhatHasNotEndedIsNotErased(t *testing.T) {
	r := newRig(t)
	r.come(far, 9)
	over := r.ask(route("far", unordered), unaddressed)
	r.verdict(Committed, far, Completion{Lease: r.first(over), Kind: DoneKind})
	r.ask(route("far", unordered))
	r.ask(route("far", unordered))
	r.ask(route("far", unordered), by("bob"))
	before := len(r.m.open)
	for name, c := range map[string]struct {
		in   Erase
		want Erased
	}{
		"no rows":             {Erase{Person: Person{User: "alice"}}, Erased{Open: 2}},
		"one":                 {Erase{Person: Person{User: "alice"}, Rows: [][]byte{EndedKey(over)}}, Erased{Events: 1, Deliveries: 1}},
		"a row that has gone": {Erase{Person: Person{User: "alice"}, Rows: [][]byte{EndedKey("gone"), SentKey("gone")}}, Erased{}},
		"nobody":              {Erase{Person: Person{User: "carol"}}, Erased{}},
	} {
		if got := r.do(c.in); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	if row := r.ended(over); row.User != "" || len(r.m.open) != before {
		t.Errorf("%v; %d open", row, len(r.m.open))
	}
}

// Every row of a delivery and of what was said about it is where a person is looked
// for.
func TestWhereAPersonMayBeNamed(t *testing.T) {
	r := newRig(t)
	r.come(far, 2)
	r.come(irc, 1)
	id := r.ask(route("far", unordered))
	r.ask(route("far", unordered))
	r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: DoneKind})
	r.pass(20 * time.Second)
	prefixes := map[string]bool{}
	for _, p := range ErasedPrefixes() {
		prefixes[string(p)] = true
	}
	for _, key := range keys(r) {
		switch prefix := key[:2]; prefix {
		case prefixAccount, prefixDedup, prefixOpenList, prefixService, prefixRequest:
		default:
			if !prefixes[prefix] {
				t.Errorf("nobody looks at %q", key)
			}
		}
	}
}
