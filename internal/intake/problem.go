package intake

import (
	"strings"
	"unicode/utf8"

	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/texts"
)

// maxValue is how much of a bad value is repeated, in bytes.
const maxValue = 80

// problem is what a person reads of why a message does not fit a command: a clause
// without a mark at its end. A value is shown as it was typed, in one line and without
// what cannot be seen, and not at all of a command with a secret.
func problem(p *pattern.Problem) texts.Text {
	value, secret := pattern.EscapeHidden(clipped(strings.Join(strings.Fields(p.Value), " "), maxValue)), p.Value == ""
	argument := pattern.EscapeHidden(p.Argument)
	about := func(key, ofSecret texts.Key) texts.Text {
		if secret {
			return texts.Of(ofSecret, "argument", argument, "expected", expected(p))
		}
		return texts.Of(key, "value", value, "argument", argument, "expected", expected(p))
	}
	switch p.Kind {
	case pattern.ProblemBadValue:
		text := about(texts.BadValue, texts.BadSecret)
		if p.Column > 0 {
			text = texts.Of(texts.FromColumn, "problem", text, "n", p.Column)
		}
		return text
	case pattern.ProblemMissing:
		if p.Argument == "" {
			return texts.Of(texts.MissingEnd, "expected", expected(p))
		}
		return texts.Of(texts.Missing, "argument", argument, "expected", expected(p))
	case pattern.ProblemUnexpected:
		return about(texts.Unexpected, texts.UnexpectedIn)
	case pattern.ProblemUnknownFlag:
		return about(texts.NoSuchFlag, texts.NoSuchFlagIn)
	case pattern.ProblemRepeatedFlag:
		return texts.Of(texts.FlagTwice, "argument", argument)
	case pattern.ProblemTooManyWords:
		return texts.Of(texts.TooManyWords, "n", pattern.MaxWords)
	case pattern.ProblemTooManyFiles:
		return texts.Of(texts.TooManyFiles, "argument", argument)
	case pattern.ProblemUnknowable:
		return about(texts.CannotKnow, texts.CannotKnowIn)
	case pattern.ProblemAmbiguous:
		return about(texts.NamesSeveral, texts.NamesMoreIn)
	case pattern.ProblemTooMany:
		return about(texts.OneTooMany, texts.OneTooManyIn)
	}
	return texts.Of(texts.NoFit)
}

// clipped is the beginning of a text.
func clipped(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most] + "…"
}

// expected is what may stand in a place; what is missing at the end goes by the name
// of its argument.
func expected(p *pattern.Problem) any {
	all := make([]any, 0, len(p.Expected))
	for _, e := range p.Expected {
		if p.Kind == pattern.ProblemMissing && p.Argument == "" {
			all = append(all, pattern.EscapeHidden(e.Text))
		} else {
			all = append(all, expectation(e))
		}
	}
	if len(all) == 0 {
		return texts.Of(texts.SomethingIn)
	}
	return texts.Choices(all...)
}

var expectations = map[pattern.ExpectationKind]texts.Key{
	pattern.ExpectEnd: texts.AnEnd, pattern.ExpectWord: texts.AWord, pattern.ExpectWords: texts.SomeWords, pattern.ExpectRest: texts.SomeText,
	pattern.ExpectInteger: texts.AnInteger, pattern.ExpectNumber: texts.ANumber, pattern.ExpectFlag: texts.AFlag,
	pattern.ExpectDuration: texts.ADuration, pattern.ExpectTime: texts.ATime, pattern.ExpectUser: texts.AUser, pattern.ExpectRoom: texts.ARoom,
	pattern.ExpectFile: texts.AFile, pattern.ExpectFiles: texts.SomeFiles,
	pattern.ExpectURL: texts.AnAddress, pattern.ExpectJSON: texts.SomeJSON, pattern.ExpectRegex: texts.AnExpr,
}

func expectation(e pattern.Expectation) any {
	switch e.Kind {
	case pattern.ExpectLiteral:
		return pattern.EscapeHidden(e.Text)
	case pattern.ExpectFlags:
		return choices(e.Choices)
	case pattern.ExpectChoice:
		return texts.Of(texts.OneOf, "choices", choices(e.Choices))
	}
	if key, ok := expectations[e.Kind]; ok {
		return texts.Of(key)
	}
	return texts.Of(texts.SomethingIn)
}

func choices(all []string) any {
	shown := make([]any, len(all))
	for i, one := range all {
		shown[i] = pattern.EscapeHidden(one)
	}
	return texts.Listed(shown...)
}
