package plugin

import (
	"cmp"
	"fmt"
	"strconv"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
)

// CheckManifest says all that is wrong with the manifest of a handler, without what
// depends on other plugins: nil if each of its routes could live. Nothing is
// registered.
func CheckManifest(name string, m *ocov1.Manifest) []*chat.Error {
	if n := len(m.GetRoutes()); n > MaxRoutes {
		return []*chat.Error{chat.Refuse(chat.QuotaExceeded, "routes: %d of them, but one plugin may register %d", n, MaxRoutes).With("limit", strconv.Itoa(MaxRoutes))}
	}
	var all []*chat.Error
	if m.GetAdapter() != nil {
		all = append(all, chat.Refuse(chat.FieldInvalid, "adapter: a handler does not say this of itself"))
	}
	if err := CheckSchema(m.GetSettings()); err != nil {
		all = append(all, err)
	}
	for i, v := range compileAll(name, m).verdicts {
		if v.Err != nil {
			r := m.GetRoutes()[i]
			what := cmp.Or(r.GetName(), r.GetCommand().GetPattern(), r.GetHear().GetRegex())
			all = append(all, chat.Refuse(v.Err.Reason, "%s", fmt.Sprintf("route %d (%.64q): %s", i+1, what, v.Err.Text)))
		}
	}
	return all
}
