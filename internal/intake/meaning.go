package intake

import (
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/route"
	"github.com/openchatops/oco/internal/wire"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// maxWord is the longest word or id that may name a user or a room, in bytes.
const maxWord = 256

// mean finds out what the arguments of the command mean that takes the message: whom,
// where, when, which file. If names have to be looked up first they are in p.wants,
// and it is to be called again once the answers are in p.found. A command of which an
// argument means nothing does not take the message and is near (OCO-RTE-50): who is
// on the chat service never decides which of two commands runs.
func (p *pending) mean(found route.Result) route.Result {
	p.args, p.meant, p.wants = nil, nil, nil
	hit := found.Command
	if hit == nil || !slices.ContainsFunc(hit.Args, meant) {
		return found
	}
	m := meaning{p: p, route: hit.Route}
	for _, v := range hit.Args {
		p.args = append(p.args, m.argument(v))
	}
	switch {
	case m.problem != nil:
		p.args = nil
		return route.Result{Addressed: found.Addressed, Hears: found.Hears, Near: hit.Route, Problem: m.problem, Usage: hit.Usage()}
	case len(m.needs)+len(m.likes) > 0:
		p.want(append(m.needs, m.likes...), m.known)
	default:
		p.meant = m.kept
	}
	return found
}

// meant says whether the words alone do not tell what a value means.
func meant(v pattern.Value) bool {
	return v.Type == pattern.TypeUser || v.Type == pattern.TypeRoom || v.Type == pattern.TypeTime || v.Type == pattern.TypeFile
}

// want has names looked up, as many as may be for one message. Of the rest their ids
// are enough. What is known of others stays known, however long that takes.
func (p *pending) want(names []name, known map[name]answer) {
	p.wants = names[:min(len(names), maxNames)]
	p.found = make(map[name]answer, len(p.wants)+len(known))
	maps.Copy(p.found, known)
}

// remember encodes what is kept of the meaning of a command, nil if there is nothing.
func (p *pending) remember() []byte {
	if len(p.meant) == 0 {
		return nil
	}
	encoded, err := wire.Marshal(&ocov1.Match{Arguments: p.meant})
	if err != nil {
		return nil // text that is not UTF-8 was repaired before: cannot be
	}
	return encoded
}

// A meaning is what the arguments of one command mean.
type meaning struct {
	p       *pending
	route   *route.Route
	problem *pattern.Problem // the first
	needs   []name           // without which there is no value
	likes   []name           // of which the bot would like to know more than their ids
	known   map[name]answer  // of other names, from before
	kept    []*ocov1.Argument
}

// argument is a value on the wire. What it is worth keeping for when the command is
// run again is noted.
func (m *meaning) argument(v pattern.Value) *ocov1.Argument {
	switch v.Type {
	case pattern.TypeUser, pattern.TypeRoom, pattern.TypeTime:
	default:
		return m.one(v)
	}
	a := m.before(v)
	if a == nil {
		a = m.one(v)
	}
	m.kept = append(m.kept, a)
	return a
}

// before is what the argument meant when the command was said, if it is run again now
// (OCO-RTE-57). Groups are those of today.
func (m *meaning) before(v pattern.Value) *ocov1.Argument {
	i := slices.IndexFunc(m.p.past, func(a *ocov1.Argument) bool {
		return a.GetName() == v.Name && a.GetRaw() == v.Raw && (a.GetList() != nil) == v.IsList
	})
	if i < 0 {
		return nil
	}
	a := proto.CloneOf(m.p.past[i])
	for _, item := range append(slices.Clone(a.GetList().GetItems()), a) {
		if item.GetList() == nil && typeOf(item) != v.Type {
			return nil
		}
		if u := item.GetUser(); u != nil {
			u.Groups = m.p.in.o.People.Groups(u.GetUserId())
		}
	}
	return a
}

// typeOf is the type of a value that is worth keeping.
func typeOf(a *ocov1.Argument) pattern.Type {
	switch a.GetValue().(type) {
	case *ocov1.Argument_User:
		return pattern.TypeUser
	case *ocov1.Argument_Room:
		return pattern.TypeRoom
	case *ocov1.Argument_Time:
		return pattern.TypeTime
	}
	return pattern.TypeUnspecified
}

func (m *meaning) one(v pattern.Value) *ocov1.Argument {
	a := argument(v)
	for i, item := range v.List {
		a.GetList().Items[i] = m.one(item)
	}
	if v.IsList {
		return a
	}
	switch v.Type {
	case pattern.TypeUser:
		if u := m.user(v); u != nil {
			a.Value = &ocov1.Argument_User{User: u}
		}
	case pattern.TypeRoom:
		if r := m.room(v); r != nil {
			a.Value = &ocov1.Argument_Room{Room: r}
		}
	case pattern.TypeTime:
		a.Value = &ocov1.Argument_Time{Time: m.time(v)}
	case pattern.TypeFile:
		if files := m.p.event.GetMessage().GetMessage().GetAttachments(); v.File < len(files) {
			a.Value = &ocov1.Argument_File{File: files[v.File]}
		}
	}
	return a
}

// user is whom a value names: a mention, me, an id, a handle (OCO-RTE-51).
func (m *meaning) user(v pattern.Value) *ocov1.User {
	actor := m.p.event.GetActor()
	n := name{kind: chat.KindUser}
	mention := mentionAt(m.p.mentions, m.p.text, v.Start, v.End)
	sure := false // there is such a user, whether or not more can be found out
	switch {
	case mention != nil:
		n.id, sure = mention.GetUserId(), true
	case pattern.Fold(plainName(v.Text)) == "me":
		if n.id = actor.GetUserId(); n.id == "" { // nobody says it: it is only explained
			return unknown[ocov1.User](m, v, unreachable)
		}
	case len(v.Text) > maxWord:
	case strings.HasPrefix(v.Text, string(chat.KindUser)+":"):
		n.id, sure = v.Text, m.p.minted(chat.KindUser, v.Text)
	default:
		n.word = strings.TrimPrefix(plainName(v.Text), "@")
	}
	if n.id == "" && n.word == "" {
		m.wrong(v, absent)
		return nil
	}
	if n.id != "" && n.id == actor.GetUserId() {
		return m.p.member(proto.CloneOf(actor))
	}
	a, known := m.ask(v, n, !sure)
	switch {
	case !known:
		return nil
	case a.user != nil:
		return m.p.member(proto.CloneOf(a.user))
	case sure && (a.fault != absent || mention != nil):
		return m.p.member(&ocov1.User{UserId: n.id})
	}
	return unknown[ocov1.User](m, v, a.fault)
}

// room is which room a value names: a mention, here, an id, the operator's alias, a
// name (OCO-RTE-51).
func (m *meaning) room(v pattern.Value) *ocov1.Room {
	n := name{kind: chat.KindRoom, asker: m.p.event.GetActor().GetUserId()}
	here := m.p.event.GetAddress().GetRoom().GetRoomId()
	mention := mentionAt(m.p.mentions, m.p.text, v.Start, v.End)
	switch {
	case mention != nil:
		n.id = mention.GetRoomId()
	case pattern.Fold(plainName(v.Text)) == "here":
		if n.id = here; n.id == "" { // it is said nowhere: it is only explained
			return unknown[ocov1.Room](m, v, unreachable)
		}
	case len(v.Text) > maxWord:
	case strings.HasPrefix(v.Text, string(chat.KindRoom)+":"):
		n.id = v.Text
	default:
		n.word = plainName(v.Text)
	}
	if n.id == "" && n.word == "" {
		m.wrong(v, absent)
		return nil
	}
	a, known := m.ask(v, n, n.id != here)
	switch {
	case !known:
		return nil
	case a.room != nil:
		return proto.CloneOf(a.room)
	case n.id == here:
		return m.p.here()
	case mention != nil && a.fault == untold: // the chat service let them name it
		return &ocov1.Room{RoomId: n.id, AccountId: m.p.id}
	}
	return unknown[ocov1.Room](m, v, a.fault)
}

// unknown is the value of a name by which nobody is known.
func unknown[T any](m *meaning, v pattern.Value, why fault) *T {
	if !m.p.guess || why != untold && why != unreachable {
		m.wrong(v, why)
	}
	return nil
}

// ask gives what is known of a name; if nothing is yet, it is to be looked up.
func (m *meaning) ask(v pattern.Value, n name, needed bool) (a answer, known bool) {
	if a, known = m.p.found[n]; known {
		return a, true
	}
	if m.p.found != nil { // the rules have changed meanwhile, or it was one too many
		return answer{fault: unreachable}, true
	}
	if a, known = m.p.in.lookups.recall(n); known {
		if m.known == nil {
			m.known = map[name]answer{}
		}
		m.known[n] = a
		return a, true
	}
	to := &m.likes
	if needed {
		to = &m.needs
	}
	switch {
	case slices.Contains(*to, n):
	case needed && len(*to) == maxNames:
		m.wrong(v, unasked)
	default:
		*to = append(*to, n)
	}
	return answer{}, false
}

// plainName is a name without the mark that people write between several.
func plainName(text string) string { return strings.TrimRight(text, ",;:") }

// time is the instant of a time, for who says it and when it was said (OCO-RTE-55).
func (m *meaning) time(v pattern.Value) *timestamppb.Timestamp {
	e := m.p.event
	said := m.p.now
	if at := e.GetAdmitTime(); at.IsValid() {
		said = at.AsTime() // also when it is run again
	}
	if at := e.GetOccurTime(); at.IsValid() && at.AsTime().Before(said) {
		said = at.AsTime()
	}
	zone, ok := chat.Zone(e.GetActor().GetTimeZone())
	if !ok {
		zone = m.p.in.zone()
	}
	at := timestamppb.New(v.When.At(said, zone))
	if !at.IsValid() {
		m.wrong(v, absent)
	}
	return at
}

// wrong notes that a value means nothing, and why.
func (m *meaning) wrong(v pattern.Value, why fault) {
	if m.problem != nil {
		return
	}
	m.problem = &pattern.Problem{
		Kind: problems[why], Argument: v.Name, Value: v.Raw, Offset: v.Start,
		Expected: []pattern.Expectation{{Kind: expects[v.Type], Text: v.Name}},
	}
	if m.route.Secret() {
		m.problem.Value = ""
	}
}

var problems = map[fault]pattern.ProblemKind{
	absent: pattern.ProblemBadValue, several: pattern.ProblemAmbiguous, untold: pattern.ProblemUnknowable,
	unreachable: pattern.ProblemUnknowable, unasked: pattern.ProblemTooMany,
}

var expects = map[pattern.Type]pattern.ExpectationKind{
	pattern.TypeUser: pattern.ExpectUser, pattern.TypeRoom: pattern.ExpectRoom, pattern.TypeTime: pattern.ExpectTime,
}

// member adds what the bot itself knows of a user.
func (p *pending) member(u *ocov1.User) *ocov1.User {
	u.AccountId, u.PrincipalId, u.Groups = p.id, u.GetUserId(), p.in.o.People.Groups(u.GetUserId())
	return u
}

// here is the room of the message as the event has it.
func (p *pending) here() *ocov1.Room {
	ref := p.event.GetAddress().GetRoom()
	return &ocov1.Room{RoomId: ref.GetRoomId(), AccountId: p.id, Kind: p.event.GetRoomKind(), Name: ref.GetName()}
}

// minted says whether an id is one of the bot's, of this account.
func (p *pending) minted(kind chat.Kind, id string) bool {
	if number, _, ok := chat.Native(kind, id); ok {
		return number == p.number
	}
	if !chat.ValidID(id) {
		return false
	}
	_, err := p.in.o.Engine.Store().Get(LongIDKey(id))
	return err == nil
}
