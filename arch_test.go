package oco_test

import (
	"os"
	"testing"
)

// packages is the table of the tree. A package that is not in it may not
// exist, and it may import those packages of this module that are named here
// and no other. A package is added in the commit that creates it:
//
//	{"internal/thing", "Does one thing.", imports("internal/chat")},
//
// An import named "gen" stands for all that is below gen, "internal/*" for
// every package below internal. Packages outside this module are bound to
// their places by the table homes. Test files may besides import ocotest,
// packages whose name ends in "test", and the package that they test.
var packages = []rule{
	{".", "Lets an author write a handler or an adapter.", imports("gen", "internal/attach", "internal/codec", "internal/crew", "internal/nearest", "internal/pattern", "internal/settings")},
	{"ocotest", "Runs a real bot inside a test with a handler or an adapter in it.", imports(".", "gen", "internal/bot", "internal/config")},
	{"examples/01-hello", "Shows two commands that reply, work and reply again.", imports(".")},
	{"examples/02-arguments", "Shows commands that take names, numbers, times, people, rooms, flags and secrets.", imports(".")},
	{"examples/03-store", "Shows a counter that is exact whatever is killed.", imports(".")},
	{"adapters/irc", "Connects the bot to an IRC network.", imports(".")},
	{"adapters/terminal", "Connects the bot to the terminal that it was started in.", imports(".")},
	{"handlers/core", "Answers help, ping and what else everybody asks first.", imports(".")},
	{"handlers/exec", "Makes any program a command by configuration.", imports(".", "internal/nearest", "internal/pattern", "internal/supervise")},
	{"cmd/oco", "Parses flags and runs a command.", imports(".", "gen", "conformance", "adapters/irc", "adapters/terminal", "handlers/core", "handlers/exec", "internal/bot", "internal/cli", "internal/config", "internal/doctor", "internal/scaffold", "internal/supervise", "internal/texts")},
	{"bench/chain", "Measures the round trip of a message beside a bare chain.", imports(".", "gen", "bench/chain/yardstick", "bench/loop", "bench/subject", "bench/verdict", "internal/bot", "internal/config", "internal/supervise")},
	{"bench/verdict", "Says what the rounds of a bench amount to.", nil},
	{"bench/loop", "Keeps messages in flight, also as an adapter, and measures how long each takes.", imports(".", "gen")},
	{"bench/languages", "Measures a handler of each language beside a bare echo of the same language.", imports(".", "gen", "bench/chain/yardstick", "bench/loop", "bench/subject", "bench/verdict")},
	{"bench/match", "Measures how routes are found beside a scan.", imports("gen", "internal/chat", "internal/delivery", "internal/plugin", "internal/route")},
	{"bench/flood", "Attacks the real bot as a hostile plugin would, and measures what that costs.", imports("gen", "bench/subject", "bench/verdict")},
	{"bench/soak", "Runs the real bot for long under mixed traffic and looks whether anything grows or is lost.", imports(".", "gen", "bench/subject", "internal/chat", "internal/delivery", "internal/engine", "internal/store/pebblestore")},
	{"bench/subject", "Runs the real bot as a process that is measured from outside.", imports("gen")},
	{"bench/chain/yardstick", "The message of the bare chain, generated.", nil},
	{"conformance", "Plays the bot's other roles against a program, as transcripts tell.", imports("gen")},
	{"conformance/everything/go", "The handler that conformance is shown with, in Go.", imports(".")},
	{"gen/openchatops/v1", "The protocol's messages and its gRPC services, generated.", imports("internal/wire")},
	{"gen/openchatops/v1/ocov1connect", "The protocol's services for Connect, generated.", imports("gen")},
	{"internal/attach", "Carries a plugin's calls over one stream of Attach.", imports("gen", "internal/codec")},
	{"internal/authz", "Decides who may use a route.", imports("internal/chat")},
	{"internal/backup", "The file in which a store is copied.", imports("internal/store")},
	{"internal/bot", "Builds a bot from a configuration and runs and stops its parts in order.", imports("gen", "internal/*")},
	{"internal/chat", "The bot's own value types: message, user, room, ids.", imports("internal/texts")},
	{"internal/cli", "The commands that talk to a running bot.", imports("gen", "internal/backup", "internal/config", "internal/timeline")},
	{"internal/codec", "Encodes messages for gRPC.", imports("internal/record", "internal/wire")},
	{"internal/config", "Reads and validates the configuration strictly, errors with line and column.", imports("internal/chat", "internal/nearest", "internal/texts")},
	{"internal/crew", "Runs jobs at once, in goroutines that are used again.", nil},
	{"internal/delivery", "The pure state machine of the delivery contract.", imports("internal/chat", "internal/record", "internal/store", "internal/texts", "internal/wire")},
	{"internal/doctor", "Looks at what a bot needs and says what is wrong and what to do.", imports("gen", "internal/config")},
	{"internal/engine", "Feeds the state machine, commits its batches, releases its effects.", imports("internal/chat", "internal/delivery", "internal/record", "internal/store", "internal/wire")},
	{"internal/gateway", "The HTTP port: Connect/JSON, health.", imports("gen", "internal/chat", "internal/rpc", "internal/strictjson")},
	{"internal/intake", "Takes an event in: sequence, match, decide, submit.", imports("gen", "internal/authz", "internal/chat", "internal/delivery", "internal/engine", "internal/pattern", "internal/record", "internal/route", "internal/store", "internal/texts", "internal/timeline", "internal/wire")},
	{"internal/linktest", "Stands between two programs and fails as networks do, for tests.", nil},
	{"internal/nearest", "Finds the word that was probably meant.", nil},
	{"internal/pattern", "Compiles and matches command patterns and OCO-RE.", nil},
	{"internal/plugin", "Knows which plugins are registered, with what keys, scopes and capabilities.", imports("gen", "internal/chat", "internal/delivery", "internal/pattern", "internal/record", "internal/route", "internal/texts")},
	{"internal/ptytest", "Lets a test sit at a terminal and know what its screen shows.", nil},
	{"internal/record", "What is on disk as protobuf records, generated.", imports("internal/wire")},
	{"internal/route", "Holds the route table and answers which routes an event matches.", imports("internal/chat", "internal/pattern", "internal/snapshot")},
	{"internal/rpc", "Translates between the wire and the bot's own types and authenticates callers.", imports("gen", "internal/authz", "internal/backup", "internal/chat", "internal/codec", "internal/delivery", "internal/engine", "internal/intake", "internal/pattern", "internal/plugin", "internal/record", "internal/route", "internal/store", "internal/texts", "internal/view", "internal/wire")},
	{"internal/scaffold", "Writes the beginning of a plugin.", nil},
	{"internal/settings", "Makes a struct the declaration of what an operator may set, and fills it.", imports("gen", "internal/nearest", "internal/pattern")},
	{"internal/snapshot", "A map of which every version stays readable.", nil},
	{"internal/store", "Declares the store port.", nil},
	{"internal/store/pebblestore", "Keeps the store in Pebble.", imports("internal/store")},
	{"internal/store/storetest", "The contract of every store.", imports("internal/store")},
	{"internal/strictjson", "Reads messages in JSON, and says which part of one is wrong.", imports("gen", "internal/nearest")},
	{"internal/supervise", "Starts and restarts plugin processes.", nil},
	{"internal/texts", "The bot's own sentences, in one catalogue that an operator can translate.", nil},
	{"internal/texts/textstest", "Shows in tests whether what is said is of the catalogue.", imports("internal/texts")},
	{"internal/timeline", "Tells in words what became of an event.", imports("gen", "internal/texts")},
	{"internal/view", "Derives from a command what programs and chat services show of it.", imports("internal/pattern")},
	{"internal/wire", "Reads and writes the wire form of messages, for generated code.", nil},
	{"internal/wire/wiretest", "Holds generated methods to what protobuf does.", imports("internal/wire")},
}

// forTests are what test files may import wherever they are: a store that is
// durable on a file system in memory.
var forTests = imports("internal/store/pebblestore")

// homes binds what we build on to the packages that may import it, so that it
// can be replaced in one place.
var homes = []home{
	{"connectrpc.com/connect", imports("gen", "internal/gateway"), "HTTP is the gateway's business; the wire is gRPC"},
	{"github.com/cockroachdb/pebble", imports("internal/store/pebblestore"), "everybody else speaks to the store port"},
	{"github.com/alecthomas/kong", imports("cmd/oco"), "commands carry its tags, and nobody else calls it"},
	{"github.com/goccy/go-yaml", imports("internal/config"), "one reader of configuration, strict everywhere"},
}

func TestImportsPointDown(t *testing.T) {
	tree, err := readTree(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range check(tree, packages, homes) {
		t.Error(problem)
	}
}
