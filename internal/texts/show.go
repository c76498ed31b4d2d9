package texts

// How the life of an event is told, to `show ID`. Names of fields stand before a colon.
var (
	ShowElsewhere = text("show.elsewhere", "What was said is of another room: ask me in a direct room to see it.", "At the end of what is told in another room than it was said in.")
	ShowRest      = text("show.rest", "The rest: oco show {id}", "At the end of what is too long for a message: a command for a shell.")
	ShowField     = text("show.field", "{name}: {value}", "A field and its value.").alike()
	ShowEvent     = text("show.event", "event {id}", "The title of an event.")
	ShowDelivery  = text("show.delivery", "delivery {id}", "The title of a delivery.")
	ShowOutside   = text("show.outside", "outside a delivery", "The title of messages that no delivery sent.")
	ShowNoRoute   = text("show.no_route", "No route took it.", "Of an event that led to nothing.")
	ShowDirect    = text("show.direct", "{room} (direct)", "A direct room.")
	ShowTime      = text("show.time", "{time} {zone}", "When something happened. {time} is time.day.").may("zone").alike()
	ShowDirectOf  = text("show.direct_of", "direct room of {user}", "A direct room, by its user.")
	ShowThread    = text("show.thread", "{room} thread {thread}", "A thread in a room.")
	ShowPerson    = text("show.person", "{name} ({id})", "A user with name and id.").alike()
	ShowBot       = text("show.bot", "{user}, a bot", "A user that is a bot.")
	ShowReaction  = text("show.reaction_to", "{emoji} to {message}", "A reaction, with the id of the message.")
	ShowTakenBack = text("show.reaction_taken_back", "{emoji} to {message}, taken back", "A reaction that was taken back.")
	ShowChanged   = text("show.room_changed", "{room}, {change}", "A room and what happened to it: created, updated or deleted.").alike()
	ShowSettled   = text("show.settled", "{state} (settled)", "An outcome that nobody need look at any more.")
	ShowThen      = text("show.then", "{state}, then {later}", "An outcome that was resolved later.")
	ShowTextGone  = text("show.text_gone", "not kept any more", "In the place of what was said long ago.")

	FieldFrom     = text("field.from", "from", "A field: who said it.")
	FieldIn       = text("field.in", "in", "A field: the room.")
	FieldText     = text("field.text", "text", "A field: what was said.")
	FieldChange   = text("field.change", "change", "A field: updated or deleted.")
	FieldReaction = text("field.reaction", "reaction", "A field.")
	FieldJoined   = text("field.joined", "joined", "A field: who came into a room.")
	FieldLeft     = text("field.left", "left", "A field: who left a room.")
	FieldRoom     = text("field.room", "room", "A field: the room to which something happened.")
	FieldTopic    = text("field.topic", "topic", "A field: the topic of the room.")
	FieldType     = text("field.type", "type", "A field: the type of an event.")
	FieldOccurred = text("field.occurred", "occurred", "A field: when it happened.")
	FieldAdmitted = text("field.admitted", "admitted", "A field: when the bot took it in.")
	FieldRoute    = text("field.route", "route", "A field: the command.").alike()
	FieldState    = text("field.state", "state", "A field: how it ended or stands.")
	FieldDecision = text("field.decision", "decision", "A field: why it was allowed or refused.")
	FieldTold     = text("field.told", "told", "A field: what the person was told of the end.")
	FieldDetail   = text("field.detail", "detail", "A field: what the record says of the end.")
	FieldRetried  = text("field.retried_as", "retried as", "A field: the id of the delivery that ran in its place.")
	FieldTrace    = text("field.trace", "trace", "A field: the id by which logs know it.").alike()

	LifeAdmitted  = text("life.admitted", "admitted", "The bot took it in.")
	LifeAsked     = text("life.asked_for", "asked for", "A message of no delivery was asked for.")
	LifeHanded    = text("life.handed", "attempt {n}: handed to {replica}", "A process of the handler got it.")
	LifeHandedIn  = text("life.handed_late", "attempt {n}: handed to {replica}, it waited {time}", "The same, a second or more later.")
	LifeEnded     = text("life.ended", "attempt {n}: ended, {how}", "An attempt ended. {how} is what the record says of it, in English.")
	LifeEndedSo   = text("life.ended_unsaid", "attempt {n}: ended, nobody said why", "The same, without more.")
	LifeOutcome   = text("life.outcome", "outcome: {outcome}", "How the delivery ended.")
	LifeResolved  = text("life.resolved", "resolved: {outcome}, by a late answer", "What was unknown is known.")
	LifeRetried   = text("life.retried", "run again as {id}", "Another delivery runs in its place.")
	LifeSettled   = text("life.settled", "settled: it will not run again", "Somebody settled it.")
	LifeOpen      = text("life.open", "open: nobody has retried or dropped it", "It is on the open list.")
	LifeWaits     = text("life.waits", "it waits", "It has not begun.")
	LifeRuns      = text("life.runs", "it runs", "It has not ended.")
	LifeMoment    = text("life.moment", "{at} +{time}  {what}", "One moment: its time, how long that was after it was admitted, and what happened.").alike()
	LifeUntimed   = text("life.untimed", "{what}", "Something of which nobody knows when it was.").alike()
	LifeSince     = text("life.time", "{at}  {what}", "One moment of what was never admitted.").alike()
	SentMessage   = text("life.sent.message", "message {id}: {state}", "What became of a message. {state} is one of the texts life.sent.….")
	SentOperation = text("life.sent.operation", "{operation} {id}: {state}", "What became of another operation, such as a reaction.").alike()
	SentDetail    = text("life.sent.detail", "{what}, {detail}", "The same, with what the record says of it, in English.").alike()
	SentPosted    = text("life.sent.posted", "posted", "A message stands in the chat.")
	SentDone      = text("life.sent.carried_out", "carried out", "An operation is done.")
	SentPerhaps   = text("life.sent.perhaps_posted", "nobody knows whether it was posted", "A message of which the chat service did not say.")
	SentDoubtful  = text("life.sent.perhaps_carried_out", "nobody knows whether it was carried out", "The same, of an operation.")
	SentQueued    = text("life.sent.queued", "waits for the chat service", "It is not posted yet.")
	SentFailed    = text("life.sent.failed", "failed", "The chat service did not take it.")
	SentExpired   = text("life.sent.expired", "expired", "It waited for too long.")
)

// The words for outcomes, states and changes.
var (
	outcomeDone      = text("outcome.done", "done", "An outcome.")
	outcomeFailed    = text("outcome.failed", "failed", "An outcome.")
	outcomeUnknown   = text("outcome.unknown", "unknown", "An outcome: nobody knows whether it ran.")
	outcomeExpired   = text("outcome.expired", "expired", "An outcome: it never ran, and is too old to.")
	outcomeRefused   = text("outcome.refused", "refused", "An outcome.")
	outcomeCancelled = text("outcome.cancelled", "cancelled", "An outcome.")
	stateWaiting     = text("state.waiting", "waiting", "A state: it has not begun.")
	stateHeld        = text("state.held", "held", "A state: it waits for a person.")
	stateLeased      = text("state.leased", "leased", "A state: it runs.")
	stateEnded       = text("state.ended", "ended", "A state.")
	changeCreated    = text("change.created", "created", "What happened to a room or a message.")
	changeUpdated    = text("change.updated", "updated", "The same.")
	changeDeleted    = text("change.deleted", "deleted", "The same.")
)

// words are the texts of words of the protocol.
var words = map[string]Key{
	"done": outcomeDone, "failed": outcomeFailed, "unknown": outcomeUnknown, "expired": outcomeExpired, "refused": outcomeRefused, "cancelled": outcomeCancelled,
	"waiting": stateWaiting, "held": stateHeld, "leased": stateLeased, "ended": stateEnded,
	"created": changeCreated, "updated": changeUpdated, "deleted": changeDeleted,
}

// Word is the text of a word of the protocol for an outcome, a state or a change. One
// that is not known is as it is.
func Word(word string) any {
	if key, ok := words[word]; ok {
		return Of(key)
	}
	return word
}

// Word says such a word.
func (c *Catalogue) Word(word string) string {
	if key, ok := words[word]; ok {
		return c.Say(key)
	}
	return word
}
