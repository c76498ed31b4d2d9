package intake_test

import (
	"os"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/texts"
)

// The page shows what the bot answers, as it does.
func TestThePageShowsWhatTheBotAnswers(t *testing.T) {
	const page = "../../docs/notices.md"
	var say *texts.Catalogue
	b := wordBench(t)
	b.table = tableOf(t, manyForms()...)
	b.codes["claim-abc"], b.codes["claim-def"] = true, true
	answer := func(b *bench, user, text string) string {
		t.Helper()
		got := b.told(user, text)
		if len(got) != 1 {
			t.Fatalf("%q is answered by %q", text, got)
		}
		return got[0]
	}
	swift, looping := newBench(t), newBench(t)
	swift.speak(nil, func(r *intake.Rules) { r.UserMessages = 2 })
	swift.told("alice", "oco: ping")
	swift.told("alice", "oco: ping")
	looping.speak(nil, func(r *intake.Rules) { r.LoopAnswers, r.OperatorsRoom = 1, chat.Place{Room: operatorsRoom} })
	enough := answer(looping, "alice", "oco: frobnicate")
	looping.in.Posting(looping.admits[len(looping.admits)-1].Events[0].Trace)
	rows := [][2]string{
		{"`frobnicate`, which nothing takes", answer(b, "alice", "oco: frobnicate")},
		{"`scael web 3`, which is near a command", answer(b, "alice", "oco: scael web 3")},
		{"`scale web many`, with a value that does not fit", answer(b, "alice", "oco: scale web many")},
		{"`deliver web`, by which a command was called before", answer(b, "alice", "oco: deliver web")},
		{"`retry d1`", say.Say(texts.RunsAgain, "old", "d1", "id", "d2")},
		{"`cancel d1`", say.Say(texts.IsCancelled, "id", "d1")},
		{"`drop d1`", say.Say(texts.IsSettled, "id", "d1")},
		{"the same of what there is not", strings.ReplaceAll(answer(b, "alice", "oco: retry d0123456789ab"), "d0123456789ab", "d1")},
		{"`pause h`", answer(b, "olga", "oco: pause h")},
		{"`resume`", answer(b, "olga", "oco: resume")},
		{"the code of `oco claim`, in a direct room", b.told("alice", "claim-def", direct)[0]},
		{"the code of `oco claim`, where others read it", answer(b, "alice", "oco: claim-abc")},
		{"more than `limits.user_messages` in a minute", answer(swift, "alice", "oco: ping")},
		{"often what is no command", enough},
		{"anything, at once after each answer", looping.told("alice", "oco: ping")[0]},
	}
	table := "| what somebody says | what the bot answers |\n|---|---|\n"
	for _, r := range rows {
		table += "| " + r[0] + " | " + strings.ReplaceAll(r[1], "\n", "<br>") + " |\n"
	}
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if _, after, _ := strings.Cut(string(raw), "## Answers of the bot\n"); !strings.Contains(strings.SplitN(after, "\n## ", 2)[0], table) {
		t.Errorf("%s must have under \"Answers of the bot\":\n%s", page, table)
	}
}
