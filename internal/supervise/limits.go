package supervise

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Limits bound what one process may take of the machine. A zero field is no bound of its
// own: the process has those of the bot. Descendants of the process have the same bounds
// each; they are not counted together.
type Limits struct {
	// Memory is the number of bytes of data, heap and anonymous memory that it may
	// write to. Address space that is only reserved, as Go and Node.js do, and files
	// that are mapped do not count.
	Memory int64
	// OpenFiles is the number of its descriptors.
	OpenFiles int
	// Processes is the number of processes and threads that the bot's user may have in
	// all before this one can start no more: the system counts by user. It does not
	// bind root, so it is refused there.
	Processes int
	// CPUTime is how much time of a processor it may use up before it is ended. It is
	// counted in whole seconds.
	CPUTime time.Duration
	// Nice is how much it stands back for others, 1 to 19.
	Nice int
}

func (l Limits) none() bool { return l == Limits{} }

// limit is one of the limits, by the name that people and the launcher use.
type limit struct {
	name  string
	value int64
	text  string
}

// all are the limits that are set.
func (l Limits) all() []limit {
	var all []limit
	add := func(name string, value int64, text string) {
		if value != 0 {
			all = append(all, limit{name, value, text})
		}
	}
	add("nice", int64(l.Nice), strconv.Itoa(l.Nice))
	add("open_files", int64(l.OpenFiles), strconv.Itoa(l.OpenFiles))
	add("processes", int64(l.Processes), strconv.Itoa(l.Processes))
	add("cpu_time", int64(l.CPUTime/time.Second), l.CPUTime.String())
	add("memory", l.Memory, sizeText(l.Memory))
	return all
}

// String lists the limits that are set, for people.
func (l Limits) String() string {
	var parts []string
	for _, one := range l.all() {
		parts = append(parts, one.name+" "+one.text)
	}
	return strings.Join(parts, ", ")
}

// sizeText writes a number of bytes in the largest unit that it fills.
func sizeText(n int64) string {
	for _, unit := range []struct {
		name string
		size int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= unit.size && n%unit.size == 0 {
			return strconv.FormatInt(n/unit.size, 10) + " " + unit.name
		}
	}
	return strconv.FormatInt(n, 10) + " bytes"
}

// Check says why a limit cannot be applied here to a process of a user, if one cannot.
// No user is that of the bot.
func (l Limits) Check(user string) error {
	if l.CPUTime%time.Second != 0 {
		return fmt.Errorf("cpu_time is counted in whole seconds, and %s is none", l.CPUTime)
	}
	return l.check(user)
}

// limited makes cmd one that the launcher starts with limits.
func (s *Supervisor) limited(cmd *exec.Cmd, l Limits, user string) error {
	if len(s.options.Launcher) == 0 {
		return errors.New("it has limits, and this bot has no program that sets them")
	}
	if err := l.Check(user); err != nil {
		return err
	}
	path, err := lookup(s.options.Launcher[0], "", []string{"PATH=" + os.Getenv("PATH")})
	if err != nil {
		return fmt.Errorf("it has limits, and the program that sets them: %w", err)
	}
	var pairs []string
	for _, one := range l.all() {
		pairs = append(pairs, one.name+"="+strconv.FormatInt(one.value, 10))
	}
	program := []string{strings.Join(pairs, ","), cmd.Path}
	cmd.Args = append(append(append([]string{}, s.options.Launcher...), program...), cmd.Args...)
	cmd.Path = path
	return nil
}

// after says what of the limits may be why a process ended.
func (l Limits) after(state *os.ProcessState) string {
	if l.none() || state == nil || state.Success() {
		return ""
	}
	if l.CPUTime > 0 && (ranOut(state) || state.UserTime()+state.SystemTime() >= l.CPUTime) {
		return "; it has used up its cpu_time of " + l.CPUTime.String()
	}
	return "; its limits: " + l.String()
}

// Launch is the whole work of the launcher: it applies the limits in args[0] to itself
// and becomes the program args[1] with the arguments args[2:]. It returns only if it
// cannot, and then nothing has run.
func Launch(args []string) error {
	if len(args) < 3 {
		return errors.New("the launcher is started by the bot, not by hand")
	}
	for pair := range strings.SplitSeq(args[0], ",") {
		name, text, _ := strings.Cut(pair, "=")
		value, err := strconv.ParseInt(text, 10, 64)
		if err != nil || value <= 0 {
			return fmt.Errorf("%q is no limit", pair)
		}
		if err := apply(name, value); err != nil {
			return fmt.Errorf("the limit %s cannot be set to %d: %w", name, value, err)
		}
	}
	return become(args[1], args[2:])
}
