package pattern

import (
	"fmt"
	"strings"
	"testing"
)

// A message has a thousand places where the rest may begin: of each only so much is
// read as JSON as it takes to see that it is none.
func TestNoMoreIsReadThanIsJSON(t *testing.T) {
	const most = 64 * 1024
	for what, word := range map[string]string{
		"one value after the other": `[1,1,1,1] `, "typographic quotes": `[“a”,1,1] `, "open arrays": `[1,1, `,
		"open strings": `"a `, "objects": `{"a":1} `, "no JSON": `xxxxxxxx `,
	} {
		text := strings.Repeat(word, most/len(word))
		for _, plain := range []bool{false, true} {
			r := jsonReader{text: text, plain: plain}
			if _, ok := r.value(); ok || r.at > 4096 {
				t.Errorf("%s, plain %v: taken %v after %d bytes", what, plain, ok, r.at)
			}
		}
	}
}

// Brackets within typographic quotes open nothing (OCO-GRM-8).
func TestBracketsInTypographicQuotes(t *testing.T) {
	text := "“" + strings.Repeat("[", 2*maxJSONDepth) + "”"
	v, ok := Spec{Type: TypeText, Check: CheckJSON}.Convert(text)
	if want := `"` + strings.Repeat("[", 2*maxJSONDepth) + `"`; !ok || v.Text != want {
		t.Errorf("taken %v as %q", ok, v.Text)
	}
}

// To find out whether a text is an expression, nothing is made of its classes.
func TestExpressionsAreCheckedCheaply(t *testing.T) {
	for _, class := range []string{`[\w\p{L}]`, `[\p{Old_Italic}\w]`, `\p{Canadian_Aboriginal}`} {
		source := "(?i)" + strings.Repeat(class, (MaxSource-4)/len(class))
		p, _, err := parseRegexp(source, true)
		if err != nil || p.out.Len() > 2*len(source) {
			t.Errorf("%s: %v, %d bytes were made of %d", class, err, p.out.Len(), len(source))
		}
	}
}

// However many ways lead to a word, its value is made once.
func TestValuesOfEachWayAreMadeOnce(t *testing.T) {
	allocated := func(item, text string, ways int) float64 {
		source := "x [--f={f}]"
		for i := range ways {
			source += fmt.Sprintf(item, i)
		}
		c, err := Compile(source, nil)
		if err != nil {
			t.Fatal(err)
		}
		in := Tokenize(text)
		return testing.AllocsPerRun(5, func() { c.Match(in) })
	}
	for what, c := range map[string]struct{ item, text string }{
		"flag":   {" [y%d]", `x --f="a \" b"`},
		"choice": {" [{y%d:a|b}]", "x " + strings.Repeat("B", 1024)},
	} {
		few, many := allocated(c.item, c.text, 10), allocated(c.item, c.text, 60)
		if many > few+50+20 { // each way may note one problem, and what grows does so by doubling
			t.Errorf("%s: a match allocates %v times with 10 ways, %v with 60", what, few, many)
		}
	}
}
