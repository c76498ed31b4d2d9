package delivery

import (
	"strings"
	"sync"
	"testing"

	"github.com/openchatops/oco/internal/texts"
	"github.com/openchatops/oco/internal/texts/textstest"
)

// inAnotherLanguage is a catalogue of which every text stands between brackets.
var inAnotherLanguage = sync.OnceValue(textstest.Wrapped)

// Whatever the bot says about deliveries by itself is of its catalogue, whole
// (OCO-RTE-34).
func TestAllThatIsSaidOfDeliveriesIsOfTheCatalogue(t *testing.T) {
	said := 0
	for title, rows := range everything(inAnotherLanguage()) {
		for _, r := range rows {
			said++
			if rest := textstest.Outside(r.text); rest != "" {
				t.Errorf("%s, %s: %q is of no catalogue in %q", title, r.when, rest, r.text)
			}
		}
	}
	if said < 40 {
		t.Errorf("%d texts only", said)
	}
}

// A machine says what it has to say in the texts of its options, and in others as soon
// as it is given others (OCO-RTE-35).
func TestAMachineSpeaksAsItIsTold(t *testing.T) {
	r := newRig(t)
	speak := func() string {
		r.come(far, 1)
		id := r.ask(route("far"))
		r.do(CancelOf{Delivery: id, By: "alice", Reason: "wrong app"})
		r.pass(DefaultOptions().NoticeGap)
		return r.said()
	}
	if got := speak(); !strings.Contains(got, "> deploy was cancelled by alice: wrong app. To run it again: oco retry ") {
		t.Errorf("without a catalogue: %q", got)
	}
	german, problems := texts.New(texts.Layer{"notice.cancelled_for": "{reason} – {who} hat {command} abgebrochen."})
	if problems != nil {
		t.Fatal(problems)
	}
	r.do(Tune{Texts: german})
	if got := speak(); !strings.Contains(got, "> wrong app. – alice hat deploy abgebrochen. To run it again: oco retry ") {
		t.Errorf("with another: %q", got)
	}
	r.do(Tune{})
	if got := speak(); !strings.Contains(got, "> deploy was cancelled by alice: wrong app. ") {
		t.Errorf("without it again: %q", got)
	}
}
