package intake_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// with attaches files by their names.
func with(names ...string) func(*ocov1.Event) {
	return func(e *ocov1.Event) {
		for i, name := range names {
			msg := e.GetMessage().GetMessage()
			msg.Attachments = append(msg.Attachments, &ocov1.Attachment{FileId: fmt.Sprintf("F/%d", i), Name: name, MediaType: "text/plain", Size: 7, Url: "https://chat.example/" + name})
		}
	}
}

// A file is an argument with the bot's id, and handlers see all that came with the
// message; no word stands for one (OCO-RTE-58).
func TestFilesAreArguments(t *testing.T) {
	b := newTown().in(newBench(t))
	for _, c := range []struct {
		text, want string
		files      []string
	}{
		{"read", "log=file:1:F~2f0(a.txt)", []string{"a.txt"}},
		{"readall", "logs=file:1:F~2f0(a.txt)", []string{"a.txt"}},
		{"readall", "logs=file:1:F~2f0(a.txt)+file:1:F~2f1(b.txt)", []string{"a.txt", "b.txt"}},
		{"read", "said read: several files came with the message, and log is one file", []string{"a.txt", "b.txt"}},
		{"read", "said read: log is missing", nil},
		{"readall", "said readall: logs is missing", nil},
	} {
		got := b.becomes("alice", "oco "+c.text, with(c.files...))
		if got != c.want && !(strings.HasPrefix(c.want, "said") && strings.HasPrefix(got, c.want)) {
			t.Errorf("%s with %v: %s, want %s", c.text, c.files, got, c.want)
		}
	}
	got, refused := b.publish(said("alice", "ask", with("a.txt", "b.txt")))
	e := &ocov1.Event{}
	if refused != nil || proto.Unmarshal(got.Payload, e) != nil {
		t.Fatal(refused)
	}
	files := e.GetMessage().GetMessage().GetAttachments()
	want := &ocov1.Attachment{FileId: "file:1:F~2f1", Name: "b.txt", MediaType: "text/plain", Size: 7, Url: "https://chat.example/b.txt"}
	if len(files) != 2 || !proto.Equal(files[1], want) {
		t.Errorf("handlers see %v", files)
	}
}

// The id of a file that is long is a hash with a way back, as every other
// (OCO-IDS-4).
func TestLongIDsOfFiles(t *testing.T) {
	b := newBench(t)
	got, refused := b.publish(said("alice", "beer", with("a"), func(e *ocov1.Event) {
		e.GetMessage().GetMessage().GetAttachments()[0].FileId = strings.Repeat("f", 300)
	}))
	if refused != nil || len(got.Writes) != 1 || string(got.Writes[0].Value) != strings.Repeat("f", 300) || !strings.HasPrefix(string(got.Writes[0].Key), string(delivery.LongIDKey("file:1:~~"))) {
		t.Errorf("%v: %+v", refused, got.Writes)
	}
}

// OCO-SIZ-34: at the brim and one beyond, while the others of a batch are admitted.
func TestSizesOfFiles(t *testing.T) {
	b := newBench(t)
	one := func(change func(*ocov1.Attachment)) func(*ocov1.Event) {
		return func(e *ocov1.Event) {
			with("a")(e)
			change(e.GetMessage().GetMessage().GetAttachments()[0])
		}
	}
	many := func(n int) func(*ocov1.Event) { return with(make([]string, n)...) }
	for _, c := range []struct {
		name   string
		change func(*ocov1.Event)
		want   chat.Reason
	}{
		{"32 files", many(32), ""},
		{"33 files", many(33), chat.TooLarge},
		{"a name", one(func(f *ocov1.Attachment) { f.Name = strings.Repeat("n", 1024) }), ""},
		{"a long name", one(func(f *ocov1.Attachment) { f.Name = strings.Repeat("n", 1025) }), chat.TooLarge},
		{"a type", one(func(f *ocov1.Attachment) { f.MediaType = strings.Repeat("n", 256) }), ""},
		{"a long type", one(func(f *ocov1.Attachment) { f.MediaType = strings.Repeat("n", 257) }), chat.TooLarge},
		{"an address", one(func(f *ocov1.Attachment) { f.Url = strings.Repeat("n", 4096) }), ""},
		{"a long address", one(func(f *ocov1.Attachment) { f.Url = strings.Repeat("n", 4097) }), chat.TooLarge},
		{"no id", one(func(f *ocov1.Attachment) { f.FileId = "" }), chat.FieldInvalid},
		{"a long id", one(func(f *ocov1.Attachment) { f.FileId = strings.Repeat("n", 1025) }), chat.TooLarge},
	} {
		_, refused := b.publish(said("alice", "beer", c.change))
		if refused == nil && c.want != "" || refused != nil && refused.Reason != c.want {
			t.Errorf("%s: %v, want %s", c.name, refused, c.want)
		}
	}
}
