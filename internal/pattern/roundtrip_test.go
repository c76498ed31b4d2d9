package pattern_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchatops/oco/internal/pattern"
)

// drawn is a pattern with a text that it matches and what comes of it.
type drawn struct {
	pattern, text []string
	want          []string // name=value
}

// quoted draws one of the ways to write a value as one word.
func quoted(t *rapid.T, value string) string {
	forms := []string{`"` + value + `"`, "“" + value + "”", "‘" + value + "’", "'" + value + "'"}
	if !strings.Contains(value, " ") {
		forms = append(forms, value)
	}
	return rapid.SampledFrom(forms).Draw(t, "quotes")
}

func drawValue(t *rapid.T, typ string) (typed, spelled string) {
	switch typ {
	case ":integer":
		n := rapid.Int64().Draw(t, "integer")
		return fmt.Sprint(n), fmt.Sprint(n)
	case ":flag":
		on := rapid.Bool().Draw(t, "flag")
		return rapid.SampledFrom(map[bool][]string{true: {"yes", "ON", "true"}, false: {"no", "Off", "false"}}[on]).Draw(t, "word"), fmt.Sprint(on)
	case ":duration":
		hours, seconds := rapid.IntRange(0, 9999).Draw(t, "hours"), rapid.IntRange(0, 99).Draw(t, "seconds")
		return fmt.Sprintf("%dh%ds", hours, seconds), fmt.Sprintf("%dns", int64(hours*3600+seconds)*1_000_000_000)
	case ":time":
		minutes := rapid.IntRange(0, 1439).Draw(t, "minutes")
		clock := fmt.Sprintf("%02d:%02d", minutes/60, minutes%60)
		day := rapid.SampledFrom([]string{"", "tomorrow ", "monday ", "2026-12-01 "}).Draw(t, "day")
		if strings.HasPrefix(day, "2") {
			return day + clock, "2026-12-01T" + clock
		}
		return day + clock, day + clock
	case ":url":
		url := rapid.StringMatching(`https?://[a-zé][a-z0-9.-]{0,8}(:80)?(/[a-z=&%20?#]{0,3})?`).Draw(t, "url")
		url = strings.ReplaceAll(url, "%", "%20")
		return url, url
	case ":json":
		n := rapid.IntRange(-9, 9).Draw(t, "number")
		return fmt.Sprintf("[%d, {}]", n), fmt.Sprintf("[%d, {}]", n)
	case ":regex":
		return `^a\d{2,3}$`, `^a\d{2,3}$`
	case ":red|dark blue":
		choice := rapid.SampledFrom([]string{"red", "dark blue"}).Draw(t, "choice")
		return strings.ToUpper(choice), choice
	}
	word := rapid.StringMatching(`[a-zäß0-9][a-z'’=/@—-]{0,8}[a-z]( [a-z]{1,3})?`).Draw(t, "word")
	return word, word
}

// draw builds a pattern without ambiguity: a literal of its own stands before
// every placeholder, and values never look like one.
func draw(t *rapid.T) drawn {
	d := drawn{pattern: []string{"Verb"}, text: []string{rapid.SampledFrom([]string{"verb", "VERB"}).Draw(t, "verb")}}
	types := []string{"", ":integer", ":flag", ":duration", ":red|dark blue", ":user", ":text", ":time", ":url", ":json", ":regex", ":secret", ":room"}
	for i := range rapid.IntRange(0, 6).Draw(t, "parts") {
		typ := rapid.SampledFrom(types).Draw(t, "type")
		typed, spelled := drawValue(t, typ)
		name, literal := fmt.Sprintf("x%d", i), fmt.Sprintf("#%d", i)
		part := fmt.Sprintf("%s {%s%s}", literal, name, typ)
		words := []string{literal, quoted(t, typed)}
		switch rapid.IntRange(0, 3).Draw(t, "form") {
		case 0: // present, optional
			part = "[" + part + "]"
		case 1: // absent, optional
			part, words, spelled = "["+part+"]", nil, ""
		case 2: // one of two
			part = fmt.Sprintf("(%s|never {n%d})", part, i)
		}
		d.pattern, d.text = append(d.pattern, part), append(d.text, words...)
		if words != nil {
			d.want = append(d.want, name+"="+spelled)
		}
	}
	if rapid.Bool().Draw(t, "flag") {
		leading := 1 // flags stand after the words by which the command is found
		if len(d.pattern) > 1 && strings.HasPrefix(d.pattern[1], "#") {
			leading = 2
		}
		d.pattern = append(d.pattern, "[--force|-f]")
		at := rapid.IntRange(leading, len(d.text)).Draw(t, "where")
		flag := rapid.SampledFrom([]string{"--force", "—force", "-f", "--FORCE=yes", "‑‑force", "―force", "–f", `—force="on"`}).Draw(t, "spelling")
		d.text = append(d.text[:at], append([]string{flag}, d.text[at:]...)...)
		d.want = append(d.want, "force=true")
	}
	if rapid.Bool().Draw(t, "rest") {
		rest := rapid.StringMatching("[a-z]([ a-z\"'—\n-]{0,20}[a-z])?").Draw(t, "text")
		d.pattern, d.text = append(d.pattern, "rest {rest...}"), append(d.text, "rest", rest)
		d.want = append(d.want, "rest="+rest)
	}
	return d
}

func TestArgumentsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		command, err := pattern.Compile(strings.Join(d.pattern, " "), nil)
		if err != nil {
			t.Fatal(err)
		}
		space := rapid.SampledFrom([]string{" ", "  ", "\t", "\u00a0", "\n"}).Draw(t, "space")
		in := pattern.Tokenize(strings.Join(d.text, space))
		args, verdict, problem := command.Match(in)
		if verdict != pattern.Yes {
			t.Fatalf("%s does not match %q: %v", command.Usage(), in.Text(), problem)
		}
		var got []string
		for _, arg := range args {
			got = append(got, arg.Name+"="+spell(arg))
			if !strings.Contains(in.Text(), arg.Raw) {
				t.Errorf("raw %q of %s was never typed", arg.Raw, arg.Name)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(d.want) {
			t.Fatalf("%s on %q gives %q, want %q", command.Usage(), in.Text(), got, d.want)
		}
	})
}

// Whatever is typed, words stand in order, apart, and where they say.
func TestTokenizeKeepsPlaces(t *testing.T) {
	echo, err := pattern.Compile("echo {text...}", nil)
	if err != nil {
		t.Fatal(err)
	}
	words, err := pattern.Compile("echo {words*}", nil)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ab'"“”‘’\\ \n\x{a0}é—-]{0,40}`).Draw(t, "text")
		in := pattern.Tokenize("echo " + text)
		args, verdict, _ := echo.Match(in)
		list, listVerdict, _ := words.Match(in)
		if verdict != listVerdict {
			t.Fatalf("rest says %d, list says %d", verdict, listVerdict)
		}
		trimmed := strings.TrimSpace(text)
		if trimmed == "" {
			if verdict != pattern.Near {
				t.Fatalf("verdict %d without a text", verdict)
			}
			return
		}
		if verdict != pattern.Yes || args[0].Text != trimmed {
			t.Fatalf("the rest is %q, want %q", args[0].Text, trimmed)
		}
		left := args[0].Text
		for _, word := range list[0].List {
			if !strings.HasPrefix(left, word.Raw) {
				t.Fatalf("%q is not at the beginning of %q", word.Raw, left)
			}
			left = strings.TrimSpace(left[len(word.Raw):])
		}
		if left != "" {
			t.Fatalf("%q belongs to no word", left)
		}
	})
}
