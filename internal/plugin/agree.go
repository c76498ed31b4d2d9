package plugin

import (
	"context"
	"reflect"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
)

// agree checks the settings of a plugin against what it declares, and notes what
// is wrong with them. The caller has the entry's turn.
func (r *Registry) agree(e *entry, role chat.Role, manifest *ocov1.Manifest) ([]*ocov1.Argument, error) {
	if refused := CheckSchema(manifest.GetSettings()); refused != nil {
		return nil, refused
	}
	// They may be many: nobody else has to wait for it, and they change in a turn only.
	settings, problems := CheckSettings(manifest.GetSettings(), e.settings.Values)
	if len(problems) > 0 {
		return nil, r.refuse(e, role, e.settings.refusal(problems, byBot))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e.refused = ""
	return settings, nil
}

// Inquire returns the settings of a plugin as Register would, and registers
// nothing.
func (r *Registry) Inquire(ctx context.Context, id Identity, manifest *ocov1.Manifest) ([]*ocov1.Argument, error) {
	e, err := r.enter(ctx, id.Name)
	if err != nil {
		return nil, err
	}
	defer func() { <-e.turn }()
	return r.agree(e, id.Role, manifest)
}

// Refuse notes what a plugin does not take of the settings that it was given, without
// what is sensitive in them, and returns the refusal of its registration.
func (r *Registry) Refuse(ctx context.Context, id Identity, manifest *ocov1.Manifest, problems []SettingProblem) error {
	e, err := r.enter(ctx, id.Name)
	if err != nil {
		return err
	}
	defer func() { <-e.turn }()
	settings, err := r.agree(e, id.Role, manifest)
	if err != nil {
		return err
	}
	return r.refuse(e, id.Role, e.settings.refusal(problems, e.settings.ByPlugin(manifest.GetSettings(), settings)))
}

// refuse notes a refusal for those who list plugins, and returns it.
func (r *Registry) refuse(e *entry, role chat.Role, why *chat.Error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.refused = why.Text; e.manifest == nil {
		e.role = role
	}
	return why
}

// SetSettings puts new settings of a plugin in the place of those before, and says
// whether they differ. What a plugin was refused for before is forgotten then.
func (r *Registry) SetSettings(ctx context.Context, name string, settings Settings) (changed bool, err error) {
	e, err := r.enter(ctx, name)
	if err != nil {
		return false, err
	}
	defer func() { <-e.turn }()
	r.mu.Lock()
	defer r.mu.Unlock()
	changed = !reflect.DeepEqual(e.settings.Values, settings.Values) && len(e.settings.Values)+len(settings.Values) > 0
	e.settings = settings
	if changed {
		e.refused = ""
	}
	return changed, nil
}

// CheckSettings says whether a plugin would take settings, as far as its last
// registration tells: all that is wrong, or nil. Nothing changes.
func (r *Registry) CheckSettings(name string, settings Settings) *chat.Error {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.stand[name]
	if !ok || e.manifest == nil {
		return nil
	}
	if _, problems := CheckSettings(e.manifest.GetSettings(), settings.Values); len(problems) > 0 {
		return settings.refusal(problems, byBot)
	}
	return nil
}
