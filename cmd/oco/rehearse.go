package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/bot"
	"github.com/openchatops/oco/internal/config"
)

// findings are what is wrong with the plugins of a configuration, and what may
// be.
type findings struct{ wrong, doubts []string }

// maxAmbiguities is how many pairs of commands are named that take the same texts.
const maxAmbiguities = 20

// observer is the plugin that asks the bot for its warnings.
const observer = "oco-check"

// rehearse registers the manifests at a bot in memory: what is refused here is
// refused there, for the same reasons.
func rehearse(ctx context.Context, c *config.Config, all []declared) (found findings, err error) {
	err = rehearsal(ctx, c, all, func(b *bot.Bot, f findings) error {
		found = f
		found.doubts = append(found.doubts, b.Ambiguities(maxAmbiguities)...)
		return nil
	})
	return found, err
}

// rehearsal is rehearse with something that is done while that bot runs.
func rehearsal(ctx context.Context, c *config.Config, all []declared, then func(*bot.Bot, findings) error) error {
	with := bot.Rehearsal(c)
	with.Handlers = append(with.Handlers, config.Plugin{Name: observer, Remote: true, Scopes: []string{"status.read"}})
	b, err := bot.Start(ctx, bot.Options{Config: with, Log: slog.New(slog.DiscardHandler), Version: versionText(), Guests: true})
	if err != nil {
		return err
	}
	defer b.Stop(ctx)
	conn, err := grpc.NewClient("passthrough:///bot", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return b.Dial(ctx) }))
	if err != nil {
		return err
	}
	found, err := register(ctx, b, conn, c, all)
	if err == nil {
		err = then(b, found)
	}
	return errors.Join(err, conn.Close())
}

func register(ctx context.Context, b *bot.Bot, conn *grpc.ClientConn, c *config.Config, all []declared) (findings, error) {
	var found findings
	var said []string
	for _, d := range all {
		name := cmp.Or(d.plugin.Name, "without a name")
		who := fmt.Sprintf("%s: %s %s", c.Place(d.path), d.kind, name)
		switch {
		case d.missing != nil:
			found.wrong = append(found.wrong, fmt.Sprintf("%s: %s %s: %v", c.Place(d.path+".command"), d.kind, name, d.missing))
			continue
		case d.silent != nil:
			found.doubts = append(found.doubts, fmt.Sprintf("%s: %v; its routes and settings are not checked", who, d.silent))
			continue
		case d.plugin.Name == "":
			continue
		case d.beside != "":
			found.doubts = append(found.doubts, fmt.Sprintf("%s: beside what is wrong with its settings it said: %s", who, d.beside))
		case d.unsure != "":
			found.doubts = append(found.doubts, fmt.Sprintf("%s: asked again, with its settings, it %s; what depends on them is not checked", who, d.unsure))
		}
		if d.unknown != nil {
			found.doubts = append(found.doubts, fmt.Sprintf("%s: its manifest has what this bot does not know: %v", who, d.unknown))
		}
		manifest := proto.CloneOf(d.manifest)
		manifest.Settings = nil // they are checked with their places
		key, gone := b.Guest(d.plugin.Name)
		answer, err := ocov1.NewBotServiceClient(conn).Register(keyed(ctx, key), &ocov1.RegisterRequest{Manifest: manifest, Replica: observer})
		gone()
		if err != nil {
			found.wrong = append(found.wrong, fmt.Sprintf("%s: %s", who, status.Convert(err).Message()))
			continue
		}
		for i, r := range answer.GetRoutes() {
			if r.GetError() != nil {
				declared := manifest.GetRoutes()[i]
				route := cmp.Or(r.GetRoute(), declared.GetCommand().GetPattern(), declared.GetHear().GetRegex(), fmt.Sprintf("number %d", i+1))
				found.wrong = append(found.wrong, fmt.Sprintf("%s: route %.64s: %s", who, route, r.GetError().GetMessage()))
				said = append(said, r.GetError().GetMessage())
			}
		}
		for _, scope := range d.manifest.GetScopes() {
			if !slices.Contains(answer.GetGrantedScopes(), scope) {
				found.doubts = append(found.doubts, fmt.Sprintf("%s: asks for the scope %s, which it is not granted", who, scope))
			}
		}
	}
	key, gone := b.Guest(observer)
	defer gone()
	state, err := ocov1.NewAdminServiceClient(conn).GetStatus(keyed(ctx, key), &ocov1.GetStatusRequest{})
	for _, warning := range state.GetWarnings() {
		if !slices.ContainsFunc(said, func(text string) bool { return strings.HasSuffix(warning, text) }) {
			found.doubts = append(found.doubts, warning)
		}
	}
	return found, err
}

func keyed(ctx context.Context, key string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+key)
}
