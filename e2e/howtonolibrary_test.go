package e2e

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestHowToNoLibrary follows docs/howto-no-library.md: its files, its commands, in its
// order. Only a free port is put in. What the page asks people to say is said here.
func TestHowToNoLibrary(t *testing.T) {
	need(t, "curl", "the page is about it")
	need(t, "jq", "the page is about it")
	t.Parallel()
	port := freePort(t)
	text := strings.ReplaceAll(read(t, filepath.Join("..", "docs", "howto-no-library.md")), "127.0.0.1:8765", port)
	steps := marked.FindAllStringSubmatch(text, -1)
	dir := shortDir(t)
	var bot *talk
	next := 0
	step := func(name, want string) {
		t.Helper()
		for ; ; next++ {
			if next == len(steps) {
				t.Fatalf("the page has no step %q here", name)
			}
			out, ran := follow(t, dir, steps[next])
			if !ran {
				continue
			}
			if got := steps[next][2]; got != name || !regexp.MustCompile(want).MatchString(out) {
				t.Fatalf("step %s, after %s: want %q, got\n%s", got, name, want, out)
			}
			next++
			return
		}
	}
	again := func(name string) {
		t.Helper()
		for _, s := range steps {
			if s[2] == name {
				follow(t, dir, s)
				return
			}
		}
		t.Fatalf("the page has no step %q", name)
	}
	follow(t, dir, steps[0])
	next = 1
	bot = inDir(t, dir, nil, ocoBinary, "run", "-c", "oco.yaml")
	await(t, "the bot is up", func() bool {
		_, _, code := command(t, dir, "", ocoBinary, "status", "-c", "oco.yaml")
		return code == 0
	})

	step("keys", `Key \w+ of cron \(client\)(.|\n)*Key \w+ of ship \(handler\)`)
	for _, file := range []string{"cron.env", "ship.env"} {
		if env := read(t, filepath.Join(dir, file)); !strings.HasPrefix(env, "export OCO_URL=http://"+port+"\nexport OCO_KEY=oco_") {
			t.Fatalf("%s holds\n%s", file, env)
		}
	}
	step("send", `SEND_STATE_SENT`)
	bot.expect("The backup is done.")
	again("send")
	if n := strings.Count(bot.said.String(), "The backup is done."); n != 1 {
		t.Errorf("it was said %d times", n)
	}

	step("register", `"route":"ship".*"route":"load"`)
	bot.tell("ship Titanic to Southampton")
	step("pull", `\{"route":"ship","attempt":1,"arguments":\[\{"name":"name","text":"Titanic"\},\{"name":"port","text":"Southampton"\}\]\}`)
	step("done", `VERDICT_COMMITTED`)
	bot.expect("She has left.")

	bot.tell("load 40")
	again("pull")
	step("progress", `VERDICT_COMMITTED`)
	bot.expect("I am loading.")
	step("heartbeat", `^\{"next":"10s"\}$`)
	// Not in chat: without a terminal the bot takes one line after the other.
	if out, errs, code := command(t, dir, "", ocoBinary, "outcomes", "cancel", "-c", "oco.yaml", pulledID(t, dir)); code != 0 {
		t.Fatalf("oco outcomes cancel: %s%s", out, errs)
	}
	step("cancelled", `"reason":"CANCEL_REASON_PERSON"(.|\n)*VERDICT_(COMMITTED|RESOLVED|DUPLICATE)`)

	bot.tell("load 41")
	again("pull")
	step("retry", `VERDICT_COMMITTED`)
	again("pull")
	step("fail", `VERDICT_COMMITTED`)
	bot.expect("The crane is out of order.")

	bot.tell("load 42")
	again("pull")
	step("leave", `VERDICT_COMMITTED`)
	again("pull")
	step("store", `(?s)VERDICT_COMMITTED.*tons is 42\nlast/ship is Titanic\n`)
	bot.expect("Loaded.")

	step("wrong", `manifest\.routes\[0\]\.alow: there is no such field in Route; did you mean `+"`allow`"+`\?.*\n?.*curl ends with 22`)
	if next != len(steps) {
		t.Errorf("the page goes on with %q", steps[next][2])
	}
}

// pulledID is the id of the delivery that the page holds.
func pulledID(t *testing.T, dir string) string {
	t.Helper()
	var pulled struct {
		Frames []struct{ Delivery struct{ DeliveryID string } }
	}
	if err := json.Unmarshal([]byte(read(t, filepath.Join(dir, "pulled.json"))), &pulled); err != nil || len(pulled.Frames) != 1 {
		t.Fatalf("pulled.json: %v", err)
	}
	return pulled.Frames[0].Delivery.DeliveryID
}
