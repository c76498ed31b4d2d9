//go:build !unix

package supervise

import (
	"errors"
	"os/exec"
)

func (u *User) become(*exec.Cmd) error {
	return errors.New("no process can run as another user on this system")
}
