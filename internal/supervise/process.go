package supervise

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// The environment of a process speaks of the bot in these variables.
const (
	// EnvEndpoint holds the address to dial.
	EnvEndpoint = "OCO_ENDPOINT"
	// EnvURL holds the URL of the bot's HTTP port, for who speaks JSON.
	EnvURL = "OCO_URL"
	// EnvKeyFD holds the number of the descriptor that yields the keys: one line
	// `PLUGIN KEY` for each plugin in the process, then the end of the file.
	EnvKeyFD = "OCO_KEY_FD"
	// EnvTerminalFDs holds the numbers of the descriptors of the bot's standard
	// input, output and error, `n,n,n`, for the terminal adapter.
	EnvTerminalFDs = "OCO_TERMINAL_FDS"
	// EnvTerminalName holds the name of the bot whose terminal it is.
	EnvTerminalName = "OCO_TERMINAL_NAME"
	// EnvLaunch holds the mark by which a launch and its descendants are found. It
	// is no secret.
	EnvLaunch = "OCO_LAUNCH"
)

// inherited are the variables of the bot's own environment that a process sees.
var inherited = []string{"PATH", "HOME", "LANG", "TZ", "USER", "TMPDIR"}

// ofTerminal are the variables that say what a terminal can do and where a person
// keeps state. A process sees them if it is handed the terminal.
var ofTerminal = []string{"TERM", "NO_COLOR", "XDG_STATE_HOME"}

// Process describes a process to be kept alive.
type Process struct {
	// Name is unique in the Supervisor.
	Name string
	// Command is the program and its arguments. A program without a slash is looked
	// up in the PATH of the process; one with a slash is relative to Dir.
	Command []string
	// Dir is the working directory. Empty: that of the bot.
	Dir string
	// Env holds NAME=VALUE pairs that are added to the base (PATH, HOME, LANG, TZ,
	// USER, TMPDIR). Names that begin with OCO_ are refused.
	Env []string
	// User is the name of the user of this machine as which it runs, which only root
	// can have; empty: as the bot.
	User string
	// Endpoint is the address that the process dials. Empty: it is told none.
	Endpoint string
	// URL is that of the bot's HTTP port. Empty: it has none.
	URL string
	// Plugins are the names of the plugins in it, whose lines are logged under their
	// names if they say them. Empty: one, that is called like the process.
	Plugins []string
	// Limits bound what the process may take. They need Options.Launcher.
	Limits Limits
	// KeyLines is called at every launch and returns one line `PLUGIN KEY` for each
	// plugin in the process. The lines go into a pipe that the process inherits.
	// The function revoke is called once, when the launch has ended or has failed.
	// An error is treated as a failed start. It may block only briefly.
	// Nil: the process gets no keys.
	KeyLines func() (lines []string, revoke func(), err error)
	// Terminal hands the bot's own terminal to the process, as extra descriptors,
	// with the variables TERM, NO_COLOR and XDG_STATE_HOME.
	Terminal *Stdio
}

// Stdio are three open files that stand for a terminal. The Supervisor does not close
// them.
type Stdio struct {
	In, Out, Err *os.File
	// Name is that of the bot whose terminal it is. Empty: the process is told none.
	Name string
}

func (p Process) validate() error {
	if p.Name == "" {
		return errors.New("a process needs a name")
	}
	if len(p.Command) == 0 || p.Command[0] == "" {
		return fmt.Errorf("process %s: no command is given", p.Name)
	}
	for _, arg := range p.Command {
		if strings.IndexByte(arg, 0) >= 0 {
			return fmt.Errorf("process %s: an argument of its command contains a NUL byte", p.Name)
		}
	}
	for _, pair := range p.Env {
		name, _, ok := strings.Cut(pair, "=")
		switch {
		case !ok || name == "":
			return fmt.Errorf("process %s: the environment wants NAME=VALUE", p.Name)
		case strings.HasPrefix(name, "OCO_"):
			return fmt.Errorf("process %s: the variable %s is set by the bot and cannot be given", p.Name, name)
		case strings.IndexByte(pair, 0) >= 0:
			return fmt.Errorf("process %s: the variable %s contains a NUL byte", p.Name, name)
		}
	}
	if t := p.Terminal; t != nil && (t.In == nil || t.Out == nil || t.Err == nil) {
		return fmt.Errorf("process %s: a terminal needs all of its three files", p.Name)
	}
	return nil
}

// user is as whom it runs; nil: as the bot.
func (p Process) user() (*User, error) {
	if p.User == "" {
		return nil, nil
	}
	return LookupUser(p.User)
}

// Base is what a process sees of the environment of the bot: PATH, HOME, LANG, TZ, USER
// and TMPDIR, as far as they are set.
func Base(lookup func(string) (string, bool)) []string { return known(inherited, lookup) }

func known(names []string, lookup func(string) (string, bool)) []string {
	var env []string
	for _, name := range names {
		if value, ok := lookup(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// environment returns the base and the given pairs; a later pair wins.
func (p Process) environment(lookup func(string) (string, bool)) []string {
	env := Base(lookup)
	if p.Terminal != nil {
		env = append(env, known(ofTerminal, lookup)...)
	}
	env = append(env, p.Env...)
	if p.Endpoint != "" {
		env = append(env, EnvEndpoint+"="+p.Endpoint)
	}
	if p.URL != "" {
		env = append(env, EnvURL+"="+p.URL)
	}
	return env
}
