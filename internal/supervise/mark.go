package supervise

import "crypto/rand"

// A Mark is borne by a process that is started without a Supervisor, and by its
// descendants, wherever they have put themselves.
type Mark string

// NewMark makes a mark that nothing bears. What this process has inherited open it hands
// on to nobody from now on.
func NewMark() Mark {
	keepDescriptors()
	return Mark(rand.Text())
}

// Env is the variable that the process gets.
func (m Mark) Env() string { return EnvLaunch + "=" + string(m) + "/once" }

// Kill ends what bears the mark, on Linux: elsewhere it cannot be found.
func (m Mark) Kill() error {
	_, err := sweepMarked(string(m))
	return err
}
