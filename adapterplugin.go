package oco

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"time"

	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

const (
	// adapterInFlight is what an adapter asks for; the operator grants less.
	adapterInFlight = 1000
	queriesAtOnce   = 16
	answerPage      = 500
	maxRoomLevels   = 1000
	defaultAnswer   = 10 * time.Second
)

// AdapterPlugin is an [Adapter] as [Main] and [Run] take it.
type AdapterPlugin struct {
	name, service string
	adapter       Adapter
	declarer
}

var (
	_ Plugin        = (*AdapterPlugin)(nil)
	_ Bot           = (*adapterPart)(nil)
	_ CommandLister = (*adapterPart)(nil)
)

// NewAdapter makes an adapter a plugin. name is the one that the operator's
// configuration gives it, service the chat service, for example "irc".
func NewAdapter(name, service string, a Adapter) *AdapterPlugin {
	switch {
	case !pluginName(name):
		panic(fmt.Sprintf("oco: NewAdapter(%q): a name is 1 to 40 characters of a-z, 0-9 and -, beginning with a letter", name))
	case service == "":
		panic(fmt.Sprintf("oco: NewAdapter(%q): the name of the chat service is empty", name))
	case a == nil:
		panic(fmt.Sprintf("oco: NewAdapter(%q): the adapter is nil", name))
	}
	return &AdapterPlugin{name: name, service: service, adapter: a}
}

// Name returns the adapter's name.
func (p *AdapterPlugin) Name() string { return p.name }

// describe asks the adapter what it is, once it can know.
func (p *AdapterPlugin) describe() Description {
	if d, ok := p.adapter.(Describer); ok && p.settings.settled() {
		return d.Describe()
	}
	return Description{}
}

func (p *AdapterPlugin) manifest() *ocov1.Manifest {
	d := p.describe()
	_, settler := p.adapter.(Settler)
	return &ocov1.Manifest{
		Version: valid(d.Version), Settings: specsOf(p.settings),
		Adapter: &ocov1.AdapterInfo{
			Service: valid(p.service), Account: valid(d.Account), Self: userToWire(d.Self),
			Capabilities: p.capabilities(d), ReplaysMissed: d.ReplaysMissed, WantsSettled: settler,
		},
	}
}

func (p *AdapterPlugin) capabilities(d Description) *ocov1.Capabilities {
	c := &ocov1.Capabilities{
		Levels:        map[string]ocov1.CapabilityLevel{},
		MaxTextLength: uint32(max(d.MaxTextLength, 0)), IdempotentSend: d.IdempotentSend,
	}
	for name, level := range p.levels(d.Levels) {
		c.Levels[valid(string(name))] = ocov1.CapabilityLevel(level)
	}
	return c
}

// levels returns what the adapter says it can do, no more than it has an
// interface for.
func (p *AdapterPlugin) levels(said map[Capability]Level) map[Capability]Level {
	out := maps.Clone(said)
	if out == nil {
		out = map[Capability]Level{}
	}
	known := func(name Capability, can bool) {
		switch level := out[name]; {
		case can && level == 0:
			out[name] = LevelFull
		case !can && level > LevelFallback:
			delete(out, name) // the bot's default
		}
	}
	_, updater := p.adapter.(Updater)
	_, deleter := p.adapter.(Deleter)
	_, reactor := p.adapter.(Reactor)
	_, typer := p.adapter.(Typer)
	_, membership := p.adapter.(Membership)
	_, topics := p.adapter.(TopicSetter)
	_, members := p.adapter.(MemberLister)
	known(CanEdit, updater)
	known(CanDelete, deleter)
	known(CanReact, reactor)
	known(CanType, typer)
	known(CanSetMembership, membership)
	known(CanSetTopic, topics)
	known(CanListMembers, members)
	out[canRoster] = LevelRejected
	if _, ok := p.adapter.(Roster); ok {
		out[canRoster] = LevelFull
	}
	return out
}

// roomLevels returns the rooms in which something is otherwise.
func (p *AdapterPlugin) roomLevels(d Description) []*ocov1.Room {
	var out []*ocov1.Room
	for _, id := range slices.Sorted(maps.Keys(d.RoomLevels)) {
		if len(out) == maxRoomLevels {
			break
		}
		out = append(out, &ocov1.Room{RoomId: valid(string(id)), Capabilities: levelsToWire(d.RoomLevels[id])})
	}
	return out
}

// adapterPart is the side of a replica that runs an adapter.
type adapterPart struct {
	p       *AdapterPlugin
	r       *replica
	rpc     ocov1.AdapterServiceClient
	pub     *publisher
	queries chan struct{} // one element a query that runs

	mu      sync.Mutex
	rooms   map[string][]operation // what waits behind the operation that runs in a room
	serving bool
	status  statusReport
	changed chan struct{}
}

type statusReport struct {
	connected bool
	detail    string
}

type operation struct {
	ctx context.Context
	t   *lease
}

func (p *AdapterPlugin) part(r *replica) part {
	a := &adapterPart{
		p: p, r: r, rpc: ocov1.NewAdapterServiceClient(r.conn),
		queries: make(chan struct{}, queriesAtOnce), rooms: map[string][]operation{},
		status: statusReport{detail: "starting"}, changed: make(chan struct{}, 1),
	}
	r.out.hold = rideAlong
	a.pub = newPublisher(r, a.rpc)
	return a
}

func (a *adapterPart) inFlight() int { return adapterInFlight }

// registered reports the status, which makes this replica the active one.
func (a *adapterPart) registered(ctx context.Context, resp *ocov1.RegisterResponse) error {
	a.pub.account(resp.GetAccountId())
	return a.report(ctx)
}

func (a *adapterPart) report(ctx context.Context) error {
	a.mu.Lock()
	s := a.status
	a.mu.Unlock()
	d := a.p.describe()
	resp, err := a.rpc.ReportStatus(ctx, &ocov1.ReportStatusRequest{
		AccountId: a.pub.accountID(), Replica: a.r.id, Connected: s.connected, Detail: cut(valid(s.detail), maxLogText),
		Capabilities: a.p.capabilities(d), Rooms: a.p.roomLevels(d),
	}, grpc.WaitForReady(true))
	switch {
	case err != nil:
		return err
	case !resp.GetActive():
		return fmt.Errorf("%w: end one of the two", ErrFenced)
	}
	a.pub.fenced(resp.GetEpoch(), resp.GetResumeCheckpoint())
	return nil
}

// Publish implements [Bot].
func (a *adapterPart) Publish(ctx context.Context, events ...Incoming) error {
	return a.pub.publish(ctx, events)
}

// Checkpoint implements [Bot].
func (a *adapterPart) Checkpoint() string { return a.pub.checkpointNow() }

// Status implements [Bot].
func (a *adapterPart) Status(_ context.Context, connected bool, detail string) {
	a.mu.Lock()
	a.status = statusReport{connected, detail}
	a.mu.Unlock()
	select {
	case a.changed <- struct{}{}:
	default:
	}
}

// ListCommands implements [CommandLister].
func (a *adapterPart) ListCommands(ctx context.Context, user UserID, room RoomID) ([]Command, error) {
	return newClient(a.r.conn).ListCommands(ctx, user, room)
}

// reports tells the bot each newest status until ctx ends.
func (a *adapterPart) reports(ctx context.Context) {
	var b backoff
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.changed:
		}
		for {
			generation := a.r.registrations()
			call, cancel := context.WithTimeout(ctx, callTimeout)
			err := a.report(call)
			cancel()
			again := false
			switch {
			case err == nil:
				b = backoff{}
			case errors.Is(err, ErrFenced):
				a.r.end(err)
				return
			default:
				again = a.r.after(ctx, err, generation)
			}
			if err == nil || again {
				break // registering again has reported it
			}
			a.r.log.Warn("cannot report the adapter's status; trying again", "error", err)
			if !b.sleep(ctx) {
				return
			}
		}
	}
}

// serve runs the adapter. The publisher goes on until its Run returned.
func (a *adapterPart) serve(ctx context.Context) error {
	inner, stop := context.WithCancel(a.r.life)
	var work sync.WaitGroup
	work.Go(func() { a.pub.run(inner) })
	work.Go(func() { a.reports(inner) })
	a.setServing(true)
	err := a.run(ctx)
	a.setServing(false)
	stop()
	work.Wait()
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("oco: the adapter %s failed: %w", a.p.name, err)
	}
	return nil
}

func (a *adapterPart) run(ctx context.Context) (err error) {
	defer func() {
		if v := recover(); v != nil {
			a.r.log.Error("the adapter panicked", "panic", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return a.p.adapter.Run(ctx, a)
}

func (a *adapterPart) setServing(v bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.serving = v
}

// deliver queues an operation behind those of its room.
func (a *adapterPart) deliver(ctx context.Context, t *lease) {
	room := roomKey(t.wire.GetOperation())
	a.mu.Lock()
	defer a.mu.Unlock()
	waiting, busy := a.rooms[room]
	if busy {
		a.rooms[room] = append(waiting, operation{ctx, t})
		return
	}
	a.rooms[room] = nil
	a.r.crew.Do(func() { a.work(room, operation{ctx, t}) })
}

// roomKey names the room that an operation is about: there its order counts.
func roomKey(op *ocov1.Operation) string {
	switch k := op.GetKind().(type) {
	case *ocov1.Operation_Membership:
		return k.Membership.GetRoomId() + "\x00"
	case *ocov1.Operation_Room:
		return k.Room.GetRoomId() + "\x00"
	}
	to := op.GetSend().GetMessage().GetTo()
	if to == nil {
		to = messageAddress(op)
	}
	return to.GetRoom().GetRoomId() + "\x00" + to.GetRoom().GetUserId()
}

func messageAddress(op *ocov1.Operation) *ocov1.Address {
	switch k := op.GetKind().(type) {
	case *ocov1.Operation_Update:
		return k.Update.GetAddress()
	case *ocov1.Operation_Delete:
		return k.Delete.GetAddress()
	case *ocov1.Operation_Reaction:
		return k.Reaction.GetAddress()
	}
	return nil
}

// work does the operations of one room until none is left.
func (a *adapterPart) work(room string, op operation) {
	for {
		a.operate(op.ctx, op.t)
		a.mu.Lock()
		waiting := a.rooms[room]
		if len(waiting) == 0 {
			delete(a.rooms, room)
			a.mu.Unlock()
			return
		}
		op, a.rooms[room] = waiting[0], waiting[1:]
		a.mu.Unlock()
	}
}

func (a *adapterPart) operate(ctx context.Context, t *lease) {
	defer t.ended()
	limit := time.AfterFunc(maxRun(t.wire), func() { t.cancel(ErrMaxRun) })
	defer limit.Stop()
	a.mu.Lock()
	serving := a.serving
	a.mu.Unlock()
	wire := &ocov1.Completion{DeliveryId: t.wire.GetDeliveryId(), LeaseId: t.wire.GetLeaseId()}
	do := a.operation(t.wire.GetOperation())
	switch {
	case do == nil:
		wire.Kind = &ocov1.Completion_Fail{Fail: &ocov1.Fail{Error: &spb.Status{Code: int32(codes.Unimplemented), Message: "this adapter does not know the operation"}}}
	case !serving:
		wire.Kind = &ocov1.Completion_Release{Release: &ocov1.Release{Reason: "the adapter does not run"}}
	default:
		a.do(ctx, wire, do)
	}
	a.r.out.add(wire, t.settled)
}

// operation returns the method of the adapter that does what is asked, nil if it
// has none.
func (a *adapterPart) operation(op *ocov1.Operation) func(context.Context) (MessageID, error) {
	at := MessageRef{Place: placeFromWire(messageAddress(op)), Token: op.GetIdempotencyToken()}
	switch k := op.GetKind().(type) {
	case *ocov1.Operation_Send:
		return func(ctx context.Context) (MessageID, error) { return a.p.adapter.Send(ctx, outgoingFromWire(op)) }
	case *ocov1.Operation_Update:
		if u, ok := a.p.adapter.(Updater); ok {
			at.ID = MessageID(k.Update.GetMessageId())
			return without(func(ctx context.Context) error {
				return u.UpdateMessage(ctx, at, k.Update.GetContent().GetText())
			})
		}
	case *ocov1.Operation_Delete:
		if d, ok := a.p.adapter.(Deleter); ok {
			at.ID = MessageID(k.Delete.GetMessageId())
			return without(func(ctx context.Context) error { return d.DeleteMessage(ctx, at) })
		}
	case *ocov1.Operation_Reaction:
		if r, ok := a.p.adapter.(Reactor); ok {
			at.ID = MessageID(k.Reaction.GetMessageId())
			return without(func(ctx context.Context) error {
				return r.SetReaction(ctx, at, k.Reaction.GetEmoji(), k.Reaction.GetRemove())
			})
		}
	case *ocov1.Operation_Membership:
		if m, ok := a.p.adapter.(Membership); ok {
			return without(func(ctx context.Context) error { return setMembership(ctx, m, k.Membership) })
		}
	case *ocov1.Operation_Room:
		if t, ok := a.p.adapter.(TopicSetter); ok && k.Room.Topic != nil {
			return without(func(ctx context.Context) error {
				return t.SetTopic(ctx, RoomID(k.Room.GetRoomId()), k.Room.GetTopic())
			})
		}
	}
	return nil
}

// without makes an operation that makes no message one that does.
func without(do func(context.Context) error) func(context.Context) (MessageID, error) {
	return func(ctx context.Context) (MessageID, error) { return "", do(ctx) }
}

func setMembership(ctx context.Context, m Membership, op *ocov1.MembershipOperation) error {
	room, user := RoomID(op.GetRoomId()), UserID(op.GetUserId())
	switch {
	case user == "" && op.GetLeave():
		return m.Leave(ctx, room)
	case user == "":
		return m.Join(ctx, room)
	case op.GetLeave():
		return m.Remove(ctx, room, user)
	}
	return m.Invite(ctx, room, user)
}

// do calls the adapter and says in wire what became of it.
func (a *adapterPart) do(ctx context.Context, wire *ocov1.Completion, do func(context.Context) (MessageID, error)) {
	id, err := a.guarded(ctx, do)
	result := &ocov1.OperationResult{State: ocov1.SendState_SEND_STATE_SENT, MessageId: valid(string(id))}
	if err != nil {
		a.r.aboutDelivery(wire.GetDeliveryId()).Warn("an operation was not done", "error", err)
		result = &ocov1.OperationResult{State: ocov1.SendState_SEND_STATE_FAILED, Detail: cut(valid(err.Error()), maxLogText)}
		delay, asked := retryDelay(err)
		code := status.Code(err)
		switch {
		case errors.Is(err, ErrMaybeSent):
			result.State = ocov1.SendState_SEND_STATE_UNKNOWN
		case asked || code == codes.Unavailable || code == codes.ResourceExhausted:
			retry := &ocov1.Retry{Reason: result.Detail}
			if asked {
				retry.Delay = durationpb.New(delay)
			}
			wire.Kind = &ocov1.Completion_Retry{Retry: retry}
			return
		}
	}
	wire.Kind = &ocov1.Completion_Done{Done: &ocov1.Done{Result: &ocov1.Done_Operation{Operation: result}}}
}

func (a *adapterPart) guarded(ctx context.Context, do func(context.Context) (MessageID, error)) (id MessageID, err error) {
	defer func() {
		if v := recover(); v != nil {
			a.r.log.Error("the adapter panicked in an operation", "trace", TraceID(ctx), "panic", v, "stack", string(debug.Stack()))
			err = MaybeSent(fmt.Errorf("panic: %v", v))
		}
	}()
	return do(ctx)
}

func (a *adapterPart) settled(s *ocov1.Settled) {
	settler, ok := a.p.adapter.(Settler)
	if !ok {
		return
	}
	outcomes := make([]Outcome, len(s.GetOutcomes()))
	for i, o := range s.GetOutcomes() {
		outcomes[i] = Outcome(o)
	}
	settler.Settled(EventID(s.GetEventId()), outcomes)
}

// query answers in a goroutine of its own; too many at once are refused.
func (a *adapterPart) query(_ context.Context, q *ocov1.Query) {
	select {
	case a.queries <- struct{}{}:
	default:
		a.r.log.Warn("a query is dropped: too many at once", "query", q.GetQueryId())
		return
	}
	go func() {
		defer func() { <-a.queries }()
		timeout := q.GetTimeout().AsDuration()
		if timeout <= 0 {
			timeout = defaultAnswer
		}
		ctx, cancel := context.WithTimeout(a.r.life, timeout)
		defer cancel()
		ans, err := a.ask(ctx, q)
		if err != nil {
			ans = &ocov1.QueryAnswer{Error: status.Convert(err).Proto()}
			ans.Error.Message = cut(valid(ans.Error.Message), maxLogText)
		}
		ans.QueryId = q.GetQueryId()
		a.pub.answer(ans)
	}()
}

// ask has the adapter answer. A panic is an error.
func (a *adapterPart) ask(ctx context.Context, q *ocov1.Query) (ans *ocov1.QueryAnswer, err error) {
	defer func() {
		if v := recover(); v != nil {
			a.r.log.Error("the adapter panicked at a query", "panic", v, "stack", string(debug.Stack()))
			err = status.Errorf(codes.Internal, "panic: %v", v)
		}
	}()
	switch k := q.GetKind().(type) {
	case *ocov1.Query_Room:
		if f, ok := a.p.adapter.(RoomFinder); ok {
			room, err := f.Room(ctx, RoomID(k.Room.GetRoomId()))
			return &ocov1.QueryAnswer{Rooms: []*ocov1.Room{roomToWire(room)}}, err
		}
	case *ocov1.Query_Members:
		if m, ok := a.p.adapter.(MemberLister); ok {
			users, err := m.Members(ctx, RoomID(k.Members.GetRoomId()))
			return userPage(users, k.Members.GetPageToken(), err)
		}
	case *ocov1.Query_Typing:
		if t, ok := a.p.adapter.(Typer); ok {
			return &ocov1.QueryAnswer{}, t.Typing(ctx, placeFromWire(k.Typing.GetTo()), k.Typing.GetDuration().AsDuration())
		}
	}
	if roster, ok := a.p.adapter.(Roster); ok {
		return askRoster(ctx, roster, q)
	}
	return nil, status.Error(codes.Unimplemented, "this adapter cannot answer the query")
}

func askRoster(ctx context.Context, roster Roster, q *ocov1.Query) (*ocov1.QueryAnswer, error) {
	switch k := q.GetKind().(type) {
	case *ocov1.Query_User:
		u, err := roster.User(ctx, UserLookup{ID: UserID(k.User.GetUserId()), MentionName: k.User.GetMentionName()})
		return &ocov1.QueryAnswer{Users: []*ocov1.User{userToWire(u)}}, err
	case *ocov1.Query_Room:
		rooms, err := roster.Rooms(ctx)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(rooms, func(r Room) bool { return string(r.ID) == k.Room.GetRoomId() })
		if i < 0 {
			return nil, status.Error(codes.NotFound, "the adapter knows no such room")
		}
		return &ocov1.QueryAnswer{Rooms: []*ocov1.Room{roomToWire(rooms[i])}}, nil
	case *ocov1.Query_Users:
		users, err := roster.Users(ctx)
		return userPage(users, k.Users.GetPageToken(), err)
	case *ocov1.Query_Rooms:
		rooms, err := roster.Rooms(ctx)
		if err != nil {
			return nil, err
		}
		from, to, next, err := page(len(rooms), k.Rooms.GetPageToken())
		ans := &ocov1.QueryAnswer{NextPageToken: next}
		for _, r := range rooms[from:to] {
			ans.Rooms = append(ans.Rooms, roomToWire(r))
		}
		return ans, err
	}
	return nil, status.Error(codes.Unimplemented, "this adapter cannot answer the query")
}

func userPage(users []User, token string, err error) (*ocov1.QueryAnswer, error) {
	if err != nil {
		return nil, err
	}
	from, to, next, err := page(len(users), token)
	ans := &ocov1.QueryAnswer{NextPageToken: next}
	for _, u := range users[from:to] {
		ans.Users = append(ans.Users, userToWire(u))
	}
	return ans, err
}

// page returns the part of a list of n that begins at token.
func page(n int, token string) (from, to int, next string, err error) {
	if token != "" {
		from, err = strconv.Atoi(token)
		if err != nil || from < 0 {
			return 0, 0, "", status.Errorf(codes.InvalidArgument, "page token %q", token)
		}
	}
	from = min(from, n)
	to = min(from+answerPage, n)
	if to < n {
		next = strconv.Itoa(to)
	}
	return from, to, next, nil
}
