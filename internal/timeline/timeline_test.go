package timeline

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

func at(seconds float64) *timestamppb.Timestamp {
	return timestamppb.New(time.Unix(1_000_000, 0).Add(time.Duration(seconds * float64(time.Second))))
}

// night is the life of a command that was lost, run again, and found done late.
func night() *ocov1.ShowRecordResponse {
	room := &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: "room:1:ops"}}}
	return &ocov1.ShowRecordResponse{
		Event: &ocov1.Event{
			EventId: "event:1:7", OccurTime: at(-1), AdmitTime: at(0), Address: room, Actor: &ocov1.User{UserId: "user:1:a", Name: "Alice"},
			Kind: &ocov1.Event_Message{Message: &ocov1.MessageEvent{Change: ocov1.Change_CHANGE_CREATED, Message: &ocov1.Message{Content: &ocov1.Content{Text: "deploy web"}}}},
		},
		Deliveries: []*ocov1.DeliveryRecord{
			{
				DeliveryId: "d1", PluginId: "deploy", Route: "deploy", State: ocov1.DeliveryState_DELIVERY_STATE_ENDED,
				Outcome: ocov1.Outcome_OUTCOME_UNKNOWN, ResolvedOutcome: ocov1.Outcome_OUTCOME_DONE, Settled: true, Address: room,
				Decision: "allowed: group ops", UserText: "It may have run.", Detail: "the process ended; run again by bob", RetriedAs: "d2",
				AdmitTime: at(0), EndTime: at(61), Traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
				Attempts: []*ocov1.Attempt{{Attempt: 1, Replica: "host-1", StartTime: at(4), EndTime: at(60), EndedBy: "lease lost"}},
				Sends: []*ocov1.SentRecord{
					{MessageId: "d1/0", State: ocov1.SendState_SEND_STATE_SENT, MakeTime: at(5), EndTime: at(5.5)},
					{MessageId: "d1/1", State: ocov1.SendState_SEND_STATE_FAILED, Detail: "the room is archived", MakeTime: at(6), EndTime: at(7)},
					{MessageId: "o1", Operation: "reaction", State: ocov1.SendState_SEND_STATE_UNKNOWN, MakeTime: at(8), EndTime: at(9)},
					{MessageId: "d1/2", State: ocov1.SendState_SEND_STATE_QUEUED, MakeTime: at(62)},
				},
			},
			{DeliveryId: "d2", PluginId: "deploy", Route: "deploy", State: ocov1.DeliveryState_DELIVERY_STATE_WAITING, AdmitTime: at(3600), Detail: "deploy is paused"},
		},
	}
}

func TestALifeIsToldInItsOrder(t *testing.T) {
	const want = `event event:1:7
  from        Alice (user:1:a)
  in          room:1:ops
  text        deploy web
  occurred    1970-01-12 13:46:39.000 UTC
  admitted    1970-01-12 13:46:40.000 UTC

delivery d1
  route       deploy:deploy
  state       unknown, then done (settled)
  decision    allowed: group ops
  told        It may have run.
  detail      the process ended; run again by bob
  retried as  d2
  trace       0af7651916cd43dd8448eb211c80319c
  13:46:40.000      +0s  admitted
  13:46:44.000      +4s  attempt 1: handed to host-1, it waited 4s
  13:46:45.500    +5.5s  message d1/0: posted
  13:46:47.000      +7s  message d1/1: failed, the room is archived
  13:46:49.000      +9s  reaction o1: nobody knows whether it was carried out
  13:47:40.000      +1m  attempt 1: ended, lease lost
  13:47:41.000    +1m1s  outcome: unknown
  13:47:42.000    +1m2s  message d1/2: waits for the chat service
                         resolved: done, by a late answer
                         run again as d2

delivery d2
  route       deploy:deploy
  state       waiting
  detail      deploy is paused
  14:46:40.000      +0s  admitted
                         it waits
`
	if got := (Style{}).Record(night()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAnOutlineRepeatsNothingThatWasSaid(t *testing.T) {
	got := Style{Outline: true, Plain: true, Zone: time.FixedZone("X", 3600)}.Record(night())
	for _, said := range []string{"deploy web", "It may have run", "the process ended", "archived", "deploy is paused"} {
		if strings.Contains(got, said) {
			t.Errorf("%q is repeated:\n%s", said, got)
		}
	}
	for _, want := range []string{"from: Alice (user:1:a)", "state: unknown, then done (settled)", "14:46:44.000 +4 s  attempt 1: handed to host-1, it waited 4 s\n", "message d1/1: failed\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not told:\n%s", want, got)
		}
	}
}

func TestWhatIsOpenSaysSo(t *testing.T) {
	for outcome, open := range map[ocov1.Outcome]bool{
		ocov1.Outcome_OUTCOME_FAILED: true, ocov1.Outcome_OUTCOME_UNKNOWN: true, ocov1.Outcome_OUTCOME_EXPIRED: true,
		ocov1.Outcome_OUTCOME_DONE: false, ocov1.Outcome_OUTCOME_REFUSED: false, ocov1.Outcome_OUTCOME_CANCELLED: false,
	} {
		d := &ocov1.DeliveryRecord{DeliveryId: "d1", Outcome: outcome, AdmitTime: at(0), EndTime: at(1), State: ocov1.DeliveryState_DELIVERY_STATE_ENDED}
		text := Style{}.Record(&ocov1.ShowRecordResponse{Deliveries: []*ocov1.DeliveryRecord{d}})
		if got := strings.Contains(text, "open: nobody has retried or dropped it"); got != open {
			t.Errorf("%s is open: %v\n%s", Word(outcome), got, text)
		}
		if d.Settled = true; OnOpenList(d) {
			t.Errorf("%s is open though it was settled", Word(outcome))
		}
	}
}

func TestTitlesAndTextAreStyled(t *testing.T) {
	style := Style{Bold: strings.ToUpper, Escape: func(text string) string { return strings.ReplaceAll(text, "e", "3") }}
	got := style.Record(night())
	for _, want := range []string{"EVENT 3V3NT:1:7\n", "  text        d3ploy w3b\n", "DELIVERY D1\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

func TestSpans(t *testing.T) {
	for span, want := range map[time.Duration]string{
		0: "0s", 1500 * time.Microsecond: "2ms", 12 * time.Millisecond: "12ms", 1234 * time.Millisecond: "1.2s", 10 * time.Second: "10s",
		time.Minute: "1m", 70 * time.Second: "1m10s", 10 * time.Minute: "10m", 20*time.Minute + 20*time.Second: "20m20s",
		time.Hour: "1h", 2*time.Hour + 30*time.Minute: "2h30m", 10*time.Hour + 10*time.Minute: "10h10m", 24 * time.Hour: "1d", 49 * time.Hour: "2d1h",
		10 * 24 * time.Hour: "10d", -3 * time.Second: "-3s",
	} {
		if got := Span(span); got != want {
			t.Errorf("%v is %q, want %q", span, got, want)
		}
	}
}

// What was said is not kept for ever: then that is what is shown.
func TestTextThatIsGoneIsSaidToBeGone(t *testing.T) {
	text := Style{}.Record(&ocov1.ShowRecordResponse{Event: &ocov1.Event{EventId: "event:1:7"}, Deliveries: []*ocov1.DeliveryRecord{{DeliveryId: "d1"}}})
	if !strings.Contains(text, "event event:1:7") || !strings.Contains(text, "not kept any more") {
		t.Errorf("it shows\n%s", text)
	}
}
