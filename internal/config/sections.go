package config

import (
	"strings"
	"time"
	"unicode"

	"github.com/goccy/go-yaml/ast"

	"github.com/openchatops/oco/internal/chat"
)

// config reads the whole file.
func (r *reader) config(c *Config, root ast.Node) {
	r.at[""] = startOf(root)
	c.Data = r.absolute(c.Data)
	adapterSeen := false
	handlers := c.Handlers
	var file *reader
	ok := r.fields("", root, map[string]field{
		"name": {"The name with which people address the bot: one word of at most 64 bytes without `@` and `:`.", "oco",
			func(p string, n ast.Node) { r.botName(p, n, &c.Name) }},
		"aliases": {"Further names of the bot.", "",
			func(p string, n ast.Node) { c.Aliases = r.aliases(p, n) }},
		"prefix": {"What begins a message that is meant for the bot, beside its name: at most 8 bytes of punctuation such as `!`.", "",
			func(p string, n ast.Node) { r.prefix(p, n, &c.Prefix) }},
		"data": {"The directory of the bot's data. One bot, one directory.", "oco-data",
			func(p string, n ast.Node) { r.path(p, n, &c.Data) }},
		"listen": {"Where the bot listens, beside the sockets of its own plugins.", "",
			func(p string, n ast.Node) { r.listen(p, n, &c.Listen) }},
		"store": {"How data is stored.", "",
			func(p string, n ast.Node) { r.store(p, n, &c.Store) }},
		"adapter": {"The one adapter: it connects the bot to a chat service. Without it the bot refuses to run.", "",
			func(p string, n ast.Node) {
				adapterSeen = true
				c.Adapter = r.adapter(p, n)
			}},
		"handlers": {"The handlers. `[]` is none.", "[{name: core}]",
			func(p string, n ast.Node) { handlers = r.handlers(p, n) }},
		"groups": {"Groups of users, by their ids. Routes name groups; the group `operators` has a key of its own.", "",
			func(p string, n ast.Node) { c.Groups = r.groups(p, n) }},
		"operators": {"The ids of those who may do everything. Who says a code of `oco claim` to the bot joins them.", "",
			func(p string, n ast.Node) { c.Operators = r.users(p, n) }},
		"ignore": {"The ids of users of whom nothing triggers anything, not even an answer: other bots of which the chat service does not say that they are.", "",
			func(p string, n ast.Node) { c.Ignore = r.users(p, n) }},
		"operators_room": {"Where the operators read what went wrong: the id or an alias of a room, or what the chat service itself calls it, such as `#ops` on IRC and at the terminal.", "",
			func(p string, n ast.Node) { r.operatorsRoom(p, n, &c.OperatorsRoom) }},
		"rooms": {"Names of one's own for rooms, each with the id of a room, as `oco show` tells it of what was said there.", "",
			func(p string, n ast.Node) { c.Rooms = r.rooms(p, n) }},
		"listening": {"Rooms in which a command needs no address: their ids, or names under `rooms`. A message that no command takes whole is not for the bot there.", "",
			func(p string, n ast.Node) { c.Listening = r.listening(p, n) }},
		"routes": {"The operator's word on single routes. A key is \"handler:route name\".", "",
			func(p string, n ast.Node) { c.Routes = r.routes(p, n) }},
		"time_zone": {"The zone of times that people type, such as `tomorrow 9am`, where the chat service does not tell the zone of who types them: a name of the tz database such as `Europe/Berlin`. Without it, that of the machine.", "",
			func(p string, n ast.Node) { r.timeZone(p, n, &c.TimeZone) }},
		"texts": {"What the bot itself says, in other words: texts by their names, with their {placeholders}. `oco texts` prints all, with what each is for.", "",
			func(p string, n ast.Node) { c.Texts = r.texts(p, n) }},
		"texts_file": {"A file of such texts, for a language of one's own: the same as under `texts`, whose texts win over those of the file.", "",
			func(p string, n ast.Node) { c.TextsFile, file = r.textsFile(p, n) }},
		"log": {"What is logged and how.", "",
			func(p string, n ast.Node) { r.log(p, n, &c.Log) }},
		"limits": {"Bounds on what plugins may use, and on how long they may take.", "",
			func(p string, n ast.Node) { r.limits(p, n, &c.Limits) }},
		"retention": {"How long what has ended is kept. What is open is never touched.", "",
			func(p string, n ast.Node) { r.retention(p, n, &c.Retention) }},
	})
	if ok && !adapterSeen {
		r.wrongAt(place{1, 1}, "no adapter is selected: exactly one is needed, such as `adapter: {name: terminal}`")
	}
	r.terminal(c)
	c.Handlers = handlers
	c.Secrets = r.secrets
	r.across(c)
	r.acrossTexts(c, file)
}

// botName reads a name by which people call the bot.
func (r *reader) botName(path string, n ast.Node, to *string) {
	text, ok := r.text(path, n)
	if !ok {
		return
	}
	if text == "" || len(text) > 64 || strings.ContainsFunc(text, func(c rune) bool { return unicode.IsSpace(c) || !unicode.IsPrint(c) || c == '@' || c == ':' }) {
		r.wrong(path, "`%s` wants one word of at most 64 bytes without `@` and `:`, not `%s`", path, r.show(path, text))
		return
	}
	*to = text
}

func (r *reader) aliases(path string, n ast.Node) []string {
	var all []string
	r.list(path, n, "a list of names", func(p string, n ast.Node) {
		var name string
		if r.botName(p, n, &name); name != "" {
			all = append(all, name)
		}
	})
	return all
}

func (r *reader) prefix(path string, n ast.Node, to *string) {
	text, ok := r.text(path, n)
	if !ok {
		return
	}
	if len(text) > 8 || strings.ContainsFunc(text, func(c rune) bool {
		return unicode.IsSpace(c) || !unicode.IsPrint(c) || unicode.IsLetter(c) || unicode.IsDigit(c)
	}) {
		r.wrong(path, "`%s` wants at most 8 bytes of punctuation such as \"!\", not `%s`", path, r.show(path, text))
		return
	}
	*to = text
}

// timeZone reads the name of a zone that exists.
func (r *reader) timeZone(path string, n ast.Node, to *string) {
	text, ok := r.text(path, n)
	if !ok {
		return
	}
	if _, known := chat.Zone(text); !known {
		r.wrong(path, "`%s` wants the name of a time zone, such as `Europe/Berlin` or `UTC`, and there is none called `%s`", path, r.show(path, text))
		return
	}
	*to = text
}

func (r *reader) path(path string, n ast.Node, to *string) {
	text, ok := r.text(path, n)
	if !ok {
		return
	}
	if text == "" || strings.ContainsRune(text, 0) {
		r.wrong(path, "`%s` wants a path", path)
		return
	}
	*to = r.absolute(text)
}

func (r *reader) store(path string, n ast.Node, to *Store) {
	r.fields(path, n, map[string]field{
		"engine": {"The engine that stores.", "pebble", func(p string, n ast.Node) {
			if word, ok := r.choice(p, n, "pebble"); ok {
				to.Engine = word
			}
		}},
		"sync": {"Whether data is on disk before anything is acknowledged. `false` is for measurements only: a power cut loses what was acknowledged.", "true",
			func(p string, n ast.Node) { to.Sync, _ = r.flag(p, n) }},
	})
}

func (r *reader) log(path string, n ast.Node, to *Log) {
	r.fields(path, n, map[string]field{
		"level": {"The least important level that is logged.", "info", func(p string, n ast.Node) { r.level(p, n, &to.Level) }},
		"format": {"How lines look. `auto` is text on a terminal, else JSON.", "auto", func(p string, n ast.Node) {
			if word, ok := r.choice(p, n, "auto", "json", "text"); ok {
				to.Format = word
			}
		}},
	})
}

func (r *reader) level(path string, n ast.Node, to *string) {
	if word, ok := r.choice(path, n, "debug", "info", "warn", "error"); ok {
		*to = word
	}
}

// MaxInFlight is the largest number of callbacks at once that a plugin may be given.
const MaxInFlight = 1000

func (r *reader) limits(path string, n ast.Node, to *Limits) {
	r.fields(path, n, map[string]field{
		"queue_items":   {"Deliveries that may wait for one plugin.", "1000", r.wholeInto(&to.QueueItems, 1, 1_000_000)},
		"max_in_flight": {"Callbacks that one plugin runs at once.", "64", r.wholeInto(&to.MaxInFlight, 1, MaxInFlight)},
		"queue_bytes": {"The size of the deliveries that may wait for one plugin.", "8 MiB", func(p string, n ast.Node) {
			if v, ok := r.size(p, n, 1<<20, 1<<30); ok {
				to.QueueBytes = int(v)
			}
		}},
		"store_keys":    {"Keys that one plugin, or one namespace that plugins share, may keep in the store.", "100000", r.wholeInto(&to.StoreKeys, 1, maxStoreKeys)},
		"store_bytes":   {"The size of the keys and values that it may keep there.", "64 MiB", r.sizeInto(&to.StoreBytes, minStoreBytes, maxStoreBytes)},
		"send_age":      {"How long a message may wait to be posted, for an adapter that is away or a room that was put off, before it is not worth posting any more. A message may ask for less.", "24h", r.durationInto(&to.SendAge, time.Minute, 30*24*time.Hour)},
		"user_messages": {"Messages of one user a minute that are delivered or answered. 0 is all of them, which is also what holds without this key for the adapter `terminal`.", "120", r.wholeInto(&to.UserMessages, 0, 100_000)},
		"loop_answers":  {"How often in a row the bot answers a user who answers it at once, as another bot does. 0 is without end, which is also what holds without this key for the adapter `terminal`.", "4", r.wholeInto(&to.LoopAnswers, 0, 100)},
		"ready_timeout": {"How long a process may take to register before that is reported.", "10s", r.durationInto(&to.ReadyTimeout, time.Second, time.Minute)},
		"stop_grace":    {"How long work in flight may take when the bot stops, or a process is restarted.", "30s", r.durationInto(&to.StopGrace, time.Second, 10*time.Minute)},
	})
}

// longest is the longest time for which anything is kept: ten years.
const longest = 10 * 365 * 24 * time.Hour

func (r *reader) retention(path string, n ast.Node, to *Retention) {
	r.fields(path, n, map[string]field{
		"records":      {"How long the record of a delivery or a message stays after its end: what ran, where, for whom, when, and how it ended.", "2160h", r.durationInto(&to.Records, time.Hour, longest)},
		"records_most": {"Records of deliveries that are kept at most, and beside them as many of messages that belong to none. The oldest go first, and what is on the open list goes last.", "1000000", r.wholeInto(&to.RecordsMost, 1000, 100_000_000)},
		"text":         {"How long what people said stays in records, and what was said about it, after all deliveries of its event have ended. `0s` removes it then. What has no text any more cannot be retried.", "720h", r.durationInto(&to.Text, 0, longest)},
	})
}

// terminal lifts the bounds on what people say at a terminal, unless the file has
// them: who sits there owns the machine.
func (r *reader) terminal(c *Config) {
	if c.Adapter.Plugin != "terminal" {
		return
	}
	if _, given := r.at["limits.user_messages"]; !given {
		c.Limits.UserMessages = 0
	}
	if _, given := r.at["limits.loop_answers"]; !given {
		c.Limits.LoopAnswers = 0
	}
}

// processLimits reads the limits of one process. Whether this machine has them is not
// known here.
func (r *reader) processLimits(path string, n ast.Node, to *ProcessLimits) {
	r.fields(path, n, map[string]field{
		"memory": {"The data that it may write to: heap, stacks and the like. Files that it maps and addresses that it only reserves do not count.", "", func(p string, n ast.Node) {
			if v, ok := r.size(p, n, 1<<20, 1<<40); ok {
				to.Memory = v
			}
		}},
		"open_files": {"Files and connections that it may have open.", "", r.wholeInto(&to.OpenFiles, 16, 1<<20)},
		"processes":  {"Processes and threads that its user may have in all before it can start no more. It does not bind root and is refused there.", "", r.wholeInto(&to.Processes, 1, 1<<22)},
		"cpu_time":   {"Time of a processor that it may use up before it is ended, in whole seconds.", "", r.durationInto(&to.CPUTime, time.Second, 365*24*time.Hour)},
		"nice":       {"How much it stands back for others when processors are scarce.", "", r.wholeInto(&to.Nice, 1, 19)},
	})
}

// The quotas that an operator may set. The bot counts and does not reserve.
const (
	maxStoreKeys                 = 100_000_000
	minStoreBytes, maxStoreBytes = 1 << 10, 1 << 40
)

func (r *reader) sizeInto(into *int64, low, high int64) reads {
	return func(p string, n ast.Node) {
		if v, ok := r.size(p, n, low, high); ok {
			*into = v
		}
	}
}

func (r *reader) wholeInto(into *int, low, high int64) reads {
	return func(p string, n ast.Node) {
		if v, ok := r.whole(p, n, low, high); ok {
			*into = int(v)
		}
	}
}

func (r *reader) durationInto(into *time.Duration, low, high time.Duration) reads {
	return func(p string, n ast.Node) {
		if v, ok := r.duration(p, n, low, high); ok {
			*into = v
		}
	}
}
