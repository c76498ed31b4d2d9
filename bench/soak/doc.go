// Command soak runs the real bot under mixed traffic for long, and looks whether
// anything grows, is lost or ends in silence.
//
//	go run ./bench/soak                              # one hour, or ten million messages
//	go run ./bench/soak -length 20m -rate 1500
//	go run ./bench/soak -recovery                    # how fast a full bot starts
//	go run ./bench/soak -ack                         # how fast events are taken beside a hung handler
//
// The bot is `oco run` built from this tree, with a durable store that keeps few
// records. Adapter and handlers are its children, written with the library of
// authors. Messages are commands that are done, fail, ask to be tried again, come
// too late, count in a transaction or change their reply, hears, and chatter that
// no route takes. Every minute one handler is killed, and every five the other is
// restarted.
//
// Each published event that a route takes must be settled with an outcome, each
// command that is done must have had its reply posted, and whoever addressed the
// bot without success a notice in the room; in the bot's own metrics what was
// admitted must have ended.
//
// Every ten seconds it reads goroutines, heap, descriptors, resident memory and
// the size of the store. The first third of the time is for warming up; then the
// median of the last third may be at most five percent above that of the second.
// What the bot remembers of events to recognise repeats is bounded, by four
// million twice, and takes longer to fill than most runs last: 48 bytes an event
// are taken off.
package main
