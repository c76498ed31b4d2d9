package pattern

import "slices"

// freshWords stand for all words of which no pattern speaks.
var freshWords = []string{"x", "word", "zq9"}

// strangeFlags stand for all flags of which no pattern speaks.
var strangeFlags = []string{"--zq9", "--zq9=x", "-z", "-z=x", "-zq9"}

// typedWords has words for every type and for what several types have in common.
var typedWords = []string{
	"1", "7", "0", "-4711", "0.5", "yes", "no", "true", "false", "on", "off", "https://example.com", "{}", "[1]",
}

// spokenSamples are words of times and durations, of which a value may have several.
var spokenSamples = []string{"2h", "30m", "now", "in", "tomorrow", "monday", "at", "9am", "17:30", "noon", "9", "am", "2026-12-01", "09:00", "utc"}

// sample is a word that stands for all that mean the same to some commands.
type sample struct {
	raw  string // as it is typed
	word word
}

// newSample gives the sample of what is typed as raw, if that is one word.
func newSample(raw string) (sample, bool) {
	in := Tokenize(raw)
	if len(in.words) != 1 || in.words[0].start != 0 || in.words[0].end != len(raw) {
		return sample{}, false
	}
	return sample{raw, in.words[0]}, true
}

// bareSample gives the sample of a word without quotes.
func bareSample(text string) (sample, bool) {
	s, ok := newSample(text)
	return s, ok && !s.word.quoted
}

// quotedSample quotes a text, with quotes that it does not hold.
func quotedSample(text string) (sample, bool) {
	for _, quote := range []string{`"`, "'"} {
		if s, ok := newSample(quote + text + quote); ok && s.word.quoted && s.word.text == text {
			return s, true
		}
	}
	return sample{}, false
}

// sampler collects samples, of those that mean the same to all the first.
type sampler struct {
	followers []*follower
	seen      map[string]bool
}

// prepare gives the followers a word for each kind of words that they can tell apart:
// the same number of meanings to each. It reports whether there were steps enough.
func prepare(steps *int, followers ...*follower) bool {
	s := sampler{followers: followers, seen: make(map[string]bool)}
	var words []string
	for _, f := range followers {
		for _, i := range f.command.program {
			if i.op == opLiteral {
				words = append(words, i.word)
			}
		}
		for i := range f.command.arguments {
			words = append(words, f.command.arguments[i].Choices...)
		}
	}
	words = slices.Concat(freshWords, typedWords, words)
	if slices.ContainsFunc(followers, func(f *follower) bool { return f.speaks() }) {
		words = append(words, spokenSamples...)
	}
	for _, f := range followers {
		*steps -= len(words) * f.command.breadth() / stepBreadth
	}
	if *steps < 0 {
		return false
	}
	for _, w := range words {
		s.add(bareSample(w))
	}
	for _, w := range append(words, "") {
		s.add(quotedSample(w))
	}
	for _, f := range followers {
		s.addFlags(f.command, words)
	}
	return true
}

// stepBreadth is how much of the breadth of a command takes as long as a step.
const stepBreadth = 64

// breadth gives about how much it takes to find out what a word means to the command.
func (c *Command) breadth() int {
	n := len(c.program) + len(c.flags)
	for i := range c.arguments {
		n += 1 + len(c.arguments[i].Choices)
	}
	return n
}

// speaks reports whether a value of the command may have several words.
func (f *follower) speaks() bool {
	return slices.ContainsFunc(f.command.arguments, func(a argument) bool { return a.words() > 1 })
}

// addFlags adds the flags of a command, with a value and without.
func (s *sampler) addFlags(c *Command, words []string) {
	if len(c.flags) == 0 {
		return
	}
	for i := range c.arguments {
		arg := &c.arguments[i]
		for _, spelling := range arg.spellings {
			s.add(bareSample(spelling))
			for _, w := range slices.Concat(words, spokenSamples) {
				if _, fits := convert(&arg.Spec, w); fits {
					s.add(bareSample(spelling + "=" + w))
					break
				}
			}
		}
	}
	for _, w := range strangeFlags {
		s.add(bareSample(w))
	}
	s.add(bareSample("--"))
}

func (s *sampler) add(made sample, ok bool) {
	if !ok {
		return
	}
	all, key := make([]meaning, len(s.followers)), ""
	for i, f := range s.followers {
		all[i] = f.meaning(made)
		key += all[i].describe(f.command) + "/"
	}
	if s.seen[key] {
		return
	}
	s.seen[key] = true
	for i, f := range s.followers {
		f.means = append(f.means, all[i])
	}
}
