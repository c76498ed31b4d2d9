package rpc_test

import (
	"math"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
)

// What a message says about its repeats and how long it is worth posting reaches
// the machine, in a delivery and outside one; what is none is refused. [OCO-DLV-63]
func TestTermsOfAMessage(t *testing.T) {
	const dup, loss = ocov1.RepeatPolicy_REPEAT_POLICY_PREFER_DUP, ocov1.RepeatPolicy_REPEAT_POLICY_PREFER_LOSS
	for name, c := range map[string]struct {
		policy ocov1.RepeatPolicy
		valid  *durationpb.Duration
		want   delivery.Terms
		err    chat.Reason
	}{
		"nothing":      {0, nil, delivery.Terms{RepeatPolicy: chat.PreferDup}, ""},
		"dup":          {dup, nil, delivery.Terms{RepeatPolicy: chat.PreferDup}, ""},
		"loss":         {loss, nil, delivery.Terms{RepeatPolicy: chat.PreferLoss}, ""},
		"valid":        {loss, durationpb.New(time.Minute), delivery.Terms{RepeatPolicy: chat.PreferLoss, ValidFor: time.Minute}, ""},
		"shortest":     {0, durationpb.New(1), delivery.Terms{RepeatPolicy: chat.PreferDup, ValidFor: 1}, ""},
		"longest":      {0, durationpb.New(30 * 24 * time.Hour), delivery.Terms{RepeatPolicy: chat.PreferDup, ValidFor: 30 * 24 * time.Hour}, ""},
		"other policy": {3, nil, delivery.Terms{}, chat.FieldInvalid},
		"negative one": {-1, nil, delivery.Terms{}, chat.FieldInvalid},
		"for nothing":  {0, durationpb.New(0), delivery.Terms{}, chat.FieldInvalid},
		"before":       {0, durationpb.New(-time.Second), delivery.Terms{}, chat.FieldInvalid},
		"too long":     {0, durationpb.New(30*24*time.Hour + 1), delivery.Terms{}, chat.FieldInvalid},
		"beyond time":  {0, &durationpb.Duration{Seconds: math.MaxInt64}, delivery.Terms{}, chat.FieldInvalid},
		"malformed":    {0, &durationpb.Duration{Seconds: 1, Nanos: -1}, delivery.Terms{}, chat.FieldInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			message := to(byName("ops"))
			message.RepeatPolicy, message.ValidFor = c.policy, c.valid
			inside := &ocov1.SendMessageRequest{Id: &ocov1.SendMessageRequest_InDelivery{InDelivery: &ocov1.InDelivery{DeliveryId: "d", LeaseId: "l", Key: "k"}}, Message: message}
			_, outsideErr := w.core.SendMessage(w.as(chat.RoleOperator), request(message))
			_, insideErr := w.core.SendMessage(w.as(chat.RoleHandler), inside)
			if reason(outsideErr) != c.err || reason(insideErr) != c.err {
				t.Fatalf("outside a delivery %v, in one %v, want %q", outsideErr, insideErr, c.err)
			}
			if c.err != "" {
				return
			}
			if got := asked[delivery.Say](w.engine)[0].Send.Terms; got != c.want {
				t.Errorf("outside a delivery %+v", got)
			}
			if got := asked[delivery.Complete](w.engine)[0].Completions[0].Sends[0].Terms; got != c.want {
				t.Errorf("in a delivery %+v", got)
			}
		})
	}
}
