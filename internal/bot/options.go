package bot

import (
	"log/slog"
	"slices"
	"time"

	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/route"
	"github.com/openchatops/oco/internal/rpc"
	"github.com/openchatops/oco/internal/supervise"
)

// accountNumber is that of the one account of version 1.
const accountNumber = 1

// Options say what bot to run.
type Options struct {
	Config  *config.Config
	Log     *slog.Logger
	Version string
	// Executable is run again for bundled plugins: `EXECUTABLE adapter NAME`,
	// `EXECUTABLE handler NAME…`, and for the guard: `EXECUTABLE guard`.
	Executable string
	// Terminal is handed to the adapter. If it is set, the bot ends when the
	// adapter ends by itself, with its exit code.
	Terminal *supervise.Stdio
	// Patience is how long the first events wait for a handler whose commands nobody
	// knows yet. Zero: 5 s.
	Patience time.Duration
	// Tried, unless empty, is a handler that is only tried: nobody mends its settings
	// while the bot runs, so what waits for it ends when it is refused for them.
	Tried string
	// Without are features of the protocol that this bot does not have, such as
	// "oco.attach".
	Without []string
	// Load reads the configuration again, for a reload. Nil: there is none to read.
	Load func() (*config.Config, error)
	// Retune is called when another configuration begins to hold, for what is done
	// by it outside of the bot: what is logged. Nil: nothing is.
	Retune func(*config.Config)
	// Guests keeps everything in memory: no directory, no listeners, no
	// processes. Plugins come in by Guest and Dial, and notices do not wait for
	// others of their room.
	Guests bool
}

// deliveryOptions are the numbers of the contract under this configuration.
func deliveryOptions(from Options) delivery.Options {
	c := from.Config
	o := delivery.DefaultOptions()
	if from.Guests {
		o.NoticeGap = time.Nanosecond // a test says things faster than people do
	}
	o.QueueItems, o.QueueBytes = c.Limits.QueueItems, int64(c.Limits.QueueBytes)
	o.BotName, o.Texts, o.SendAge = c.Name, c.Catalogue(), c.Limits.SendAge
	o.React = rpc.Acknowledgement
	o.Operators = operatorsRoom(c)
	o.StoreKeys, o.StoreBytes = int64(c.Limits.StoreKeys), c.Limits.StoreBytes
	o.ChildPlugins, o.Quotas = map[string]bool{}, map[string]delivery.Quota{}
	for _, p := range append([]config.Plugin{c.Adapter}, c.Handlers...) {
		o.ChildPlugins[p.Name] = !p.Remote
		if q := (delivery.Quota{Bytes: p.StoreBytes, Keys: int64(p.StoreKeys)}); q != (delivery.Quota{}) {
			o.Quotas[p.Name] = q
		}
	}
	return o
}

// kept is how much of what has ended is kept under a configuration.
func kept(c *config.Config) delivery.Kept {
	return delivery.Kept{Records: c.Retention.Records, Most: c.Retention.RecordsMost, Text: c.Retention.Text}
}

// operatorsRoom is the place where operators are told. A name that is neither an
// alias nor an id is taken as the chat service's own id of the room.
func operatorsRoom(c *config.Config) chat.Place {
	name := c.OperatorsRoom
	if name == "" {
		return chat.Place{}
	}
	if id, ok := c.Rooms[name]; ok {
		name = id
	}
	if _, _, ok := chat.Native(chat.KindRoom, name); ok {
		return chat.Place{Room: name}
	}
	id, _ := chat.Derive(chat.KindRoom, accountNumber, name)
	return chat.Place{Room: id}
}

// registryOptions are what a configuration says of plugins, with what is to be logged
// of it.
func (b *Bot) registryOptions(c *config.Config) plugin.Options {
	o := registryOptions(c)
	o.BadAlias = func(bad route.BadAlias) {
		b.log.Warn("an alias of the configuration takes nothing", "route", bad.Route, "alias", bad.Alias, "detail", bad.Err.Text)
	}
	return o
}

func registryOptions(c *config.Config) plugin.Options {
	o := plugin.Options{Grants: grants(c), Groups: []string{authz.Operators}, Overrides: map[string]route.Override{}, Settings: Settings(c)}
	for _, h := range c.Handlers {
		o.Order = append(o.Order, h.Name)
	}
	for g := range c.Groups {
		o.Groups = append(o.Groups, g)
	}
	slices.Sort(o.Groups)
	for key, r := range c.Routes {
		over := route.Override{Disabled: r.Disabled, Hidden: r.Hidden, Aliases: r.Aliases}
		if r.Allow != nil {
			over.Allow = &r.Allow
		}
		o.Overrides[key.String()] = over
	}
	return o
}

// credits are the most callbacks that a replica of each plugin may run at once.
func credits(c *config.Config) map[string]int {
	all := map[string]int{}
	for _, p := range append([]config.Plugin{c.Adapter}, c.Handlers...) {
		all[p.Name] = p.MaxInFlight
		if p.MaxInFlight == 0 {
			all[p.Name] = c.Limits.MaxInFlight
		}
	}
	return all
}
