package plugin

import (
	"context"
	"slices"
	"strconv"

	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/route"
)

// A Hello makes a registration durable and the replica known to the state
// machine, in one step. definitions are those of the routes that compiled; they
// are not to be changed.
type Hello func(ctx context.Context, definitions map[string]struct{}, writes []delivery.Write) error

// A Verdict is what became of one route of a manifest.
type Verdict struct {
	Route      string
	Definition string      // empty if refused
	Err        *chat.Error // nil: it lives
}

// A Registration is what a plugin is told that registered: the verdicts on its
// routes, and what the operator set for it.
type Registration struct {
	Verdicts []Verdict
	Settings []*ocov1.Argument
}

// Register takes a plugin's whole manifest in the place of the one before. One
// bad route hides no good one: the verdicts, one a route, say which live. If
// every route of a manifest is refused for what it is, the registration before
// stays. The error is a *chat.Error, ctx.Err() or that of hello, and then nothing
// changed.
func (r *Registry) Register(ctx context.Context, id Identity, manifest *ocov1.Manifest, hello Hello) (Registration, error) {
	if n := len(manifest.GetRoutes()); n > MaxRoutes {
		return Registration{}, chat.Refuse(chat.QuotaExceeded, "routes: %d of them, but one plugin may register %d", n, MaxRoutes).
			With("limit", strconv.Itoa(MaxRoutes))
	}
	e, err := r.enter(ctx, id.Name)
	if err != nil {
		return Registration{}, err
	}
	defer func() { <-e.turn }()
	if slices.Contains(r.options.Load().Leaving, id.Name) {
		return Registration{}, chat.Refuse(chat.PolicyForbidden, "%s has been taken out of the configuration, and ends", id.Name)
	}
	settings, err := r.agree(e, id.Role, manifest)
	if err != nil {
		return Registration{}, err
	}
	verdicts, err := r.register(ctx, e, id, manifest, hello)
	return Registration{verdicts, settings}, err
}

// register is Register for whose turn it is.
func (r *Registry) register(ctx context.Context, e *entry, id Identity, manifest *ocov1.Manifest, hello Hello) ([]Verdict, error) {
	made := e.compilation
	if e.manifest == nil || !proto.Equal(manifest, e.manifest) {
		manifest = proto.CloneOf(manifest)
		made = compileAll(e.name, manifest)
	} else {
		manifest = e.manifest
	}
	var writes []delivery.Write
	keep := len(made.definitions) == 0 && len(made.verdicts) > 0 && e.manifest != nil
	if !keep && (manifest != e.manifest || e.role != id.Role) {
		w, err := r.row(e, manifest, id.Role, e.paused, e.reason)
		if err != nil {
			return nil, err
		}
		writes = append(writes, w)
	}
	if err := hello(ctx, made.definitions, writes); err != nil {
		return nil, err
	}
	if keep || len(writes) == 0 { // the table stays as it is
		return r.judge(made), nil
	}
	r.change(e.name, func() {
		e.role, e.manifest, e.compilation = id.Role, manifest, made
	})
	return r.judge(made), nil
}

// judge adds the routes that compiled but whose words are taken.
func (r *Registry) judge(made compilation) []Verdict {
	verdicts := slices.Clone(made.verdicts)
	table := r.Table()
	for i, compiled := range made.routes {
		if compiled == nil {
			continue
		}
		if err := table.Impaired(compiled); err != nil {
			verdicts[i].Err = err
		}
	}
	return verdicts
}

// A compilation is what became of a manifest. Replicas that register the same
// share it, so it is not changed.
type compilation struct {
	routes      []*route.Route // one for each of the manifest's; nil: refused
	verdicts    []Verdict
	definitions map[string]struct{} // of the routes that compiled
}

func compileAll(name string, manifest *ocov1.Manifest) compilation {
	routes := make([]*route.Route, len(manifest.GetRoutes()))
	verdicts := make([]Verdict, len(routes))
	names, definitions := map[string]bool{}, map[string]struct{}{}
	weight := 0
	for i, declared := range manifest.GetRoutes() {
		verdicts[i].Route = declared.GetName()
		if declared.GetHear() != nil && exhausted(weight) {
			verdicts[i].Err = errExhausted
			continue
		}
		compiled, err := compile(name, declared)
		if err == nil {
			_, w, _, _ := compiled.Expression()
			weight += w
		}
		if err == nil && names[compiled.Name] {
			err = chat.Refuse(chat.FieldInvalid,
				"name: another route of this manifest is called %q already; give one of them another name", compiled.Name)
		}
		if err != nil {
			verdicts[i].Err = err
			continue
		}
		names[compiled.Name] = true
		routes[i] = compiled
		verdicts[i].Route, verdicts[i].Definition = compiled.Name, compiled.ID
		definitions[compiled.ID] = struct{}{}
	}
	refused := checkQuotas(routes)
	for i, compiled := range routes {
		if err := refused[compiled]; compiled != nil && err != nil {
			routes[i], verdicts[i].Definition, verdicts[i].Err = nil, "", err
			delete(definitions, compiled.ID)
		}
	}
	return compilation{routes, verdicts, definitions}
}

// Unregister drops a plugin's registration. forget makes that durable in the
// step that tells the state machine. A pause stays.
func (r *Registry) Unregister(ctx context.Context, name string, forget Put) error {
	return r.drop(ctx, name, forget, func(e *entry) { e.refused = "" })
}

// Withdraw is Unregister for a plugin that was refused: why stays known.
func (r *Registry) Withdraw(ctx context.Context, name string, forget Put) error {
	return r.drop(ctx, name, forget, func(*entry) {})
}

func (r *Registry) drop(ctx context.Context, name string, forget Put, and func(*entry)) error {
	e, err := r.enter(ctx, name)
	if err != nil {
		return err
	}
	defer func() { <-e.turn }()
	w := delivery.Write{Key: []byte(prefixPlugin + name)}
	if e.paused {
		if w, err = r.row(e, nil, e.role, true, e.reason); err != nil {
			return err
		}
	}
	if err := forget(ctx, []delivery.Write{w}); err != nil {
		return err
	}
	r.change(name, func() {
		e.manifest, e.compilation = nil, compilation{}
		and(e)
	})
	return nil
}

// Granted returns the scopes that a plugin asked for and the operator granted.
func (r *Registry) Granted(id Identity, asked []string) []string {
	granted := []string{}
	for _, scope := range asked {
		if slices.Contains(id.Scopes, scope) && !slices.Contains(granted, scope) {
			granted = append(granted, scope)
		}
	}
	return granted
}

// Identify adds to an identity the scopes that the configuration grants it.
func (r *Registry) Identify(id Identity) Identity {
	granted := r.options.Load().Grants[id.Name]
	if len(granted) == 0 || id.Role != chat.RoleHandler {
		return id
	}
	id.Scopes = append(slices.Clone(id.Scopes), granted...)
	return id
}
