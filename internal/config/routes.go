package config

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Bounds of what the operator calls a command besides.
const (
	maxAliases = 32
	maxAlias   = 512
)

func (r *reader) routes(path string, n ast.Node) map[RouteKey]Route {
	routes := map[RouteKey]Route{}
	r.mapping(path, n, func(p, key string, at place, n ast.Node) {
		handler, name, ok := strings.Cut(key, ":")
		if !ok || handler == "" || name == "" {
			r.wrongAt(at, "`%s` is no route: write \"handler:route name\"", quoteShort(key))
			return
		}
		var route Route
		r.fields(p, n, map[string]field{
			"allow": {"The groups that may use the route, in place of those that the handler declares. `[]` is everyone, or nobody if the route is marked danger.", "", func(p string, n ast.Node) {
				route.Allow = []string{}
				r.list(p, n, "a list of groups", func(p string, n ast.Node) {
					if text, ok := r.text(p, n); ok {
						route.Allow = append(route.Allow, text)
					} else {
						route.Allow = append(route.Allow, "")
					}
				})
			}},
			"aliases": {"Patterns that take the command besides its own, with the same placeholders: `d {app}` for `deploy {app}`. They come before all that handlers declare.", "",
				func(p string, n ast.Node) { route.Aliases = r.patterns(p, n) }},
			"hidden":   {"Whether nobody is shown the route: not in help, suggestions and completion. Who knows it may use it as before.", "", func(p string, n ast.Node) { route.Hidden, _ = r.flag(p, n) }},
			"disabled": {"Whether the route takes nothing.", "", func(p string, n ast.Node) { route.Disabled, _ = r.flag(p, n) }},
		})
		routes[RouteKey{handler, name}] = route
	})
	return routes
}

// patterns reads what else takes a command. What they must be, only the command tells that they are of.
func (r *reader) patterns(path string, n ast.Node) []string {
	var aliases []string
	read := r.list(path, n, "a list of patterns", func(p string, n ast.Node) {
		text, ok := r.text(p, n)
		switch {
		case !ok:
		case strings.TrimSpace(text) == "" || len(text) > maxAlias:
			r.wrong(p, "`%s` wants a pattern of at most %d bytes, such as `d {app}`", p, maxAlias)
		case slices.Contains(aliases, text):
			r.wrong(p, "`%s` stands in this list already", r.show(p, text))
		default:
			aliases = append(aliases, text)
		}
	})
	if read && len(aliases) > maxAliases {
		r.wrong(path, "`%s` has %d patterns, at most %d are allowed", path, len(aliases), maxAliases)
	}
	return aliases
}

// listening reads the rooms in which a command needs no address.
func (r *reader) listening(path string, n ast.Node) []string {
	var rooms []string
	r.list(path, n, "a list of rooms", func(p string, n ast.Node) {
		text, ok := r.text(p, n)
		if ok && slices.Contains(rooms, text) {
			r.wrong(p, "`%s` stands in this list already", r.show(p, text))
			ok = false
		}
		if !ok {
			text = "" // so that the places of the others stay
		}
		rooms = append(rooms, text)
	})
	return rooms
}

// acrossRoutes holds the rules for routes to the handlers and groups that there are.
// handlers is nil if they are not known.
func (r *reader) acrossRoutes(c *Config, handlers, groups []string) {
	for key, route := range c.Routes {
		path := join("routes", key.String())
		if handlers != nil && !slices.Contains(handlers, key.Handler) {
			r.wrongAt(r.keys[path], "unknown handler `%s`%s", quoteShort(key.Handler), didYouMean(key.Handler, handlers))
		}
		for i, group := range route.Allow {
			if path := path + ".allow[" + strconv.Itoa(i) + "]"; group != "" && !slices.Contains(groups, group) {
				r.wrong(path, "unknown group `%s`%s", r.show(path, group), didYouMean(group, groups))
			}
		}
	}
}

// acrossRooms holds the rooms in which the bot listens to those that have a name.
func (r *reader) acrossRooms(c *Config) {
	names := slices.Sorted(maps.Keys(c.Rooms))
	for i, room := range c.Listening {
		path := "listening[" + strconv.Itoa(i) + "]"
		_, bad := r.keys[join("rooms", room)] // it has a name, and what it names is refused already
		switch {
		case room == "" || bad || strings.HasPrefix(room, "room:") && idPattern.MatchString(room):
		default:
			r.wrong(path, "unknown room `%s`: write the id of a room or a name under `rooms`%s", r.show(path, room), didYouMean(room, names))
		}
	}
	c.Listening = slices.DeleteFunc(c.Listening, func(room string) bool { return room == "" })
}
