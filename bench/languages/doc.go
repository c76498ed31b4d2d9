// Command languages measures handlers in Go, Python and TypeScript, each written with
// our library, beside bare echoes of the same language over the same gRPC library.
//
//	make benchlanguages                       # seven rounds, about three minutes
//	go run ./bench/languages -languages python -w 1,64,512
//	go run ./bench/languages -short           # one short round: does it work at all?
//	go run ./bench/languages -profile p       # profiles of Python and TypeScript into p/
//
// It needs what the tests of the libraries need: Python with venv, and Node with npm.
//
// A message goes round in four ways, adapter to bot to handler and back. The adapter
// is this program, bot and handler are processes of their own, all over TCP on
// loopback without TLS:
//
//   - stream: a bare bot in Go, and a bare echo that answers each message on the stream
//     on which it came. Less is not possible with the gRPC library of the language.
//
//   - call: the same, but that messages come on a stream and each is answered by a unary
//     call. That is the form of our protocol that every language can speak.
//
//   - off: the bot as people run it, but with store.sync off, and a handler that is
//     written with our library.
//
//   - durable: the bot as people run it. Two syncs stand between message and reply.
//
// The gRPC libraries are those that ours are built on: grpc-go, grpcio with asyncio,
// and connect-node. Ours in Go and TypeScript carry deliveries and completions over one
// stream, Attach, and the one in Python over a stream and calls. Bare messages have 318
// bytes, events of our adapter up to six more.
// The bare echoes decode and encode each message and do one message, or one call, at a
// time for each message; our libraries carry what ends together in one call, which is why
// they can be cheaper than both at 64 in flight. Ours does at 1 in flight all that the
// contract asks for besides.
//
// All processes are started once. Each handler is warmed up before the first round, so
// that Node has compiled what is hot; the ways of a language are measured right after
// each other, in an order that turns by one each round. CPU is that of the process of
// the handler and of the bot, user and system time, from their CPU clocks, by round
// trip. The sender is a closed loop, as in bench/chain.
//
// Compare ratios only, taken within one round: the tables give their median and range.
package main
