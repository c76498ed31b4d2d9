package rpc

import (
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/plugin"
)

// maxReasons bounds what an answer says of why routes are refused, which quotes them.
// Beside it there is room for the settings, and for a name and a short verdict of each.
const maxReasons = MaxMessage / 8

// routeResults are the verdicts over routes, in their order. Of very many the last have
// their reason and not its text, so that the answer fits into a message.
func routeResults(verdicts []plugin.Verdict) []*ocov1.RouteResult {
	results := make([]*ocov1.RouteResult, len(verdicts))
	left := maxReasons
	for i, v := range verdicts {
		results[i] = &ocov1.RouteResult{Route: v.Route, DefinitionId: v.Definition, Error: inBand(v.Err)}
		if v.Err == nil {
			continue
		}
		if left -= proto.Size(results[i].Error); left < 0 {
			results[i].Error = brief(v.Err)
		}
	}
	return results
}

func brief(refused *chat.Error) *spb.Status {
	return inBand(chat.Refuse(refused.Reason, "mend those before it: their reasons fill the answer"))
}
