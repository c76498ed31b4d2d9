package ocotest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// Args are arguments of a route by their names. Values are of type string, int,
// float64, bool, [time.Duration] and [time.Time]; a user or a room is the name that
// the test uses, such as "bob", a file its name, and a list a slice of these.
// Arguments that a message leaves out, and that have no default, are not there.
type Args map[string]any

// String gives them in the order of their names.
func (a Args) String() string {
	if len(a) == 0 {
		return "no arguments"
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(a)) {
		all = append(all, fmt.Sprintf("%s=%#v", name, plain(a[name])))
	}
	return strings.Join(all, " ")
}

// equal reports whether two are the same, whatever types of Go hold the values.
func (a Args) equal(other Args) bool {
	return maps.EqualFunc(a, other, func(x, y any) bool { return same(plain(x), plain(y)) })
}

func same(x, y any) bool {
	if at, ok := x.(time.Time); ok {
		other, ok := y.(time.Time)
		return ok && at.Equal(other)
	}
	return reflect.DeepEqual(x, y)
}

// plain gives a value as one of few types: int, float64, bool, string,
// time.Duration, time.Time and []any.
func plain(value any) any {
	switch v := value.(type) {
	case time.Duration, time.Time, nil:
		return v
	}
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return int(v.Int())
	case reflect.Float32, reflect.Float64:
		return v.Float()
	case reflect.String:
		return strings.TrimPrefix(strings.TrimPrefix(v.String(), userPrefix), roomPrefix)
	case reflect.Bool:
		return v.Bool()
	case reflect.Slice, reflect.Array:
		all := make([]any, v.Len())
		for i := range all {
			all[i] = plain(v.Index(i).Interface())
		}
		return all
	}
	return value
}

// The ids of the bot's for the names that tests use.
const (
	userPrefix = "user:1:"
	roomPrefix = "room:1:"
)

func args(all []*ocov1.Argument) Args {
	out := Args{}
	for _, a := range all {
		out[a.GetName()] = plain(argument(a))
	}
	return out
}

func argument(a *ocov1.Argument) any {
	switch v := a.GetValue().(type) {
	case *ocov1.Argument_Integer:
		return v.Integer
	case *ocov1.Argument_Number:
		return v.Number
	case *ocov1.Argument_Flag:
		return v.Flag
	case *ocov1.Argument_Duration:
		return v.Duration.AsDuration()
	case *ocov1.Argument_Time:
		return v.Time.AsTime()
	case *ocov1.Argument_User:
		return v.User.GetUserId()
	case *ocov1.Argument_Room:
		return v.Room.GetRoomId()
	case *ocov1.Argument_File:
		return v.File.GetName()
	case *ocov1.Argument_List:
		list := []any{}
		for _, item := range v.List.GetItems() {
			list = append(list, argument(item))
		}
		return list
	}
	return a.GetText()
}
