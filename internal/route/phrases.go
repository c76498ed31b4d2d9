package route

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/snapshot"
)

// phrases are the literal words of commands that may be suggested, each once,
// gathered by how many words and letters they have.
type phrases struct {
	buckets  snapshot.Map[size, *bucket]
	most     int // words that one had
	commands *index
}

// phrase is the literal words of commands.
type phrase struct {
	words []string
	text  string // folded, joined by one space
	runes []rune
}

type size struct{ words, letters int }

// bucket is the phrases of one size. One that is in a table does not change.
type bucket struct {
	edit    *snapshot.Edit
	traits  []traits // of phrases
	phrases []*phrase
}

// with gives the phrases of another table: at some places of the index words may
// have come or gone.
func (p phrases) with(e *snapshot.Edit, places map[string]*place, before, now *index) phrases {
	p.commands = now
	for text, place := range places {
		was, is := before.at(place.literals).shown(), now.at(place.literals).shown()
		if was == is || text == "" || len(text) > maxPhrase {
			continue
		}
		runes := []rune(text)
		at := size{len(place.literals), len(runes)}
		p.most = max(p.most, at.words)
		b, _ := p.buckets.Get(at)
		b = b.own(e)
		if is {
			b.traits = append(b.traits, traitsOf(runes))
			b.phrases = append(b.phrases, &phrase{words: place.literals, text: text, runes: runes})
		} else {
			i := slices.IndexFunc(b.phrases, func(f *phrase) bool { return f.text == text })
			b.traits, b.phrases = slices.Delete(b.traits, i, i+1), slices.Delete(b.phrases, i, i+1)
		}
		if p.buckets.Set(e, at, b); len(b.phrases) == 0 {
			p.buckets.Delete(e, at)
		}
	}
	return p
}

// shown reports whether a command is there that may be suggested.
func (x *index) shown() bool {
	return x != nil && slices.ContainsFunc(x.live, func(e entry) bool { return !e.route.Hidden })
}

func (b *bucket) own(e *snapshot.Edit) *bucket {
	switch {
	case b == nil:
		return &bucket{edit: e}
	case b.edit == e:
		return b
	}
	return &bucket{edit: e, traits: slices.Clone(b.traits), phrases: slices.Clone(b.phrases)}
}

// traits are what tells most texts apart without looking at them: a bit for each
// letter that stands in a text, and one for each pair of neighbours.
type traits struct{ letters, pairs uint64 }

func traitsOf(text []rune) (m traits) {
	last := rune(0)
	for i, r := range text {
		at := letter(r)
		m.letters |= 1 << at
		if i > 0 {
			m.pairs |= 1 << ((last*31 + r*17) & 63)
		}
		last = r
	}
	return m
}

// letter gives the ones that commands are made of a bit each.
func letter(r rune) uint {
	switch {
	case 'a' <= r && r <= 'z':
		return uint(r - 'a')
	case '0' <= r && r <= '9':
		return 26 + uint(r-'0')
	}
	return 36 + uint(r)%28
}

// farApart reports that texts with these traits are more than limit edits apart. It
// may miss some that are. An edit takes away at most one letter and three pairs, and
// brings at most as many.
func farApart(a, b traits, limit int) bool {
	return bits.OnesCount64(a.letters&^b.letters) > limit || bits.OnesCount64(b.letters&^a.letters) > limit ||
		bits.OnesCount64(a.pairs&^b.pairs) > 3*limit || bits.OnesCount64(b.pairs&^a.pairs) > 3*limit
}

// beyond gives the phrases that begin with some words and go on.
func (p *phrases) beyond(words []string) (all []*phrase) {
	var walk func(x *index, words []string)
	walk = func(x *index, words []string) {
		for word, deeper := range x.next.All() {
			on := append(slices.Clip(words), word)
			if text := strings.Join(on, " "); len(text) <= maxPhrase {
				if deeper.shown() {
					all = append(all, &phrase{words: on, text: text})
				}
				walk(deeper, on)
			}
		}
	}
	if x := p.commands.at(words); x != nil {
		walk(x, words)
	}
	return all
}
