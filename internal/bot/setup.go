package bot

import (
	"fmt"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/rpc"
)

// A setup is what a configuration comes to. It is not changed: a reload makes another.
type setup struct {
	config    *config.Config
	processes []process
	manifests map[string]*ocov1.Manifest // of handlers that do not register
	// later are the keys of the file that wait for a restart of the bot.
	later []string
}

// Check finds what is wrong with a configuration and with the files that it names.
func Check(c *config.Config) error {
	_, err := newSetup(Options{}, c)
	return err
}

// newSetup reads what a configuration names. Its error is about the configuration, all
// that is wrong with it.
func newSetup(o Options, c *config.Config) (*setup, error) {
	o.Config = c
	s := &setup{config: c, processes: processes(o), manifests: map[string]*ocov1.Manifest{}}
	errs := []error{check(c)}
	for i, h := range c.Handlers {
		if h.Manifest == "" {
			continue
		}
		m, err := ReadManifest(c, fmt.Sprintf("handlers[%d]", i), h)
		errs = append(errs, err)
		s.manifests[h.Name] = m
	}
	if err := config.Join(errs...); err != nil {
		return nil, err
	}
	return s, nil
}

// handler finds a handler by its name.
func (s *setup) handler(name string) (config.Plugin, bool) {
	for _, h := range s.config.Handlers {
		if h.Name == name {
			return h, true
		}
	}
	return config.Plugin{}, false
}

// process finds the process in which a plugin runs.
func (s *setup) process(plugin string) (process, bool) {
	for _, p := range s.processes {
		for _, name := range p.names() {
			if name == plugin {
				return p, true
			}
		}
	}
	return process{}, false
}

// words are what the wire says of a setup.
func (s *setup) words() rpc.Words {
	w := rpc.Words{Name: s.config.Name, Texts: s.config.Catalogue(), Rooms: s.config.Rooms, Credit: credits(s.config), Declared: map[string]bool{}}
	for name := range s.manifests {
		w.Declared[name] = true
	}
	return w
}

// tune is what the state machine takes of a setup while it runs.
func (s *setup) tune() delivery.Tune {
	o := deliveryOptions(Options{Config: s.config})
	return delivery.Tune{
		QueueItems: o.QueueItems, QueueBytes: o.QueueBytes, Operators: o.Operators, BotName: o.BotName, Texts: o.Texts, ChildPlugins: o.ChildPlugins,
		StoreBytes: o.StoreBytes, StoreKeys: o.StoreKeys, Quotas: o.Quotas, SendAge: o.SendAge,
	}
}

// role is the role of a plugin of the configuration.
func (s *setup) role(name string) chat.Role {
	if name == s.config.Adapter.Name {
		return chat.RoleAdapter
	}
	return chat.RoleHandler
}
