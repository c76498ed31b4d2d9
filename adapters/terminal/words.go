package terminal

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/openchatops/oco"
)

// ownWord is a word that the adapter itself understands.
type ownWord struct {
	word, argument, help string
}

// ownWords are all of them, as /help shows them.
var ownWords = []ownWord{
	{"/as", "NAME", "speak as another user"},
	{"/room", "NAME", "go to a room; address the bot there"},
	{"/dm", "", "go back to where the bot and you are alone"},
	{"/join", "NAME", "go to a room and let the bot know"},
	{"/leave", "", "leave the room and let the bot know"},
	{"/members", "", "show who is here"},
	{"/topic", "[TEXT]", "show or set what the room is about"},
	{"/react", "EMOJI", "react to what the bot said last"},
	{"/unreact", "EMOJI", "take that back"},
	{"/help", "", "show this"},
}

const moreHelp = `  //TEXT          say a text that begins with /

Tab completes commands, names and the words above. Up and Down bring back what
you typed; a line that begins with a space is not kept. A pasted text is one
message: its line ends are shown as ⏎. Ctrl-C takes the line back, or ends like
Ctrl-D if there is none.`

// A deed is what a line does.
type deed struct {
	// text is what the person says to the bot; empty: nothing.
	text string
	// event is what the person did, or who says the text and where.
	event oco.Incoming
	// answer is what the adapter itself tells the person.
	answer string
	// nothing: the bot is told nothing.
	nothing bool
}

// says tells a line that is said from one that does something.
func (d deed) says() bool {
	return d.event.Reaction == nil && d.event.Member == nil && d.event.RoomChange == nil
}

// obey does what a line says, as far as it is for the adapter, and returns what
// to tell the bot and the person. An error is a complaint about the line.
func (t *terminal) obey(line string) (deed, error) {
	if strings.HasPrefix(line, "//") {
		return t.speech(line[1:]), nil
	}
	if !strings.HasPrefix(line, "/") {
		return t.speech(line), nil
	}
	words := strings.Fields(line)
	word, rest := words[0], strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), words[0]))
	known := slices.IndexFunc(ownWords, func(w ownWord) bool { return w.word == word })
	switch {
	case known < 0:
		return deed{}, fmt.Errorf("there is no %s: /help shows what there is, and //… says a text that begins with /", printable(word))
	case len(words) > 2 && word != "/topic" || rest != "" && ownWords[known].argument == "":
		return deed{}, fmt.Errorf("%s takes less than that: /help shows how", printable(word))
	}
	answer := func(text string, err error) (deed, error) { return deed{answer: text, nothing: true}, err }
	switch word {
	case "/as":
		return answer("", t.places.as(rest))
	case "/room":
		return answer(t.listens(), t.places.visit(rest))
	case "/dm":
		t.places.leave()
		return answer("", nil)
	case "/members":
		return answer(t.whoIsHere(), nil)
	case "/help":
		return answer(ownHelp(), nil)
	case "/join":
		return t.comes(rest)
	case "/leave":
		return t.goes()
	case "/topic":
		return t.topic(rest)
	}
	return t.reacts(rest, word == "/unreact")
}

// speech is that who speaks says something where they are.
func (t *terminal) speech(text string) deed {
	user, room := t.places.here()
	return deed{text: text, event: oco.Incoming{Room: room, Actor: user}}
}

func (t *terminal) listens() string {
	return fmt.Sprintf("The bot listens here to who addresses it: %s: help", printable(t.places.bot))
}

// comes brings who speaks into a room.
func (t *terminal) comes(name string) (deed, error) {
	if err := t.places.visit(name); err != nil {
		return deed{}, err
	}
	user, room := t.places.here()
	d := deed{answer: t.listens(), event: oco.Incoming{Room: room, Actor: user, Member: &oco.MemberChange{User: user}}}
	d.nothing = !t.places.move(room, user, true)
	return d, nil
}

// goes takes who speaks out of the room, back to where they are alone with the
// bot.
func (t *terminal) goes() (deed, error) {
	user, room := t.places.here()
	if room.Kind == oco.RoomDirect {
		return deed{}, errors.New("you are in no room that you could leave: /room NAME goes to one")
	}
	d := deed{event: oco.Incoming{Room: room, Actor: user, Member: &oco.MemberChange{User: user, Left: true}}}
	d.nothing = !t.places.move(room, user, false)
	t.places.leave()
	return d, nil
}

func (t *terminal) whoIsHere() string {
	_, room := t.places.here()
	var names []string
	for _, u := range t.places.members(room) {
		names = append(names, printable(u.Name))
	}
	return "Here are: " + strings.Join(names, ", ")
}

// topic shows what the room is about, or sets it.
func (t *terminal) topic(text string) (deed, error) {
	user, room := t.places.here()
	switch {
	case room.Kind == oco.RoomDirect:
		return deed{}, errors.New("only rooms have a topic: /room NAME goes to one")
	case text == "" && room.Topic == "":
		return deed{answer: "The room has no topic.", nothing: true}, nil
	case text == "":
		return deed{answer: "The topic is: " + printable(room.Topic), nothing: true}, nil
	}
	t.places.setTopic(room, text)
	room.Topic = text
	return deed{event: oco.Incoming{Room: room, Actor: user, RoomChange: &oco.RoomChange{Change: oco.Updated, Room: room}}}, nil
}

// reacts reacts to what the bot said last in the room.
func (t *terminal) reacts(emoji string, removed bool) (deed, error) {
	user, room := t.places.here()
	to, found := t.said.newest(room.ID)
	switch {
	case emoji == "":
		return deed{}, errors.New("an emoji is missing: /react 👍")
	case !found:
		return deed{}, errors.New("the bot has said nothing here to which you could react")
	}
	verb := "reacted %s to %s"
	if removed {
		verb = "took %s back from %s"
	}
	return deed{
		answer: printable(user.Name + " " + fmt.Sprintf(verb, emoji, quote(to.text))),
		event:  oco.Incoming{Room: room, Actor: user, Reaction: &oco.Reaction{Message: to.id, Emoji: emoji, Removed: removed}},
	}, nil
}

func ownHelp() string {
	var b strings.Builder
	for _, w := range ownWords {
		fmt.Fprintf(&b, "  %-15s %s\n", strings.TrimSpace(w.word+" "+w.argument), w.help)
	}
	return b.String() + moreHelp
}
