package texts

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// keysByName are the keys by the names of their variables.
func keysByName(t *testing.T) map[string]*definition {
	t.Helper()
	byText := map[string]*definition{}
	for _, d := range definitions {
		byText[d.name] = d
	}
	all := map[string]*definition{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			ast.Inspect(spec.Values[0], func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if name, err := strconv.Unquote(lit.Value); err == nil && byText[name] != nil && all[spec.Names[0].Name] == nil {
						all[spec.Names[0].Name] = byText[name]
					}
				}
				return true
			})
			return false
		})
	}
	return all
}

// Whoever says a text gives all its placeholders and nothing else, and every text is
// said somewhere.
func TestEveryTextIsSaidWithItsPlaceholders(t *testing.T) {
	keys := keysByName(t)
	if len(keys) < len(definitions) {
		t.Fatalf("%d variables of %d texts", len(keys), len(definitions))
	}
	used, checked := map[*definition]bool{}, 0
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") && entry.Name() != ".." && entry.Name() != "../.." || entry.Name() == "testdata" || entry.Name() == "sdk" || entry.Name() == "gen"):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		own := filepath.Base(filepath.Dir(path)) == "texts"
		tree, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil //nolint:nilerr // somebody else's test says so
		}
		keyOf := func(n ast.Expr) *definition {
			if id, ok := n.(*ast.Ident); ok && own {
				return keys[id.Name]
			}
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "texts" {
					return keys[sel.Sel.Name]
				}
			}
			return nil
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && own && len(spec.Names) == 1 && keys[spec.Names[0].Name] != nil {
				return false // where it is defined
			}
			if e, ok := n.(ast.Expr); ok && keyOf(e) != nil {
				used[keyOf(e)] = true
			}
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 || call.Ellipsis.IsValid() {
				return true
			}
			name := ""
			switch fun := call.Fun.(type) {
			case *ast.Ident:
				name = fun.Name
			case *ast.SelectorExpr:
				name = fun.Sel.Name
			}
			d := keyOf(call.Args[0])
			if d == nil || !slices.Contains([]string{"Say", "Of", "Saying", "because", "add"}, name) {
				return true
			}
			checked++
			var given []string
			for i := 1; i < len(call.Args); i += 2 {
				lit, ok := call.Args[i].(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					t.Errorf("%s: %s is said with a placeholder whose name is computed", path, d.name)
					return true
				}
				placeholder, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				given = append(given, placeholder)
			}
			for _, name := range d.all {
				if !slices.Contains(given, name) {
					t.Errorf("%s: %s is said without {%s}", path, d.name, name)
				}
			}
			for _, name := range given {
				if !slices.Contains(d.all, name) && !own {
					t.Errorf("%s: %s is said with {%s}, which it has not", path, d.name, name)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range definitions {
		if !used[d] && words[d.name[strings.LastIndexByte(d.name, '.')+1:]].d != d {
			t.Errorf("nobody says %s", d.name)
		}
	}
	if checked < 100 {
		t.Errorf("%d calls are checked", checked)
	}
}
