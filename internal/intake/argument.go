package intake

import (
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/openchatops/oco/internal/pattern"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// argument is a value of a command on the wire. One whose meaning the words alone do
// not tell, a user, a room, a time or a file, is left without.
func argument(v pattern.Value) *ocov1.Argument {
	a := &ocov1.Argument{Name: v.Name, Raw: v.Raw, Sensitive: v.Sensitive}
	if v.IsList {
		list := &ocov1.ArgumentList{}
		for _, item := range v.List {
			list.Items = append(list.Items, argument(item))
		}
		a.Value = &ocov1.Argument_List{List: list}
		return a
	}
	switch v.Type {
	case pattern.TypeInteger:
		a.Value = &ocov1.Argument_Integer{Integer: v.Integer}
	case pattern.TypeNumber:
		a.Value = &ocov1.Argument_Number{Number: v.Number}
	case pattern.TypeFlag:
		a.Value = &ocov1.Argument_Flag{Flag: v.Flag}
	case pattern.TypeDuration:
		a.Value = &ocov1.Argument_Duration{Duration: durationpb.New(v.Duration)}
	case pattern.TypeUser, pattern.TypeRoom, pattern.TypeTime, pattern.TypeFile:
	default:
		a.Value = &ocov1.Argument_Text{Text: v.Text}
	}
	return a
}
