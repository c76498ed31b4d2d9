package settings_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/settings"
)

type all struct {
	SASLUser string        `help:"Who." default:"me"`
	TLS      string        `choices:"on,off"`
	ReadWait time.Duration `oco:"wait"`
	Ratio    float64       `oco:",optional"`
	Limit64  int64
	N        int
	On       bool
	Secret   string `oco:"pass,secret,optional"`
	Hosts    []string
	Waits    []time.Duration
}

func TestAStructIsADeclaration(t *testing.T) {
	fields, err := settings.Of(reflect.TypeFor[all]())
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, s := range fields.Specs() {
		of := strings.ToLower(strings.TrimPrefix(s.Type.String(), "ARGUMENT_TYPE_"))
		lines = append(lines, fmt.Sprint(s.Name, " ", of, " ", s.Choices, s.GetDefaultText(), s.Help, s.Sensitive, s.Optional, s.List))
	}
	want := `sasl_user text []meWho.false false false
tls choice [on off]false false false
wait duration []false false false
ratio number []false true false
limit64 integer []false false false
n integer []false false false
on flag []false false false
pass text []true true false
hosts text []false false true
waits duration []false false true`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAStructIsFilled(t *testing.T) {
	fields, err := settings.Of(reflect.TypeFor[all]())
	if err != nil {
		t.Fatal(err)
	}
	text := func(name, value string) *ocov1.Argument {
		return &ocov1.Argument{Name: name, Value: &ocov1.Argument_Text{Text: value}}
	}
	long := func(name string, d time.Duration) *ocov1.Argument {
		return &ocov1.Argument{Name: name, Value: &ocov1.Argument_Duration{Duration: durationpb.New(d)}}
	}
	list := func(name string, items ...*ocov1.Argument) *ocov1.Argument {
		return &ocov1.Argument{Name: name, Value: &ocov1.Argument_List{List: &ocov1.ArgumentList{Items: items}}}
	}
	var got all
	fields.Fill(reflect.ValueOf(&got).Elem(), []*ocov1.Argument{
		text("sasl_user", "bot"), text("tls", "off"), long("wait", time.Minute), {Name: "ratio", Value: &ocov1.Argument_Number{Number: 0.5}},
		{Name: "limit64", Value: &ocov1.Argument_Integer{Integer: 1 << 40}}, {Name: "n", Value: &ocov1.Argument_Integer{Integer: -7}},
		{Name: "on", Value: &ocov1.Argument_Flag{Flag: true}}, list("hosts", text("", "a"), text("", "b")), list("waits", long("", time.Second)),
		text("of a later version", "x"),
	})
	want := all{"bot", "off", time.Minute, 0.5, 1 << 40, -7, true, "", []string{"a", "b"}, []time.Duration{time.Second}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// What a bot answers that does not keep to the declaration changes nothing.
	fields.Fill(reflect.ValueOf(&got).Elem(), []*ocov1.Argument{
		text("n", "x"), text("on", "x"), long("sasl_user", time.Second), {Name: "wait", Value: &ocov1.Argument_Flag{}}, {Name: "ratio"},
		{Name: "tls", Value: &ocov1.Argument_Number{Number: 1}}, {Name: "pass", Value: &ocov1.Argument_Integer{Integer: 1}},
	})
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestWhatCannotBeDeclared(t *testing.T) {
	for want, of := range map[string]reflect.Type{
		"int is no struct":                              reflect.TypeFor[int](),
		"field a: it is not exported":                   reflect.TypeFor[struct{ a int }](),
		"a setting cannot be a func()":                  reflect.TypeFor[struct{ A func() }](),
		"a setting cannot be a interface {}":            reflect.TypeFor[struct{ A any }](),
		"field A: field b: it is not exported":          reflect.TypeFor[struct{ A struct{ b int } }](),
		"keys of a setting are string or int, not bool": reflect.TypeFor[struct{ A map[bool]int }](),
		"that holds itself":                             reflect.TypeFor[struct{ A []selfish }](),
		"selfishList that holds itself":                 reflect.TypeFor[struct{ A selfishList }](),
		"selfishMap that holds itself":                  reflect.TypeFor[struct{ A selfishMap }](),
		"field B: a secret is a setting of its own": reflect.TypeFor[struct {
			A struct {
				B string `oco:",secret"`
			}
		}](),
		`field B: its default "x" is not a whole number`: reflect.TypeFor[struct {
			A struct {
				B int `default:"x"`
			}
		}](),
		"field B: only what is one value has a default": reflect.TypeFor[struct {
			A struct {
				B []int `default:"1"`
			}
		}](),
		`field B: its tag oco says "opt"`: reflect.TypeFor[struct {
			A struct {
				B int `oco:",opt"`
			}
		}](),
		"field C: another one is called b": reflect.TypeFor[struct {
			A struct {
				B int
				C int `json:"b"`
			}
		}](),
		"choices are texts": reflect.TypeFor[struct {
			A int `choices:"1,2"`
		}](),
		`its tag oco says "sercet"`: reflect.TypeFor[struct {
			A string `oco:",sercet"`
		}](),
		"a secret and a list have no default": reflect.TypeFor[struct {
			A []string `default:"x"`
		}](),
		"another one is called a": reflect.TypeFor[struct {
			A string
			B string `oco:"a"`
		}](),
	} {
		if _, err := settings.Of(of); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", of, err)
		}
	}
}
