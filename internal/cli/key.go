package cli

import (
	"context"
	"fmt"
	"strings"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// Key is `oco key`: the keys of plugins and clients.
type Key struct {
	New    KeyNew    `cmd:"" help:"Make a key for a plugin or a client and print it, once."`
	Rotate KeyRotate `cmd:"" help:"Make another key for a name that has one. Both live, until the next rotation."`
	Revoke KeyRevoke `cmd:"" help:"End a key, or every key of a name."`
	List   KeyList   `cmd:"" help:"List the keys, without the keys themselves."`
}

// KeyNew is `oco key new NAME`.
type KeyNew struct {
	Target
	JSON  bool     `help:"Print one JSON document."`
	Role  string   `help:"handler, adapter, client or operator." default:"handler"`
	Scope []string `help:"What it may do, for example messages.write." placeholder:"SCOPE"`
	Name  string   `arg:"" help:"Name of the plugin or the client."`
}

// Run makes the key.
func (k *KeyNew) Run(ctx context.Context, env *Env) error {
	role, err := number(ocov1.Role(0), k.Role)
	if err != nil {
		return err
	}
	return k.with(ctx, env, callTimeout, func(ctx context.Context, c *client) error {
		return c.createKey(ctx, env, k.JSON, &ocov1.CreateKeyRequest{Name: k.Name, Role: ocov1.Role(role), Scopes: k.Scope})
	})
}

// KeyRotate is `oco key rotate NAME`.
type KeyRotate struct {
	Target
	JSON bool   `help:"Print one JSON document."`
	Name string `arg:"" help:"Name of the plugin or the client."`
}

// Run makes a key with the role and the scopes of the newest one of the name.
func (k *KeyRotate) Run(ctx context.Context, env *Env) error {
	return k.with(ctx, env, callTimeout, func(ctx context.Context, c *client) error {
		keys, err := c.keysOf(ctx, k.Name)
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			return fmt.Errorf("no key is called %s: make the first one with `oco key new %s`", Printable(k.Name), Printable(k.Name))
		}
		newest := keys[0]
		for _, key := range keys {
			if key.GetCreateTime().AsTime().After(newest.GetCreateTime().AsTime()) {
				newest = key
			}
		}
		return c.createKey(ctx, env, k.JSON, &ocov1.CreateKeyRequest{
			Name: k.Name, Role: newest.GetRole(), Scopes: newest.GetScopes(), ReplaceOldest: true,
		})
	})
}

// createKey prints what a shell takes: eval "$(oco key new NAME)".
func (c *client) createKey(ctx context.Context, env *Env, asJSON bool, request *ocov1.CreateKeyRequest) error {
	answer, err := c.admin.CreateKey(ctx, request)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(env.Stdout, answer)
	}
	var b strings.Builder
	switch endpoint := answer.GetEndpoint(); {
	case strings.HasPrefix(endpoint, "http"): // nothing listens but the HTTP port
		fmt.Fprintf(&b, "export OCO_URL=%s\n", shellQuote(endpoint))
	case endpoint != "":
		fmt.Fprintf(&b, "export OCO_ENDPOINT=%s\n", shellQuote(endpoint))
	}
	fmt.Fprintf(&b, "export OCO_KEY=%s\n", shellQuote(answer.GetKey()))
	if err := write(env.Stdout, []byte(b.String())); err != nil {
		return err
	}
	note := fmt.Sprintf("Key %s of %s (%s). It is shown this once.", Printable(answer.GetKeyId()), Printable(request.GetName()), word(request.GetRole()))
	if answer.GetEndpoint() == "" {
		note += " The bot listens for nobody elsewhere: set listen.grpc in its configuration, or listen.http for JSON."
	}
	_, err = fmt.Fprintln(env.Stderr, note)
	return err
}

// shellQuote gives text as one word of a POSIX shell.
func shellQuote(text string) string {
	text = Printable(text)
	plain := strings.IndexFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._/:=+-@,", r))
	}) < 0
	if plain && text != "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// KeyRevoke is `oco key revoke`.
type KeyRevoke struct {
	Target
	Key string `arg:"" help:"Id of a key, or a name: all its keys."`
}

// Run ends the key with that id, else those of that name.
func (k *KeyRevoke) Run(ctx context.Context, env *Env) error {
	return k.with(ctx, env, callTimeout, func(ctx context.Context, c *client) error {
		answer, err := c.admin.ListKeys(ctx, &ocov1.ListKeysRequest{})
		if err != nil {
			return err
		}
		var ids []string
		for _, key := range answer.GetKeys() {
			if key.GetKeyId() == k.Key {
				ids = []string{k.Key}
				break
			}
			if key.GetName() == k.Key {
				ids = append(ids, key.GetKeyId())
			}
		}
		if len(ids) == 0 {
			return fmt.Errorf("no key has the id or the name %s: `oco key list` lists what there is", Printable(k.Key))
		}
		for _, id := range ids {
			if _, err := c.admin.RevokeKey(ctx, &ocov1.RevokeKeyRequest{KeyId: id}); err != nil {
				return err
			}
			if _, err := fmt.Fprintf(env.Stdout, "%s is revoked\n", Printable(id)); err != nil {
				return err
			}
		}
		return nil
	})
}

// KeyList is `oco key list`.
type KeyList struct {
	Target
	JSON bool `help:"Print one JSON document."`
}

// Run asks and prints.
func (k *KeyList) Run(ctx context.Context, env *Env) error {
	return k.with(ctx, env, callTimeout, func(ctx context.Context, c *client) error {
		answer, err := c.admin.ListKeys(ctx, &ocov1.ListKeysRequest{})
		if err != nil {
			return err
		}
		if k.JSON {
			return writeJSON(env.Stdout, answer)
		}
		if len(answer.GetKeys()) == 0 {
			_, err := fmt.Fprintln(env.Stderr, "There are no keys: plugins that the bot starts need none. `oco key new NAME` makes one.")
			return err
		}
		t := newTable("KEY", "NAME", "ROLE", "MADE", "SCOPES")
		for _, key := range answer.GetKeys() {
			t.add(key.GetKeyId(), key.GetName(), word(key.GetRole()), env.clock(key.GetCreateTime()), strings.Join(key.GetScopes(), " "))
		}
		return write(env.Stdout, []byte(t.render(env.Colour)))
	})
}

func (c *client) keysOf(ctx context.Context, name string) ([]*ocov1.KeyInfo, error) {
	answer, err := c.admin.ListKeys(ctx, &ocov1.ListKeysRequest{})
	if err != nil {
		return nil, err
	}
	var keys []*ocov1.KeyInfo
	for _, key := range answer.GetKeys() {
		if key.GetName() == name {
			keys = append(keys, key)
		}
	}
	return keys, nil
}
