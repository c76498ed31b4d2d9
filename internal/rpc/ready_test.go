package rpc_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/rpc"
)

// A bot is ready while its adapter is there and connected, and while it does not
// stop (OCO-LIF-31).
func TestReadiness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stops atomic.Bool
		w := newWorld(t, func(o *rpc.Options) { o.State = func() (bool, []string) { return !stops.Load(), nil } })
		wants := func(want string) {
			t.Helper()
			ok, why := w.core.Readiness()
			if why != want || ok != (want == "") {
				t.Errorf("ready %v because %q, want %q", ok, why, want)
			}
			res, err := w.core.GetStatus(w.as(chat.RoleOperator), &ocov1.GetStatusRequest{})
			if err != nil || res.Ready != ok {
				t.Errorf("the status says %v, %v", res, err)
			}
		}
		report := func(connected bool) {
			t.Helper()
			_, err := w.core.ReportStatus(w.as(chat.RoleAdapter), &ocov1.ReportStatusRequest{AccountId: "account:1", Replica: "one", Connected: connected, Detail: "irc.example.org: the secret"})
			if err != nil {
				t.Fatal(err)
			}
		}
		wants("no adapter serves the account")
		w.roster(func(*ocov1.Query) *ocov1.QueryAnswer { return nil })
		wants("the adapter is not connected to the chat service")
		report(true)
		wants("")
		report(false)
		wants("the adapter is not connected to the chat service")
		report(true)
		stops.Store(true)
		wants("the bot stops")
		stops.Store(false)
		wants("")
		w.stop()
		wants("no adapter serves the account")
	})
}
