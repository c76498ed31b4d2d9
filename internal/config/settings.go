package config

import (
	"math"

	"github.com/goccy/go-yaml/ast"
)

// maxExact is the largest whole number that settings carry exactly: they travel as JSON
// numbers.
const maxExact = 1 << 53

// settings reads what a plugin is told, of any shape.
func (r *reader) settings(path string, n ast.Node) map[string]any {
	settings := map[string]any{}
	r.mapping(path, n, func(p, key string, _ place, n ast.Node) { settings[key] = r.any(p, n) })
	return settings
}

func (r *reader) any(path string, n ast.Node) any {
	if r.schema.is(path, "value") {
		return nil
	}
	switch v := n.(type) {
	case nil, *ast.NullNode:
		return nil
	case *ast.BoolNode:
		return v.Value
	case *ast.IntegerNode:
		number, ok := wholeOf(v)
		if !ok || number > maxExact || number < -maxExact {
			r.wrong(path, "`%s` is too large to be exact: put it in quotes", path)
		}
		return number
	case *ast.FloatNode:
		if math.IsInf(v.Value, 0) || math.IsNaN(v.Value) {
			r.wrong(path, "`%s` is no finite number", path)
		}
		return v.Value
	case *ast.InfinityNode, *ast.NanNode:
		r.wrong(path, "`%s` is no finite number", path)
		return nil
	case *ast.SequenceNode:
		list := []any{}
		r.list(path, n, "a list", func(p string, n ast.Node) { list = append(list, r.any(p, n)) })
		return list
	case ast.MapNode:
		return r.settings(path, n)
	}
	text, _ := r.text(path, n)
	return text
}
