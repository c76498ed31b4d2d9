package e2e

import (
	"strings"
	"testing"
)

// What is wrong with the settings of a plugin is found without a bot; a bot that is
// started nevertheless says so in its status, and shows no secret: neither where the
// schema sees the mistake, nor where only the plugin does (OCO-SET-3, OCO-SET-5,
// OCO-SET-6, OCO-LIF-59).
func TestAPluginIsRefusedForItsSettings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings string
		says     []string
	}{
		"by the schema": {"{server: 127.0.0.1, pasword: hunter2, max_lines: many}", []string{
			"oco.yaml:4:81: `max_lines` wants a whole number", "oco.yaml:4:61", "unknown setting `pasword`"}},
		"by the adapter": {"{server: 127.0.0.1, tls: \"off\", nick: the bot, password: hunter2, sasl_user: x}", []string{
			"oco.yaml:4:70: `nick`: \"the bot\" is not a name that IRC takes", "oco.yaml:4:109: `sasl_user`: it needs `sasl_password`"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBot(t, "adapter: {name: irc, settings: "+c.settings+"}\n")
			out, errs, code := b.oco("check", "-c", b.path("oco.yaml"))
			if code != 1 || !strings.HasSuffix(errs, "has 2 problems\n") || strings.Contains(out+errs, "hunter2") {
				t.Errorf("oco check: exit code %d\n%s%s", code, out, errs)
			}
			b.start()
			told := ""
			b.await("the reason is told", func() bool {
				out, _, _ := b.oco("plugins", "-c", b.path("oco.yaml"))
				told = out
				return strings.Contains(out, "oco.yaml:4:")
			})
			status, _, _ := b.oco("status", "-c", b.path("oco.yaml"))
			for _, want := range c.says {
				if !strings.Contains(told, want) || !strings.Contains(status, want) {
					t.Errorf("it does not say %q:\n%s\n%s", want, told, status)
				}
			}
			if strings.Contains(told+status+b.log(), "hunter2") {
				t.Errorf("a secret is shown:\n%s\n%s", told, status)
			}
		})
	}
}
