package rpc_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/engine"
	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/route"
	"github.com/openchatops/oco/internal/rpc"
	"github.com/openchatops/oco/internal/store/pebblestore"
)

// newWhole is a world with the true engine and intake over a store in memory:
// what its callers see is what plugins see.
func newWhole(t *testing.T) *world {
	t.Helper()
	st := must(pebblestore.OpenMemory(pebblestore.Options{}))(t)
	e := must(engine.Open(st, engine.Options{}))(t)
	t.Cleanup(func() {
		e.Stop()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return newWorld(t, func(o *rpc.Options) {
		people := authz.New(nil, nil)
		o.Engine, o.Store, o.Authority = e, st, people
		o.Intake = intake.New(intake.Options{
			Engine: e, Table: o.Registry.Table, Rules: intake.Rules{Address: route.Address{Name: "oco"}}, People: people, Claims: o.Claims.(*plugin.Claims),
		})
	})
}

// ctx is that of a call with the key of a role. It ends with the test's
// patience.
func (w *world) ctx(role chat.Role, scopes ...string) context.Context {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(bearer(w.t.Context(), w.key(role, scopes...)), time.Minute)
	w.t.Cleanup(cancel)
	return ctx
}

func (w *world) bots() ocov1.BotServiceClient { return ocov1.NewBotServiceClient(w.dial()) }
func (w *world) deliveries() ocov1.DeliveryServiceClient {
	return ocov1.NewDeliveryServiceClient(w.dial())
}
func (w *world) adapters() ocov1.AdapterServiceClient { return ocov1.NewAdapterServiceClient(w.dial()) }
func (w *world) admins() ocov1.AdminServiceClient     { return ocov1.NewAdminServiceClient(w.dial()) }

// handles registers routes for a replica of the handler and opens its stream.
func (w *world) handles(replica string, routes ...*ocov1.Route) *frames {
	w.t.Helper()
	res := must(w.bots().Register(w.ctx(chat.RoleHandler), &ocov1.RegisterRequest{Replica: replica, Manifest: &ocov1.Manifest{Routes: routes}}))(w.t)
	for _, r := range res.Routes {
		if r.Error != nil {
			w.t.Fatal(r)
		}
	}
	return w.streams(chat.RoleHandler, replica)
}

// adapts registers a replica of the adapter and makes it the active one.
func (w *world) adapts(replica string) *ocov1.ReportStatusResponse {
	w.t.Helper()
	must(w.bots().Register(w.ctx(chat.RoleAdapter), &ocov1.RegisterRequest{Replica: replica, Manifest: &ocov1.Manifest{
		Adapter: &ocov1.AdapterInfo{Service: "test", Account: "oco"},
	}}))(w.t)
	return w.reports(replica)
}

func (w *world) reports(replica string) *ocov1.ReportStatusResponse {
	w.t.Helper()
	return must(w.adapters().ReportStatus(w.ctx(chat.RoleAdapter), &ocov1.ReportStatusRequest{AccountId: "account:1", Replica: replica, Connected: true}))(w.t)
}

// publish publishes events of an adapter under an epoch.
func (w *world) publish(replica string, epoch uint64, events ...*ocov1.Event) (*ocov1.PublishEventsResponse, error) {
	return w.adapters().PublishEvents(w.ctx(chat.RoleAdapter), &ocov1.PublishEventsRequest{
		AccountId: "account:1", Replica: replica, Epoch: epoch, Events: events, Checkpoint: "at " + replica,
	})
}

// typed is a message of alice in her direct room, where the bot is addressed.
func typed(id, text string) *ocov1.Event {
	return &ocov1.Event{
		EventId: id, Actor: &ocov1.User{UserId: "alice", Name: "Alice"}, RoomKind: ocov1.RoomKind_ROOM_KIND_DIRECT,
		Address: &ocov1.Address{Room: byID("dm")},
		Kind: &ocov1.Event_Message{Message: &ocov1.MessageEvent{
			Change: ocov1.Change_CHANGE_CREATED, Message: &ocov1.Message{MessageId: "m-" + id, Content: &ocov1.Content{Text: text}},
		}},
	}
}

// frames reads a stream frame by frame.
type frames struct {
	t      testing.TB
	stream grpc.ServerStreamingClient[ocov1.SubscribeResponse]
	ready  *ocov1.Ready
	queue  []*ocov1.Frame
}

func (w *world) streams(role chat.Role, replica string) *frames {
	w.t.Helper()
	f := &frames{t: w.t, stream: must(w.deliveries().Subscribe(w.ctx(role), &ocov1.SubscribeRequest{Replica: replica}))(w.t)}
	first, err := f.next()
	if err != nil || first.GetReady() == nil {
		w.t.Fatalf("the first frame is %v, %v", first, err)
	}
	f.ready = first.GetReady()
	return f
}

func (f *frames) next() (*ocov1.Frame, error) {
	for len(f.queue) == 0 {
		res, err := f.stream.Recv()
		if err != nil {
			return nil, err
		}
		f.queue = res.Frames
	}
	one := f.queue[0]
	f.queue = f.queue[1:]
	return one, nil
}

// delivery is the next delivery of the stream.
func (f *frames) delivery() *ocov1.Delivery {
	f.t.Helper()
	for {
		frame, err := f.next()
		if err != nil {
			f.t.Fatal(err)
		}
		if d := frame.GetDelivery(); d != nil {
			return d
		}
	}
}

// ends completes a delivery and wants its verdict.
func (w *world) ends(d *ocov1.Delivery, c *ocov1.Completion) {
	w.t.Helper()
	c.DeliveryId, c.LeaseId = d.DeliveryId, d.LeaseId
	res := must(w.deliveries().Complete(w.ctx(chat.RoleHandler), &ocov1.CompleteRequest{Replica: "one", Completions: []*ocov1.Completion{c}}))(w.t)
	if r := res.Results[0]; r.Verdict != ocov1.Verdict_VERDICT_COMMITTED {
		w.t.Fatal(r)
	}
}

func hear(name, regex string) *ocov1.Route {
	return &ocov1.Route{Name: name, Order: ocov1.Order_ORDER_NONE, Match: &ocov1.Route_Hear{Hear: &ocov1.HearMatch{Regex: regex}}}
}

// The events of a batch are taken in their order, each for itself, and the
// answer accounts for every one (OCO-DLV-5, OCO-ERR-5, OCO-RPC-9, OCO-SIZ-8).
func TestABatchOfEventsIsTakenItemByItem(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		w := over(newWhole(t))
		heard := w.handles("one", hear("all", "n[0-9]+"))
		epoch := w.adapts("a").Epoch
		var events []*ocov1.Event
		for i := range 10 {
			events = append(events, typed(fmt.Sprint("e", i), fmt.Sprint("n", i)))
		}
		large := typed("large", "n90")
		large.Native = make([]byte, rpc.MaxNative+1)
		nobody := typed("nobody", "n91")
		nobody.Actor = nil
		events = slices.Insert(events, 5, large, typed("e0", "n92"), nobody)
		res := must(w.publish("a", epoch, events...))(t)
		if res.Admitted != 10 || res.Duplicates != 1 || len(res.Errors) != 2 || res.Errors[0].Index != 5 || res.Errors[1].Index != 7 {
			t.Fatal(res)
		}
		for i, want := range []string{"TOO_LARGE", "FIELD_INVALID"} {
			if got := string(reason(status.ErrorProto(res.Errors[i].Error))); got != want {
				t.Errorf("error %d is %s, want %s", i, got, want)
			}
		}
		for i := range 10 {
			if d := heard.delivery(); d.GetEvent().EventId != fmt.Sprint("event:1:e", i) {
				t.Fatalf("number %d is %s", i, d.GetEvent().EventId)
			}
		}
	})
}
