package cli

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

func TestStorePutAsksForWhatWasMeant(t *testing.T) {
	five := uint64(5)
	for name, c := range map[string]struct {
		put   StorePut
		stdin string
		want  *ocov1.Transaction
	}{
		"a value": {StorePut{Value: `"x"`}, "", &ocov1.Transaction{Writes: []*ocov1.Write{{Kind: &ocov1.Write_Put{Put: &ocov1.Put{Key: "k", Value: []byte(`"x"`)}}}}}},
		"all": {StorePut{Value: "-", Raw: true, TTL: time.Minute, Revision: &five}, "no json", &ocov1.Transaction{
			Guards: []*ocov1.Guard{{Key: "k", Revision: 5}},
			Writes: []*ocov1.Write{{Kind: &ocov1.Write_Put{Put: &ocov1.Put{Key: "k", Value: []byte("no json"), Ttl: durationpb.New(time.Minute)}}}},
		}},
		"a delete": {StorePut{Delete: true}, "", &ocov1.Transaction{Writes: []*ocov1.Write{{Kind: &ocov1.Write_DeleteKey{DeleteKey: "k"}}}}},
	} {
		bot := startFake(t)
		bot.answers["Transact"] = []any{&ocov1.TransactResponse{Committed: true}}
		c.put.Target, c.put.Namespace, c.put.Key, c.want.Namespace = Target{Data: bot.data}, "ns", "k", "ns"
		if r := run(t, &c.put, c.stdin, nil); r.failed != nil {
			t.Fatalf("%s: %v", name, r.failed)
		}
		if got := bot.asked[0].(*ocov1.TransactRequest).GetTransaction(); !proto.Equal(got, c.want) {
			t.Errorf("%s: asked %v, want %v", name, got, c.want)
		}
	}
}

func TestWhatCannotBePut(t *testing.T) {
	bot := startFake(t)
	for name, c := range map[string]struct {
		put   StorePut
		stdin string
		code  int
	}{
		"nothing":                {StorePut{}, "", 2},
		"no JSON":                {StorePut{Value: "text"}, "", 2},
		"a value and a delete":   {StorePut{Value: "1", Delete: true}, "", 2},
		"a ttl below zero":       {StorePut{Value: "1", TTL: -time.Second}, "", 2},
		"more than a value may":  {StorePut{Value: "-", Raw: true}, strings.Repeat("x", maxValue+1), 1},
		"the bot does not do it": {StorePut{Value: "1"}, "", 1},
	} {
		c.put.Target = Target{Data: bot.data}
		if r := run(t, &c.put, c.stdin, nil); ExitCode(r.failed) != c.code {
			t.Errorf("%s: %v", name, r.failed)
		}
	}
	if len(bot.asked) != 1 {
		t.Errorf("%d calls", len(bot.asked))
	}
}
