package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"google.golang.org/protobuf/encoding/protojson"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/rpc"
	"github.com/openchatops/oco/internal/strictjson"
)

// MaxManifest is the size at which a manifest is none any more.
const MaxManifest = 4 << 20

// ParseManifest reads what a program printed as its manifest. Its library may be newer
// than this bot, so what is not known is left out; unknown says what that is, nil if
// there is none. err completes the sentence "the plugin printed …".
func ParseManifest(r io.Reader) (m *ocov1.Manifest, unknown, err error) {
	document, err := oneDocument(r)
	if err != nil {
		return nil, nil, err
	}
	m = &ocov1.Manifest{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(document, m); err != nil {
		return nil, nil, fmt.Errorf("something that is no manifest: %w", err)
	}
	return m, strictjson.Unmarshal(document, &ocov1.Manifest{}), nil
}

// oneDocument reads one document in JSON, behind which there is nothing.
func oneDocument(r io.Reader) (json.RawMessage, error) {
	limited := &io.LimitedReader{R: r, N: MaxManifest + 1}
	reader := json.NewDecoder(limited)
	var document json.RawMessage
	err := reader.Decode(&document)
	if err == nil {
		if _, err := reader.Token(); !errors.Is(err, io.EOF) && limited.N > 0 {
			return nil, errors.New("more than one manifest, or something after it")
		}
	}
	if limited.N <= 0 {
		return nil, fmt.Errorf("more than %d MiB in the place of a manifest", MaxManifest>>20)
	}
	if err != nil {
		return nil, fmt.Errorf("no manifest but something that is not JSON: %w", err)
	}
	return document, nil
}

// manifestFile reads a manifest from a regular file: a pipe would hold up who reads it,
// and with a reload everybody who wants to change something. People write it, so what
// is not known is refused (OCO-LIF-70).
func manifestFile(path string) (*ocov1.Manifest, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, fmt.Errorf("the manifest cannot be read: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	document, err := oneDocument(f)
	if err != nil {
		return nil, fmt.Errorf("%s holds %w", path, err)
	}
	manifest := &ocov1.Manifest{}
	if err := strictjson.Unmarshal(document, manifest); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return manifest, nil
}

// ReadManifest reads the manifest of the handler at path, such as handlers[1], which does
// not register. Its error is a problem of the file, or several.
func ReadManifest(c *config.Config, path string, h config.Plugin) (*ocov1.Manifest, error) {
	manifest, err := manifestFile(h.Manifest)
	if err != nil {
		return nil, c.Problem(path+".manifest", err.Error())
	}
	var errs []error
	for _, wrong := range plugin.CheckManifest(h.Name, manifest) {
		errs = append(errs, c.Problem(path+".manifest", h.Manifest+": "+wrong.Text))
	}
	for _, feature := range manifest.GetRequiredFeatures() {
		if !slices.Contains(rpc.Features, feature) {
			errs = append(errs, c.Problem(path+".manifest", fmt.Sprintf("%s: this bot lacks the feature %.64q", h.Manifest, feature)))
		}
	}
	if _, wrong := plugin.CheckSettings(manifest.GetSettings(), nil); len(errs) == 0 && len(wrong) > 0 {
		errs = append(errs, c.Problem(path+".manifest", h.Manifest+": "+wrong[0].Text+"; but a program that does not register is not told its settings"))
	}
	return manifest, config.Join(errs...)
}

// declare registers a handler that does not do so itself (OCO-LIF-29).
func (b *Bot) declare(ctx context.Context, name string, manifest *ocov1.Manifest) error {
	_, err := b.registry.Register(ctx, plugin.Identity{Name: name, Role: chat.RoleHandler}, manifest,
		func(ctx context.Context, definitions map[string]struct{}, writes []delivery.Write) error {
			_, err := b.engine.Do(ctx, delivery.Declare{Plugin: name, Definitions: definitions, Writes: writes})
			return err
		})
	if err != nil {
		return fmt.Errorf("the manifest of %s cannot be registered: %w", name, err)
	}
	b.log.Info("registered from its manifest", "plugin", name)
	return nil
}
