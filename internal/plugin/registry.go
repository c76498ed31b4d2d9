package plugin

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/route"
	"github.com/openchatops/oco/internal/texts"
)

// MaxRoutes is the number of routes that one plugin may register.
const MaxRoutes = 10_000

// Options is the operator's word on plugins.
type Options struct {
	// Order names the plugins of the configuration: of two commands that take
	// the same words, the one of the plugin that stands earlier lives. Plugins
	// that are not named come after, by name, so that it never depends on who came
	// first.
	Order []string
	// Grants are the scopes of each plugin.
	Grants map[string][]string
	// Groups are the names of the groups that exist, "operators" among them.
	Groups []string
	// Overrides are the operator's word on routes, by "plugin:route".
	Overrides map[string]route.Override
	// BadAlias, if not nil, is called when an alias in them turns out to take nothing,
	// and must not block.
	BadAlias func(route.BadAlias)
	// Settings are what the operator wrote for each plugin.
	Settings map[string]Settings
	// Leaving are plugins whose routes take nothing any more: they are about to be
	// unregistered.
	Leaving []string
}

// A Registry knows what plugins registered. A registration outlives the
// replica that made it and the bot. All methods may be called from several
// goroutines at once.
type Registry struct {
	options atomic.Pointer[Options] // the operator's word of this moment
	table   atomic.Pointer[route.Table]

	mu    sync.Mutex
	stand map[string]*entry
	// adapter is the registered adapter: whoever publishes or sends asks for it.
	adapter *entry
	wanted  uint64          // counts changes of stand
	changed map[string]bool // plugins whose routes the table has not yet as they are
	anew    bool            // nor has it anything of the operator's word

	building sync.Mutex
	built    uint64 // the count that table holds
}

// entry is one plugin. Its turn is held over a commit, so that disk and memory
// see the registrations of one plugin in the same order.
type entry struct {
	turn     chan struct{}
	name     string
	role     chat.Role
	manifest *ocov1.Manifest // nil: nothing registered
	compilation
	paused bool
	reason string
	// settings are the operator's; refused says why a registration with them was
	// refused last, empty if it was not. Neither is on disk.
	settings Settings
	refused  string
}

// LoadRegistry reads the registrations that the store has.
func LoadRegistry(from Reader, options Options) (*Registry, error) {
	r := &Registry{stand: map[string]*entry{}, changed: map[string]bool{}, anew: true}
	r.options.Store(&options)
	err := from.Scan([]byte(prefixPlugin), nil, func(key, value []byte) error {
		name := string(key[len(prefixPlugin):])
		row, manifest := new(record.Plugin), new(ocov1.Manifest)
		if err := proto.Unmarshal(value, row); err != nil {
			return fmt.Errorf("the row of the plugin %q cannot be read: %w", name, err)
		}
		e := r.entry(name)
		e.role, e.paused, e.reason = chat.Role(row.Role), row.Paused, row.PauseReason
		if row.Manifest == nil {
			return nil
		}
		if err := proto.Unmarshal(row.Manifest, manifest); err != nil {
			return fmt.Errorf("the manifest of the plugin %q cannot be read: %w", name, err)
		}
		e.manifest = manifest
		e.compilation = compileAll(name, manifest)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load registrations: %w", err)
	}
	r.rebuild()
	return r, nil
}

// entry finds a plugin or makes it known. The caller holds mu, or is alone.
func (r *Registry) entry(name string) *entry {
	e, ok := r.stand[name]
	if !ok {
		e = &entry{name: name, turn: make(chan struct{}, 1), settings: r.options.Load().Settings[name]}
		r.stand[name] = e
	}
	return e
}

func (r *Registry) enter(ctx context.Context, name string) (*entry, error) {
	r.mu.Lock()
	e := r.entry(name)
	r.mu.Unlock()
	return e, take(ctx, e.turn)
}

// Table is the table of all routes that live. It never changes; a later call
// may return another one. Never nil.
func (r *Registry) Table() *route.Table { return r.table.Load() }

// change applies a change of memory after it is durable, and returns once the
// table shows it: of one plugin's routes, or with an empty name of the operator's
// word. Changes that come together share one build.
func (r *Registry) change(plugin string, apply func()) {
	r.mu.Lock()
	apply()
	if plugin == "" {
		r.anew = true
	} else {
		r.changed[plugin] = true
	}
	r.wanted++
	mine := r.wanted
	r.mu.Unlock()
	r.building.Lock()
	defer r.building.Unlock()
	if r.built < mine {
		r.rebuild()
	}
}

// SetOptions puts the operator's word in the place of the one before; it holds when
// it returns. Settings count for plugins that are not known yet: for others, see
// SetSettings.
func (r *Registry) SetOptions(options Options) {
	r.change("", func() { r.options.Store(&options) })
}

// rebuild makes the table that holds now, out of the one before if only plugins
// changed. The caller holds building, or is alone.
func (r *Registry) rebuild() {
	r.mu.Lock()
	options, anew, names := r.options.Load(), r.anew, r.changed
	r.built, r.anew, r.changed = r.wanted, false, map[string]bool{}
	routes := map[string][]*route.Route{}
	r.adapter = nil
	for _, e := range r.stand {
		if e.manifest != nil && e.role == chat.RoleAdapter && (r.adapter == nil || e.name < r.adapter.name) {
			r.adapter = e
		}
		if (anew || names[e.name]) && e.manifest != nil && !slices.Contains(options.Leaving, e.name) {
			names[e.name], routes[e.name] = true, e.routes
		}
	}
	r.mu.Unlock()
	before := r.table.Load()
	var b *route.Builder
	if anew {
		b = route.Empty(options.Overrides).Change()
	} else {
		b = before.Change()
	}
	for name := range names {
		live := slices.DeleteFunc(slices.Clone(routes[name]), func(r *route.Route) bool { return r == nil })
		b.Replace(name, rank(options, name), live)
	}
	table := b.Table()
	r.table.Store(table)
	if options.BadAlias != nil {
		for _, bad := range newlyBad(before, table) {
			options.BadAlias(bad)
		}
	}
}

// rank says which plugins come first with words that several want.
func rank(options *Options, name string) int {
	if i := slices.Index(options.Order, name); i >= 0 {
		return i
	}
	return len(options.Order)
}

// SetPaused pauses or resumes a plugin, or with an empty name every handler.
// commit makes the rows durable in the step that tells the state machine.
func (r *Registry) SetPaused(ctx context.Context, name string, paused bool, reason string, commit Put) error {
	if name != "" && !r.Known(name) {
		return chat.Refuse(chat.PluginNotFound, "no plugin is called %.64q: `oco plugins` lists those that there are", name).
			Saying(texts.NoSuchPlugin, "plugin", name)
	}
	e, err := r.enter(ctx, name)
	if err != nil {
		return err
	}
	defer func() { <-e.turn }()
	if !paused {
		reason = ""
	}
	w, err := r.row(e, e.manifest, e.role, paused, reason)
	if err != nil {
		return err
	}
	if err := commit(ctx, []delivery.Write{w}); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e.paused, e.reason = paused, reason
	return nil
}

func (r *Registry) row(e *entry, m *ocov1.Manifest, role chat.Role, paused bool, reason string) (delivery.Write, error) {
	row := &record.Plugin{Role: uint32(role), Paused: paused, PauseReason: reason}
	if m != nil {
		raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil {
			return delivery.Write{}, fmt.Errorf("encode the manifest of %s: %w", e.name, err)
		}
		row.Manifest = append([]byte{}, raw...) // never nil: an empty manifest is one
	}
	value, err := proto.Marshal(row)
	if err != nil {
		return delivery.Write{}, fmt.Errorf("encode the row of %s: %w", e.name, err)
	}
	return delivery.Write{Key: []byte(prefixPlugin + e.name), Value: value}, nil
}
