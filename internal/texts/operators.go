package texts

// What operators read in their room.
var (
	Missed       = text("operators.missed", "I was away from {from} to {to} {zone} ({time}): messages in that time were not seen.", "The bot was not connected to the chat service, which does not replay messages. {from} and {to} are time.clock or time.day.").may("zone", "time")
	Paused       = text("operators.paused", "{plugin} was paused by {who}.", "Somebody paused a handler. What waits for it is said behind it.")
	PausedFor    = text("operators.paused_for", "{plugin} was paused by {who}: {reason}", "The same, with a reason: a sentence with its mark.")
	PausedAll    = text("operators.paused_all", "All handlers were paused by {who}.", "Somebody paused all handlers.")
	PausedAllFor = text("operators.paused_all_for", "All handlers were paused by {who}: {reason}", "The same, with a reason: a sentence with its mark.")
	Resumed      = text("operators.resumed", "{plugin} was resumed by {who}.", "Somebody resumed a handler.")
	ResumedAll   = text("operators.resumed_all", "All handlers were resumed by {who}.", "Somebody resumed all handlers.")
	NothingWaits = text("operators.nothing_waits", "Nothing waits.", "Behind the texts above.")
	SomeWait     = counted("operators.waiting", "n", "{n} delivery waits.", "{n} deliveries wait.", "Behind the texts above.")
	Down         = text("operators.down", "{plugin} is down: it ends again and again, at last with: {why} It is tried every few minutes. To try at once: {bot} plugins restart {plugin}", "A process ends again and again. {why} is what the machine says of its end, with a mark.")
	DownTogether = text("operators.down_together", "{plugins} are down: their process ends again and again, at last with: {why} It is tried every few minutes. To try at once: {bot} plugins restart {plugin}", "A process of several handlers ends again and again. {plugin} is one of {plugins}.")
	Dropped      = text("operators.dropped", "{command} ({id}), which ended {outcome}, was dropped by {who}.", "Somebody settled what ended badly. {outcome} is one of the texts outcome.….")
	DroppedFor   = text("operators.dropped_for", "{command} ({id}), which ended {outcome}, was dropped by {who}: {reason}", "The same, with a reason: a sentence with its mark.")
	Gone         = counted("operators.gone", "n",
		"{n} delivery that ended badly, and that nobody settled, was kept for as long as records are, and cannot be run again.",
		"{n} deliveries that ended badly, and that nobody settled, were kept for as long as records are, and cannot be run again.",
		"What was on the open list for as long as records are kept.")
	LoopFound = counted("operators.loop", "n",
		"{user} ({id}) in {room} answered me at once {n} time in a row, as another bot does, so I stopped. If it is one, put its id into `ignore` of the configuration.",
		"{user} ({id}) in {room} answered me at once {n} times in a row, as another bot does, so I stopped. If it is one, put its id into `ignore` of the configuration.",
		"Somebody answers the bot as a program does.")
)
