package texts

// What the bot answers to what is no command, and to who says too much.
var (
	Unmatched = text("unmatched", "There is no command \"{text}\". Say \"{bot} help\" to see what there is.",
		"Somebody addressed the bot with words that nothing takes. {text} is what they said. It may have several lines.").may("text").inLines()
	DidYouMean = text("unmatched.did_you_mean", "There is no command \"{text}\". Did you mean:", "The same, with commands that are near: they follow, one a line.").may("text")
	Suggestion = text("unmatched.suggestion", "  {usage}", "One of these commands.").alike()
	BadCommand = text("usage.problem", "{command}: {problem}", "A command fits but for one thing. {problem} is one of the texts problem.…, with a mark. The usage follows.").alike()
	Usage      = text("usage.line", "Usage: {usage}", "Below it.")

	TooFast = counted("limit.too_fast", "n",
		"You are faster than {n} message a minute, and I take none from you until you are slower: wait a little, then say it again.",
		"You are faster than {n} messages a minute, and I take none from you until you are slower: wait a little, then say it again.",
		"Somebody says more than `limits.user_messages` in a minute.")
	LikeAProgram = text("limit.like_a_program", "You answer me at once, again and again, as a program does, so I do not take this. If you are a person, wait a few seconds and say it again.",
		"Somebody answers as fast as programs do.")
	SaidEnough = text("limit.said_enough", "I have said so often enough now and say no more of it for a minute. Commands that there are work all the time.",
		"Somebody said often what is no command. It stands behind the last answer.")

	CodeVoid = text("claim.void", "That code is void now, because others may have read it. Make another one, and say it to me in a direct room.",
		"Somebody said the code of `oco claim` where others read it.")
	Claimed = text("claim.done", "You are an operator of this bot now.", "Somebody said the code of `oco claim` in a direct room.")

	Renamed = text("deprecated", "{old} is called {new} now. The old form works for the time being.", "Somebody used an old form of a command, once a day. {old} and {new} are usage lines.")
)

// What is wrong with a command that nearly fits. Values are shown as they were typed.
var (
	BadValue     = text("problem.bad_value", "“{value}” does not fit {argument}: it must be {expected}", "{expected} is one of the texts expected.….")
	BadSecret    = text("problem.bad_secret", "a value does not fit {argument}: it must be {expected}", "The same, of a command with a secret, of which nothing is repeated.")
	Missing      = text("problem.missing", "{argument} is missing: it must be {expected}", "A value is missing.")
	MissingEnd   = text("problem.missing_end", "something is missing at the end: {expected}", "The message ends too early. {expected} names words and arguments.")
	Unexpected   = text("problem.unexpected", "“{value}” does not belong here: expected {expected}", "A word stands where another one is expected.")
	UnexpectedIn = text("problem.unexpected_secret", "a value does not belong here: expected {expected}", "The same, of a command with a secret.")
	NoSuchFlag   = text("problem.no_such_flag", "“{value}” is not a flag of this command: there are {expected}; quote it or write -- before it if it is a text", "A word that begins with - is no flag of the command.")
	NoSuchFlagIn = text("problem.no_such_flag_secret", "a value is not a flag of this command: there are {expected}; quote it or write -- before it if it is a text", "The same, of a command with a secret.")
	FlagTwice    = text("problem.flag_twice", "the flag for {argument} is given twice", "A flag stands there twice.")
	TooManyWords = text("problem.too_many_words", "the message has more than {n} words", "A message is too long for any command.")
	TooManyFiles = text("problem.too_many_files", "several files came with the message, and {argument} is one file", "A command takes one file and got more.")
	CannotKnow   = text("problem.unknowable", "what “{value}” is for {argument} cannot be found out now: mention it, give its id, or try again later", "A user or a room that the chat service cannot be asked for now.")
	CannotKnowIn = text("problem.unknowable_secret", "what a value is for {argument} cannot be found out now: mention it, give its id, or try again later", "The same, of a command with a secret.")
	NamesSeveral = text("problem.ambiguous", "“{value}” for {argument} is the name of several: mention the one that is meant, or give its id", "A word is the name of several users or rooms.")
	NamesMoreIn  = text("problem.ambiguous_secret", "a value for {argument} is the name of several: mention the one that is meant, or give its id", "The same, of a command with a secret.")
	OneTooMany   = text("problem.too_many_names", "“{value}” for {argument} is one name too many to be found out at once: mention it, give its id, or say it in several messages", "A message names more users and rooms than are looked up for one.")
	OneTooManyIn = text("problem.too_many_names_secret", "a value for {argument} is one name too many to be found out at once: mention it, give its id, or say it in several messages", "The same, of a command with a secret.")
	FromColumn   = text("problem.column", "{problem}; it is wrong from character {n} on", "An address, JSON or an expression is wrong. {problem} is problem.bad_value or problem.bad_secret.")
	NoFit        = text("problem.no_fit", "the message does not fit", "Anything else.")
)

// What may stand in a place, as {expected}.
var (
	AnEnd       = text("expected.end", "the end", "Nothing more is expected.")
	AWord       = text("expected.word", "a word or a quoted text", "For an argument of type text.")
	SomeWords   = text("expected.words", "one or more words", "For a list.")
	SomeText    = text("expected.text", "some text", "For the rest of a message.")
	AnInteger   = text("expected.integer", "a whole number such as 3 or -20", "For an argument of type integer.")
	ANumber     = text("expected.number", "a number such as 3 or 0.5", "For an argument of type number.")
	AFlag       = text("expected.flag", "true or false, yes or no, on or off", "For a flag with a value. The words themselves are not translated: the bot reads English.")
	ADuration   = text("expected.duration", "a duration such as 30s, 1h30m or 2d", "For an argument of type duration.")
	ATime       = text("expected.time", "a time such as 17:30, tomorrow 9am, in 2h or 2026-12-01", "The words themselves are not translated: the bot reads English. For an argument of type time.")
	AUser       = text("expected.user", "a user, such as @alice, me or an id", "For an argument of type user.")
	ARoom       = text("expected.room", "a room, such as #ops, here or an id", "For an argument of type room.")
	AFile       = text("expected.file", "a file that comes with the message", "For an argument of type file.")
	SomeFiles   = text("expected.files", "one or more files that come with the message", "For a list of files.")
	OneOf       = text("expected.choice", "one of {choices}", "For an argument with fixed values.")
	AnAddress   = text("expected.url", "an address such as https://example.org/page", "For an argument of type url.")
	SomeJSON    = text("expected.json", "JSON, such as {{\"a\": 1}} in single quotes", "For an argument of type json.")
	AnExpr      = text("expected.regex", "a regular expression of OCO-RE", "For an argument of type regex.")
	SomethingIn = text("expected.something", "something else", "For anything else.")
)
