package delivery

import "github.com/openchatops/oco/internal/chat"

// adjust is what a reload or a restart of one plugin does to a machine that runs.
func (w *world) adjust() {
	plugin := pick(w.sim, []string{"kid", "far", "chat"})
	switch w.rng.IntN(4) {
	case 0:
		w.do(Quiet{Plugin: plugin, On: w.chance(40)}, func(r Reply) {
			if held, ok := r.Value.(int); !ok || held < 0 {
				w.failf("Quiet answers %v", r.Value)
			}
		})
	case 1:
		w.do(Reopen{Plugin: plugin}, nil)
	case 2:
		in := Tune{QueueItems: w.opt.QueueItems, QueueBytes: w.opt.QueueBytes, Operators: w.opt.Operators, BotName: "oco", ChildPlugins: w.opt.ChildPlugins, SendAge: w.opt.SendAge}
		if w.chance(50) {
			in.BotName = "robin"
		}
		if w.chance(50) {
			in.Texts = inAnotherLanguage()
		}
		w.do(in, nil)
	default:
		w.declare()
	}
}

// declare lets the operator register for a plugin, or take that back.
func (w *world) declare() {
	in := Declare{Plugin: "far"}
	if w.chance(60) {
		in.Definitions = map[string]struct{}{}
		for _, r := range simRoutes() {
			if r.Plugin == in.Plugin && r.Order != chat.OrderRoute {
				in.Definitions[r.Definition] = struct{}{}
			}
		}
	}
	for _, c := range w.clients {
		if c.Plugin == in.Plugin {
			// One that is declared need not register; one that was must.
			c.known = in.Definitions != nil && !c.dead
		}
	}
	w.do(in, nil)
}
