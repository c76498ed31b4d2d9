package texts

// What the bot answers to its own words: retry, cancel, show, drop, pause, resume,
// outcomes, status. What ends with an id, a name or a text of somebody else has no
// mark there.
var (
	RunsAgain   = text("word.retried", "{old} runs again, as {id}.", "To `retry`.")
	IsCancelled = text("word.cancelled", "{id} is cancelled.", "To `cancel`.")
	IsSettled   = text("word.settled", "{id} is settled: it will not run again.", "To `drop`.")
	IsPaused    = text("word.paused", "{plugin} is paused: what comes for it waits.", "To `pause`, with a name.")
	AllPaused   = text("word.paused_all", "Every handler is paused: what comes for it waits.", "To `pause`.")
	Runs        = text("word.resumed", "{plugin} runs again.", "To `resume`, with a name.")
	AllRun      = text("word.resumed_all", "Every handler runs again.", "To `resume`.")

	NoSuchID     = text("word.no_such_id", "I know of no {id}.", "There is no delivery or event of that id, or who asks may not know of it.")
	NotYours     = text("word.not_yours", "Only who asked for {id} and operators may do that.", "To `retry` and `cancel` of somebody else's.")
	NotEnded     = text("word.not_ended", "{id} has not ended yet.", "To `retry`.")
	CancelFirst  = text("word.cancel_instead", "{id} has not ended yet: cancel it instead.", "To `drop`.")
	EndedAlready = text("word.ended_already", "{id} has ended already: {outcome}.", "To `cancel`. {outcome} is one of the texts outcome.….")
	RetriedSo    = text("word.retried_already", "{old} was run again already, as {id}.", "To `retry`.")
	DoneAlready  = text("word.done_already", "{id} is done: say it anew to run it once more.", "To `retry`.")
	NotOnList    = text("word.not_open", "{id} is not on the open list.", "To `drop`.")
	EventGone    = text("word.event_gone", "The event of {id} is not kept any more.", "To `retry`.")
	TextGone     = text("word.text_gone", "What was said for {id} is not kept any more, so that it cannot run again: say it anew.", "To `retry`.")
	RouteGone    = text("word.route_gone", "{plugin} does not offer {route} any more.", "To `retry`.")
	FitsNoMore   = text("word.fits_no_more", "What was said does not fit {route} any more.", "To `retry`.")
	MayNotRun    = text("word.may_not_run", "You may not run {route}.", "To `retry`.")
	NotRunAgain  = text("word.not_run_again", "{id} is not run: {why}", "To `retry`. {why} is why.hidden_characters, with a mark.")
	NoSuchPlugin = text("word.no_such_plugin", "No plugin is called {plugin}.", "To `pause` and `resume`.")
	WentWrong    = text("word.went_wrong", "That did not work: {error}", "Anything else went wrong. {error} is what the machine says, in English, with a mark.")

	NothingOpen = text("outcomes.none", "Nothing is open: whatever was admitted ended done or was settled.", "To `outcomes`, if nothing ended badly.")
	Open        = counted("outcomes.open", "n", "Open: {n}.", "Open: {n}.", "To `outcomes`: so many deliveries ended badly and were not settled. They follow.")
	OpenNewest  = counted("outcomes.newest", "n", "The newest {n}, all of them: oco outcomes", "The newest {n}, all of them: oco outcomes", "Behind it, if they are too many: a command for a shell.")
	OpenOne     = text("outcomes.one", "{id}  {ago}  {outcome}  {route}, of {user}", "One of them.")
	OpenOneWhy  = text("outcomes.one_why", "{id}  {ago}  {outcome}  {route}, of {user}: {why}", "One of them, with what was said of it.")
	OpenToDo    = text("outcomes.to_do", "Say show, retry or drop with the id of one.", "Below them. The words themselves are not translated.")

	Ready          = text("status.ready", "{bot} is ready, up {time}. Waiting {waiting}, running {running}, to be posted {outbox}, on the open list {open}.", "To `status`. The last four are numbers.")
	NotReady       = text("status.not_ready", "{bot} is NOT READY, up {time}. Waiting {waiting}, running {running}, to be posted {outbox}, on the open list {open}.", "The same, of a bot that is starting or cannot work.")
	StatusPaused   = text("status.paused", "{plugin} is paused", "Below it, without a reason.")
	StatusPausedIn = text("status.paused_for", "{plugin} is paused: {reason}", "The same, with a reason.")
	StatusAway     = text("status.not_running", "{plugin} is not running", "Below it.")
	StatusAwayWhy  = text("status.not_running_why", "{plugin} is not running: {why}", "The same, with what the machine says of it, in English.")
	StatusBusy     = text("status.busy", "{plugin} is busy, or not connected", "To `show`: what a delivery waits for, as are status.paused and status.not_running.")
	StatusTurn     = text("status.turn", "it waits for its turn: another one of its order runs, or it is tried again soon", "To `show`, if nothing else keeps it.")
	StatusWarning  = text("status.warning", "Warning: {text}", "Below it: what operators should know, in English, as `oco status` says it.")
	StatusRest     = text("status.rest", "The rest: oco status", "At the end of what is too long for a message: a command for a shell.")
)
