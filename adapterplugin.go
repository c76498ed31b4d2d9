package oco

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"sync"

	"google.golang.org/grpc"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

const (
	// adapterInFlight is what an adapter asks for; the operator grants less.
	adapterInFlight = 1000
	maxRoomLevels   = 1000
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
			Service: valid(p.service), Account: valid(d.Account), BotUser: userToWire(d.Self),
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

func levelsToWire(levels map[Capability]Level) *ocov1.Capabilities {
	if len(levels) == 0 {
		return nil
	}
	c := &ocov1.Capabilities{Levels: map[string]ocov1.CapabilityLevel{}}
	for name, level := range levels {
		c.Levels[valid(string(name))] = ocov1.CapabilityLevel(level)
	}
	return c
}
