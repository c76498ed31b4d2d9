package texts

import "slices"

// A plurality is how a language counts whole numbers: a short form of the rules of
// the Unicode CLDR for those that are not negative.
type plurality struct {
	forms []string
	form  func(n int) int // an index of forms
}

func either(first bool) int {
	if first {
		return 0
	}
	return 1
}

var (
	oneOther  = plurality{[]string{"one", "other"}, func(n int) int { return either(n == 1) }}
	zeroToo   = plurality{[]string{"one", "other"}, func(n int) int { return either(n <= 1) }}
	uncounted = plurality{[]string{"other"}, func(int) int { return 0 }}
	eastSlav  = plurality{[]string{"one", "few", "many"}, func(n int) int {
		switch {
		case n%10 == 1 && n%100 != 11:
			return 0
		case fewOf(n):
			return 1
		}
		return 2
	}}
	southSlav = plurality{[]string{"one", "few", "other"}, eastSlav.form}
	polish    = plurality{[]string{"one", "few", "many"}, func(n int) int {
		switch {
		case n == 1:
			return 0
		case fewOf(n):
			return 1
		}
		return 2
	}}
	czech = plurality{[]string{"one", "few", "other"}, func(n int) int {
		switch {
		case n == 1:
			return 0
		case n >= 2 && n <= 4:
			return 1
		}
		return 2
	}}
	slovene = plurality{[]string{"one", "two", "few", "other"}, func(n int) int {
		switch n % 100 {
		case 1:
			return 0
		case 2:
			return 1
		case 3, 4:
			return 2
		}
		return 3
	}}
	lithuanian = plurality{[]string{"one", "few", "other"}, func(n int) int {
		switch teen := n%100 >= 11 && n%100 <= 19; {
		case n%10 == 1 && !teen:
			return 0
		case n%10 >= 2 && !teen:
			return 1
		}
		return 2
	}}
	latvian = plurality{[]string{"zero", "one", "other"}, func(n int) int {
		switch teen := n%100 >= 11 && n%100 <= 19; {
		case n%10 == 0 || teen:
			return 0
		case n%10 == 1:
			return 1
		}
		return 2
	}}
	romanian = plurality{[]string{"one", "few", "other"}, func(n int) int {
		switch {
		case n == 1:
			return 0
		case n == 0 || n%100 >= 1 && n%100 <= 19:
			return 1
		}
		return 2
	}}
	hebrew = plurality{[]string{"one", "two", "other"}, func(n int) int {
		switch n {
		case 1:
			return 0
		case 2:
			return 1
		}
		return 2
	}}
	arabic = plurality{[]string{"zero", "one", "two", "few", "many", "other"}, func(n int) int {
		switch {
		case n <= 2:
			return n
		case n%100 >= 3 && n%100 <= 10:
			return 3
		case n%100 >= 11:
			return 4
		}
		return 5
	}}
)

// fewOf says whether a number ends as 2, 3 and 4 do, and not as 12, 13 and 14.
func fewOf(n int) bool { return n%10 >= 2 && n%10 <= 4 && (n%100 < 12 || n%100 > 14) }

// pluralities are the languages that do not count as English does.
var pluralities = map[string]plurality{
	"fr": zeroToo, "pt": zeroToo, "hy": zeroToo, "hi": zeroToo, "bn": zeroToo, "fa": zeroToo, "gu": zeroToo, "kn": zeroToo, "am": zeroToo, "zu": zeroToo,
	"ja": uncounted, "zh": uncounted, "ko": uncounted, "vi": uncounted, "th": uncounted, "id": uncounted, "ms": uncounted, "lo": uncounted, "my": uncounted, "km": uncounted,
	"ru": eastSlav, "uk": eastSlav, "be": eastSlav, "sr": southSlav, "hr": southSlav, "bs": southSlav, "pl": polish,
	"cs": czech, "sk": czech, "sl": slovene, "lt": lithuanian, "lv": latvian, "ro": romanian, "he": hebrew, "ar": arabic,
}

// everyForm are the names of all forms that there are.
var everyForm = []string{"zero", "one", "two", "few", "many", "other"}

// has says whether a language has a form, by its name.
func (p plurality) has(form string) bool { return slices.Contains(p.forms, form) }
