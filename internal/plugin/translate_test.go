package plugin_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/route"
)

// TestTheWireSaysAllOfAnArgument: what the pattern says of each argument, in the
// numbers of the wire.
func TestTheWireSaysAllOfAnArgument(t *testing.T) {
	c, err := pattern.Compile("x {who:user} {l*:url} [--at={t:time=noon}] [--as={e=}] [{j...:json}]", []pattern.Spec{{Name: "l", Help: "Where.", Sensitive: true}})
	if err != nil {
		t.Fatal(err)
	}
	want := []*ocov1.ArgumentSpec{
		{Name: "who", Type: ocov1.ArgumentType_ARGUMENT_TYPE_USER},
		{Name: "l", Type: text, Check: ocov1.ArgumentCheck_ARGUMENT_CHECK_URL, Help: "Where.", List: true, Sensitive: true},
		{Name: "t", Type: ocov1.ArgumentType_ARGUMENT_TYPE_TIME, DefaultText: proto.String("noon"), Optional: true},
		{Name: "e", Type: text, DefaultText: proto.String(""), Optional: true}, // the empty text is a default
		{Name: "j", Type: text, Check: ocov1.ArgumentCheck_ARGUMENT_CHECK_JSON, Optional: true, Rest: true},
	}
	for i, spec := range c.Arguments() {
		if got := plugin.ArgumentSpec(spec); !proto.Equal(got, want[i]) {
			t.Errorf("the wire says %v, want %v", got, want[i])
		}
	}
	if last := ocov1.ArgumentCheck(pattern.CheckRegex); last != ocov1.ArgumentCheck_ARGUMENT_CHECK_REGEX || len(ocov1.ArgumentCheck_name) != int(last)+1 {
		t.Errorf("the checks of patterns are not those of the wire, %v", ocov1.ArgumentCheck_name)
	}
}

// The empty text is a default, and one that is absent is none (OCO-SET-1, OCO-RTE-8).
func TestAnEmptyDefaultIsOne(t *testing.T) {
	for said, want := range map[*string]int{proto.String(""): 1, nil: 0} {
		r := command("note [{tag}]")
		r.GetCommand().Arguments = []*ocov1.ArgumentSpec{{Name: "tag", DefaultText: said}}
		rows := newRows()
		reg := loadRegistry(t, rows, plugin.Options{})
		register(t, reg, rows, "web", manifest(r))
		got := reg.Table().Match(route.Message{Text: "note", Addressed: true}, func(*route.Route) bool { return true })
		if got.Command == nil || len(got.Command.Args) != want {
			t.Errorf("%v: %+v", said, got)
		}
		settings, problems := plugin.CheckSettings([]*ocov1.ArgumentSpec{setting("tag", text, optional, func(s *ocov1.ArgumentSpec) { s.DefaultText = said })}, nil)
		if len(problems) > 0 || len(settings) != want {
			t.Errorf("%v: %v, %v", said, settings, problems)
		}
	}
	if err := plugin.CheckSchema([]*ocov1.ArgumentSpec{setting("n", integer, unless(""))}); reason(err) != chat.FieldInvalid {
		t.Errorf("an empty text is a number: %v", err)
	}
}

// TestASettingMayBeChecked: an operator's text is held to what its declaration
// says, as what people type is (OCO-RTE-45).
func TestASettingMayBeChecked(t *testing.T) {
	schema := []*ocov1.ArgumentSpec{setting("hook", text, func(s *ocov1.ArgumentSpec) { s.Check = ocov1.ArgumentCheck_ARGUMENT_CHECK_URL })}
	if refused := plugin.CheckSchema(schema); refused != nil {
		t.Fatal(refused)
	}
	if got, problems := plugin.CheckSettings(schema, map[string]any{"hook": "https://example.org"}); len(problems) > 0 || got[0].GetText() != "https://example.org" {
		t.Errorf("%v, problems %v", got, problems)
	}
	if _, problems := plugin.CheckSettings(schema, map[string]any{"hook": "example.org"}); len(problems) != 1 {
		t.Errorf("problems %v, want that it is no address", problems)
	}
	schema[0].Check = 99
	if refused := plugin.CheckSchema(schema); refused == nil {
		t.Error("a check of later is taken")
	}
}
