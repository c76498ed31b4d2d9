package plugin

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/pattern"
)

// MaxSettings is the number of settings that one plugin may declare.
const MaxSettings = 256

var settingName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// settingTypes are the types that a setting may have (OCO-SET-1).
var settingTypes = []pattern.Type{
	pattern.TypeText, pattern.TypeInteger, pattern.TypeNumber, pattern.TypeFlag, pattern.TypeDuration, pattern.TypeChoice,
}

// CheckSchema refuses settings that no operator could write.
func CheckSchema(specs []*ocov1.ArgumentSpec) *chat.Error {
	if len(specs) > MaxSettings {
		return chat.Refuse(chat.QuotaExceeded, "manifest.settings: %d of them, but one plugin may declare %d", len(specs), MaxSettings).
			With("limit", fmt.Sprint(MaxSettings))
	}
	seen := map[string]bool{}
	for i, s := range specs {
		reason := ""
		switch {
		case !settingName.MatchString(s.GetName()):
			reason = "a name has at most 64 characters a-z, 0-9 and _, and begins with a letter"
		case seen[s.GetName()]:
			reason = "another setting has the same name"
		default:
			reason = checkSetting(s)
		}
		if reason != "" {
			field := fmt.Sprintf("manifest.settings[%d]", i)
			return chat.Refuse(chat.FieldInvalid, "%s (%.64q): %s", field, s.GetName(), reason).With("field", field)
		}
		seen[s.GetName()] = true
	}
	return nil
}

func checkSetting(s *ocov1.ArgumentSpec) string {
	spec := argument(s)
	if !slices.Contains(settingTypes, spec.Type) {
		names := make([]string, len(settingTypes))
		for i, t := range settingTypes {
			names[i] = t.String()
		}
		return fmt.Sprintf("a setting is one of %s, not %s", strings.Join(names, ", "), spec.Type)
	}
	return spec.Mistake()
}
