package oco

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// messageWith is a message with an argument of one value, a list of two, and one of
// another type than the rest.
func messageWith(one, two *ocov1.Argument) *Message {
	named := func(name string, a *ocov1.Argument) *ocov1.Argument {
		return &ocov1.Argument{Name: name, Raw: "raw", Value: a.GetValue()}
	}
	return &Message{arguments: arguments{args: []*ocov1.Argument{
		named("one", one), textArg("text", "text"),
		{Name: "both", Raw: "raw raw", Value: &ocov1.Argument_List{List: &ocov1.ArgumentList{Items: []*ocov1.Argument{one, two}}}},
	}}}
}

// A list has its type, one value is a list of one, and what is absent is nothing.
func TestListsOfArguments(t *testing.T) {
	user := func(id string) *ocov1.Argument {
		return &ocov1.Argument{Value: &ocov1.Argument_User{User: &ocov1.User{UserId: id, Groups: []string{"ops"}}}}
	}
	room := func(id string) *ocov1.Argument {
		return &ocov1.Argument{Value: &ocov1.Argument_Room{Room: &ocov1.Room{RoomId: id, Alias: "a"}}}
	}
	file := func(id string) *ocov1.Argument {
		return &ocov1.Argument{Value: &ocov1.Argument_File{File: &ocov1.Attachment{FileId: id, Name: "n", MediaType: "m", Size: 3, Url: "u"}}}
	}
	whole := func(n int64) *ocov1.Argument { return &ocov1.Argument{Value: &ocov1.Argument_Integer{Integer: n}} }
	lasts := func(n time.Duration) *ocov1.Argument {
		return &ocov1.Argument{Value: &ocov1.Argument_Duration{Duration: durationpb.New(n)}}
	}
	at := func(n int64) *ocov1.Argument {
		return &ocov1.Argument{Value: &ocov1.Argument_Time{Time: timestamppb.New(time.Unix(n, 0))}}
	}
	for name, c := range map[string]struct {
		one, two *ocov1.Argument
		get      func(m *Message, name string) any
		want     string // of two
	}{
		"users":     {user("u1"), user("u2"), func(m *Message, n string) any { return m.ArgUsers(n) }, "[{u1     false false  [ops]  } {u2     false false  [ops]  }]"},
		"rooms":     {room("r1"), room("r2"), func(m *Message, n string) any { return m.ArgRooms(n) }, "[{r1  unspecified  a  false map[]} {r2  unspecified  a  false map[]}]"},
		"files":     {file("f1"), file("f2"), func(m *Message, n string) any { return m.ArgFiles(n) }, "[{f1 n m 3 u} {f2 n m 3 u}]"},
		"ints":      {whole(1), whole(2), func(m *Message, n string) any { return m.Ints(n) }, "[1 2]"},
		"floats":    {whole(1), whole(2), func(m *Message, n string) any { return m.Floats(n) }, "[1 2]"},
		"durations": {lasts(1), lasts(2), func(m *Message, n string) any { return m.Durations(n) }, "[1ns 2ns]"},
		"whens":     {at(1), at(2), func(m *Message, n string) any { return m.Whens(n) }, "[1970-01-01 00:00:01 +0000 UTC 1970-01-01 00:00:02 +0000 UTC]"},
	} {
		m := messageWith(c.one, c.two)
		if got := strings.Join(strings.Fields(fmt.Sprint(c.get(m, "both"))), " "); got != strings.Join(strings.Fields(c.want), " ") {
			t.Errorf("%s: %s", name, got)
		}
		one, both := reflect.ValueOf(c.get(m, "one")), reflect.ValueOf(c.get(m, "both"))
		if one.Len() != 1 || !reflect.DeepEqual(one.Index(0).Interface(), both.Index(0).Interface()) {
			t.Errorf("%s: a list of one is %v", name, one)
		}
		if absent := reflect.ValueOf(c.get(m, "absent")); !absent.IsNil() {
			t.Errorf("%s: what is absent is %v", name, absent)
		}
		if other := reflect.ValueOf(c.get(m, "text")); other.Len() != 1 || !reflect.DeepEqual(other.Index(0).Interface(), reflect.Zero(other.Type().Elem()).Interface()) && name != "durations" {
			t.Errorf("%s: of a text it is %v", name, other)
		}
	}
	m := messageWith(file("f1"), file("f2"))
	if m.ArgFile("one") != (Attachment{ID: "f1", Name: "n", MediaType: "m", Size: 3, URL: "u"}) || m.ArgFile("absent") != (Attachment{}) || m.ArgFile("text") != (Attachment{}) {
		t.Errorf("one file is %v", m.ArgFile("one"))
	}
}

// The files of a message reach the bot, the first of them, with what may be said of
// one (OCO-SIZ-34).
func TestFilesOfIncomingMessages(t *testing.T) {
	long := strings.Repeat("ä", 5000)
	in := Incoming{ID: "e", Message: &IncomingMessage{ID: "m", Text: "t", Attachments: make([]Attachment, 40)}}
	in.Message.Attachments[0] = Attachment{ID: "f", Name: "a\xff.txt", MediaType: "text/plain", Size: 9, URL: "https://x"}
	in.Message.Attachments[1] = Attachment{ID: "g", Name: long, MediaType: long, URL: long}
	wire, err := in.wire()
	if err != nil {
		t.Fatal(err)
	}
	m := &Message{delivery: delivery{&ocov1.Delivery{Payload: &ocov1.Delivery_Event{Event: wire}}}}
	got := m.Attachments()
	if len(got) != 32 || got[0] != (Attachment{ID: "f", Name: "a\uFFFD.txt", MediaType: "text/plain", Size: 9, URL: "https://x"}) {
		t.Errorf("%d files, the first %v", len(got), got[0])
	}
	if f := got[1]; f.ID != "g" || len(f.Name) > 1024 || len(f.Name) < 1000 || f.MediaType != "" || f.URL != "" {
		t.Errorf("a long one: %d bytes of name, %q, %q", len(f.Name), f.MediaType, f.URL)
	}
	if (&Message{delivery: delivery{&ocov1.Delivery{}}}).Attachments() != nil {
		t.Error("no files are some")
	}
}

// Whoever asks for an argument that there is not learns it, and of which there are; one
// that may be absent is not meant.
func TestAnArgumentOfAWrongName(t *testing.T) {
	h := NewHandler("test")
	h.Command("deploy {app} [to {env:staging|prod}] [--dry-run] [--tag={version}]", "", nothing, Aliases("ship {app}"))
	h.Hear(`(?P<host>\w+) is (?P<state>up|down)( for (?P<time>\w+))?`, "", nothing)
	h.Command("soon {a:what-a-newer-bot-knows}", "", nothing)
	none := map[string]func(*Message, string){
		"Has": func(m *Message, n string) { m.Has(n) }, "Arg": func(m *Message, n string) { m.Arg(n) },
		"Raw": func(m *Message, n string) { m.Raw(n) }, "Args": func(m *Message, n string) { m.Args(n) },
		"Int": func(m *Message, n string) { m.Int(n) }, "Float": func(m *Message, n string) { m.Float(n) },
		"Bool": func(m *Message, n string) { m.Bool(n) }, "Duration": func(m *Message, n string) { m.Duration(n) },
		"When": func(m *Message, n string) { m.When(n) }, "ArgUser": func(m *Message, n string) { m.ArgUser(n) },
		"ArgRoom": func(m *Message, n string) { m.ArgRoom(n) }, "ArgFile": func(m *Message, n string) { m.ArgFile(n) },
		"Ints": func(m *Message, n string) { m.Ints(n) }, "Floats": func(m *Message, n string) { m.Floats(n) },
		"Durations": func(m *Message, n string) { m.Durations(n) }, "Whens": func(m *Message, n string) { m.Whens(n) },
		"ArgUsers": func(m *Message, n string) { m.ArgUsers(n) }, "ArgRooms": func(m *Message, n string) { m.ArgRooms(n) },
		"ArgFiles": func(m *Message, n string) { m.ArgFiles(n) },
	}
	for method, ask := range none {
		for i, c := range []struct {
			name, want string
		}{
			0: {"verison", "there is no argument `verison`; did you mean `version`?"},
			1: {"when", "there is no argument `when`; known: host, state, time"},
		} {
			m := &Message{arguments: arguments{route: h.routes[i]}}
			func() {
				defer func() {
					if got := recover(); got != c.want {
						t.Errorf("%s: got %v, want %s", method, got, c.want)
					}
				}()
				ask(m, c.name)
			}()
		}
		for i, names := range [][]string{{"app", "env", "dry_run", "version"}, {"host", "state", "time"}, {"a", "anything"}} {
			for _, name := range names {
				ask(&Message{arguments: arguments{route: h.routes[i]}}, name)
			}
		}
	}
}
