//go:build unix

package supervise

import (
	"os"
	"os/exec"
	"os/user"
	"strings"
	"testing"
)

// A process runs as another user with its groups and at its home, if the bot is
// root, and else not at all.
func TestAProcessOfAnotherUser(t *testing.T) {
	const name = "nobody"
	nobody, err := user.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	u, err := LookupUser(name)
	if os.Geteuid() != 0 {
		if err == nil || !strings.Contains(err.Error(), "does not run as root") {
			t.Errorf("not root, and still %+v, %v", u, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", "id -u; id -g; id -G; echo $HOME $USER")
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, u.Env()...)
	if err := u.Own(cmd); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != 4 || lines[0] != nobody.Uid || lines[1] != nobody.Gid || !strings.HasPrefix(lines[2], nobody.Gid) || strings.Contains(" "+lines[2]+" ", " 0 ") || lines[3] != nobody.HomeDir+" "+name {
		t.Errorf("it says %q, want the ids %s and %s", lines, nobody.Uid, nobody.Gid)
	}
	if _, err := LookupUser("no-such-user"); err == nil || err.Error() != "this machine has no user no-such-user" {
		t.Error(err)
	}
}

func TestNoOtherUserChangesNothing(t *testing.T) {
	var u *User
	cmd := exec.Command("true")
	if err := u.Own(cmd); err != nil || cmd.SysProcAttr != nil || u.Env() != nil {
		t.Errorf("%v, %+v", err, cmd.SysProcAttr)
	}
}
