package ocotest

import "slices"

// WantRoute fails the test unless text, said as Say would say it, is taken by a
// route, "handler:route": by the command that runs, or by a hear route. If args are
// given, the arguments must be exactly these. Nothing runs.
func (p *Person) WantRoute(text, route string, args ...Args) {
	p.b.t.Helper()
	got := p.Match(text)
	taken := got.Args
	if i := slices.Index(got.Hears, route); i >= 0 {
		taken = got.HearArgs[i]
	} else if got.Route != route || got.Refused != "" {
		p.b.t.Errorf("%s does not take what %s says: %s", route, p.user, got)
		return
	}
	for _, want := range args {
		if !want.equal(taken) {
			p.b.t.Errorf("the arguments of %s in %q:\n got %s\nwant %s", route, text, taken, want)
		}
	}
}

// WantRefused fails the test unless text, said as Say would say it, fits a command,
// "handler:route", that does not run for this person.
func (p *Person) WantRefused(text, route string) {
	p.b.t.Helper()
	if got := p.Match(text); got.Route != route || got.Refused == "" {
		p.b.t.Errorf("%s does not refuse what %s says: %s", route, p.user, got)
	}
}

// WantNoRoute fails the test if any route takes text, said as Say would say it, or if
// a command refuses it.
func (p *Person) WantNoRoute(text string) {
	p.b.t.Helper()
	if got := p.Match(text); got.Route != "" || len(got.Hears) > 0 {
		p.b.t.Errorf("something takes what %s says: %s", p.user, got)
	}
}
