package exec

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/openchatops/oco/internal/nearest"
	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/supervise"
)

const (
	// maxTimeout leaves room below the longest max_run of a route.
	maxTimeout = 23 * time.Hour
	// slack is for what is said when it has ended.
	slack = 10 * time.Second
	// maxText is less than what a message may hold, for what is said beside the output.
	maxText = 60 << 10
	// maxLines is beyond what anybody reads in a chat.
	maxLines = 2000
)

// killAfter is how long a program that was asked to end may take.
var killAfter = 5 * time.Second

// A program is a command that can be run.
type program struct {
	*command
	path      string
	killAfter time.Duration
	dir       string
	env       []string
	user      *supervise.User
	items     []item
	arguments []placeholder
}

// A placeholder is an argument of the pattern, as programs get it.
type placeholder struct {
	pattern.Spec
	// spelling is the first one of a flag without a value; empty otherwise.
	spelling string
	match    *regexp.Regexp
	// unchecked: see argument.
	unchecked bool
}

// compile finds everything that is wrong with a command. It starts nothing.
func (c *command) compile() (p *program, name string, err error) {
	var wrong problems
	p = &program{command: c, killAfter: killAfter}
	compiled := p.pattern(&wrong)
	if compiled != nil {
		if name = cmp.Or(c.Name, compiled.Name()); name == "" {
			wrong.add("name", errors.New("the pattern begins with no word by which the command could be called: give it a `name`"))
		}
		p.template(&wrong)
	}
	for _, list := range []struct {
		key      string
		patterns []string
	}{{"aliases", c.Aliases}, {"deprecated", c.Deprecated}} {
		for i, text := range list.patterns {
			_, err := pattern.Compile(text, nil)
			wrong.add(fmt.Sprintf("%s[%d]", list.key, i), err)
		}
	}
	for _, list := range []struct {
		key   string
		texts []string
	}{{"allow", c.Allow}, {"examples", c.Examples}} {
		for i, text := range list.texts {
			if text == "" {
				wrong.add(fmt.Sprintf("%s[%d]", list.key, i), errors.New("it is empty"))
			}
		}
	}
	p.place(&wrong)
	for key, bound := range map[string]struct{ is, least, most int }{
		"max_output": {c.MaxOutput, 256, maxText}, "max_lines": {c.MaxLines, 1, maxLines},
	} {
		if bound.is < bound.least || bound.is > bound.most {
			wrong.add(key, fmt.Errorf("it must be %d to %d", bound.least, bound.most))
		}
	}
	if c.Timeout < time.Second/10 || c.Timeout > maxTimeout {
		wrong.add("timeout", errors.New("it must be 100ms to 23h"))
	}
	for code, text := range c.Exit {
		if path := fmt.Sprintf("exit.%d", code); code < 1 || code > 255 {
			wrong.add(path, errors.New("an exit code that can be explained is 1 to 255"))
		} else if len(text) > maxReason {
			wrong.add(path, fmt.Errorf("it has %d bytes, at most %d are said", len(text), maxReason))
		}
	}
	return p, name, wrong.err()
}

// pattern compiles the pattern with what is said of its arguments; nil if it cannot.
func (p *program) pattern(wrong *problems) *pattern.Command {
	var specs []pattern.Spec
	for _, name := range slices.Sorted(maps.Keys(p.Arguments)) {
		a := p.Arguments[name]
		specs = append(specs, pattern.Spec{Name: name, Help: a.Help, Choices: a.Choices, Sensitive: a.Sensitive})
	}
	plain, err := pattern.Compile(p.Command, nil)
	if err != nil {
		wrong.add("command", err)
		return nil
	}
	known := map[string]bool{}
	var names []string
	for _, spec := range plain.Arguments() {
		known[spec.Name] = true
		names = append(names, spec.Name)
	}
	stranger := false
	for _, spec := range specs {
		if !known[spec.Name] {
			wrong.add("arguments."+spec.Name, fmt.Errorf("the pattern has no `%s`%s", spec.Name, nearest.DidYouMean(spec.Name, names)))
			stranger = true
		}
	}
	if stranger {
		return nil
	}
	compiled, err := pattern.Compile(p.Command, specs)
	if err != nil {
		wrong.add("arguments", err)
		return nil
	}
	spellings := map[string]string{}
	flags(compiled.Parts(), spellings)
	for _, spec := range compiled.Arguments() {
		a := p.Arguments[spec.Name]
		one := placeholder{Spec: spec, spelling: spellings[spec.Name], unchecked: a.Unchecked}
		if a.Match != "" {
			if one.match, err = regexp.Compile(`\A(?:` + a.Match + `)\z`); err != nil {
				wrong.add("arguments."+spec.Name+".match", fmt.Errorf("it is no regular expression: %w", err))
			}
			if spec.Type == pattern.TypeFile || spec.Type == pattern.TypeFlag {
				wrong.add("arguments."+spec.Name+".match", fmt.Errorf("a %s has no text that could match", spec.Type))
			}
		}
		p.arguments = append(p.arguments, one)
	}
	return compiled
}

// flags finds the flags without a value, by the names of their arguments.
func flags(parts []pattern.Part, spellings map[string]string) {
	for _, part := range parts {
		if part.Kind == pattern.PartFlag && !part.Valued {
			spellings[part.Argument] = part.Spellings[0]
		}
		for _, branch := range part.Branches {
			flags(branch, spellings)
		}
	}
}

// template reads the arguments of the program.
func (p *program) template(wrong *problems) {
	if len(p.Run) == 0 || p.Run[0] == "" {
		wrong.add("run", errors.New("it names no program: write [PROGRAM, ARGUMENT, …]"))
		return
	}
	for i, text := range p.Run {
		made, err := p.item(text)
		switch {
		case err != nil:
		case i == 0 && !made.fixed():
			err = errors.New("the program is not for people in chat to choose: write it out")
		case i > 0:
			err = made.loses(p.items[i-1])
		}
		wrong.add(fmt.Sprintf("run[%d]", i), err)
		p.items = append(p.items, made)
	}
	p.scripts(wrong)
	for i, m := range p.items {
		if len(m) > 0 && m[0].argument != nil {
			m[0].setter = p.setter(i)
		}
	}
	if p.Stdin == "json" || len(*wrong) > 0 {
		return
	}
	for _, a := range p.arguments {
		if !slices.ContainsFunc(p.items, func(m item) bool { return m.names(a.Name) }) {
			wrong.add("run", fmt.Errorf("the program does not get `%s`: use `{%s}`, or `stdin: json`, which holds all arguments", a.Name, a.Name))
		}
	}
}

// place finds the directory, the user, the environment and the program.
func (p *program) place(wrong *problems) {
	var err error
	if p.dir, err = filepath.Abs(p.Dir); err == nil {
		err = directory(p.dir)
	}
	if err != nil {
		wrong.add("dir", fmt.Errorf("the program cannot run there: %w", err))
	}
	if p.User != "" {
		var unknown error
		p.user, unknown = supervise.LookupUser(p.User)
		wrong.add("user", unknown)
	}
	p.env = p.environment(wrong)
	if len(p.Run) == 0 || p.Run[0] == "" || err != nil || strings.Contains(p.Run[0], "{") {
		return // said already, or cannot be known
	}
	p.path, err = supervise.Find(p.Run[0], p.dir, p.env)
	wrong.add("run[0]", err)
}

func directory(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is no directory", path)
	}
	return nil
}
