package exec

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/pattern"
)

// A language says how a program takes a script among its arguments. What a person says
// is no value there any more, but a part of a program.
type language struct {
	// inline are the letters of options behind which a script stands, and long are
	// options of several letters.
	inline string
	long   []string
	// file are the letters of options that name where the script is, valued those of
	// others that take the next item, as longValued do, and attached those whose value
	// stands behind the letter.
	file, valued, attached string
	longValued             []string
	// later: the script is not the next item, but the first that is no option.
	later bool
	// first: the first item that is no option is the script, if no option had one.
	first bool
	// anywhere: options may stand behind other items.
	anywhere bool
	// remote: all behind the first item that is no option is one script.
	remote bool
	// reads: without a script it reads one on its standard input.
	reads bool
	// instead says how a value gets there.
	instead string
}

var (
	shell = language{inline: "c", valued: "oO", longValued: []string{"--rcfile", "--init-file"}, later: true, reads: true, instead: `write "$1" there, and behind the script the items "sh" and %s`}
	asked = language{inline: "c", valued: "sgGu", anywhere: true, reads: true, instead: `let it run a script that is a file, and give that %s`}
	// languages are known by the names of their programs, without a version.
	languages = map[string]language{
		"sh": shell, "bash": shell, "dash": shell, "ash": shell, "zsh": shell, "ksh": shell, "mksh": shell, "rbash": shell,
		"fish": {inline: "cC", reads: true, instead: `write $argv[1] there, and behind the script the item %s`},
		"su":   asked, "runuser": asked,
		"python": {inline: "c", file: "m", valued: "WX", reads: true, instead: `write sys.argv[1] there, and behind the script the item %s`},
		"perl":   {inline: "eE", valued: "I", attached: "MmiFxCD", reads: true, instead: `write $ARGV[0] there, and behind the script the items "--" and %s`},
		"ruby":   {inline: "e", valued: "rIE", attached: "iFKTWx", reads: true, instead: `write ARGV[0] there, and behind the script the items "--" and %s`},
		"node":   {inline: "ep", long: []string{"--eval", "--print"}, valued: "rC", longValued: []string{"--require", "--import"}, reads: true, instead: `write process.argv[1] there, and behind the script the items "--" and %s`},
		"php":    {inline: "rBRE", file: "f", valued: "dcz", reads: true, instead: `write $argv[1] there, and behind the script the items "--" and %s`},
		"lua":    {inline: "e", valued: "l", reads: true, instead: `let it run a script that is a file, and give that %s`},
		"awk":    {file: "f", valued: "vF", first: true, instead: `write the name of a variable there, and before the script the items "-v" and "NAME=%s"`},
		"sed":    {inline: "e", long: []string{"--expression"}, file: "f", valued: "l", attached: "i", first: true, instead: `let another program do it, which takes %s for a value`},
		"ssh":    {valued: "BbcDEeFIiJLlmOopQRSWw", remote: true, reads: true, instead: `use "stdin: json", for %s is read by a shell on the other machine`},
	}
	aliases = map[string]string{"pypy": "python", "nodejs": "node", "gawk": "awk", "mawk": "awk", "nawk": "awk", "gsed": "sed", "luajit": "lua"}
	// runners start another program, whose arguments are behind it.
	runners = strings.Fields("env sudo doas nice ionice chrt taskset timeout nohup setsid stdbuf time flock unshare nsenter chroot setpriv " +
		"su runuser xargs find strace systemd-run busybox docker podman kubectl oc ssh bwrap firejail tini dumb-init")
	// setters take NAME=VALUE for a variable wherever it stands; openers only before the
	// program that they start.
	setters = map[string]bool{"make": true, "gmake": true, "bmake": true, "dd": true}
	openers = map[string]bool{"env": true, "sudo": true, "doas": true}
)

// called is the name of the program that an item is, without its directory and version.
func called(m item) string {
	if !m.fixed() {
		return ""
	}
	name := strings.TrimSuffix(filepath.Base(m.text()), ".exe")
	if plain := strings.TrimRight(name, "0123456789.-"); plain != "" {
		name = plain
	}
	if other := aliases[name]; other != "" {
		return other
	}
	return name
}

// begin is the text with which an item begins, whatever is said.
func (m item) begin() string {
	if len(m) == 0 {
		return ""
	}
	if m[0].argument != nil {
		return m[0].instead
	}
	return m[0].text
}

// free is the first argument in an item whose text is up to who says it.
func (m item) free() *placeholder {
	for _, one := range m {
		if a := one.argument; a != nil && one.instead == "" && a.free() {
			return a
		}
	}
	return nil
}

// free says whether a value can be any text.
func (a *placeholder) free() bool {
	switch a.Type {
	case pattern.TypeInteger, pattern.TypeNumber, pattern.TypeFlag, pattern.TypeDuration, pattern.TypeTime:
		return false
	}
	return len(a.Choices) == 0 && !a.unchecked
}

// programs are the items that are programs as far as one can know: the first, and any
// that is known behind one that starts others.
func (p *program) programs() (all []int) {
	for i, m := range p.items {
		if i == 0 || p.runs() && m.fixed() {
			all = append(all, i)
		}
	}
	return all
}

// runs says whether the program is one that starts another.
func (p *program) runs() bool {
	return len(p.items) > 0 && slices.Contains(runners, called(p.items[0]))
}

// scripts finds arguments that would be a part of a script, and input that would be
// one.
func (p *program) scripts(wrong *problems) {
	told := map[int]bool{}
	for _, i := range p.programs() {
		name := called(p.items[i])
		lang, known := languages[name]
		if !known {
			continue
		}
		found, bare := lang.scripts(p.items[i+1:])
		for _, at := range found {
			at += i + 1
			a := p.items[at].free()
			if a == nil || told[at] {
				continue
			}
			told[at] = true
			wrong.add(fmt.Sprintf("run[%d]", at), fmt.Errorf("`%s` would be a part of a script, and `%s` would run what anybody says: %s; or say `unchecked: true` of an argument whose `match` lets nothing harmful through",
				a.Name, name, fmt.Sprintf(lang.instead, `"`+a.placed()+`"`)))
		}
		if bare && lang.reads && p.Stdin == "json" {
			wrong.add("stdin", fmt.Errorf("`%s` without a script would run what it reads, and that holds what anybody says: give it a script that reads the JSON", name))
		}
	}
}

// placed is how the argument is written in run.
func (a *placeholder) placed() string {
	if a.List {
		return "{" + a.Name + "*}"
	}
	return "{" + a.Name + "}"
}

// What an option of a language has behind it.
const (
	nothing = iota
	aScript
	aFile
	aValue
	scriptWithin // in the same item
)

// scripts are the items that are a script or a part of one. bare says that there is
// none, in them or in a file.
func (l *language) scripts(items []item) (found []int, bare bool) {
	next, ended, given, host := nothing, false, false, false
	for i, m := range items {
		word := m.begin()
		if next != nothing {
			if next == aScript {
				found = append(found, i)
			}
			next = nothing
			continue
		}
		switch {
		case ended || word == "" || word[0] != '-':
		case word == "--":
			ended = true
			continue
		case word == "-":
			return found, !given
		default:
			if l.later && !given && word[1] != '-' && strings.Contains(word, "s") {
				return found, true // it reads its script, with arguments
			}
			given = given || l.later && word[1] != '-' && strings.ContainsAny(word, l.inline)
			next = l.option(word, len(m) == 1 && (m.fixed() || m[0].instead != ""))
			given = given || next == aScript || next == aFile || next == scriptWithin
			if next == scriptWithin {
				found = append(found, i)
			}
			if next == scriptWithin {
				next = nothing
			}
			continue
		}
		switch {
		case l.remote && host:
			found, given = append(found, i), true
		case l.remote:
			host = true
		case l.later && given, l.first && !given:
			return append(found, i), false
		case !l.anywhere:
			return found, false // a script in a file, or what the script is given
		}
	}
	return found, !given
}

// option says what an option has behind it; whole: the item is nothing else.
func (l *language) option(word string, whole bool) int {
	if strings.HasPrefix(word, "--") {
		for _, option := range l.long {
			if word == option && whole {
				return aScript
			} else if strings.HasPrefix(word, option+"=") {
				return scriptWithin
			}
		}
		if whole && slices.Contains(l.longValued, word) {
			return aValue
		}
		return nothing
	}
	letters, inline := word[1:], l.inline
	if l.later {
		inline = ""
	}
	for i, letter := range letters {
		last := whole && i == len(letters)-1
		switch {
		case strings.ContainsRune(inline, letter) && last:
			return aScript
		case strings.ContainsRune(inline, letter):
			return scriptWithin
		case strings.ContainsRune(l.file, letter) && last:
			return aFile
		case strings.ContainsRune(l.valued, letter) && last:
			return aValue
		case strings.ContainsRune(l.file+l.valued+l.attached, letter):
			return nothing
		}
	}
	return nothing
}

// setter is the program that would take NAME=VALUE at this place for a variable; empty:
// none.
func (p *program) setter(at int) string {
	for _, i := range p.programs() {
		if i >= at {
			break
		}
		name := called(p.items[i])
		if setters[name] {
			return name
		}
		if openers[name] && p.opens(i+1, at) {
			return name
		}
	}
	return ""
}

// opens says whether nothing in between can be the program that is started.
func (p *program) opens(from, to int) bool {
	for _, m := range p.items[from:to] {
		if word := m.begin(); m.fixed() && !strings.HasPrefix(word, "-") && !strings.Contains(word, "=") {
			return false
		}
	}
	return true
}
