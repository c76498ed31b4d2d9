package rpc_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"

	"google.golang.org/protobuf/reflect/protoreflect"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/record"
)

// Everybody may ask who answers and who is asking, and sees by the instance that
// the bot was started anew (OCO-RPC-1, OCO-RPC-2).
func TestWhoAnswersAndWhoAsks(t *testing.T) {
	w := newWorld(t)
	instances := map[string]bool{}
	for _, role := range []chat.Role{chat.RoleHandler, chat.RoleAdapter, chat.RoleOperator, chat.RoleClient} {
		for _, scopes := range [][]string{nil, {plugin.RoomsRead, plugin.UsersRead}} {
			res := must(w.bots().GetBotInfo(w.ctx(role, scopes...), &ocov1.GetBotInfoRequest{}))(t)
			got := slices.Sorted(slices.Values(res.Caller.Scopes))
			if res.Caller.Role != ocov1.Role(role) || res.Caller.Name != role.String() || !slices.Equal(got, scopes) {
				t.Errorf("%s with %q: %v", role, scopes, res.Caller)
			}
			instances[res.InstanceId] = true
		}
	}
	again := newWorld(t)
	instances[must(again.bots().GetBotInfo(again.ctx(chat.RoleClient), &ocov1.GetBotInfoRequest{}))(t).InstanceId] = true
	if len(instances) != 2 || instances[""] {
		t.Errorf("two starts of the bot have the instances %q", slices.Collect(maps.Keys(instances)))
	}
}

// A page has 100 items unless the caller says otherwise, and never more than
// 1,000 (OCO-SIZ-10).
func TestPagesHaveASize(t *testing.T) {
	w := newWorld(t)
	for i := range 1100 {
		w.row(delivery.EndedKey(fmt.Sprintf("d%04d", i)), &record.Delivery{Event: "e", Plugin: "web", Outcome: uint32(chat.Done)})
	}
	for asked, want := range map[int32]int{0: 100, 1: 1, 1000: 1000, 1001: 1000, 1 << 30: 1000} {
		res := must(w.core.ListDeliveries(w.as(chat.RoleOperator), &ocov1.ListDeliveriesRequest{PageSize: asked}))(t)
		if len(res.Deliveries) != want || res.NextPageToken == "" {
			t.Errorf("page_size %d gives %d", asked, len(res.Deliveries))
		}
	}
}

// What the adapter is asked is kept nowhere: a bot that is started again on the
// same store does not ask again (OCO-LIF-26).
func TestQueriesAreKeptNowhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var asked []string
		w.roster(func(q *ocov1.Query) *ocov1.QueryAnswer { asked = append(asked, q.QueryId); return nil })
		ctx, before, inputs := w.as(chat.RoleOperator), maps.Clone(w.rows.data), len(w.engine.inputs)
		ctx, giveUp := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() {
			_, err := w.core.ListRooms(ctx, &ocov1.ListRoomsRequest{})
			ended <- err
		}()
		synctest.Wait()
		if len(asked) != 1 || len(w.engine.inputs) != inputs || !maps.EqualFunc(before, w.rows.data, slices.Equal[[]byte]) {
			t.Errorf("asked %q; %d inputs; %d rows before, %d now", asked, len(w.engine.inputs)-inputs, len(before), len(w.rows.data))
		}
		giveUp()
		<-ended
		w.stop()

		next := newWorld(t)
		next.rows.data = w.rows.data
		next.roster(func(q *ocov1.Query) *ocov1.QueryAnswer { asked = append(asked, q.QueryId); return nil })
		synctest.Wait()
		next.stop()
		if len(asked) != 1 {
			t.Errorf("asked again: %q", asked)
		}
	})
}

// What a person typed has fields with types of their own: a Struct knows one kind
// of number and would change an id (OCO-RTE-12).
func TestNothingTypedTravelsAsAStruct(t *testing.T) {
	seen := map[protoreflect.FullName]bool{}
	var walk func(protoreflect.MessageDescriptor, string)
	walk = func(m protoreflect.MessageDescriptor, path string) {
		switch m.FullName() {
		case "google.protobuf.Struct", "google.protobuf.Value", "google.protobuf.ListValue", "google.protobuf.Any":
			t.Errorf("%s is a %s", path, m.FullName())
			return
		}
		if seen[m.FullName()] {
			return
		}
		seen[m.FullName()] = true
		for i := range m.Fields().Len() {
			if f := m.Fields().Get(i); f.Message() != nil {
				walk(f.Message(), path+"."+string(f.Name()))
			}
		}
	}
	for _, m := range []interface{ ProtoReflect() protoreflect.Message }{&ocov1.Match{}, &ocov1.MessageEvent{}, &ocov1.Operation{}, &ocov1.OutgoingMessage{}} {
		d := m.ProtoReflect().Descriptor()
		walk(d, string(d.Name()))
	}
	if len(seen) < 8 {
		t.Fatalf("only %d messages seen", len(seen))
	}
}
