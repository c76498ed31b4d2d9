package ocotest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/ocotest"
)

// clerk takes arguments that the words alone do not tell.
func clerk() *oco.Handler {
	h := oco.NewHandler("clerk")
	describe := func(u oco.User) string {
		return strings.TrimSpace(fmt.Sprintf("%s %s %s %v", u.ID, u.Name, u.TimeZone, u.Groups))
	}
	h.Command("whois {who:user}", "Tell who somebody is.", func(_ context.Context, msg *oco.Message) error {
		msg.Reply(describe(msg.ArgUser("who")))
		return nil
	})
	h.Command("call [in {room:room=here}] {who*:user}", "Call people together.", func(_ context.Context, msg *oco.Message) error {
		var all []string
		for _, u := range msg.ArgUsers("who") {
			all = append(all, string(u.ID))
		}
		r := msg.ArgRoom("room")
		msg.Reply(strings.Join(all, "+") + " to " + string(r.ID) + " " + r.Name)
		return nil
	})
	h.Command("remind at {when:time}", "Remind.", func(_ context.Context, msg *oco.Message) error {
		msg.Reply(msg.When("when").UTC().Format("15:04"))
		return nil
	})
	h.Command("read {log:file}", "Read a file.", func(_ context.Context, msg *oco.Message) error {
		f := msg.ArgFile("log")
		msg.Reply(fmt.Sprintf("%s %s %s %d %s, of %d", f.ID, f.Name, f.MediaType, f.Size, f.URL, len(msg.Attachments())))
		return nil
	})
	return h
}

func office() ocotest.Config {
	return ocotest.Config{
		Groups:    map[string][]string{"bosses": {"olga"}, "night": {"bob"}},
		Operators: []string{"olga"},
		Users:     []oco.User{{ID: "bob", Name: "Bob Smith", TimeZone: "Asia/Tokyo"}, {ID: "U7", Name: "Ann", MentionName: "ann"}},
		Rooms:     []oco.Room{{ID: "dev"}, {ID: "board", Private: true}},
	}
}

// The adapter is asked while its own call is in flight, with Attach and without: it
// answers, and nothing waits for itself (OCO-RTE-51, OCO-RTE-52).
func TestArgumentsThatAreLookedUp(t *testing.T) {
	ocotest.OverBoth(t, func(t *testing.T) {
		bot := ocotest.StartWith(t, office(), clerk())
		for said, want := range map[string]string{
			"whois bob":        "user:1:bob Bob Smith Asia/Tokyo [night]",
			"whois @ann":       "user:1:U7 Ann  []",
			"whois user:1:U7":  "user:1:U7 Ann  []",
			"whois me":         "user:1:alice alice  []",
			"call bob me ann":  "user:1:bob+user:1:alice+user:1:U7 to room:1:dm-alice dm-alice",
			"call in #dev bob": "user:1:bob to room:1:dev dev",
			"remind at 9:30":   "09:30",
		} {
			bot.Command(said)
			bot.WantReply(want)
		}
		bot.Mentioning("@Bob Smith", "bob").Command("call @Bob Smith, ann")
		bot.WantReply("user:1:bob+user:1:U7 to room:1:dm-alice dm-alice")
		dev := bot.In("dev").Mentioning("<@U7>", "U7").MentioningRoom("<#C1>", "dev")
		dev.Command("call in <#C1> <@U7>")
		dev.WantReply("user:1:U7 to room:1:dev dev")
		bot.InZone("America/New_York").Command("remind at 9:30")
		bot.WantReply(time.Date(2026, 7, 1, 9, 30, 0, 0, zone(t, "America/New_York")).UTC().Format("15:04"))
		bot.Command("whois bobb")
		bot.WantAnswer("“bobb” does not fit who", "Usage: whois {who:user}")
		bot.WantOutcome()
	})
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	_, offset := time.Now().In(z).Zone() // of today, as the bot has it
	return time.FixedZone(name, offset)
}

// Who has no zone of their own speaks in that of the operator (OCO-RTE-55).
func TestTheZoneOfTheOperator(t *testing.T) {
	c := office()
	c.TimeZone = "Asia/Kolkata"
	bot := ocotest.StartWith(t, c, clerk())
	bot.Command("remind at 2026-07-01 12:00")
	bot.WantReply("06:30")
	bot.InZone("Europe/Berlin").Command("remind at 2026-07-01 12:00")
	bot.WantReply("10:00")
}

// OCO-RTE-58.
func TestFilesOfMessages(t *testing.T) {
	bot := ocotest.StartWith(t, office(), clerk())
	log := oco.Attachment{Name: "a b.log", MediaType: "text/plain", Size: 12, URL: "https://files.example/1"}
	bot.Attaching(log).Command("read")
	bot.WantReply("file:1:a~20b.log a b.log text/plain 12 https://files.example/1, of 1")
	bot.Command("read")
	bot.WantAnswer("log is missing", "Usage: read")
	bot.Attaching(log, log).Command("read")
	bot.WantAnswer("several files")
}

// Who is not in a private room does not learn that there is one (OCO-RTE-54).
func TestPrivateRoomsAreForWhoIsInThem(t *testing.T) {
	bot := ocotest.StartWith(t, office(), clerk())
	bot.As("bob").In("board").Say("I am here")
	bot.Command("call in board bob")
	bot.WantAnswer("“board” does not fit room")
	bot.Command("call in nowhere bob")
	bot.WantAnswer("“nowhere” does not fit room")
	bot.Command("call in room:1:board bob")
	bot.WantAnswer("“room:1:board” does not fit room")
	bob := bot.As("bob")
	for _, name := range []string{"board", "#board", "room:1:board"} {
		bob.Command("call in " + name + " me")
		bob.WantReply("user:1:bob to room:1:board board")
	}
}

// A retry fires whom the command meant, not who has the name by now (OCO-RTE-57).
func TestARetryIsAboutTheSamePerson(t *testing.T) {
	fired := make(chan oco.UserID, 2)
	h := clerk()
	h.Command("fire {who:user}", "Fire somebody.", func(_ context.Context, msg *oco.Message) error {
		fired <- msg.ArgUser("who").ID
		return oco.Tell("not today", fmt.Errorf("busy"))
	}, oco.Allow("bosses"))
	bot := ocotest.StartWith(t, office(), h)
	olga := bot.As("olga")
	olga.Command("fire ann")
	bot.Rename("U7", "annabel")
	bot.Rename("bob", "ann")
	_, id, _ := strings.Cut(bot.LastNotice(), "oco retry ")
	olga.Command("oco retry " + strings.TrimSpace(id))
	for range 2 {
		if got := <-fired; got != "user:1:U7" {
			t.Errorf("%s was fired", got)
		}
	}
}
