package pattern_test

import (
	"math/big"
	"math/rand/v2"
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/openchatops/oco/internal/pattern"
)

// A valueType is one of those that the grammar of values derives, with what the
// sentences beside it exclude.
type valueType struct {
	start    string
	spec     pattern.Spec
	excluded func(plain string) bool
	seeds    []string
}

func valueTypes() map[string]valueType {
	return map[string]valueType{
		"integer": {"Integer", pattern.Spec{Type: pattern.TypeInteger}, func(s string) bool {
			n, ok := new(big.Int).SetString(strings.TrimPrefix(s, "+"), 10)
			return len(s) > 64 || !ok || !n.IsInt64()
		}, []string{"0", "-20", "+007", "−5", "9223372036854775807", "-9223372036854775808", "9223372036854775808"}},
		"number": {"Number", pattern.Spec{Type: pattern.TypeNumber}, func(s string) bool {
			_, err := strconv.ParseFloat(s, 64)
			return len(s) > 64 || err != nil
		}, []string{"3", "0.5", ".5", "5.", "-1e-9", "1E400", "1e-400"}},
		"flag":     {"Flag", pattern.Spec{Type: pattern.TypeFlag}, func(string) bool { return false }, []string{"yes", "No", "ON", "off", "True", "false"}},
		"duration": {"Duration", pattern.Spec{Type: pattern.TypeDuration}, badDuration, []string{"1h30m", "1 week 2 days", "1.5 hours", "90 Sec", "250ms"}},
		"time": {"Time", pattern.Spec{Type: pattern.TypeTime}, badTime, []string{
			"now", "in 2h", "in 5 minutes", "tomorrow at 9:30 pm", "9 am on mon", "friday", "noon", "17:30:15.25",
			"2026-12-01", "2026-12-01 at noon", "2026-12-01T09:00-05:30", "2026-12-01 09:00 utc", "2024-02-29 9am",
		}},
		"url": {"URL", pattern.Spec{Type: pattern.TypeText, Check: pattern.CheckURL}, badURL, []string{
			"https://example.org", "HTTP://u:p@exämple.org:8080/a%20b?c#d", "http://[::1]/", "https://a.b:65535?x=@#/",
		}},
	}
}

var (
	amount   = regexp.MustCompile(`([0-9]+)(?:\.([0-9]+))? ?([a-z]+)`)
	exact    = regexp.MustCompile(`([0-9]+):([0-9][0-9])(?::([0-9][0-9])(?:\.([0-9]+))?)?`)
	half     = regexp.MustCompile(`(?:^| )([0-9]+)(?::[0-9]+)? ?[ap]m`)
	wallZone = regexp.MustCompile(`:[0-9.]+ ?[-+]([0-9][0-9]):?([0-9][0-9])$`)
)

// badDuration tells what the sentences exclude of what the grammar derives.
func badDuration(s string) bool {
	if len(s) > 64 {
		return true
	}
	sizes := map[string]int64{"w": 7 * 86400e9, "d": 86400e9, "h": 3600e9, "m": 60e9, "s": 1e9, "ms": 1e6}
	total, last := new(big.Rat), int64(8*86400e9)
	for _, part := range amount.FindAllStringSubmatch(strings.Join(strings.Fields(s), " "), -1) {
		unit := part[3]
		if unit != "ms" {
			unit = unit[:1]
		}
		n, _ := new(big.Rat).SetString(part[1] + "." + part[2] + "0")
		if len(part[1]) > 18 || len(part[2]) > 9 || sizes[unit] >= last {
			return true
		}
		last = sizes[unit]
		total.Add(total, n.Mul(n, new(big.Rat).SetInt64(last)))
	}
	return total.Cmp(new(big.Rat).SetUint64(1<<63)) >= 0
}

func badTime(s string) bool {
	s = strings.Join(strings.Fields(s), " ")
	if after, found := strings.CutPrefix(s, "in "); found {
		return badDuration(after)
	}
	number := func(text string) int { n, _ := strconv.Atoi("0" + text); return n }
	bad := len(s) > 64
	if len(s) >= 10 && s[4] == '-' {
		day, err := time.Parse(time.DateOnly, s[:10])
		bad = bad || err != nil || day.Before(time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC)) || day.After(time.Date(9999, 12, 30, 0, 0, 0, 0, time.UTC))
		s = s[10:]
	}
	zone := wallZone.FindStringSubmatch(s)
	bad = bad || zone != nil && (number(zone[1]) > 23 || number(zone[2]) > 59)
	if hour := half.FindStringSubmatch(strings.Replace(s, "t", " ", 1)); hour != nil {
		at := exact.FindStringSubmatch(s)
		return bad || number(hour[1]) < 1 || number(hour[1]) > 12 || at != nil && number(at[2]) > 59
	}
	if at := exact.FindStringSubmatch(s); at != nil {
		return bad || number(at[1]) > 23 || number(at[2]) > 59 || number(at[3]) > 59 || len(at[4]) > 9
	}
	return bad
}

func badURL(s string) bool {
	_, after, _ := strings.Cut(s, "://")
	authority := after
	if end := strings.IndexAny(after, "/?#"); end >= 0 {
		authority = after[:end]
	}
	host := authority[strings.LastIndex(authority, "@")+1:]
	if inner, found := strings.CutPrefix(host, "["); found {
		inner, host, _ = strings.Cut(inner, "]")
		address, err := netip.ParseAddr(inner)
		if err != nil || !address.Is6() {
			return true
		}
	}
	port, err := strconv.ParseUint("0"+host[strings.LastIndex(host, ":")+1:], 10, 64)
	hasPort := strings.Contains(host, ":")
	return pattern.HasHidden(s) || len(s) > 8192 || hasPort && (err != nil || port > 65535 || len(host)-strings.LastIndex(host, ":") > 6)
}

// plain is how a value of most types is read: folded, with plain dashes.
func (v valueType) plain(text string) string {
	if v.spec.Type == pattern.TypeText {
		return text
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case '\u2010', '\u2011', '\u2012', '\u2013', '\u2212':
			return '-'
		}
		return r
	}, pattern.Fold(text))
}

// TestTheGrammarDerivesAllValues: what is taken as a value, of what people write
// and of random changes to it, the grammar derives (OCO-GRM-3).
func TestTheGrammarDerivesAllValues(t *testing.T) {
	g := readGrammar(t, ebnfOf(t, 1))
	for name, v := range valueTypes() {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(7, 8))
			taken, refused := 0, 0
			for range 4000 {
				text := v.seeds[rng.IntN(len(v.seeds))]
				for range rng.IntN(4) {
					text = changed(rng, text)
				}
				if _, ok := v.spec.Convert(text); !ok {
					refused++
					continue
				}
				taken++
				if plain := v.plain(text); !g.derives(v.start, plain) || v.excluded(plain) {
					t.Errorf("%q is taken, and the page does not say so", text)
				}
			}
			if taken < 500 || refused < 500 {
				t.Errorf("%d were taken and %d refused: too few to tell", taken, refused)
			}
		})
	}
}

// TestWhatTheGrammarOfValuesDerives is taken, unless a sentence beside the
// grammar excludes it (OCO-GRM-3).
func TestWhatTheGrammarOfValuesDerives(t *testing.T) {
	g := readGrammar(t, ebnfOf(t, 1))
	for name, v := range valueTypes() {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(9, 10))
			taken := 0
			for range 6000 {
				var out strings.Builder
				g.draw(rng, &rule{op: 'n', text: v.start}, 0, &out)
				text := out.String()
				if rng.IntN(4) == 0 && v.spec.Type != pattern.TypeText {
					text = strings.ToUpper(text)
				}
				_, ok := v.spec.Convert(text)
				if ok == v.excluded(v.plain(text)) {
					t.Errorf("%q: taken %v, excluded %v", text, ok, !ok)
				}
				if ok {
					taken++
				}
			}
			if taken < 500 {
				t.Errorf("only %d of 6000 were taken", taken)
			}
		})
	}
}

// TestExamplesOfValues: the table of types is true (OCO-GRM-3, OCO-RTE-45,
// OCO-RTE-46).
func TestExamplesOfValues(t *testing.T) {
	page, err := os.ReadFile("../../spec/grammar.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| type | is one | is none |\n|---|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	seen := map[string]bool{}
	for line := range strings.SplitSeq(table, "\n") {
		cells := strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), "|")
		kind := strings.TrimFunc(strings.ReplaceAll(cells[1], "\x00", "|"), unicode.IsSpace)
		seen[kind] = true
		for i, want := range map[int]bool{2: true, 3: false} {
			for _, q := range regexp.MustCompile("`([^`]*)`").FindAllStringSubmatch(strings.ReplaceAll(cells[i], "\x00", "|"), -1) {
				if matcher(t, "x {v:"+kind+"}", "x "+q[1]) != want {
					t.Errorf("%s: %q is taken: %v", kind, q[1], !want)
				}
			}
		}
	}
	for typ := pattern.TypeText; typ < pattern.TypeChoice; typ++ {
		if name := typ.String(); !seen[name] && typ != pattern.TypeFile {
			t.Errorf("the table has no %s", name)
		}
	}
	for check := pattern.CheckURL; check <= pattern.CheckRegex; check++ {
		if !seen[check.String()] {
			t.Errorf("the table has no %s", check)
		}
	}
}
