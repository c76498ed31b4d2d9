package exec

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/internal/pattern"
)

// values are the arguments of one message, by name.
type values map[string]value

// A value is one argument: as texts for the command line, one but for a list, and as
// what becomes JSON.
type value struct {
	given bool
	texts []string
	json  any
}

// read takes the arguments out of a message. One that the pattern asks for and that is
// not there was said to the command as it was before a change of the settings.
func (p *program) read(msg *oco.Message) (values, error) {
	all := values{}
	for _, a := range p.arguments {
		switch {
		case a.Type == pattern.TypeFlag && !a.List:
			yes := msg.Bool(a.Name)
			all[a.Name] = value{yes, []string{strconv.FormatBool(yes)}, yes}
			if a.spelling == "" && msg.Has(a.Name) {
				all[a.Name] = value{true, []string{strconv.FormatBool(yes)}, yes}
			}
		case msg.Has(a.Name):
			all[a.Name] = a.value(msg)
		case !a.Optional && !a.HasDefault:
			return nil, refusal("The command has just changed. Please say it again.")
		}
	}
	return all, nil
}

func (a *placeholder) value(msg *oco.Message) value {
	switch a.Type {
	case pattern.TypeInteger:
		return typed(a, msg.Ints(a.Name), func(n int64) string { return strconv.FormatInt(n, 10) }, same)
	case pattern.TypeNumber:
		return typed(a, msg.Floats(a.Name), func(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }, same)
	case pattern.TypeDuration:
		return typed(a, msg.Durations(a.Name), seconds, func(d time.Duration) any { return seconds(d) })
	case pattern.TypeTime:
		return typed(a, msg.Whens(a.Name), instant, func(t time.Time) any { return instant(t) })
	case pattern.TypeUser:
		return typed(a, msg.ArgUsers(a.Name), func(u oco.User) string { return string(u.ID) }, func(u oco.User) any { return userOf(u) })
	case pattern.TypeRoom:
		return typed(a, msg.ArgRooms(a.Name), func(r oco.Room) string { return string(r.ID) }, func(r oco.Room) any { return roomOf(r) })
	case pattern.TypeFile:
		return typed(a, msg.ArgFiles(a.Name), func(f oco.Attachment) string { return f.URL }, func(f oco.Attachment) any { return fileOf(f) })
	}
	return typed(a, msg.Args(a.Name), func(text string) string { return text }, same)
}

func same[T any](item T) any { return item }

func typed[T any](a *placeholder, items []T, text func(T) string, whole func(T) any) value {
	v := value{given: true}
	all := make([]any, 0, len(items))
	for _, item := range items {
		v.texts = append(v.texts, text(item))
		all = append(all, whole(item))
	}
	if v.json = any(all); !a.List && len(all) == 1 {
		v.json = all[0]
	}
	return v
}

// seconds is a duration as sleep, timeout and most languages read it: 5400s.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s" }

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// A request is what a program reads on its standard input.
type request struct {
	Command    string         `json:"command"`
	Text       string         `json:"text"`
	Arguments  map[string]any `json:"arguments"`
	User       userText       `json:"user"`
	Room       roomText       `json:"room"`
	Thread     string         `json:"thread,omitempty"`
	DeliveryID string         `json:"delivery_id"`
	Attempt    int            `json:"attempt"`
	Time       string         `json:"time"`
}

type userText struct {
	ID          string   `json:"id"`
	Name        string   `json:"name,omitempty"`
	MentionName string   `json:"mention_name,omitempty"`
	Principal   string   `json:"principal,omitempty"`
	Groups      []string `json:"groups"`
}

type roomText struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	Kind string `json:"kind"`
}

type fileText struct {
	ID        string `json:"id"`
	Name      string `json:"name,omitempty"`
	MediaType string `json:"media_type,omitempty"`
	Size      uint64 `json:"size,omitempty"`
	URL       string `json:"url,omitempty"`
}

func userOf(u oco.User) userText {
	return userText{string(u.ID), u.Name, u.MentionName, string(u.Principal), append([]string{}, u.Groups...)}
}

func roomOf(r oco.Room) roomText { return roomText{string(r.ID), r.Name, r.Kind.String()} }

func fileOf(f oco.Attachment) fileText {
	return fileText{string(f.ID), f.Name, f.MediaType, f.Size, f.URL}
}

// input is what the program reads: one line of JSON, or nothing.
func (p *program) input(msg *oco.Message, given values) ([]byte, error) {
	if p.Stdin != "json" {
		return nil, nil
	}
	arguments := map[string]any{}
	for name, v := range given {
		if v.given || v.json != nil {
			arguments[name] = v.json
		}
	}
	text, err := json.Marshal(request{
		Command: msg.Route(), Text: msg.Text(), Arguments: arguments, User: userOf(msg.User()), Room: roomOf(msg.Room()),
		Thread: string(msg.Thread()), DeliveryID: string(msg.DeliveryID()), Attempt: msg.Attempt(), Time: instant(msg.Time()),
	})
	return append(text, '\n'), err
}
