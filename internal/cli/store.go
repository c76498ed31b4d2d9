package cli

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// maxValue is the size of the largest value, as the protocol says.
const maxValue = 256 << 10

// Store is `oco store`: what the bot keeps for plugins.
type Store struct {
	Get  StoreGet  `cmd:"" help:"Print the value of a key."`
	Put  StorePut  `cmd:"" help:"Set the value of a key."`
	List StoreList `cmd:"" help:"List keys."`
	Dump StoreDump `cmd:"" help:"Print keys and values, one JSON document a line."`
}

// StoreGet is `oco store get NAMESPACE KEY`.
type StoreGet struct {
	Target
	Namespace string `arg:"" help:"Name of the plugin, or of what plugins share."`
	Key       string `arg:"" help:"The key."`
	JSON      bool   `help:"Print one JSON document, with the revision."`
}

// Run prints the value.
func (s *StoreGet) Run(ctx context.Context, env *Env) error {
	return s.with(ctx, env, callTimeout, func(ctx context.Context, c *client) error {
		answer, err := c.store.Get(ctx, &ocov1.GetRequest{Namespace: s.Namespace, Keys: []string{s.Key}})
		if err != nil {
			return err
		}
		if len(answer.GetEntries()) == 0 {
			return fmt.Errorf("%s has no key %s: `oco store list %[1]s` lists what there is", Printable(s.Namespace), Printable(s.Key))
		}
		e := answer.GetEntries()[0]
		if s.JSON {
			return writeDocument(env.Stdout, e)
		}
		return write(env.Stdout, shown(e.GetValue()))
	})
}

// shown is a value as a person reads it. What is no text is said in base64.
func shown(value []byte) []byte {
	if !utf8.Valid(value) {
		return []byte(base64.StdEncoding.EncodeToString(value) + "\n")
	}
	var line bytes.Buffer
	if json.Compact(&line, value) == nil {
		return append(asciiJSON(line.Bytes()), '\n')
	}
	return []byte(Printable(string(value)) + "\n")
}

// StorePut is `oco store put NAMESPACE KEY VALUE`.
type StorePut struct {
	Target
	Namespace string        `arg:"" help:"Name of the plugin, or of what plugins share."`
	Key       string        `arg:"" help:"The key."`
	Value     string        `arg:"" optional:"" help:"The value, as JSON; - reads it from standard input."`
	Raw       bool          `help:"The value need not be JSON."`
	TTL       time.Duration `help:"How long it stays; for good without it." placeholder:"DURATION"`
	Revision  *uint64       `help:"Only if the key has this revision; 0: only if there is none." placeholder:"N"`
	Delete    bool          `help:"Remove the key."`
}

// Run writes.
func (s *StorePut) Run(ctx context.Context, env *Env) error {
	value := []byte(s.Value)
	if s.Value == "-" {
		var err error
		if value, err = io.ReadAll(io.LimitReader(env.Stdin, maxValue+1)); err != nil {
			return fmt.Errorf("read the value: %w", err)
		}
	}
	switch {
	case len(value) > maxValue:
		return fmt.Errorf("the value has more than %d bytes", maxValue)
	case s.Delete && len(value) > 0:
		return Usage("--delete takes no value")
	case s.TTL < 0:
		return Usage("--ttl is above zero")
	case !s.Delete && !s.Raw && !json.Valid(value):
		return Usage(`the value is no JSON: a text stands in quotes, '"like this"'; --raw takes what is none`)
	}
	t := &ocov1.Transaction{Namespace: s.Namespace}
	if s.Delete {
		t.Writes = []*ocov1.Write{{Kind: &ocov1.Write_DeleteKey{DeleteKey: s.Key}}}
	} else {
		put := &ocov1.Put{Key: s.Key, Value: value}
		if s.TTL > 0 {
			put.Ttl = durationpb.New(s.TTL)
		}
		t.Writes = []*ocov1.Write{{Kind: &ocov1.Write_Put{Put: put}}}
	}
	if s.Revision != nil {
		t.Guards = []*ocov1.Guard{{Key: s.Key, Revision: *s.Revision}}
	}
	return s.with(ctx, env, callTimeout, func(ctx context.Context, c *client) error {
		answer, err := c.store.Transact(ctx, &ocov1.TransactRequest{Transaction: t})
		if err != nil {
			return err
		}
		if !answer.GetCommitted() {
			for _, e := range answer.GetConflicts() {
				return fmt.Errorf("%s has the revision %d, not %d: nothing was written", Printable(s.Key), e.GetRevision(), *s.Revision)
			}
			return errors.New("the revision is another: nothing was written")
		}
		_, err = fmt.Fprintf(env.Stdout, "%s at revision %d\n", Printable(s.Key), answer.GetRevision())
		return err
	})
}

// StoreList is `oco store list NAMESPACE [PREFIX]`.
type StoreList struct {
	Target
	Namespace string `arg:"" help:"Name of the plugin, or of what plugins share."`
	Prefix    string `arg:"" optional:"" help:"Only keys that begin with it."`
	JSON      bool   `help:"Print one JSON document."`
}

// Run lists keys.
func (s *StoreList) Run(ctx context.Context, env *Env) error {
	return s.with(ctx, env, time.Minute, func(ctx context.Context, c *client) error {
		all := &ocov1.ListResponse{}
		err := c.entries(ctx, &ocov1.ListRequest{Namespace: s.Namespace, Prefix: s.Prefix, KeysOnly: true}, func(page *ocov1.ListResponse) error {
			all.Entries, all.Revision = append(all.Entries, page.GetEntries()...), page.GetRevision()
			return nil
		})
		switch {
		case err != nil:
			return err
		case s.JSON:
			return writeJSON(env.Stdout, all)
		case len(all.GetEntries()) == 0:
			_, err := fmt.Fprintf(env.Stderr, "%s has no such keys.\n", Printable(s.Namespace))
			return err
		}
		t := newTable("KEY", "REVISION", "EXPIRES")
		for _, e := range all.GetEntries() {
			expires := ""
			if e.GetExpireTime() != nil {
				expires = env.clock(e.GetExpireTime())
			}
			t.add(e.GetKey(), fmt.Sprint(e.GetRevision()), expires)
		}
		return write(env.Stdout, []byte(t.render(env.Colour)))
	})
}

// entries calls each with every page of a listing.
func (c *client) entries(ctx context.Context, req *ocov1.ListRequest, each func(*ocov1.ListResponse) error) error {
	for req.PageSize = 1000; ; {
		page, err := c.store.List(ctx, req)
		if err == nil {
			err = each(page)
		}
		if err != nil || page.GetNextPageToken() == "" {
			return err
		}
		req.PageToken = page.GetNextPageToken()
	}
}

// StoreDump is `oco store dump NAMESPACE [PREFIX]`.
type StoreDump struct {
	Target
	Namespace string `arg:"" help:"Name of the plugin, or of what plugins share."`
	Prefix    string `arg:"" optional:"" help:"Only keys that begin with it."`
}

// Run prints what there is, all of one revision.
func (s *StoreDump) Run(ctx context.Context, env *Env) error {
	return s.with(ctx, env, 10*time.Minute, func(ctx context.Context, c *client) error {
		return c.entries(ctx, &ocov1.ListRequest{Namespace: s.Namespace, Prefix: s.Prefix}, func(page *ocov1.ListResponse) error {
			for _, e := range page.GetEntries() {
				if err := writeDocument(env.Stdout, e); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// document is an entry for programs. Value is there if the value is JSON, and
// else its bytes are in Base64.
type document struct {
	Key      string          `json:"key"`
	Revision uint64          `json:"revision"`
	Expires  string          `json:"expires,omitempty"`
	Value    json.RawMessage `json:"value,omitempty"`
	Base64   []byte          `json:"base64,omitempty"`
}

// writeDocument writes an entry as one line.
func writeDocument(w io.Writer, e *ocov1.Entry) error {
	d := document{Key: e.GetKey(), Revision: e.GetRevision()}
	if e.GetExpireTime() != nil {
		d.Expires = e.GetExpireTime().AsTime().Format(time.RFC3339Nano)
	}
	if json.Valid(e.GetValue()) && utf8.Valid(e.GetValue()) {
		d.Value = e.GetValue()
	} else {
		d.Base64 = e.GetValue()
	}
	line, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("write %s as JSON: %w", Printable(e.GetKey()), err)
	}
	return write(w, append(asciiJSON(line), '\n'))
}
