package strictjson_test

import (
	"errors"
	"strings"
	"testing"

	_ "google.golang.org/genproto/googleapis/rpc/errdetails" // a detail of an error is read by its type
	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/strictjson"
)

// What is wrong is found wherever it stands, and told without the value.
func TestWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		into     proto.Message
		document string
		at, says string
	}{
		{into: &ocov1.Manifest{}, document: `{"routes":[{"alow":["ops"]}]}`, at: "routes[0].alow", says: "there is no such field in Route; did you mean `allow`?"},
		{into: &ocov1.Manifest{}, document: `{"routes":[{"x":1}]}`, at: "routes[0].x", says: "there is no such field in Route, which has name, help, "},
		{into: &ocov1.LeaveResponse{}, document: `{"n":1}`, at: "n", says: "there is no such field in LeaveResponse, which has no fields"},
		{into: &ocov1.Manifest{}, document: `{"routes":[null]}`, at: "routes[0]", says: "it must be an object, in {}, with the fields of Route: name, "},
		{into: &ocov1.Manifest{}, document: `null`, says: "it must be an object, in {}, with the fields of Manifest: "},
		{into: &ocov1.Manifest{}, document: `{"scopes":["a",{"hunter2":"hunter2"}]}`, at: "scopes[1]", says: "it must be a text in UTF-8"},
		{into: &ocov1.Route{}, document: `{"maxRun":"1s","max_run":"1s"}`, says: `it is no Route (line 1:16): duplicate field "max_run"`},
		{into: &ocov1.Capabilities{}, document: `{"levels":{"a":"CAPABILITY_LEVEL_FULL","b":"hunter2"}}`, at: `levels["b"]`, says: "it must be one of CAPABILITY_LEVEL_"},
		{into: &ocov1.Capabilities{}, document: `{"levels":{"a":null}}`, at: `levels["a"]`, says: "it must be one of CAPABILITY_LEVEL_"},
		{into: &ocov1.Capabilities{}, document: `{"levels":["hunter2"]}`, at: "levels", says: "it must be an object, in {}, with a name for each value"},
		{into: &ocov1.CustomEvent{}, document: `{"data":"hunter2"}`, at: "data", says: "it must be a google.protobuf.Struct"},
		{into: &ocov1.Fail{}, document: `{"error":{"code":2,"text":"hunter2"}}`, at: "error", says: "it must be a google.rpc.Status"},
		{into: &ocov1.Fail{}, document: `{"error":{"details":[{"@type":"hunter2"}]}}`, at: "error", says: "it must be a google.rpc.Status"},
	} {
		err := strictjson.Unmarshal([]byte(c.document), c.into)
		wrong, ok := errors.AsType[*strictjson.Problem](err)
		if !ok || wrong.At != c.at || !strings.HasPrefix(strings.ReplaceAll(wrong.Text, "\u00a0", " "), c.says) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want %s: %s", c.document, err, c.at, c.says)
		}
	}
}

// What the protocol has a JSON of its own for is taken with whatever is in it.
func TestWhatIsRight(t *testing.T) {
	for document, into := range map[string]proto.Message{
		`{"type":"a","data":{"any":[null,{"x":1}],"max_run":null}}`:                                                  &ocov1.CustomEvent{},
		`{"user_text":"a","error":{"code":2,"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo"}]}}`:      &ocov1.Fail{},
		`{"userText":null,"error":null}`:                                                                             &ocov1.Fail{},
		`{"levels":{"a b":"CAPABILITY_LEVEL_REJECTED","":0}}`:                                                        &ocov1.Capabilities{},
		`{"routes":[{"command":null,"hear":{"regex":"a"}}],"settings":[{"name":"a","default_text":""}],"scopes":[]}`: &ocov1.Manifest{},
	} {
		if err := strictjson.Unmarshal([]byte(document), into); err != nil {
			t.Errorf("%s: %v", document, err)
		}
	}
}

// However deep a document is nested, it is read a bounded number of times.
func TestDeepDocuments(t *testing.T) {
	const deep = 1000
	for _, inner := range []string{`{"hunter2":1}`, `{"text":` + strings.Repeat(" ", 1<<18) + `7}`} {
		document := `{"name":"a",` + strings.Repeat(`"list":{"items":[{`, deep) + `"list":` + inner + strings.Repeat(`}]}`, deep) + `}`
		err := strictjson.Unmarshal([]byte(document), &ocov1.Argument{})
		wrong, ok := errors.AsType[*strictjson.Problem](err)
		if !ok || wrong.At != "" || !strings.HasPrefix(wrong.Text, "it is no Argument (line 1:") || strings.Contains(wrong.Text, "hunter2") {
			t.Errorf("%v", err)
		}
	}
}
