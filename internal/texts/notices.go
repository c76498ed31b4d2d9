package texts

// How a delivery ended. The notice is what follows the name of the command: first how
// it ended, then what to do about it, each a text of its own.
var (
	Done      = text("notice.done", "{command}: done.", "A command is done and said nothing, where it cannot be acknowledged by a reaction.")
	Failed    = text("notice.failed", "{command} failed: {why}", "A command failed. {why} is what the handler says, or why.failed: a sentence with its mark.")
	Unknown   = text("notice.unknown", "{command}: outcome unknown, {why}", "Nobody knows whether a command did its work. {why} is why.lost, why.timed_out or why.restored, with a mark.")
	NotRun    = text("notice.not_run", "{command} did not run: {why}", "A command never ran. {why} is one of the texts from why.not_running to why.too_old, with a mark.")
	Refused   = text("notice.refused", "{command} was refused: {why}", "A command is refused. {why} is why.forbidden, why.hidden_characters or why.queue_full, with a mark.")
	Cancelled = text("notice.cancelled", "{command} was cancelled by {who}.", "Somebody cancelled a command.")
	// CancelledFor is Cancelled with what they said of it.
	CancelledFor = text("notice.cancelled_for", "{command} was cancelled by {who}: {reason}", "The same, with the reason that they gave: a sentence with its mark.")

	LookFirst = text("notice.look_first", "It may have run or not: look first.", "Behind notice.unknown.")
	MayGoOn   = text("notice.may_go_on", "It may go on: if it ends, its result is said here.", "Behind notice.unknown with why.timed_out.")
	SayLater  = text("notice.say_later", "Say it again later.", "Behind notice.refused with why.queue_full.")
	Tried     = counted("notice.tried", "n", "It was tried {n} time.", "It was tried {n} times.", "Behind what did not succeed, if it was tried more than once.")
	ToRetry   = text("notice.to_retry", "To run it again: {bot} retry {id}", "At the end of what did not succeed.")
	ByID      = text("notice.id", "({id})", "At the end of what was refused: operators find it by this id.").alike()
	ToCancel  = text("notice.to_cancel", "To cancel it: {bot} cancel {id}", "At the end of what did not end yet.")
	// RouteOf names what no person typed.
	RouteOf = text("notice.route_of", "{route} of {plugin}", "What stands for {command} where operators read of what nobody typed.")
)

// Why: each is a clause that can stand alone, and behind what it explains. Records keep
// them as they are said.
var (
	WhyFailed     = text("why.failed", "the handler reported an error", "A handler failed and does not say why.")
	WhyLost       = text("why.lost", "the handler was lost while it ran", "The handler's process or connection ended.")
	WhyTimedOut   = text("why.timed_out", "it timed out after {time}", "The command ran for longer than it may.")
	WhyRestored   = text("why.restored", "the bot was restored from a backup of {time}, so it may have run since", "The bot runs with data of a backup. {time} is the time of day with its zone.")
	WhyNotYet     = text("why.not_yet", "it could not be done yet", "The handler asked for another attempt.")
	WhyNotRunning = text("why.not_running", "{plugin} is not running", "No process of the handler came in time.")
	WhyDown       = text("why.down", "{plugin} is down", "The handler's process ends again and again.")
	WhyAway       = text("why.away", "{plugin} was not running for too long", "The handler was away for longer than the command may wait.")
	WhyRemoved    = text("why.removed", "its handler is not registered any more", "The handler was removed.")
	WhySettings   = text("why.settings", "{plugin} is refused for its settings: {problem}", "The operator set something for the handler that it does not take.")
	WhyTooOld     = text("why.too_old", "the message was too old when it came in", "The message was said long before it reached the bot.")
	WhyForbidden  = text("why.forbidden", "you may not run it", "Who asked is in none of the groups that may.")
	WhyHidden     = text("why.hidden_characters", "it has characters that cannot be seen: {text}", "A dangerous command has characters that nobody sees. {text} shows them as codes.")
	WhyQueueFull  = text("why.queue_full", "too much is waiting for {plugin}", "The queue of the handler is full.")
	ByWhom        = text("why.cancelled", "by {who}", "In the record of what was cancelled.")
	ByWhomFor     = text("why.cancelled_for", "by {who}: {reason}", "The same, with a reason.")
	Configuration = text("format.configuration", "the configuration", "Stands for {who} where no person did something, but the file that an operator changed.")
)

// An answer that was not posted.
var (
	NotPosted     = text("notice.not_posted", "An answer to you could not be posted. Operators see why with: {bot} show {id}", "The chat service did not take an answer.")
	PerhapsPosted = text("notice.perhaps_posted", "An answer to you may not have been posted. Operators see why with: {bot} show {id}", "Nobody knows whether the chat service took an answer.")
	PostedTooLate = text("notice.posted_too_late", "An answer to you was not posted, because its time was over before it could be. Operators see why with: {bot} show {id}", "An answer waited for too long.")
)

// How a delivery stands. The end is notice.to_cancel.
var (
	Waits          = text("waiting.waits", "{command} waits: {why}", "A command waits for longer than 3 s. {why} is one of the texts below: sentences, with a mark.")
	WaitsHandler   = text("waiting.not_running", "{plugin} is not running. It runs if {plugin} is back within {time}.", "No process of the handler is there.")
	WaitsDown      = text("waiting.down", "{plugin} is down, because it ends again and again. It runs if {plugin} is back within {time}.", "The handler's process ends again and again.")
	WaitsPaused    = text("waiting.paused", "{plugin} is paused by an operator.", "An operator paused the handler and did not say why.")
	WaitsPausedFor = text("waiting.paused_for", "{plugin} is paused by an operator: {reason}", "The same, with a reason: a sentence with its mark.")
	WaitsBusy      = text("waiting.busy", "{plugin} is busy.", "All runs that the handler does at once.")
	WaitsUser      = text("waiting.behind_own", "{first} runs first, because one of yours runs here at a time.", "It waits behind another command of the same person. {first} is an id.")
	WaitsRoom      = text("waiting.behind_room", "{first} runs first, because one runs in this room at a time.", "It waits behind another command in the room.")
	WaitsRoute     = text("waiting.behind", "{first} runs first, because one runs at a time.", "It waits behind any other command.")
	WaitsRestart   = text("waiting.restarted", "the bot was started again, and goes on in a moment.", "The bot was started again.")
	Again          = text("waiting.again", "{command}: {why} Trying again in {time}.", "A first attempt went wrong. {why} is why.lost, why.timed_out, why.restored or why.not_yet, with a mark.")
	Working        = text("waiting.runs", "{command} is still running.", "A command has run for 15 s and said nothing.")
)
