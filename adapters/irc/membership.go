package irc

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openchatops/oco"
)

// maxTold bounds the channels of which the bot was told to be in them or not.
const maxTold = 200

// channels are those to be in: of the configuration, and as the bot was told
// since the process began.
func (a *adapter) channels() []Channel {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []Channel
	configured := map[string]bool{}
	for _, c := range a.config().Channels {
		configured[anyCase(c.Name)] = true
		if in, told := a.told[anyCase(c.Name)]; in || !told {
			out = append(out, c)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.told)) {
		if a.told[name] && !configured[name] {
			out = append(out, Channel{Name: name})
		}
	}
	return out
}

// anyCase folds a channel's name as most servers do, whichever it is.
func anyCase(name string) string {
	s := newSupport()
	return s.fold(name)
}

// tell notes what the bot was told of a channel.
func (a *adapter) tell(channel string, in bool) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := anyCase(channel)
	if _, known := a.told[key]; !known && len(a.told) >= maxTold {
		return status.Errorf(codes.FailedPrecondition, "the bot was told to join or leave %d channels since it started: no more are remembered; put channels into its configuration", maxTold)
	}
	a.told[key] = in
	return nil
}

func (a *adapter) untell(channel string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.told, anyCase(channel))
}

// key returns the key that the configuration has for a channel.
func (a *adapter) key(channel string) string {
	for _, c := range a.config().Channels {
		if anyCase(c.Name) == anyCase(channel) {
			return c.Key
		}
	}
	return ""
}

// online waits a while for the connection.
func (a *adapter) online(ctx context.Context) (*session, error) {
	return a.when(ctx, func(*session) (string, error) { return "", nil })
}

// Join brings the bot into a channel, where it stays, over all connections,
// until it is told to leave or the process ends.
func (a *adapter) Join(ctx context.Context, room oco.RoomID) error {
	s, err := a.online(ctx)
	if err != nil {
		return err
	}
	channel, err := s.channel(room)
	if err != nil {
		return err
	}
	if err := a.tell(channel, true); err != nil {
		return err
	}
	err = s.join(ctx, Channel{Name: channel, Key: a.key(channel)})
	if err != nil && !errors.Is(err, oco.ErrMaybeSent) && status.Code(err) == codes.FailedPrecondition {
		a.untell(channel) // the server does not want it, and says so
		s.unwant(channel)
	}
	return err
}

// Leave brings the bot out of a channel, also one of the configuration, until it
// is told to join it or the process ends.
func (a *adapter) Leave(ctx context.Context, room oco.RoomID) error {
	s, err := a.online(ctx)
	if err != nil {
		return err
	}
	channel, err := s.channel(room)
	if err != nil {
		return err
	}
	if err := a.tell(channel, false); err != nil {
		return err
	}
	s.unwant(channel)
	_, err = s.submit(ctx, []string{channel}, message{command: "PART", params: []string{channel}})
	return unless(err, "442", "403")
}

// Invite asks somebody to come into a channel.
func (a *adapter) Invite(ctx context.Context, room oco.RoomID, user oco.UserID) error {
	s, channel, nick, err := a.together(ctx, room, user)
	if err != nil {
		return err
	}
	_, err = s.submit(ctx, []string{channel, nick}, message{command: "INVITE", params: []string{nick, channel}})
	return unless(err, "443")
}

// Remove throws somebody out of a channel.
func (a *adapter) Remove(ctx context.Context, room oco.RoomID, user oco.UserID) error {
	s, channel, nick, err := a.together(ctx, room, user)
	if err != nil {
		return err
	}
	_, err = s.submit(ctx, []string{channel, nick}, message{command: "KICK", params: []string{channel, nick, "as the bot was told"}})
	return unless(err, "441")
}

// SetTopic sets the topic of a channel.
func (a *adapter) SetTopic(ctx context.Context, room oco.RoomID, topic string) error {
	s, channel, err := a.inChannel(ctx, room)
	if err != nil {
		return err
	}
	topic = strings.Join(strings.Fields(sayable(strings.ReplaceAll(lineEnds.Replace(topic), "\n", " "))), " ")
	s.mu.Lock()
	most := s.people.topicLength
	s.mu.Unlock()
	if fits := s.textRoom(channel, false); most == 0 || most > fits {
		most = fits
	}
	if len(topic) > most {
		return status.Errorf(codes.InvalidArgument, "a topic of %d bytes is too long: the server takes %d in %s", len(topic), most, channel)
	}
	_, err = s.submit(ctx, []string{channel}, message{command: "TOPIC", params: []string{channel, topic}})
	return err
}

// inChannel waits a while until the bot is in a channel.
func (a *adapter) inChannel(ctx context.Context, room oco.RoomID) (*session, string, error) {
	s, err := a.online(ctx)
	if err != nil {
		return nil, "", err
	}
	if _, err := s.channel(room); err != nil {
		return nil, "", err
	}
	return a.ready(ctx, oco.Place{Room: room})
}

// together finds a channel that the bot is in and the nick of somebody.
func (a *adapter) together(ctx context.Context, room oco.RoomID, user oco.UserID) (s *session, channel, nick string, err error) {
	s, channel, err = a.inChannel(ctx, room)
	if err != nil {
		return nil, "", "", err
	}
	nick, there, err := s.target(oco.Place{User: user})
	if err == nil && !there {
		err = status.Errorf(codes.NotFound, "the user %q is not seen on the network", user)
	}
	return s, channel, nick, err
}

// channel returns the channel that a room is, an error if it is none.
func (s *session) channel(room oco.RoomID) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := string(room)
	if s.people.channelOf(name) != name || !s.people.validTarget(name) {
		return "", status.Errorf(codes.FailedPrecondition, "%q is no channel: its name begins with none of %s, or cannot be a name", name, s.people.channelTypes)
	}
	return name, nil
}

// join brings the adapter into a channel on this connection.
func (s *session) join(ctx context.Context, c Channel) error {
	s.mu.Lock()
	in := s.people.places[s.people.fold(c.Name)] != nil
	w := s.wanted(c.Name)
	if w == nil {
		w = newWants([]Channel{c})[0]
		s.wants = append(s.wants, w)
	}
	if in {
		w.joined = true
		s.mu.Unlock()
		return nil
	}
	w.due = s.now().Add(joinPatience) // nobody else tries meanwhile
	s.mu.Unlock()
	m := message{command: "JOIN", params: []string{c.Name}}
	if c.Key != "" {
		m.params = append(m.params, c.Key)
	}
	if _, err := s.submit(ctx, []string{c.Name}, m); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.people.places[s.people.fold(c.Name)] == nil {
		return status.Errorf(codes.FailedPrecondition, "the server did not bring the bot into %s", c.Name)
	}
	return nil
}

// unwant gives a channel up on this connection.
func (s *session) unwant(channel string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wants = slices.DeleteFunc(s.wants, func(w *want) bool { return s.people.same(w.Name, channel) })
	s.changed()
}

// unless drops an error that says that it is so already.
func unless(err error, codes ...string) error {
	if r, ok := errors.AsType[refused](err); ok && slices.Contains(codes, r.code) {
		return nil
	}
	return err
}
