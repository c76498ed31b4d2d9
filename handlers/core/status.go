package core

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/openchatops/oco"
)

func showStatus(ctx context.Context, msg *oco.Message) error {
	s, err := msg.Bot().Status(ctx)
	if err != nil {
		return lacking("status.read", err)
	}
	msg.Reply(statusText(s))
	return nil
}

// shownCounts are the counts that mean something to a person, in this order.
var shownCounts = []struct{ name, text string }{
	{"open", "open"},
	{"waiting", "waiting"},
	{"leased", "running"},
	{"outbox", "being sent"},
	{"open_list", "ended badly and not settled"},
}

func statusText(s oco.BotStatus) string {
	var lines []string
	state := "ready"
	if !s.Ready {
		state = "not ready"
	}
	lines = append(lines, fmt.Sprintf("%s %s is %s, up %s.", s.Name, s.Version, state, uptime(s.Uptime)))
	for _, a := range s.Accounts {
		lines = append(lines, accountLine(a))
	}
	handlers := 0
	var impaired []string
	for _, p := range s.Plugins {
		if p.Adapter {
			continue
		}
		handlers++
		if text := impairment(p); text != "" {
			impaired = append(impaired, text)
		}
	}
	lines = append(lines, shown(fmt.Sprintf("Handlers: %d", handlers), impaired))
	var counts []string
	for _, c := range shownCounts {
		if n, ok := s.Counts[c.name]; ok {
			counts = append(counts, fmt.Sprintf("%d %s", n, c.text))
		}
	}
	if len(counts) > 0 {
		lines = append(lines, "Deliveries: "+strings.Join(counts, ", ")+".")
	}
	for i, w := range s.Warnings {
		if i == maxListed {
			lines = append(lines, fmt.Sprintf("And %d more warnings.", len(s.Warnings)-i))
			break
		}
		lines = append(lines, "Warning: "+w)
	}
	return strings.Join(lines, "\n")
}

func accountLine(a oco.AccountStatus) string {
	switch {
	case a.Connected:
		return fmt.Sprintf("Connected to %s.", a.Service)
	case a.Detail != "":
		return fmt.Sprintf("Not connected to %s: %s", a.Service, a.Detail)
	}
	return fmt.Sprintf("Not connected to %s.", a.Service)
}

// impairment says what is unusual about a handler, "" if nothing is.
func impairment(p oco.PluginStatus) string {
	var texts []string
	switch {
	case p.Paused:
		texts = append(texts, "paused")
	case p.State != "" && p.State != "running":
		texts = append(texts, p.State)
	case p.Replicas == 0:
		texts = append(texts, "not running")
	}
	if p.Waiting > 0 {
		texts = append(texts, fmt.Sprintf("%d waiting", p.Waiting))
	}
	if len(texts) == 0 {
		return ""
	}
	return p.Name + " (" + strings.Join(texts, ", ") + ")"
}

// uptime names the two largest units that are not zero.
func uptime(d time.Duration) string {
	d = d.Truncate(time.Second)
	days, hours, minutes, seconds := d/(24*time.Hour), d/time.Hour%24, d/time.Minute%60, d/time.Second%60
	switch {
	case days > 0:
		return fmt.Sprintf("%d d %d h", days, hours)
	case hours > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%d min %d s", minutes, seconds)
	}
	return fmt.Sprintf("%d s", seconds)
}
