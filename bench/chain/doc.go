// Command chain measures the round trip of a message, adapter to bot to handler
// to bot to adapter, over three processes: of the real bot, and beside it of a
// bare chain of three programs that only pass the message on over gRPC streams.
//
//	go run ./bench/chain             # seven rounds, about four minutes
//	go run ./bench/chain -idle 0     # leave out the variant with idle handlers
//	go run ./bench/chain -only bare,off -w 64
//	go run ./bench/chain -short      # one short round: does it work at all?
//	go run ./bench/chain -profile p  # CPU profiles of every process into p/
//
// The variants run interleaved, in an order that turns by one each round:
//
//   - bare: grpc-go with its default settings, bidirectional streams, unix
//     sockets, one protobuf message of 318 bytes a frame, nothing on top.
//
//   - off: the bot with store.sync off. Everything is written, nothing is
//     synced: what the protocol, the matching and the commit loop cost.
//
//   - durable: the bot as people run it.
//
//   - unary-off, unary-durable: the same bot, but that it has not the feature
//     oco.attach, so that plugins do without: Subscribe, Complete and
//     PublishEvents instead of one stream.
//
//   - crowded: off, with 1,000 idle handlers beside it, each a plugin of its own
//     with a connection of its own, all in one process that is not counted. What
//     each of them takes is the growth of the bot's resident memory, after a
//     garbage collection, by their number.
//
//   - 10-routes, 10000-routes: off, and the handler has that many routes, of which
//     none but one takes the message.
//
// The bot is the whole one, in a process of its own; adapter and handler are
// its children, written with the library of authors, over unix sockets. The event that the adapter publishes has 318
// bytes as well. It is a command in one of 4,096 rooms by one of 4,096 users, so
// that order makes nobody wait; the handler echoes it in one reply, and the
// round trip ends when the adapter holds that reply to post it.
//
// The sender is a closed loop with -w messages in flight, so a p99 leaves out
// what a real arrival process would have waited. CPU is user and system time of
// the three processes, from their CPU clocks; the program that drives them is a
// fourth and not counted. Syncs are what the store asked of the file system,
// counted in the bot. fd is the median of 21 fdatasyncs of an overwritten block
// on the same file system, right before the measurement.
//
// Compare ratios only, taken within one round: the table gives their median
// and range. A bar is met if the median meets it; where only the best round
// does, the machine may have been busy with something else.
package main
