package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

var (
	verbs = strings.Fields(`deploy restart scale rollback promote drain cordon snapshot silence page resolve mute build
		release tag lock unlock rotate grant revoke open close assign escalate purge warm resync migrate backup restore`)
	nouns = strings.Fields(`billing payments search gateway auth ledger catalog inbox notifier scheduler ingest exporter
		router cache session profile invoice report metrics tracing warehouse frontend mobile partner webhook queue archive`)
	common = strings.Fields(`the a is how do i to of and in it that was for on are with as be at this have from or one had
		by but not what all were we when your can said there use an each which their if will up other about out`)
)

// A corpus draws routes and messages.
type corpus struct {
	seed     uint64
	distinct bool
}

func (c corpus) vocabulary() (v, n []string) {
	v, n = slices.Clone(verbs), slices.Clone(nouns)
	if c.seed != 0 {
		rng := rand.New(rand.NewPCG(c.seed, 1))
		rng.Shuffle(len(v), func(i, j int) { v[i], v[j] = v[j], v[i] })
		rng.Shuffle(len(n), func(i, j int) { n[i], n[j] = n[j], n[i] })
	}
	return v, n
}

// routes gives expressions, each with a text that it takes; empty for those that
// have no literal.
func (c corpus) routes(count int) (expressions, hits []string) {
	v, n := c.vocabulary()
	name := func(i int) string {
		if i < len(n) {
			return n[i]
		}
		return fmt.Sprintf("%s-%s%d", n[i%len(n)], n[i*7%len(n)], i/len(n))
	}
	for i := range count {
		var expression, hit string
		switch j := i / 20; {
		case i%20 < 12:
			verb := v[i*7%len(v)]
			expression = `^` + verb + ` ` + name(j) + `\s+(\S+)\s+to\s+(\S+)$`
			hit = verb + " " + name(j) + " v1.2.3 to production"
		case i%20 < 17:
			expression = `(?i)\bhow do i (?:set ?up|configure|use) ` + name(j*5+i%20-12) + ` (?P<x>.+)\?`
			hit = "hello, How do I configure " + name(j*5+i%20-12) + " for the west?"
		case i%20 < 19:
			expression = name(j*2+i%20-17) + ` is down`
			hit = "looks like " + name(j*2+i%20-17) + " is down again"
		default:
			expression = c.loose(j)
		}
		expressions, hits = append(expressions, expression), append(hits, hit)
	}
	return expressions, hits
}

// loose is an expression without a text that every match holds.
func (c corpus) loose(j int) string {
	if c.distinct {
		rng := rand.New(rand.NewPCG(c.seed, uint64(j)))
		a, b := 'a'+rng.IntN(13), 'n'+rng.IntN(13)
		return fmt.Sprintf(`^[%c-%c]+\s[%c-%c]\S*\d{%d,}$`, a, b, a, b, 1+j%30)
	}
	switch j % 4 {
	case 0:
		return fmt.Sprintf(`^\S{%d,}\+\+$`, 1+j%50)
	case 1:
		return fmt.Sprintf(`^(\d{%d,})\s*[-+*/]\s*(\d+)$`, 1+j%12)
	case 2:
		return fmt.Sprintf(`^[A-Z]{%d,}-\d+$`, 2+j%10)
	}
	return fmt.Sprintf(`(?i)^(?:y|n)\S{0,%d}[.!]?$`, j%20)
}

// messages are chat lines, of which one in twenty is taken by a route.
func (c corpus) messages(hits []string, count int) []string {
	v, n := c.vocabulary()
	rng := rand.New(rand.NewPCG(c.seed, 42))
	hits = slices.DeleteFunc(slices.Clone(hits), func(hit string) bool { return hit == "" })
	all := make([]string, count)
	for k := range all {
		if k%20 == 10 {
			all[k] = hits[rng.IntN(len(hits))]
			continue
		}
		var words []string
		for range 3 + rng.IntN(12) {
			words = append(words, c.word(rng, v, n))
		}
		all[k] = strings.Join(words, " ")
	}
	return all
}

func (c corpus) word(rng *rand.Rand, v, n []string) string {
	switch rng.IntN(8) {
	case 0:
		return n[rng.IntN(len(n))]
	case 1:
		return v[rng.IntN(len(v))]
	case 2, 3, 4:
		return common[rng.IntN(len(common))]
	case 5:
		return fmt.Sprint(rng.IntN(100_000))
	}
	var b strings.Builder
	for range 1 + rng.IntN(3) {
		b.WriteString(string("bcdfghklmnprstvz"[rng.IntN(16)]) + string("aeiou"[rng.IntN(5)]) + string("nrstl"[rng.IntN(5)]))
	}
	return b.String()
}
