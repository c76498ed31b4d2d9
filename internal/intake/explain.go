package intake

import (
	"context"
	"slices"

	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/route"
	"github.com/openchatops/oco/internal/texts"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// Explain says what would become of a message: who would take it with which
// arguments, who nearly would and why not, and what the bot would say. It finds that
// out as Publish does, and nothing else happens: nothing is admitted, run or
// recorded, and no guard or limit counts it (OCO-RPC-37). The event is in the bot's
// own ids. What the answer says is for operators.
func (in *Intake) Explain(ctx context.Context, account uint32, e *ocov1.Event) (*ocov1.MatchMessageResponse, error) {
	if in.o.Ready != nil {
		in.o.Ready(ctx)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	p := &pending{ctx: ctx, in: in, account: in.account(account), event: e, now: in.o.Now(), guess: true}
	out := p.explainNow()
	if len(p.wants) > 0 {
		in.lookups.find(ctx, []*pending{p})
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out = p.explainNow()
	}
	return out, nil
}

// explainNow explains while no rule changes. If p.wants is not empty then, names are to
// be looked up before.
func (p *pending) explainNow() *ocov1.MatchMessageResponse {
	p.in.rules.RLock()
	defer p.in.rules.RUnlock()
	if a := p.event.GetActor(); a != nil {
		a.Groups = p.in.o.People.Groups(a.GetUserId())
	}
	p.wants = nil
	return p.explain()
}

// explain is what message does, without doing it.
func (p *pending) explain() *ocov1.MatchMessageResponse {
	msg, named, ok := p.read()
	if !ok {
		return &ocov1.MatchMessageResponse{}
	}
	msg.Self = p.own()
	plain := isPlain(msg) && !msg.Self
	w, own, found := p.consider(msg, named, plain)
	x := explanation{p: p, details: p.in.o.Table().Explain(msg, p.may), problem: found.Problem}
	x.out = &ocov1.MatchMessageResponse{Text: p.text, Addressed: own || found.Addressed, Ignored: p.ignored()}
	switch {
	case x.out.Ignored:
	case own:
		x.out.OwnWord = w.verb
	default:
		takers := p.takers(found)
		x.taken(takers)
		if ordered(found, plain) && !slices.ContainsFunc(takers, func(t taker) bool { return t.answers }) {
			x.out.Answer = p.in.unmatched(found, msg.Text)
		}
	}
	x.near()
	return x.out
}

// An explanation is put together.
type explanation struct {
	p       *pending
	out     *ocov1.MatchMessageResponse
	details route.Explanation
	problem *pattern.Problem // why the command that fits does not take it all the same
}

// taken adds the routes that take the message.
func (x *explanation) taken(all []taker) {
	for _, t := range all {
		m := &ocov1.RouteMatch{
			PluginId: t.route.Plugin, Route: t.route.Name, Pattern: t.pattern, Deprecated: t.deprecated,
			Arguments: t.match.GetArguments(), Allowed: !t.refused, Decision: t.decision,
		}
		if t.route.Kind != route.Command {
			x.out.Hears = append(x.out.Hears, m)
			continue
		}
		x.out.Command = m
		if t.refused {
			say := x.p.in.words()
			x.out.Answer = say.Say(texts.Refused, "command", t.route.Name, "why", say.Sentence(t.userText))
		}
	}
}
