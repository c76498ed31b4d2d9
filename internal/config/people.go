package config

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
)

// idPattern is the alphabet of all ids of the bot.
var idPattern = regexp.MustCompile(`^[A-Za-z0-9._~:/-]{1,128}$`)

// id reads an id of the given kind.
func (r *reader) id(path string, n ast.Node, kind, example, advice string) (string, bool) {
	if r.schema.is(path, "id of a %s, such as `%s`", kind, example) {
		return "", false
	}
	text, ok := r.text(path, n)
	if ok && (!idPattern.MatchString(text) || !strings.HasPrefix(text, kind+":")) {
		r.wrong(path, "`%s` is no id of a %s: such ids look like `%s`; %s", r.show(path, text), kind, example, advice)
		ok = false
	}
	return text, ok
}

// users reads a list of user ids.
func (r *reader) users(path string, n ast.Node) []string {
	ids := []string{}
	r.list(path, n, "a list of user ids", func(p string, n ast.Node) {
		id, ok := r.id(p, n, "user", "user:1:alice", "`whoami` in the chat shows one's own")
		if ok && slices.Contains(ids, id) {
			r.wrong(p, "`%s` stands in this list already", r.show(p, id))
			ok = false
		}
		if ok {
			ids = append(ids, id)
		}
	})
	return ids
}

func (r *reader) groups(path string, n ast.Node) map[string][]string {
	groups := map[string][]string{}
	r.mapping(path, n, func(p, name string, at place, n ast.Node) {
		if name == OperatorsGroup {
			r.wrongAt(at, "the group `operators` cannot be defined here: its members stand under the key `operators`")
			return
		}
		if !namePattern.MatchString(name) {
			r.wrongAt(at, "a group wants %s, not `%s`", nameRule, quoteShort(name))
			return
		}
		groups[name] = r.users(p, n)
	})
	return groups
}

func (r *reader) rooms(path string, n ast.Node) map[string]string {
	rooms := map[string]string{}
	r.mapping(path, n, func(p, alias string, at place, n ast.Node) {
		if !namePattern.MatchString(alias) {
			r.wrongAt(at, "an alias of a room wants %s, not `%s`", nameRule, quoteShort(alias))
			return
		}
		if id, ok := r.id(p, n, "room", "room:1:ops", "`oco show` tells that of a room in which something was said"); ok {
			rooms[alias] = id
		}
	})
	return rooms
}

func (r *reader) operatorsRoom(path string, n ast.Node, to *string) {
	text, ok := r.text(path, n)
	if !ok {
		return
	}
	if text == "" || len(text) > 256 || strings.ContainsFunc(text, unicode.IsControl) ||
		strings.HasPrefix(text, "room:") && !idPattern.MatchString(text) {
		r.wrong(path, "`%s` wants the id, the alias or the name of a room, not `%s`", path, r.show(path, text))
		return
	}
	*to = text
}

// across checks what parts of the configuration say about each other.
func (r *reader) across(c *Config) {
	r.uniqueNames(c)
	names := map[string]bool{strings.ToLower(c.Name): true}
	for i, alias := range c.Aliases {
		if path := "aliases[" + strconv.Itoa(i) + "]"; names[strings.ToLower(alias)] {
			r.wrong(path, "the bot is called `%s` already", r.show(path, alias))
		}
		names[strings.ToLower(alias)] = true
	}
	handlers := []string{}
	nameless := c.Handlers == nil // or all of them: they could not be read
	for _, h := range c.Handlers {
		if h.Name == "" {
			nameless = true
			continue
		}
		handlers = append(handlers, h.Name)
	}
	groups := append(slices.Collect(maps.Keys(c.Groups)), OperatorsGroup)
	slices.Sort(groups)
	if nameless {
		handlers = nil
	}
	r.acrossRoutes(c, handlers, groups)
	r.acrossRooms(c)
}
