// Package gateway is the HTTP port: the services of internal/rpc as
// Connect/JSON and gRPC-Web, by the same methods and the same rules as gRPC,
// and whether the bot is alive and ready.
package gateway
