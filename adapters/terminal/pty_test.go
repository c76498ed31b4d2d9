package terminal

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/internal/ptytest"
)

var update = flag.Bool("update", false, "write the golden screens anew")

// sitting is a person at a pseudo terminal, with the adapter on the other side.
// The bot does what the test says.
type sitting struct {
	*ptytest.Seat
	t       *testing.T
	adapter *terminal
	bot     *slowBot
	stop    context.CancelFunc
	ended   chan error
	env     map[string]string
}

// slowBot hands what is published to the test.
type slowBot struct {
	fakeBot
	taken    chan oco.Incoming
	commands func(oco.UserID, oco.RoomID) ([]oco.Command, error)
}

func (b *slowBot) Publish(_ context.Context, events ...oco.Incoming) error {
	if b.refuse != nil {
		return b.refuse(events[0])
	}
	b.taken <- events[0]
	return nil
}

func (b *slowBot) ListCommands(_ context.Context, user oco.UserID, room oco.RoomID) ([]oco.Command, error) {
	return b.commands(user, room)
}

var someCommands = []oco.Command{
	{Pattern: "deploy {app} to {env:prod|staging} [--force]", Arguments: []oco.CommandArgument{{Name: "app", Choices: []string{"web", "worker"}}}},
	{Pattern: "help [{topic...}]"},
	{Pattern: "ping", Aliases: []string{"are you there"}},
	{Pattern: "login {secret}", Arguments: []oco.CommandArgument{{Name: "secret", Sensitive: true}}},
	{Pattern: "page {who:user} in {where:room}"},
}

func sit(t *testing.T, env map[string]string) *sitting {
	t.Helper()
	s := &sitting{Seat: ptytest.Sit(t), t: t, ended: make(chan error, 1), env: env}
	if env["HOME"] == "" && env["XDG_STATE_HOME"] == "" {
		env["HOME"] = t.TempDir()
	}
	s.bot = &slowBot{taken: make(chan oco.Incoming, 1), commands: func(oco.UserID, oco.RoomID) ([]oco.Command, error) { return someCommands, nil }}
	s.adapter = newTerminal("alice", func() (streams, error) {
		return streams{
			in: s.Program, out: s.Program, err: s.Program, talk: s.Program, interactive: true,
			tty: s.Program, colour: env["NO_COLOR"] == "", getenv: func(name string) string { return env[name] },
		}, nil
	})
	ctx, stop := context.WithCancel(t.Context())
	s.stop = stop
	go func() { s.ended <- s.adapter.Run(ctx, s.bot) }()
	s.Await("alice @oco> █")
	return s
}

// enter types a line and returns what is published.
func (s *sitting) enter(line string) oco.Incoming {
	s.t.Helper()
	s.Type(line + "\r")
	select {
	case e := <-s.bot.taken:
		return e
	case err := <-s.ended:
		s.t.Fatalf("Run ended: %v", err)
	}
	return oco.Incoming{}
}

// say has the bot say something.
func (s *sitting) say(room oco.RoomID, reason oco.SendReason, text string) {
	s.t.Helper()
	if _, err := s.adapter.Send(s.t.Context(), oco.Outgoing{Room: room, Text: text, Reason: reason}); err != nil {
		s.t.Fatal(err)
	}
}

// leave ends with Ctrl-D and checks the screen.
func (s *sitting) leave(golden string) {
	s.t.Helper()
	s.Type("\x04")
	if err := <-s.ended; err != nil {
		s.t.Errorf("Run: %v", err)
	}
	s.AwaitMode("?2004", false)
	s.Await(">\n█")
	if strange := s.Strange(); len(strange) > 0 {
		s.t.Errorf("the terminal got %q", strange)
	}
	if golden == "" {
		return
	}
	file := filepath.Join("testdata", "pty", golden+".screen")
	got := s.Styled()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	if got != string(want) {
		s.t.Errorf("the screen shows\n%s\nwant (go test -update writes it anew)\n%s", got, want)
	}
}

func TestTalkInATerminal(t *testing.T) {
	s := sit(t, map[string]string{})
	e := s.enter("ping")
	s.say(roomID, oco.ReasonHandler, "pong")
	s.adapter.Settled(e.ID, []oco.Outcome{oco.Done})
	s.Await("pong\nalice @oco> █")
	e = s.enter("release notes")
	s.say(roomID, oco.ReasonHandler, "# Release 7\n- **faster** by `30 %`\n- *almost* done\n> quoted\n```go\nfunc main() {}\n```\nsnake_case_stays 2 * 3 * 4")
	s.say(roomID, oco.ReasonNotice, "release failed: no disk.\nTo run it again: oco retry D1")
	s.adapter.Settled(e.ID, []oco.Outcome{oco.Failed})
	s.Await("D1\nalice @oco> █")
	s.say(roomID, oco.ReasonHandler, "\x1b[2Jgone\x07 \u202eevil\nalice @oco> forged")
	s.Await("forged\nalice @oco> █")
	s.leave("talk")
}

func TestNoColour(t *testing.T) {
	s := sit(t, map[string]string{"NO_COLOR": "1"})
	s.say(roomID, oco.ReasonHandler, "**bold** stays as it was written")
	s.say(roomID, oco.ReasonNotice, "a notice")
	s.Await("! a notice\nalice @oco> █")
	s.leave("no-colour")
	if strings.Contains(s.Styled(), `\e[`) {
		t.Error("there are colours")
	}
}

func TestSeveralUsersAndRooms(t *testing.T) {
	s := sit(t, map[string]string{})
	s.Type("/as bob\r")
	s.Await("bob @oco> █")
	e := s.enter("hi")
	if e.Actor.ID != "bob" || e.Room.ID != "dm:bob" || e.Room.Kind != oco.RoomDirect || !e.Room.Private {
		t.Errorf("event %+v", e)
	}
	s.Type("/room ops\r")
	s.Await("bob #ops> █")
	e = s.enter("oco: deploy web")
	if e.Actor.ID != "bob" || e.Room.ID != "#ops" || e.Room.Kind != oco.RoomChannel || e.Room.Name != "ops" || e.Message.Text != "oco: deploy web" {
		t.Errorf("event %+v", e)
	}
	s.Type("/as alice\r")
	s.Await("alice #ops> █")
	s.say("#ops", oco.ReasonHandler, "said here")
	s.say("dm:bob", oco.ReasonHandler, "said to bob\nin two lines")
	s.say(roomID, oco.ReasonNotice, "about another line")
	if _, err := s.adapter.Send(t.Context(), oco.Outgoing{User: "bob", Text: "to bob by name"}); err != nil {
		t.Error(err)
	}
	s.say("#dev", oco.ReasonClient, "said in a room where nobody was")
	s.Await("nobody was\nalice #ops> █")
	s.Type("/dm\r")
	s.Await("alice @oco> █")
	if e := s.enter("//etc is full"); e.Room.ID != roomID || e.Message.Text != "/etc is full" {
		t.Errorf("event %+v", e)
	}
	for _, bad := range []string{"/as", "/as oco", "/as a:b", "/room a b", "/dm x", "/frobnicate"} {
		s.Type(bad + "\r")
		s.Await(".\nalice @oco> █")
	}
	s.Type("/help\r")
	s.Await("if there is none.\nalice @oco> █")
	users, err := s.adapter.Users(t.Context())
	if err != nil || len(users) != 3 || users[1].ID != "bob" {
		t.Errorf("users %+v, error %v", users, err)
	}
	rooms, err := s.adapter.Rooms(t.Context())
	if err != nil || len(rooms) != 3 {
		t.Errorf("rooms %+v, error %v", rooms, err)
	}
	s.leave("places")
}

func TestASignOfWork(t *testing.T) {
	s := sit(t, map[string]string{"NO_COLOR": "1"})
	e := s.enter("deploy web")
	s.Await("\nworking… alice @oco> █")
	s.Type("pi")
	s.Await("working… alice @oco> pi█")
	s.adapter.pending.wait(time.Hour)
	s.say(roomID, oco.ReasonHandler, "copied")
	s.Await("copied\nalice @oco> pi█")
	s.adapter.pending.wait(0)
	s.Await("copied\nworking… alice @oco> pi█") // it is silent again
	s.adapter.Settled(e.ID, []oco.Outcome{oco.Done})
	s.Await("copied\nalice @oco> pi█")
	s.Type("\x03")
	s.Await("copied\nalice @oco> █")
	s.leave("sign")
}

func (p *pending) wait(patience time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.patience = patience
}

func TestOutputWhileSomebodyTypes(t *testing.T) {
	s := sit(t, map[string]string{"NO_COLOR": "1"})
	long := strings.Repeat("word ", 20) // two rows
	s.Type(long + "\x01")               // and to the beginning
	s.Await("wor\nd word word word word word word")
	s.say(roomID, oco.ReasonHandler, "an answer\nof two lines")
	s.Type("X")
	if e := s.enter(""); e.Message.Text != "X"+long {
		t.Errorf("published %q", e.Message.Text)
	}
	s.Await("alice @oco> █")
	s.leave("redraw")
}

func TestResize(t *testing.T) {
	s := sit(t, map[string]string{"NO_COLOR": "1"})
	s.Resize(30, 24)
	s.Type("0123456789012345678901234567890123456789")
	s.Await("alice @oco> 012345678901234567\n8901234567890123456789█")
	s.Resize(80, 24)
	s.Type("X")
	if e := s.enter(""); e.Message.Text != "0123456789012345678901234567890123456789X" {
		t.Errorf("published %q", e.Message.Text)
	}
	s.Await("alice @oco> █")
	s.leave("")
}

func TestPasteIsOneMessage(t *testing.T) {
	s := sit(t, map[string]string{"NO_COLOR": "1"})
	s.Type("echo \x1b[200~one\r\n\ttwo\nthree\x1b[31m\x07\x1b[201~!")
	s.Await("alice @oco> echo one⏎⇥two⏎three[31m!█")
	if e := s.enter(""); e.Message.Text != "echo one\n\ttwo\nthree[31m!" {
		t.Errorf("published %q", e.Message.Text)
	}
	s.Type("\x1b[200~" + strings.Repeat("0123456789abcde\n", 9000) + "\x1b[201~\r")
	s.Await("! That was not taken: it is longer than 64 KiB; split it.\nalice @oco> █")
	if e := s.enter("ping"); e.Message.Text != "ping" {
		t.Errorf("published %q", e.Message.Text)
	}
	s.Await("alice @oco> █")
	s.leave("")
}

func TestALongTypedLineIsWhole(t *testing.T) {
	s := sit(t, map[string]string{"NO_COLOR": "1"})
	long := strings.Repeat("0123456789", 500)
	if e := s.enter(long); e.Message.Text != long {
		t.Errorf("%d bytes were published, want %d", len(e.Message.Text), len(long))
	}
	s.Await("alice @oco> █")
	s.leave("")
}

func TestCompletionInATerminal(t *testing.T) {
	s := sit(t, map[string]string{"NO_COLOR": "1"})
	s.Type("dep\t")
	s.Await("> deploy █")
	s.Type("w\t") // web or worker: w is all that they share
	s.Await("web  worker\nalice @oco> deploy w█")
	s.Type("e\tto \t")
	s.Await("prod  staging\nalice @oco> deploy web to █")
	s.Type("s\t-\t")
	s.Await("> deploy web to staging --force █")
	if e := s.enter(""); e.Message.Text != "deploy web to staging --force " {
		t.Errorf("published %q", e.Message.Text)
	}
	s.Type("/ro\tops\r")
	s.Await("alice #ops> █")
	s.Type("o\t")
	s.Await("> oco: █")
	s.Type("pin\t")
	s.Await("> oco: ping █")
	s.Type("\x03page @a\tin #\t")
	s.Await("> page @ain #█") // in a room the bot must be addressed
	s.Type("\x03oco, page @a\tin #\t")
	s.Await("> oco, page @alice in #ops █")
	s.bot.commands = func(oco.UserID, oco.RoomID) ([]oco.Command, error) { return nil, errors.New("away") }
	s.Type("\x03oco: p\t!")
	s.Await("> oco: p!█")
	s.Type("\x03")
	s.Await("alice #ops> █")
	s.leave("completion")
}

func TestCtrlCTakesTheLineBackAndThenEnds(t *testing.T) {
	s := sit(t, map[string]string{})
	s.Type("half a line\x03")
	s.Await("alice @oco> █")
	s.Type("\x03")
	if err := <-s.ended; err != nil {
		t.Errorf("Run: %v", err)
	}
	if len(s.bot.taken) > 0 {
		t.Error("half a line was published")
	}
}

func TestTheTerminalIsGivenBack(t *testing.T) {
	s := sit(t, map[string]string{})
	s.AwaitMode("?2004", true)
	s.Type("half a line")
	s.Await("half a line█")
	s.stop()
	if err := <-s.ended; err != nil {
		t.Errorf("Run: %v", err)
	}
	s.AwaitMode("?2004", false)
	s.Type("echoed by the system") // no longer raw
	s.Await("half a line\nechoed by the system█")
}

func TestARefusedLineInATerminal(t *testing.T) {
	s := sit(t, map[string]string{"NO_COLOR": "1"})
	s.bot.refuse = func(oco.Incoming) error {
		return &oco.PublishError{Events: map[int]error{0: errors.New("the text is\x1b empty")}}
	}
	s.Type("ping\r")
	s.Await("! That was not taken: the text is\\x1b empty.\nalice @oco> █")
	gone := errors.New("the bot is gone")
	s.bot.refuse = func(oco.Incoming) error { return gone }
	s.Type("ping\r")
	if err := <-s.ended; !errors.Is(err, gone) {
		t.Errorf("Run: %v", err)
	}
}

// Characters that are two columns wide, and those that several code points make,
// are edited as what a person sees.
func TestWideCharactersInATerminal(t *testing.T) {
	s := sit(t, map[string]string{"NO_COLOR": "1"})
	s.Type("echo 漢字x")
	s.Await("> echo 漢字x█")
	s.Type("\x1b[D\x1b[D\x1b[3~仮")
	s.Await("> echo 漢仮x")
	s.Type("\x05👩‍👩‍👧e\u0301\x02\x7f")
	s.Type("!\x05")
	s.Await("> echo 漢仮x!e\u0301█")
	s.Type("\x15" + strings.Repeat("漢", 40))
	s.Await("alice @oco> " + strings.Repeat("漢", 34) + "\n" + strings.Repeat("漢", 6) + "█")
	s.say(roomID, oco.ReasonHandler, "漢 is said")
	s.Await("漢 is said\nalice @oco> " + strings.Repeat("漢", 34) + "\n" + strings.Repeat("漢", 6) + "█")
	s.Type("\x15漢\x1b[200~字👩‍👩‍👧\x1b[201~\x1b[D仮")
	if e := s.enter(""); e.Message.Text != "漢字仮👩‍👩‍👧" {
		t.Errorf("published %q", e.Message.Text)
	}
	s.Type("\x1b[A\x02\x02!")
	if e := s.enter(""); e.Message.Text != "漢字!仮👩‍👩‍👧" {
		t.Errorf("from the history: %q", e.Message.Text)
	}
	s.Await("alice @oco> █")
	s.leave("wide")
}

// A line that does not fit on the screen shows what is around the cursor.
func TestALineHigherThanTheScreen(t *testing.T) {
	s := sit(t, map[string]string{"NO_COLOR": "1"})
	s.Resize(20, 4)
	long := strings.Repeat("0123456789", 12)
	s.Type(long)
	s.Await("\n890123456789█")
	s.Type("\x01X")
	s.AwaitPart("alice @oco> X0123456\n")
	if e := s.enter(""); e.Message.Text != "X"+long {
		t.Errorf("published %q", e.Message.Text)
	}
	s.Resize(80, 24)
	s.Await("alice @oco> █")
	s.leave("")
}
