package terminal

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco"
)

func TestFind(t *testing.T) {
	p := newPlaces("DOMAIN\\alice", "oco")
	for _, test := range []struct {
		room oco.RoomID
		user oco.UserID
		want oco.RoomID // empty: there is none
	}{
		{roomID, "", roomID}, {"", `DOMAIN\alice`, roomID}, {roomID, "bob", roomID},
		{"", "bob", "dm:bob"}, {"dm:bob", "", "dm:bob"}, {"#ops", "", "#ops"}, {"#ops", "bob", "#ops"},
		{"", "", ""}, {"ops", "", ""}, {"ops", "bob", ""}, {"#", "", ""}, {"#a b", "", ""}, {"dm:", "", ""}, {"", "a:b", ""}, {"dm:a\x1b", "", ""},
	} {
		room, found := p.find(test.room, test.user)
		if found != (test.want != "") || found && room.ID != test.want {
			t.Errorf("room %q user %q: %q, found %v, want %q", test.room, test.user, room.ID, found, test.want)
		}
	}
}

func TestNames(t *testing.T) {
	for name, good := range map[string]bool{
		"bob": true, "Zoë": true, "a.b_c-9": true, strings.Repeat("x", longestName): true,
		"": false, "-x": false, "a b": false, "a:b": false, "#x": false, "\x1b": false, strings.Repeat("x", longestName+1): false,
	} {
		if err := checkName(name); (err == nil) != good {
			t.Errorf("%q: %v", name, err)
		} else if err != nil && strings.IndexFunc(err.Error(), unsafe) >= 0 {
			t.Errorf("%q: the error is not safe: %q", name, err)
		}
	}
}

func TestWhoStartedItComesBack(t *testing.T) {
	p := newPlaces(`DOMAIN\alice`, "oco")
	for _, name := range []string{"bob", `DOMAIN\alice`} {
		if err := p.as(name); err != nil {
			t.Fatal(err)
		}
	}
	if user, room := p.here(); user.ID != `DOMAIN\alice` || room.ID != roomID {
		t.Errorf("%v in %v", user.ID, room.ID)
	}
	if err := p.as("OCO"); err == nil {
		t.Error("the bot itself speaks")
	}
}

func TestPlacesAreBounded(t *testing.T) {
	p := newPlaces("alice", "oco")
	for i := range 2 * mostPlaces {
		if err := p.as(fmt.Sprint("u", i)); err != nil {
			t.Fatal(err)
		}
	}
	users, rooms := p.known()
	if len(users) != mostPlaces || len(rooms) != mostPlaces || users[0].ID != "alice" || rooms[0].ID != roomID {
		t.Errorf("%d users from %q, %d rooms from %q", len(users), users[0].ID, len(rooms), rooms[0].ID)
	}
}

func TestPending(t *testing.T) {
	p := &pending{patience: time.Second}
	at := time.Unix(1000, 0)
	silent := func(after time.Duration, want bool) {
		t.Helper()
		if got := p.silent(at.Add(after), roomID); got != want {
			t.Errorf("after %v: silent %v, want %v", after, got, want)
		}
	}
	silent(time.Hour, false)
	p.begin(at)
	silent(time.Second-1, false)
	silent(time.Second, true)
	p.said(at.Add(time.Second))
	silent(2*time.Second-1, false)
	silent(2*time.Second, true)
	p.begin(at.Add(2 * time.Second)) // another does not make the first less silent
	silent(2*time.Second, true)
	p.end()
	silent(2*time.Second, true)
	p.end()
	silent(time.Hour, false)
	for range mostPending {
		p.begin(at)
	}
	if p.begin(at) {
		t.Error("there is no bound")
	}
}
