package plugin_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/plugin"
)

func loadKeys(t *testing.T, r *rows) *plugin.Keys {
	t.Helper()
	return must[*plugin.Keys](t)(plugin.LoadKeys(r, r.put, clock()))
}

func mint(t *testing.T, k *plugin.Keys, name string, role chat.Role, scopes ...string) (token, id string) {
	t.Helper()
	token, id, err := k.Mint(t.Context(), name, role, scopes, false)
	if err != nil {
		t.Fatal(err)
	}
	return token, id
}

// A key holds 32 random bytes of which the store has a hash, and works after a
// restart (OCO-SEC-3).
func TestAKeyNamesItsHolderAcrossRestarts(t *testing.T) {
	r := newRows()
	token, id := mint(t, loadKeys(t, r), "ci", chat.RoleClient, plugin.MessagesWrite)
	if !strings.HasPrefix(token, "oco_ci_"+id+"_") {
		t.Fatalf("key is %q", token)
	}
	for range 2 {
		got, refused := loadKeys(t, r).Authenticate(token)
		if refused != nil {
			t.Fatal(refused)
		}
		if got.Name != "ci" || got.Role != chat.RoleClient || got.KeyID != id || got.Child || !got.May(plugin.MessagesWrite) || got.May(plugin.UsersRead) {
			t.Fatalf("identity is %+v", got)
		}
	}
	secret := strings.TrimPrefix(token[:len(token)-9], "oco_ci_"+id+"_") // before its sum
	raw, err := base64.RawURLEncoding.DecodeString(secret)
	if err != nil || len(raw) != 32 {
		t.Fatalf("the secret has %d bytes, %v", len(raw), err)
	}
	for key, value := range r.data {
		if row := key + string(value); strings.Contains(row, secret) || strings.Contains(row, string(raw)) {
			t.Fatal("the store holds the secret")
		}
	}
}

func TestWrongKeysAreRefused(t *testing.T) {
	k := loadKeys(t, newRows())
	token, id := mint(t, k, "web", chat.RoleHandler)
	other, _ := mint(t, k, "db", chat.RoleHandler)
	foreign, _ := mint(t, loadKeys(t, newRows()), "web", chat.RoleHandler)
	for name, c := range map[string]struct {
		token string
		want  chat.Reason
	}{
		"empty":         {"", chat.KeyMissing},
		"no key":        {"hunter2", chat.KeyInvalid},
		"cut":           {token[:len(token)-1], chat.KeyInvalid},
		"longer":        {token + "0", chat.KeyInvalid},
		"foreign":       {foreign, chat.KeyInvalid},
		"renamed":       {strings.Replace(other, "_db_", "_web_", 1), chat.KeyInvalid},
		"upper case":    {strings.ToUpper(token), chat.KeyInvalid},
		"spaces":        {" " + token, chat.KeyInvalid},
		"only the id":   {"oco_web_" + id, chat.KeyInvalid},
		"not ASCII":     {"oco_wéb_" + token[8:], chat.KeyInvalid},
		"very long":     {strings.Repeat(token, 1000), chat.KeyInvalid},
		"only a prefix": {"oco_", chat.KeyInvalid},
	} {
		if _, refused := k.Authenticate(c.token); refused == nil || refused.Reason != c.want {
			t.Errorf("%s: got %v, want %s", name, refused, c.want)
		} else if len(c.token) > 8 && strings.Contains(refused.Text, c.token) {
			t.Errorf("%s: the text repeats the key", name)
		}
	}
}

func TestEveryChangedByteIsRefused(t *testing.T) {
	k := loadKeys(t, newRows())
	token, _ := mint(t, k, "web", chat.RoleHandler)
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(token)-1).Draw(t, "at")
		to := rapid.Byte().Filter(func(b byte) bool { return b != token[at] }).Draw(t, "to")
		changed := token[:at] + string([]byte{to}) + token[at+1:]
		if _, refused := k.Authenticate(changed); refused == nil || refused.Reason != chat.KeyInvalid {
			t.Fatalf("%q: %v", changed, refused)
		}
	})
}

// Two keys of a name live, and a third one replaces the oldest only if it says so
// (OCO-SEC-5, OCO-RPC-14).
func TestTwoKeysLiveForRotation(t *testing.T) {
	r := newRows()
	k := loadKeys(t, r)
	first, _ := mint(t, k, "web", chat.RoleHandler)
	second, _ := mint(t, k, "web", chat.RoleHandler)
	if _, _, err := k.Mint(t.Context(), "web", chat.RoleHandler, nil, false); reason(err) != chat.QuotaExceeded {
		t.Fatalf("third key: %v", err)
	}
	third, _, err := k.Mint(t.Context(), "web", chat.RoleHandler, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, one := k.Authenticate(first)
		_, two := k.Authenticate(second)
		_, three := k.Authenticate(third)
		if one == nil || two != nil || three != nil {
			t.Fatalf("first %v, second %v, third %v", one, two, three)
		}
		k = loadKeys(t, r)
	}
	if got := len(k.List()); got != 2 {
		t.Fatalf("%d keys listed", got)
	}
}

func TestRevokedKeysAreRefused(t *testing.T) {
	r := newRows()
	k := loadKeys(t, r)
	token, id := mint(t, k, "web", chat.RoleHandler)
	if err := k.Revoke(t.Context(), "nosuch"); reason(err) != chat.KeyNotFound {
		t.Fatalf("revoking nothing: %v", err)
	}
	if err := k.Revoke(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, refused := k.Authenticate(token); refused == nil {
			t.Fatal("a revoked key is taken")
		}
		k = loadKeys(t, r)
	}
}

func TestANameHasOneRole(t *testing.T) {
	k := loadKeys(t, newRows())
	mint(t, k, "web", chat.RoleHandler)
	_, revoke := k.Launch("irc", chat.RoleAdapter, nil)
	defer revoke()
	for name, c := range map[string]struct {
		name   string
		role   chat.Role
		scopes []string
	}{
		"a child's":     {"irc", chat.RoleHandler, nil},
		"another role":  {"web", chat.RoleOperator, nil},
		"no role":       {"new", 0, nil},
		"unknown role":  {"new", 9, nil},
		"bad name":      {"New_one", chat.RoleClient, nil},
		"empty name":    {"", chat.RoleClient, nil},
		"unknown scope": {"new", chat.RoleClient, []string{"everything"}},
	} {
		if _, _, err := k.Mint(t.Context(), c.name, c.role, c.scopes, false); reason(err) != chat.FieldInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNothingChangesIfTheStoreFails(t *testing.T) {
	r := newRows()
	k := loadKeys(t, r)
	token, id := mint(t, k, "web", chat.RoleHandler)
	r.fail = errors.New("disk full")
	if _, _, err := k.Mint(t.Context(), "db", chat.RoleHandler, nil, false); !errors.Is(err, r.fail) {
		t.Fatalf("mint: %v", err)
	}
	if err := k.Revoke(t.Context(), id); !errors.Is(err, r.fail) {
		t.Fatalf("revoke: %v", err)
	}
	if _, refused := k.Authenticate(token); refused != nil || len(k.List()) != 1 {
		t.Fatalf("%v, %v", refused, k.List())
	}
}

// The key of a child lives for one launch and leaves no trace (OCO-SEC-18).
func TestLaunchKeysLiveInMemoryOnly(t *testing.T) {
	r := newRows()
	k := loadKeys(t, r)
	token, revoke := k.Launch("core", chat.RoleHandler, []string{plugin.UsersRead})
	got, refused := k.Authenticate(token)
	if refused != nil || !got.Child || !got.May(plugin.UsersRead) {
		t.Fatalf("%+v, %v", got, refused)
	}
	if len(r.data) != 0 || len(k.List()) != 0 {
		t.Fatal("a launch left a trace")
	}
	if err := k.Revoke(t.Context(), got.KeyID); reason(err) != chat.KeyNotFound {
		t.Fatalf("revoking a launch by hand: %v", err)
	}
	if _, refused := loadKeys(t, r).Authenticate(token); refused == nil {
		t.Fatal("the key outlived the bot")
	}
	revoke()
	revoke()
	if _, refused := k.Authenticate(token); refused == nil {
		t.Fatal("the key outlived its launch")
	}
}

func TestABrokenRowStopsTheStart(t *testing.T) {
	r := newRows()
	r.data["k/broken"] = []byte{0xff}
	if _, err := plugin.LoadKeys(r, r.put, clock()); err == nil || !strings.Contains(err.Error(), "broken") {
		t.Fatal(err)
	}
	r.data["k/broken"] = []byte{}
	if _, err := plugin.LoadKeys(r, r.put, clock()); err == nil {
		t.Fatal("a key without a hash is taken")
	}
}

// Who came in by a key learns that it was revoked, also by a rotation; who came
// in by the other key of the name does not.
func TestRevocationIsTold(t *testing.T) {
	k := loadKeys(t, newRows())
	told := func(token, _ string) func() bool {
		id, err := k.Authenticate(token)
		if err != nil {
			t.Fatal(err)
		}
		return func() bool {
			return id.Revoked != nil && id.Revoked.Err() != nil
		}
	}
	first, second := told(mint(t, k, "web", chat.RoleHandler)), told(mint(t, k, "web", chat.RoleHandler))
	if first() || second() {
		t.Fatal("told before")
	}
	if _, _, err := k.Mint(t.Context(), "web", chat.RoleHandler, nil, true); err != nil {
		t.Fatal(err)
	}
	if !first() || second() {
		t.Fatalf("after the third key: the first %v, the second %v", first(), second())
	}
	token, revoke := k.Launch("child", chat.RoleHandler, nil)
	child := told(token, "")
	revoke()
	revoke()
	if child() {
		t.Error("a child ends by the end of its process")
	}
}
