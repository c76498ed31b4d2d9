package config

import (
	"time"

	"github.com/openchatops/oco/internal/texts"
)

// Config is a whole, valid configuration. Treat it as read-only: it may be shared.
type Config struct {
	// File is the file that it was read from, empty for Default.
	File string
	// Name is the bot's name, with which it is addressed.
	Name string
	// Aliases are further names.
	Aliases []string
	// Prefix, if not empty, begins messages that are meant for the bot.
	Prefix string
	// Data is the directory of the bot's data.
	Data string
	// Listen holds the addresses at which the bot listens.
	Listen Listen
	// Store says how data is stored.
	Store Store
	// Adapter is the one adapter.
	Adapter Plugin
	// Handlers are the handlers, in the order of the file.
	Handlers []Plugin
	// Groups holds the ids of the users in each group. The group of the operators is
	// not among them.
	Groups map[string][]string
	// Operators are the ids of the configured operators.
	Operators []string
	// Ignore are the ids of users of whom nothing triggers anything.
	Ignore []string
	// OperatorsRoom is a room's id, alias or name; empty: none is configured.
	OperatorsRoom string
	// Rooms maps aliases to room ids.
	Rooms map[string]string
	// TimeZone is the name of the zone of people of whom the chat service states none;
	// empty: that of the machine.
	TimeZone string
	// Listening are ids of rooms, and their names in Rooms, in which a command needs no
	// address.
	Listening []string
	// Routes holds the operator's word on single routes.
	Routes map[RouteKey]Route
	// Texts are what the bot itself says in another way, by their names.
	Texts texts.Layer
	// TextsFile is a file of such texts, over which those in Texts win.
	TextsFile TextsFile
	// Log says what is logged and how.
	Log Log
	// Limits bounds what plugins may use.
	Limits Limits
	// Retention says how long what has ended is kept.
	Retention Retention
	// Secrets are the values that came from ${env:…} and ${file:…}, without
	// repetition: what must be kept out of logs.
	Secrets []string

	places    places
	catalogue *texts.Catalogue
}

// Retention says how much of what has ended is kept, and for how long.
type Retention struct {
	// Records is how long the record of a delivery stays after its end, and that of a
	// message.
	Records time.Duration
	// RecordsMost is how many records of deliveries there are at most.
	RecordsMost int
	// Text is how long what people said stays; 0: until it is dealt with.
	Text time.Duration
}

// Listen holds the addresses at which the bot listens.
type Listen struct {
	// HTTP is the address of Connect/JSON, host:port; empty: off.
	HTTP string
	// HTTPOptional is set by Default alone: nobody asked for this address, so a bot
	// that finds it taken goes on without it.
	HTTPOptional bool
	// GRPC is the address for remote plugins, host:port; empty: off. It speaks TLS
	// unless TLS.Off is set.
	GRPC string
	// Advertise is what remote plugins dial, host or host:port; empty: the address
	// of GRPC, or the name of the machine if that is every address.
	Advertise string
	// TLS says which certificate GRPC shows.
	TLS TLS
	// Insecure allows plaintext beyond loopback.
	Insecure bool
}

// TLS says which certificate remote plugins see. The zero value is one that the bot
// makes itself and keeps with its data.
type TLS struct {
	// Cert and Key are PEM files of the operator's; both are set or none.
	Cert, Key string
	// Off means plaintext.
	Off bool
}

// Store says how data is stored.
type Store struct {
	// Engine is the name of the engine: pebble.
	Engine string
	// Sync says that data is on disk before anything is acknowledged.
	Sync bool
}

// Plugin describes the adapter or a handler.
type Plugin struct {
	// Name is unique among all plugins.
	Name string
	// Plugin is the name of the bundled plugin, empty if it is not bundled.
	Plugin string
	// Command is the program and its arguments. Its path is absolute if it was given
	// with a slash; otherwise it is to be looked up. Nil for bundled and remote ones.
	Command []string
	// Dir is the working directory: that of the file unless given, empty for Default.
	Dir string
	// User is the user of this machine as which its process runs; empty: that of the
	// bot.
	User string
	// Env is added to the environment of the process.
	Env map[string]string
	// Settings are for the plugin: string, bool, int64, float64, nil, []any and
	// map[string]any. Nil if none are given.
	Settings map[string]any
	// Remote says that it runs elsewhere and is not started by the bot.
	Remote bool
	// Separate gives a bundled handler a process of its own.
	Separate bool
	// Scopes are those that the operator granted. Nil: the key is absent, which
	// grants nothing to a plugin that is not bundled. Not nil but empty: none.
	Scopes []string
	// MaxInFlight bounds the callbacks at once; 0: Limits.MaxInFlight.
	MaxInFlight int
	// Paused says that it starts paused.
	Paused bool
	// Manifest is the file that holds its manifest, for a program that does not
	// register by itself; empty: it does.
	Manifest string
	// LogLevel is the least important level that is logged of it and about it,
	// empty: Log.Level.
	LogLevel string
	// Limits bound what its process may take of the machine.
	Limits ProcessLimits
	// StoreKeys and StoreBytes bound what it may keep in the store; 0: those of
	// Limits.
	StoreKeys  int
	StoreBytes int64
}

// ProcessLimits bound what one process may take of the machine. A field that is zero
// is no bound.
type ProcessLimits struct {
	// Memory is the number of bytes of data that it may write to.
	Memory int64
	// OpenFiles is the number of its descriptors.
	OpenFiles int
	// Processes is the number of processes and threads that its user may have in all.
	Processes int
	// CPUTime is how much time of a processor it may use up, in whole seconds.
	CPUTime time.Duration
	// Nice is how much it stands back for others, 1 to 19.
	Nice int
}

// Bundled says whether the plugin is part of the bot's own binary.
func (p Plugin) Bundled() bool { return p.Plugin != "" }

// RouteKey names a route of a handler.
type RouteKey struct{ Handler, Route string }

// String returns the key as it is written in the file.
func (k RouteKey) String() string { return k.Handler + ":" + k.Route }

// Route is the operator's word on one route.
type Route struct {
	// Allow replaces the groups of the manifest. Nil: it does not. Not nil but
	// empty: everyone, or nobody if the route is marked danger.
	Allow []string
	// Aliases are patterns that take the command besides its own.
	Aliases []string
	// Hidden says that nobody is shown the route.
	Hidden bool
	// Disabled says that the route takes nothing.
	Disabled bool
}

// Log says what is logged and how.
type Log struct {
	// Level is debug, info, warn or error.
	Level string
	// Format is auto (text on a terminal, else json), json or text.
	Format string
}

// Limits bounds what plugins may use.
type Limits struct {
	// QueueItems is the number of deliveries that may wait for one plugin.
	QueueItems int
	// QueueBytes is their size on the wire.
	QueueBytes int
	// MaxInFlight is the number of callbacks at once of one plugin.
	MaxInFlight int
	// StoreKeys is the number of keys that one plugin, or one namespace that plugins
	// share, may keep in the store, and StoreBytes the size of keys and values.
	StoreKeys  int
	StoreBytes int64
	// SendAge is how long a message may wait to be posted.
	SendAge time.Duration
	// UserMessages is how many messages of one user a minute are delivered or
	// answered; 0: all.
	UserMessages int
	// LoopAnswers is how often in a row the bot answers a user who answers it at
	// once; 0: without end.
	LoopAnswers int
	// ReadyTimeout is how long a process may take to register before it is reported.
	ReadyTimeout time.Duration
	// StopGrace is how long work in flight may take when the bot stops.
	StopGrace time.Duration
}

// OperatorsGroup is the name of the group of the operators. Routes may name it; the
// configuration cannot define it.
const OperatorsGroup = "operators"

// Default returns what `oco` runs without a configuration: the terminal adapter, the
// bundled handlers and an embedded store in ./oco-data. Who sits at the terminal owns
// the machine, so nothing bounds what they say.
func Default() *Config {
	c := base()
	c.Limits.UserMessages, c.Limits.LoopAnswers = 0, 0
	c.Listen.HTTPOptional = true
	c.Adapter = Plugin{Name: "terminal", Plugin: "terminal"}
	return c
}

// base returns what holds for keys that are absent.
func base() *Config {
	return &Config{
		Name:     "oco",
		Data:     "oco-data",
		Listen:   Listen{HTTP: "127.0.0.1:8765"},
		Store:    Store{Engine: "pebble", Sync: true},
		Handlers: []Plugin{{Name: "core", Plugin: "core"}},
		Groups:   map[string][]string{},
		Rooms:    map[string]string{},
		Routes:   map[RouteKey]Route{},
		Log:      Log{Level: "info", Format: "auto"},
		Limits: Limits{
			QueueItems: 1000, QueueBytes: 8 << 20, MaxInFlight: 64, StoreKeys: 100_000, StoreBytes: 64 << 20, SendAge: 24 * time.Hour,
			UserMessages: 120, LoopAnswers: 4, ReadyTimeout: 10 * time.Second, StopGrace: 30 * time.Second,
		},
		Retention: Retention{Records: 90 * 24 * time.Hour, RecordsMost: 1_000_000, Text: 30 * 24 * time.Hour},
	}
}
