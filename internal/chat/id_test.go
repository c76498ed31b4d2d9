package chat

import (
	"strings"
	"testing"
)

// Whatever the chat service calls it: the id is one, the same for ever, and leads
// back unless it is a hash (OCO-IDS-3).
func FuzzDerive(f *testing.F) {
	for _, s := range []string{"", "U123", "#ops", "!room:example.org", "a~b", "~~", "é", strings.Repeat("x", 200), "\x00/ "} {
		f.Add(s, uint32(1))
	}
	f.Fuzz(func(t *testing.T, service string, account uint32) {
		id, long := Derive(KindRoom, account, service)
		if service == "" {
			if id != "" || long {
				t.Fatalf("nothing has the id %q", id)
			}
			return
		}
		if !ValidID(id) {
			t.Fatalf("%q of %q is no id", id, service)
		}
		number, back, ok := Native(KindRoom, id)
		if ok == long {
			t.Fatalf("%q: long %t, leads back %t", id, long, ok)
		}
		if ok && (back != service || number != account) {
			t.Fatalf("%q leads back to %q of %d", id, back, number)
		}
		if other, _ := Derive(KindUser, account, service); other == id {
			t.Fatal("a user has the id of a room")
		}
		if other, _ := Derive(KindRoom, account+1, service); other == id {
			t.Fatal("two accounts share a room")
		}
	})
}

// Ids that were given out must never change: they stand in configurations, in what
// handlers keep and in the store (OCO-IDS-3, OCO-IDS-4).
func TestDerivedIDsStandForEver(t *testing.T) {
	for want, of := range map[string]struct {
		kind    Kind
		account uint32
		service string
	}{
		"user:1:U123":                {KindUser, 1, "U123"},
		"room:7:~23ops":              {KindRoom, 7, "#ops"},
		"room:1:~21x~3aexample.org":  {KindRoom, 1, "!x:example.org"},
		"msg:1:1700000000.000100":    {KindMessage, 1, "1700000000.000100"},
		"event:4294967295:a~7eb~20c": {KindEvent, 4294967295, "a~b c"},
		"file:1:F0~2f1":              {KindFile, 1, "F0/1"},
		"user:1:~c3~a9":              {KindUser, 1, "é"},
		"user:1:~~aa20c23e3201834050679e1d88941b9a6fed0557": {KindUser, 1, strings.Repeat("x", 200)},
	} {
		if id, _ := Derive(of.kind, of.account, of.service); id != want {
			t.Errorf("%q of account %d has the id %q, want %q", of.service, of.account, id, want)
		}
	}
}

func TestNativeTakesOnlyWhatWasDerived(t *testing.T) {
	for _, id := range []string{
		"", "room", "room:", "room:1", "room:1:", "room:01:x", "room:x:y", "room:1:~2", "room:1:~zz", "room:1:~41", "room:1:a b",
		"user:1:x", "room:4294967296:x", "room:1:~~00",
	} {
		if n, s, ok := Native(KindRoom, id); ok {
			t.Errorf("%q leads to %q of %d", id, s, n)
		}
	}
}

func TestAccounts(t *testing.T) {
	if n, ok := AccountNumber(AccountID(7)); n != 7 || !ok {
		t.Error(n, ok)
	}
	for _, id := range []string{"", "account:", "account:07", "account:x", "7", "account:4294967296"} {
		if n, ok := AccountNumber(id); ok {
			t.Errorf("%q is account %d", id, n)
		}
	}
}

// OCO-DLV-20, OCO-IDS-1: at the brim and one byte beyond.
func TestSizesOfIDsAndKeys(t *testing.T) {
	x := strings.Repeat("x", MaxID)
	for id, want := range map[string]bool{x: true, x + "x": false, "": false, "aZ0._-~:/": true, "a b": false, "é": false} {
		if ValidID(id) != want {
			t.Errorf("id %q: %t", id, !want)
		}
	}
	for key, want := range map[string]bool{x[:64]: true, x[:65]: false, "": false, "aZ0._-~": true, "a/b": false, "a:b": false} {
		if ValidKey(key) != want {
			t.Errorf("key %q: %t", key, !want)
		}
	}
	if id := MessageID(x[:60], x[:64]); !ValidID(id) || id != x[:60]+"/"+x[:64] {
		t.Errorf("%q", id)
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		Done.String(): "done", Cancelled.String(): "cancelled", Outcome(99).String(): "invalid", Leased.String(): "leased",
		Sent.String(): "sent", RoleAdapter.String(): "adapter", Role(0).String(): "none",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, r := range []Role{RoleHandler, RoleAdapter, RoleOperator, RoleClient} {
		if ParseRole(r.String()) != r {
			t.Errorf("%s", r)
		}
	}
	if ParseRole("none") != 0 || ParseRole("root") != 0 {
		t.Error("a role that is none")
	}
}

func TestPlaces(t *testing.T) {
	room, user := Place{Room: "r", Thread: "t"}, Place{User: "u"}
	if room.Key() != "r" || user.Key() != "u" || room.IsZero() || user.IsZero() || !(Place{Thread: "t"}).IsZero() {
		t.Error("a thread belongs to its room")
	}
}

func TestRefusals(t *testing.T) {
	err := Refuse(ScopeMissing, "needs %s", "send").With("scope", "send").With("room", "r")
	if err.Error() != "SCOPE_MISSING: needs send" || err.Details["scope"] != "send" || err.Details["room"] != "r" {
		t.Errorf("%+v", err)
	}
}
