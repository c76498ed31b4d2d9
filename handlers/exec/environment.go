package exec

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// usual are the variables that a program sees unless the operator lists others.
var usual = []string{"PATH", "LANG", "TZ", "HOME"}

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// environment is the whole environment of the program: variables of this process that
// are listed by their names, and those that the operator gives a value. Who runs as
// another user is at home there, unless the operator says otherwise.
func (p *program) environment(wrong *problems) []string {
	listed := p.Env
	if listed == nil {
		listed = usual
	}
	var passed, given []string
	seen := map[string]bool{}
	for i, one := range listed {
		name, _, valued := strings.Cut(one, "=")
		at := fmt.Sprintf("env[%d]", i)
		switch {
		case !variable.MatchString(name):
			wrong.add(at, errors.New("it is no variable: write NAME for one of the handler's own, or NAME=VALUE"))
			continue
		case strings.HasPrefix(name, "OCO_"):
			wrong.add(at, fmt.Errorf("`%s` is the bot's: no program is given what begins with OCO_", name))
			continue
		case strings.IndexByte(one, 0) >= 0:
			wrong.add(at, fmt.Errorf("`%s` contains a NUL byte", name))
			continue
		case seen[name]:
			wrong.add(at, fmt.Errorf("`%s` is there already", name))
			continue
		}
		seen[name] = true
		if valued {
			given = append(given, one)
		} else if value, ok := os.LookupEnv(name); ok {
			passed = append(passed, name+"="+value)
		}
	}
	return append(append(passed, p.user.Env()...), given...)
}
