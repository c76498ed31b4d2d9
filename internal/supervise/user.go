package supervise

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
)

// A User is a user of this machine as which a process can run.
type User struct {
	Name, Home string
	UID, GID   uint32
	Groups     []uint32
}

// LookupUser finds a user by name and says why no process can run as it, if none can:
// only root becomes somebody else.
func LookupUser(name string) (*User, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("only root can start a process as another user, and the bot does not run as root: run it as root, or take `user` out")
	}
	found, err := user.Lookup(name)
	if err != nil {
		return nil, fmt.Errorf("this machine has no user %s", name)
	}
	groups, err := found.GroupIds()
	if err != nil {
		return nil, fmt.Errorf("the groups of the user %s: %w", name, err)
	}
	u := &User{Name: found.Username, Home: found.HomeDir}
	numbers := make([]uint32, len(groups))
	for i, text := range append([]string{found.Uid, found.Gid}, groups...) {
		n, err := strconv.ParseUint(text, 10, 32)
		switch {
		case err != nil:
			return nil, fmt.Errorf("the user %s has the id %s, which is no number: %w", name, text, err)
		case i == 0:
			u.UID = uint32(n)
		case i == 1:
			u.GID = uint32(n)
		default:
			numbers[i-2] = uint32(n)
		}
	}
	u.Groups = numbers
	return u, nil
}

// Own makes a command run as the user. A nil User changes nothing.
func (u *User) Own(cmd *exec.Cmd) error {
	if u == nil {
		return nil
	}
	return u.become(cmd)
}

// Env are the variables that say who the user is.
func (u *User) Env() []string {
	if u == nil {
		return nil
	}
	return []string{"HOME=" + u.Home, "USER=" + u.Name}
}
