// Package ocotest runs a real bot inside a test, with handlers in it: no
// network, no sleeps, nothing on disk.
//
//	func TestDeploy(t *testing.T) {
//		bot := ocotest.Start(t, newHandler())
//		bot.Command("deploy web")
//		bot.WantReply("starting", "done")
//		bot.WantOutcome(oco.Done)
//	}
//
// What is said blocks until every delivery of it has its outcome and every
// reply and notice is posted, so what follows can look at once. Replies are what
// handlers say; answers what the bot says for itself, such as a usage line;
// notices what it says about an outcome. What a handler asks for beside replying,
// such as an update, may come later unless the handler waits for it: WantEdit and
// its like wait until it has.
//
// Which route takes a text is asserted without running it:
//
//	bot.WantRoute("deploy web to prod", "deployer:deploy", ocotest.Args{"app": "web", "env": "prod"})
//	bot.WantNoRoute("deploi web")
//	bot.As("bob").In("ops").WantRefused("oco: deploy web", "deployer:deploy")
//
// A failure says what took the text instead, what nearly did and why not; Match gives
// all of that to a test of its own.
//
// Without more said, user "alice" speaks in her direct room, where every message
// addresses the bot. As and In make other people speak elsewhere.
package ocotest
