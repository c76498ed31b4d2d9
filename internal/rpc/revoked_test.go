package rpc_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/rpc"
)

// keyID is the id of the newest key of a role.
func (w *world) keyID(role chat.Role) string {
	w.t.Helper()
	id := ""
	for _, k := range w.keys.List() {
		if k.Role == role {
			id = k.ID
		}
	}
	return id
}

// A stream and a long poll end with their key, and the machine learns that their
// replicas may not come back; those of another key of the name go on
// (OCO-SEC-4, OCO-SEC-5, OCO-SEC-23).
func TestARevokedKeyCutsItsReplicasOnly(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		synctest.Test(t, func(t *testing.T) {
			w := over(newWorld(t))
			old, r, another := w.as(chat.RoleHandler), &reader{t: t}, &reader{t: t}
			revoked := w.keyID(chat.RoleHandler)
			stream, poll, other := make(chan error, 1), make(chan error, 1), make(chan error, 1)
			go func() { stream <- w.stream(old, &ocov1.SubscribeRequest{Replica: "one"}, r.send) }()
			go func() {
				_, err := w.core.Pull(old, &ocov1.PullRequest{Replica: "two", Wait: durationpb.New(time.Hour)})
				poll <- err
			}()
			rotated, stop := context.WithCancel(w.as(chat.RoleHandler, "rooms.read"))
			go func() {
				other <- w.stream(rotated, &ocov1.SubscribeRequest{Replica: "three"}, another.send)
			}()
			synctest.Wait()
			began := time.Now()
			if err := w.keys.Revoke(t.Context(), revoked); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if time.Since(began) != 0 {
				t.Error("the key was revoked later than at once")
			}
			wants(t, <-stream, chat.KeyInvalid)
			wants(t, <-poll, chat.KeyInvalid)
			select {
			case err := <-other:
				t.Errorf("the stream of another key ended: %v", err)
			default:
			}
			cut := map[string]bool{}
			for _, d := range asked[delivery.Disconnect](w.engine) {
				cut[d.Name] = d.Cut
			}
			if len(cut) != 2 || !cut["one"] || !cut["two"] {
				t.Errorf("the machine was told %v", cut)
			}
			stop()
			<-other
			if all := asked[delivery.Disconnect](w.engine); all[len(all)-1].Cut {
				t.Error("a stream that was left in order counts as cut")
			}
		})
	})
}

// A call that was let in just before its key was revoked opens no stream.
func TestAStreamOfARevokedKeyDoesNotOpen(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		synctest.Test(t, func(t *testing.T) {
			w := over(newWorld(t))
			ctx := w.as(chat.RoleHandler)
			if err := w.keys.Revoke(t.Context(), w.keyID(chat.RoleHandler)); err != nil {
				t.Fatal(err)
			}
			err := w.stream(ctx, &ocov1.SubscribeRequest{Replica: "one"}, func(rpc.Frames) error { return nil })
			wants(t, err, chat.KeyInvalid)
			_, err = w.core.Pull(ctx, &ocov1.PullRequest{Replica: "one", Wait: durationpb.New(time.Hour)})
			wants(t, err, chat.KeyInvalid)
			if n := len(w.engine.sinks); n != 0 {
				t.Errorf("%d streams are left", n)
			}
		})
	})
}

// Streams that are not of this protocol end with the key as well.
func TestARevokedKeyEndsAWatchOfTheHealth(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(bearer(t.Context(), w.key(chat.RoleClient)), time.Minute)
	defer cancel()
	watch, err := healthpb.NewHealthClient(w.dial()).Watch(ctx, &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := watch.Recv(); err != nil {
		t.Fatal(err)
	}
	if err := w.keys.Revoke(t.Context(), w.keyID(chat.RoleClient)); err != nil {
		t.Fatal(err)
	}
	_, err = watch.Recv()
	wants(t, err, chat.KeyInvalid)
}
