package config

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
)

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// nameRule says what namePattern matches.
const nameRule = "a name of at most 32 characters `a-z`, `0-9` and `-` that begins with a letter"

// adapter reads the one adapter.
func (r *reader) adapter(path string, n ast.Node) Plugin {
	switch v := n.(type) {
	case nil, *ast.NullNode:
		r.wrong(path, "no adapter is selected: exactly one is needed, such as `adapter: {name: terminal}`")
		return Plugin{}
	case *ast.SequenceNode:
		r.wrong(path, "%d adapters are selected, but a bot has exactly one: write one mapping, such as `adapter: {name: terminal}`", len(v.Values))
		return Plugin{}
	}
	return r.plugin(path, n, false)
}

func (r *reader) handlers(path string, n ast.Node) []Plugin {
	all := []Plugin{}
	if !r.list(path, n, "a list of handlers (`- name: core` lines)", func(p string, n ast.Node) {
		// A handler that is wrong keeps its place: paths count the items of the file.
		all = append(all, r.plugin(p, n, true))
	}) {
		return nil
	}
	return all
}

// plugin reads the adapter or a handler.
func (r *reader) plugin(path string, n ast.Node, handler bool) Plugin {
	var p Plugin
	dir := ""
	known := map[string]field{
		"name": {"Its name, unique among all plugins: at most 32 characters `a-z`, `0-9` and `-`, a letter first.", "",
			func(q string, n ast.Node) { r.name(q, n, &p.Name) }},
		"plugin": {"The bundled plugin to run: of adapters irc and terminal, of handlers core and [exec](howto-exec.md). Without it, without `command` and without `remote`: the one that has its name.", "",
			func(q string, n ast.Node) { r.name(q, n, &p.Plugin) }},
		"command": {"A program of one's own and its arguments. One without a slash is looked up in the PATH.", "",
			func(q string, n ast.Node) { p.Command = r.command(q, n) }},
		"dir": {"The working directory of its process. Without it: that of the file.", "",
			func(q string, n ast.Node) { r.path(q, n, &dir) }},
		"user": {"The user of this machine as which its process runs. Only a bot that runs as root can have it. Without it: the bot's.", "",
			func(q string, n ast.Node) { r.userName(q, n, &p.User) }},
		"env": {"Variables to add to the environment of its process. Names that begin with `OCO_` are the bot's.", "",
			func(q string, n ast.Node) { p.Env = r.environment(q, n) }},
		"settings": {"What it is told, of the shape that it declares. Secrets belong here: `${file:token}`.", "",
			func(q string, n ast.Node) { p.Settings = r.settings(q, n) }},
		"log_level": {"The least important level that is logged of what it says, and of what is said of it. Without it: `log.level`.", "",
			func(q string, n ast.Node) { r.level(q, n, &p.LogLevel) }},
		"limits": {"What its process may take of the machine, on Linux. What cannot be enforced is refused.", "",
			func(q string, n ast.Node) { r.processLimits(q, n, &p.Limits) }},
		"remote": {"Whether it runs elsewhere and dials `listen.grpc`: the bot does not start it.", "",
			func(q string, n ast.Node) { p.Remote, _ = r.flag(q, n) }},
	}
	known["store_keys"] = field{"Keys that it may keep in the store. Without it: `limits.store_keys`.", "", r.wholeInto(&p.StoreKeys, 1, maxStoreKeys)}
	known["store_bytes"] = field{"The size of the keys and values that it may keep in the store. Without it: `limits.store_bytes`.", "", r.sizeInto(&p.StoreBytes, minStoreBytes, maxStoreBytes)}
	if handler {
		known["separate"] = field{"Whether a bundled handler has a process of its own.", "",
			func(q string, n ast.Node) { p.Separate, _ = r.flag(q, n) }}
		known["scopes"] = field{"What it may do beside answering in the room of a message. Without it: nothing more, except for bundled handlers.", "",
			func(q string, n ast.Node) { p.Scopes = r.scopes(q, n) }}
		known["paused"] = field{"Whether it starts paused.", "",
			func(q string, n ast.Node) { p.Paused, _ = r.flag(q, n) }}
		known["manifest"] = field{"A file with its manifest as JSON, such as `--manifest` prints it: the bot registers it, and the program only pulls and completes.", "",
			func(q string, n ast.Node) { r.path(q, n, &p.Manifest) }}
		known["max_in_flight"] = field{"Callbacks that it runs at once. Without it: `limits.max_in_flight`.", "",
			func(q string, n ast.Node) {
				if v, ok := r.whole(q, n, 1, MaxInFlight); ok {
					p.MaxInFlight = int(v)
				}
			}}
	}
	if !r.fields(path, n, known) {
		return p
	}
	_, commandSeen := r.at[path+".command"]
	if p.Name == "" {
		if _, seen := r.at[path+".name"]; !seen {
			if p.Plugin == "" || commandSeen {
				r.wrong(path, "`%s` has no name: write `name: …`, %s", path, nameRule)
			}
			p.Name = p.Plugin
		}
	}
	r.exclusive(path, p, handler, commandSeen)
	if p.Dir = r.dir; dir != "" {
		p.Dir = dir
	}
	if p.Plugin == "" && !commandSeen && !p.Remote {
		p.Plugin = p.Name
	}
	return p
}

// exclusive refuses keys that say nothing beside each other.
func (r *reader) exclusive(path string, p Plugin, handler, commandSeen bool) {
	seen := func(key string) bool { _, ok := r.at[path+"."+key]; return ok }
	if seen("manifest") && seen("settings") {
		r.wrong(path+".settings", "a program that does not register is not told its settings: give it `env`, or take `manifest` out")
	}
	if p.Remote {
		for _, key := range []string{"plugin", "command", "dir", "user", "env", "separate", "limits"} {
			if seen(key) {
				r.wrong(path+"."+key, "`%s` has no meaning beside `remote: true`: the bot does not start what runs elsewhere", key)
			}
		}
		return
	}
	if commandSeen && seen("plugin") {
		r.wrong(path+".plugin", "`plugin` names a bundled plugin and `command` a program: give one of them")
	}
	if handler && !commandSeen && seen("manifest") {
		r.wrong(path+".manifest", "bundled handlers register by themselves, so `manifest` has no meaning beside one")
	}
	if handler && !commandSeen && !p.Separate {
		for _, key := range []string{"dir", "user", "env", "limits"} {
			if seen(key) {
				r.wrong(path+"."+key, "bundled handlers share a process, so `%s` needs `separate: true` beside it", key)
			}
		}
	}
}

var userPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,31}$`)

// userName reads the name of a user of this machine.
func (r *reader) userName(path string, n ast.Node, to *string) {
	text, ok := r.text(path, n)
	if !ok {
		return
	}
	if !userPattern.MatchString(text) {
		r.wrong(path, "`%s` wants the name of a user of this machine, not `%s`", path, r.show(path, text))
		return
	}
	*to = text
}

func (r *reader) name(path string, n ast.Node, to *string) {
	text, ok := r.text(path, n)
	if !ok {
		return
	}
	if !namePattern.MatchString(text) {
		r.wrong(path, "`%s` wants %s, not `%s`", path, nameRule, r.show(path, text))
		return
	}
	*to = text
}

// command reads a program and its arguments. A program with a slash becomes absolute.
func (r *reader) command(path string, n ast.Node) []string {
	command := []string{}
	if !r.list(path, n, "a list: the program and its arguments, such as [python3, handler.py]", func(p string, n ast.Node) {
		text, ok := r.text(p, n)
		if ok && strings.ContainsRune(text, 0) {
			r.wrong(p, "`%s` contains a NUL byte", p)
		}
		command = append(command, text)
	}) {
		return nil
	}
	if len(command) == 0 || command[0] == "" {
		r.wrong(path, "`%s` names no program", path)
		return nil
	}
	if strings.ContainsRune(command[0], filepath.Separator) {
		command[0] = r.absolute(command[0])
	}
	return command
}

var envPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (r *reader) environment(path string, n ast.Node) map[string]string {
	env := map[string]string{}
	r.mapping(path, n, func(p, key string, at place, n ast.Node) {
		text, ok := r.text(p, n)
		switch {
		case !envPattern.MatchString(key):
			r.wrongAt(at, "`%s` cannot be the name of an environment variable", quoteShort(key))
		case strings.HasPrefix(key, "OCO_"):
			r.wrongAt(at, "the variable `%s` is set by the bot: names that begin with OCO_ cannot be given", quoteShort(key))
		case ok && strings.ContainsRune(text, 0):
			r.wrong(p, "`%s` contains a NUL byte", p)
		case ok:
			env[key] = text
		}
	})
	return env
}

// scopes reads the granted scopes. Which there are is not known here.
func (r *reader) scopes(path string, n ast.Node) []string {
	scopes := []string{}
	r.list(path, n, "a list of scopes", func(p string, n ast.Node) {
		text, ok := r.text(p, n)
		if ok && (text == "" || len(text) > 128 || strings.ContainsFunc(text, func(c rune) bool { return unicode.IsSpace(c) || !unicode.IsPrint(c) })) {
			r.wrong(p, "`%s` cannot be a scope", r.show(p, text))
			ok = false
		}
		if ok {
			scopes = append(scopes, text)
		}
	})
	return scopes
}

// uniqueNames refuses a name that two plugins have.
func (r *reader) uniqueNames(c *Config) {
	seen := map[string]string{}
	if c.Adapter.Name != "" {
		seen[c.Adapter.Name] = "the adapter"
	}
	for i, h := range c.Handlers {
		path := "handlers[" + strconv.Itoa(i) + "]"
		if first, twice := seen[h.Name]; twice && h.Name != "" {
			at := path
			if _, ok := r.at[path+".name"]; ok {
				at = path + ".name"
			}
			r.wrong(at, "the name `%s` is taken by %s already", h.Name, first)
			continue
		}
		seen[h.Name] = "`" + path + "`"
	}
}
