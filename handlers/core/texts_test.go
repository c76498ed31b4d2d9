package core

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco"
)

func TestStatus(t *testing.T) {
	for name, test := range map[string]struct {
		status oco.BotStatus
		want   string
	}{
		"all is well": {oco.BotStatus{
			Name: "oco", Version: "v1", Ready: true, Uptime: 90 * time.Second,
			Accounts: []oco.AccountStatus{{Service: "irc", Connected: true}},
			Plugins:  []oco.PluginStatus{{Name: "irc", Adapter: true, State: "running", Replicas: 1}, {Name: "core", State: "running", Replicas: 1}, {Name: "far", Replicas: 2}},
			Counts:   map[string]uint64{"open": 3, "waiting": 1, "leased": 2, "open_list": 0, "outbox": 4},
		}, `
oco v1 is ready, up 1 min 30 s.
Connected to irc.
Handlers: 2.
Deliveries: 3 open, 1 waiting, 2 running, 4 being sent, 0 ended badly and not settled.`},
		"nothing is": {oco.BotStatus{
			Name: "oco", Version: "v1", Uptime: 50 * time.Hour,
			Accounts: []oco.AccountStatus{{Service: "irc", Detail: "connection refused"}, {Service: "xmpp"}},
			Plugins: []oco.PluginStatus{
				{Name: "a", State: "broken", Waiting: 7}, {Name: "b", Paused: true, State: "running", Replicas: 1}, {Name: "c"},
				{Name: "d", State: "running", Replicas: 1, Waiting: 2},
			},
			Warnings: []string{"the disk is nearly full", "port 80 is open to all"},
		}, `
oco v1 is not ready, up 2 d 2 h.
Not connected to irc: connection refused
Not connected to xmpp.
Handlers: 4:
  a (broken, 7 waiting)
  b (paused)
  c (not running)
  d (2 waiting)
Warning: the disk is nearly full
Warning: port 80 is open to all`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := "\n" + statusText(test.status); got != test.want {
				t.Errorf("got%s\nwant%s", got, test.want)
			}
		})
	}
}

func TestUptime(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 999 * time.Millisecond: "0 s", 59 * time.Second: "59 s", time.Minute: "1 min 0 s",
		time.Hour - 1: "59 min 59 s", time.Hour: "1 h 0 min", 24*time.Hour - 1: "23 h 59 min", 24 * time.Hour: "1 d 0 h", 1000 * time.Hour: "41 d 16 h",
	} {
		if got := uptime(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestWhoami(t *testing.T) {
	for want, test := range map[string]struct {
		user oco.User
		room oco.Room
	}{
		"You are Alice, in the groups dev, ops.\nYour id is u1.\nThis is the channel room r1.": {
			oco.User{ID: "u1", Name: "Alice", Groups: []string{"ops", "dev"}}, oco.Room{ID: "r1", Kind: oco.RoomChannel}},
		"You are Bob, in the group ops.\nYour id is u2.\nThis is the direct room r2.": {
			oco.User{ID: "u2", Name: "Bob", Groups: []string{"ops"}}, oco.Room{ID: "r2", Kind: oco.RoomDirect}},
		"You are somebody without a name, in no group.\nYour id is u3.\nThis is the room r3.": {
			oco.User{ID: "u3"}, oco.Room{ID: "r3"}},
	} {
		if got := whoamiText(test.user, test.room); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

func TestUsers(t *testing.T) {
	got := usersText([]oco.User{
		{ID: "3", Name: "oco", Bot: true, Self: true}, {ID: "2", Name: "Bob\nforged (that is me)"}, {ID: "1", MentionName: "alice"},
		{ID: "4", Name: "jenkins", Bot: true}, {ID: "user:5"},
	})
	want := `5 users:
  Bob forged (that is me)
  alice
  jenkins (a bot)
  oco (that is me)
  user:5`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := usersText(nil); got != "0 users." {
		t.Errorf("nobody is %q", got)
	}
	var many []oco.User
	for i := range 150 {
		many = append(many, oco.User{Name: fmt.Sprintf("%03d%s", i, strings.Repeat("ü", 1000))})
	}
	got = usersText(many)
	if !strings.HasPrefix(got, "150 users:\n") || !strings.HasSuffix(got, "\n  and 50 more") || len(got) > 64<<10 {
		t.Errorf("many are %d bytes, and end %q", len(got), got[len(got)-20:])
	}
}

func TestRooms(t *testing.T) {
	all := []oco.Room{
		{ID: "1", Name: "ops", Kind: oco.RoomChannel, Topic: "all is\nquiet", Alias: "war"},
		{ID: "2", Name: "board", Kind: oco.RoomChannel, Private: true},
		{ID: "3", Name: "dm", Kind: oco.RoomDirect},
		{ID: "4", Kind: oco.RoomMultiDirect},
	}
	for here, want := range map[oco.RoomID]string{
		"1": "1 room:\n  ops, alias war (here) - all is quiet\nAnd 3 private.",
		"2": "2 rooms:\n  board (here)\n  ops, alias war - all is quiet\nAnd 2 private.",
		"3": "2 rooms:\n  dm (direct, here)\n  ops, alias war - all is quiet\nAnd 2 private.",
		"4": "2 rooms:\n  4 (group direct, here)\n  ops, alias war - all is quiet\nAnd 2 private.",
	} {
		if got := roomsText(all, here); got != want {
			t.Errorf("in %s: got\n%s\nwant\n%s", here, got, want)
		}
	}
	if got := roomsText(all[2:3], "3"); got != "1 room:\n  dm (direct, here)" {
		t.Errorf("one room is %q", got)
	}
}
