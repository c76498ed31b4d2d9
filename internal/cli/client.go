package cli

import (
	"context"
	"time"

	"google.golang.org/grpc"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// callTimeout is how long a bot may take to answer.
const callTimeout = 10 * time.Second

// maxMessage is the size of the largest message, as the protocol says.
const maxMessage = 4 << 20

// client speaks to one bot.
type client struct {
	admin  ocov1.AdminServiceClient
	bot    ocov1.BotServiceClient
	chat   ocov1.ChatServiceClient
	store  ocov1.StorageServiceClient
	access access
}

// with finds the bot, runs work with a client and a deadline of timeout, and
// turns the errors of calls into sentences for people.
func (t Target) with(ctx context.Context, env *Env, timeout time.Duration, work func(ctx context.Context, c *client) error) (err error) {
	found, err := t.find(env)
	if err != nil {
		return err
	}
	target, creds, err := parseEndpoint(found.endpoint, found.plain)
	if err != nil {
		return err
	}
	conn, err := grpc.NewClient(target,
		grpc.WithTransportCredentials(creds),
		grpc.WithPerRPCCredentials(bearer(found.key)),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)),
		grpc.WithDisableServiceConfig(), grpc.WithNoProxy(),
	)
	if err != nil {
		return Usage(err.Error())
	}
	defer func() {
		if closed := conn.Close(); err == nil && closed != nil {
			err = closed
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	c := &client{admin: ocov1.NewAdminServiceClient(conn), bot: ocov1.NewBotServiceClient(conn), chat: ocov1.NewChatServiceClient(conn), store: ocov1.NewStorageServiceClient(conn), access: found}
	return c.explain(work(ctx, c), timeout)
}

// bearer is the key on every call. Where it may travel unencrypted was decided
// with the endpoint.
type bearer string

// GetRequestMetadata gives the header of a call.
func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

// RequireTransportSecurity says that a unix socket is as good.
func (b bearer) RequireTransportSecurity() bool { return false }
