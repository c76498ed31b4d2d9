package subject

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// WithKey is a context for calls by the holder of a key.
func WithKey(ctx context.Context, key string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+key)
}

// Admin calls the bot as its operator.
func (b *Bot) Admin(ctx context.Context, call func(context.Context, ocov1.AdminServiceClient) error) error {
	address, err := b.operator("addr")
	if err != nil {
		return err
	}
	key, err := b.operator("key")
	if err != nil {
		return err
	}
	conn, err := grpc.NewClient(strings.Replace(address, "unix://", "unix:", 1), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()
	return call(WithKey(ctx, key), ocov1.NewAdminServiceClient(conn))
}

func (b *Bot) operator(what string) (string, error) {
	text, err := os.ReadFile(filepath.Join(b.Data(), "operator."+what))
	return strings.TrimSpace(string(text)), err
}

// Key makes a key.
func (b *Bot) Key(ctx context.Context, name string, role ocov1.Role, scopes ...string) (key string, err error) {
	err = b.Admin(ctx, func(ctx context.Context, c ocov1.AdminServiceClient) error {
		made, err := c.CreateKey(ctx, &ocov1.CreateKeyRequest{Name: name, Role: role, Scopes: scopes})
		key = made.GetKey()
		return err
	})
	return key, err
}

// AwaitPlugins waits until a replica of each plugin is connected.
func (b *Bot) AwaitPlugins(ctx context.Context, names ...string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		var up []string
		err := b.Admin(ctx, func(ctx context.Context, c ocov1.AdminServiceClient) error {
			status, err := c.GetStatus(ctx, &ocov1.GetStatusRequest{})
			for _, p := range status.GetPlugins() {
				for _, r := range p.GetReplicas() {
					if r.GetConnected() {
						up = append(up, p.GetPluginId())
					}
				}
			}
			return err
		})
		if err == nil && !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(up, name) }) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("of %v only %v are connected: %w\n%s", names, up, errors.Join(err, ctx.Err()), b.LogEnd())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Metrics are the values of /metrics by their name with labels.
func (b *Bot) Metrics(ctx context.Context) (map[string]float64, error) {
	key, err := b.operator("key")
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.HTTP+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("/metrics: %s", res.Status)
	}
	values := map[string]float64{}
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		name, value, ok := cutLast(lines.Text())
		if !ok {
			continue
		}
		if values[name], err = strconv.ParseFloat(value, 64); err != nil {
			return nil, fmt.Errorf("/metrics: %q: %w", lines.Text(), err)
		}
	}
	return values, lines.Err()
}

func cutLast(line string) (name, value string, ok bool) {
	at := strings.LastIndexByte(line, ' ')
	if at < 0 || strings.HasPrefix(line, "#") {
		return "", "", false
	}
	return line[:at], line[at+1:], true
}
