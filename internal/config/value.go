package config

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// reads reads the value n of a key; path leads to it.
type reads func(path string, n ast.Node)

// field is a key that is known. The reference of the configuration is made from
// these, so a key without a sentence does not compile.
type field struct {
	// doc says in a sentence or two what the key is for.
	doc string
	// absent is what holds without the key, as it would be written; empty: nothing.
	absent string
	read   reads
}

// mapping calls do for every entry of a mapping, in the order of the file, and records
// a problem with what is no mapping, with keys that are no text, and with keys that
// stand there twice.
func (r *reader) mapping(path string, n ast.Node, do func(path, key string, at place, n ast.Node)) bool {
	if r.schema != nil {
		r.schema.mapping(path, func(child, key string) { do(child, key, place{}, n) })
		return true
	}
	node, ok := n.(ast.MapNode)
	if !ok {
		r.mismatch(path, n, "a mapping (`key: value` lines)")
		return false
	}
	seen := map[string]place{}
	for entries := node.MapRange(); entries.Next(); {
		entry := entries.KeyValue()
		at := placeOf(entry.Key.GetToken())
		key, ok := keyText(entry.Key)
		if !ok {
			r.wrongAt(at, "`%s` cannot be a key: keys are texts, and merging (`<<`) is not supported", quoteShort(entry.Key.String()))
			continue
		}
		if first, twice := seen[key]; twice {
			r.wrongAt(at, "the key `%s` stands here a second time; first in line %d", key, first.line)
			continue
		}
		seen[key] = at
		child := join(path, key)
		r.at[child], r.keys[child] = at, at
		if _, null := entry.Value.(*ast.NullNode); !null && entry.Value != nil {
			r.at[child] = startOf(entry.Value)
		}
		do(child, key, at, entry.Value)
	}
	return true
}

// fields reads a mapping whose keys are known.
func (r *reader) fields(path string, n ast.Node, known map[string]field) bool {
	if r.schema != nil {
		r.schema.fields(path, n, known)
		return true
	}
	return r.mapping(path, n, func(child, key string, at place, value ast.Node) {
		f, ok := known[key]
		if !ok {
			where := ""
			if path != "" {
				where = " in `" + path + "`"
			}
			r.wrongAt(at, "unknown key `%s`%s%s", quoteShort(key), where, didYouMean(key, sortedKeys(known)))
			return
		}
		f.read(child, value)
	})
}

// list calls do for every item of a list.
func (r *reader) list(path string, n ast.Node, what string, do reads) bool {
	if r.schema != nil {
		r.schema.list(path, func(child string) { do(child, n) })
		return true
	}
	node, ok := n.(*ast.SequenceNode)
	if !ok {
		r.mismatch(path, n, what)
		return false
	}
	for i, item := range node.Values {
		child := path + "[" + strconv.Itoa(i) + "]"
		r.at[child] = startOf(item)
		item = untorn(item)
		if _, null := item.(*ast.NullNode); null {
			r.at[child] = r.at[path]
		}
		do(child, item)
	}
	return true
}

// text reads a text and expands what it refers to.
func (r *reader) text(path string, n ast.Node) (string, bool) {
	if r.schema.is(path, "text") {
		return "", false
	}
	switch v := n.(type) {
	case *ast.StringNode:
		return r.expand(path, v.Value)
	case *ast.LiteralNode:
		if v.Value != nil {
			return r.expand(path, v.Value.Value)
		}
	}
	r.mismatch(path, n, "a text")
	return "", false
}

func (r *reader) flag(path string, n ast.Node) (value, ok bool) {
	if r.schema.is(path, "true or false") {
		return false, false
	}
	if v, ok := n.(*ast.BoolNode); ok {
		return v.Value, true
	}
	r.mismatch(path, n, "true or false")
	return false, false
}

// whole reads a whole number between low and high.
func (r *reader) whole(path string, n ast.Node, low, high int64) (int64, bool) {
	if r.schema.is(path, "whole number, %d to %d", low, high) {
		return 0, false
	}
	v, ok := n.(*ast.IntegerNode)
	if !ok {
		r.mismatch(path, n, "a whole number")
		return 0, false
	}
	number, ok := wholeOf(v)
	if !ok || number < low || number > high {
		r.wrong(path, "`%s` must be between %d and %d", path, low, high)
		return 0, false
	}
	return number, true
}

func wholeOf(n *ast.IntegerNode) (int64, bool) {
	switch v := n.Value.(type) {
	case int64:
		return v, true
	case uint64:
		return int64(v), v <= math.MaxInt64
	}
	return 0, false
}

// sizeUnits are the units of sizes that are written as text.
var sizeUnits = map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}

// size reads a number of bytes: 8388608 or "8 MiB".
func (r *reader) size(path string, n ast.Node, low, high int64) (int64, bool) {
	if r.schema.is(path, "size, %s to %s", sizeText(low), sizeText(high)) {
		return 0, false
	}
	v, ok := n.(*ast.StringNode)
	if !ok {
		return r.whole(path, n, low, high)
	}
	text, ok := r.text(path, v)
	if !ok {
		return 0, false
	}
	for unit, factor := range sizeUnits {
		if digits, ok := strings.CutSuffix(text, unit); ok {
			number, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 32)
			if err == nil && number >= 0 && number*factor >= low && number*factor <= high {
				return number * factor, true
			}
			break
		}
	}
	r.wrong(path, "`%s` wants a size between %d and %d bytes such as 8388608 or 8 MiB, not `%s`", path, low, high, r.show(path, text))
	return 0, false
}

// duration reads a duration between low and high.
func (r *reader) duration(path string, n ast.Node, low, high time.Duration) (time.Duration, bool) {
	if r.schema.is(path, "duration, %s to %s", durationText(low), durationText(high)) {
		return 0, false
	}
	if _, number := n.(*ast.IntegerNode); number {
		r.wrong(path, "`%s` wants a duration with its unit (h, m or s), between %s and %s", path, durationText(low), durationText(high))
		return 0, false
	}
	text, ok := r.text(path, n)
	if !ok {
		return 0, false
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < low || d > high {
		r.wrong(path, "`%s` wants a duration between %s and %s with its unit (h, m or s), not `%s`", path, durationText(low), durationText(high), r.show(path, text))
		return 0, false
	}
	return d, true
}

// choice reads one of the given words.
func (r *reader) choice(path string, n ast.Node, words ...string) (string, bool) {
	if r.schema.is(path, "`%s`", strings.Join(words, "`, `")) {
		return "", false
	}
	text, ok := r.text(path, n)
	if ok && !slices.Contains(words, text) {
		r.wrong(path, "`%s` cannot be `%s`%s", path, r.show(path, text), didYouMean(text, words))
		ok = false
	}
	return text, ok
}

// mismatch records that a value is of another type than it must be.
func (r *reader) mismatch(path string, n ast.Node, want string) {
	name := "the file"
	if path != "" {
		name = "`" + path + "`"
	}
	switch v := n.(type) {
	case nil, *ast.NullNode:
		r.wrong(path, "%s has no value: it wants %s (leave the key out for the default)", name, want)
	case *ast.AnchorNode, *ast.AliasNode:
		r.wrong(path, "%s: anchors and aliases are not supported: write the value out", name)
	case *ast.TagNode:
		r.wrong(path, "%s: tags (`!…`) are not supported: write the plain value", name)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		hint := ""
		if want == "a text" {
			hint = " (quotes make it a text)"
		}
		r.wrong(path, "%s wants %s, not the %s `%s`%s", name, want, kindOf(v), quoteShort(v.GetToken().Value), hint)
	default:
		r.wrong(path, "%s wants %s, not %s", name, want, kindOf(v))
	}
}

func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		return "a text"
	case *ast.IntegerNode:
		return "whole number"
	case *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "number"
	case *ast.BoolNode:
		return "value"
	case *ast.SequenceNode:
		return "a list"
	case ast.MapNode:
		return "a mapping"
	}
	return fmt.Sprintf("a %s", n.Type())
}

// keyText returns the text of a key. A whole number is one as it is written, if that is
// how it is always written: 0x10 and 010 are not.
func keyText(n ast.MapKeyNode) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.IntegerNode:
		number, ok := wholeOf(v)
		text := strconv.FormatInt(number, 10)
		return text, ok && text == v.GetToken().Value
	}
	return "", false
}

// startOf returns where a value begins.
func startOf(n ast.Node) place {
	switch v := n.(type) {
	case *ast.MappingNode:
		if len(v.Values) > 0 && (v.Start == nil || v.Start.Type != token.MappingStartType) {
			return placeOf(v.Values[0].Key.GetToken())
		}
	case *ast.MappingValueNode:
		return placeOf(v.Key.GetToken())
	}
	return placeOf(n.GetToken())
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// quoteShort makes a word from the file fit for a sentence.
func quoteShort(word string) string {
	if len(word) > 60 {
		word = strings.ToValidUTF8(word[:60], "") + "…"
	}
	return printable(word)
}

// printable escapes what does not print.
func printable(text string) string {
	quoted := strconv.Quote(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
