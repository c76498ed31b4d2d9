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
// machine, in one step. definitions are those of the routes that compiled.
type Hello func(ctx context.Context, definitions map[string]struct{}, writes []delivery.Write) error

// A Verdict is what became of one route of a manifest.
type Verdict struct {
	Route      string
	Definition string      // empty if refused
	Err        *chat.Error // nil: it lives
}

// Register takes a plugin's whole manifest in the place of the one before. One
// bad route hides no good one: the verdicts, one a route, say which live. If
// every route of a manifest is refused for what it is, the registration before
// stays. The error is a *chat.Error, ctx.Err() or that of hello, and then
// nothing changed.
func (r *Registry) Register(ctx context.Context, id Identity, manifest *ocov1.Manifest, hello Hello) ([]Verdict, error) {
	if n := len(manifest.GetRoutes()); n > MaxRoutes {
		return nil, chat.Refuse(chat.QuotaExceeded, "routes: %d of them, but one plugin may register %d", n, MaxRoutes).
			With("limit", strconv.Itoa(MaxRoutes))
	}
	e, err := r.enter(ctx, id.Name)
	if err != nil {
		return nil, err
	}
	defer func() { <-e.turn }()
	manifest = proto.CloneOf(manifest)
	routes, verdicts := r.compileAgain(e, manifest)
	definitions := map[string]struct{}{}
	for _, v := range verdicts {
		if v.Err == nil {
			definitions[v.Definition] = struct{}{}
		}
	}
	var writes []delivery.Write
	keep := len(definitions) == 0 && len(verdicts) > 0 && e.manifest != nil
	if !keep && (!proto.Equal(manifest, e.manifest) || e.role != id.Role) {
		w, err := r.row(e, manifest, id.Role, e.paused, e.reason)
		if err != nil {
			return nil, err
		}
		writes = append(writes, w)
	}
	if err := hello(ctx, definitions, writes); err != nil {
		return nil, err
	}
	if keep || len(writes) == 0 { // the table stays as it is
		return r.judge(routes, verdicts), nil
	}
	r.change(func() {
		if e.manifest == nil {
			r.arrive++
			e.arrived = r.arrive
		}
		e.role, e.manifest, e.routes = id.Role, manifest, routes
	})
	return r.judge(routes, verdicts), nil
}

// judge adds the routes that compiled but whose words are taken.
func (r *Registry) judge(routes []*route.Route, verdicts []Verdict) []Verdict {
	r.building.Lock()
	taken := r.taken
	r.building.Unlock()
	for i, compiled := range routes {
		if err, lost := taken[compiled]; compiled != nil && lost {
			verdicts[i].Err = err
		}
	}
	return verdicts
}

// compileAgain compiles a manifest, and takes the routes that stand already
// for those that did not change.
func (r *Registry) compileAgain(e *entry, manifest *ocov1.Manifest) ([]*route.Route, []Verdict) {
	if e.manifest != nil && proto.Equal(manifest, e.manifest) {
		_, verdicts := compileAll(e.name, manifest)
		return e.routes, verdicts
	}
	return compileAll(e.name, manifest)
}

func compileAll(name string, manifest *ocov1.Manifest) ([]*route.Route, []Verdict) {
	routes := make([]*route.Route, len(manifest.GetRoutes()))
	verdicts := make([]Verdict, len(routes))
	names := map[string]bool{}
	for i, declared := range manifest.GetRoutes() {
		verdicts[i].Route = declared.GetName()
		compiled, err := compile(name, declared)
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
	}
	return routes, verdicts
}

// Unregister drops a plugin's registration. forget makes that durable in the
// step that tells the state machine. A pause stays.
func (r *Registry) Unregister(ctx context.Context, name string, forget Put) error {
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
	r.change(func() { e.manifest, e.routes = nil, nil })
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
	granted := r.options.Grants[id.Name]
	if len(granted) == 0 || id.Role != chat.RoleHandler {
		return id
	}
	id.Scopes = append(slices.Clone(id.Scopes), granted...)
	return id
}
