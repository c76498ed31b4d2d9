package oco_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

const module = "github.com/openchatops/oco"

// A rule is a row of the table of packages.
type rule struct {
	dir      string   // relative to the module's root; "." is the root package
	sentence string   // what the package does
	imports  []string // packages of this module that it may import
}

// A home is a row of the table of what we build on.
type home struct {
	module string   // import path, or its beginning
	dirs   []string // who may import it
	reason string
}

func imports(dirs ...string) []string { return dirs }

// A sourceFile is what the checker knows of one Go file.
type sourceFile struct {
	path    string
	imports []string
}

func (f sourceFile) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

// readTree parses the imports of every Go file of this module, by directory.
// It parses in this process: a test that runs "go list" would go on passing
// from the test cache, which knows only the files that the test itself opens.
func readTree(root fs.FS) (map[string][]sourceFile, error) {
	tree := map[string][]sourceFile{}
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skipForeign(root, name)
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		file := sourceFile{path: name}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			file.imports = append(file.imports, imported)
		}
		tree[path.Dir(name)] = append(tree[path.Dir(name)], file)
		return nil
	})
	return tree, err
}

// skipForeign leaves out what the go command leaves out, what is not tracked,
// and modules below this one.
func skipForeign(root fs.FS, dir string) error {
	if dir == "." {
		return nil
	}
	base := path.Base(dir)
	if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") ||
		base == "testdata" || base == "node_modules" || dir == "build" || dir == "bin" {
		return fs.SkipDir
	}
	if _, err := fs.Stat(root, path.Join(dir, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

// check returns every way in which the tree breaks its tables.
func check(tree map[string][]sourceFile, rules []rule, homes []home) []string {
	var problems []string
	report := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }

	known := map[string]rule{}
	for _, r := range rules {
		if _, twice := known[r.dir]; twice {
			report("table: %s has two rows", r.dir)
		}
		if !strings.HasSuffix(r.sentence, ".") {
			report("table: %s lacks its sentence", r.dir)
		}
		if !holdsCode(tree[r.dir]) {
			report("table: %s has a row and no files", r.dir)
		}
		known[r.dir] = r
	}
	for _, r := range rules {
		for _, allowed := range r.imports {
			if !slices.ContainsFunc(rules, func(other rule) bool { return covers(allowed, other.dir) }) {
				report("table: %s may import %s, which has no row", r.dir, allowed)
			}
		}
	}
	for dir, files := range tree {
		r, found := known[dir]
		if !found && holdsCode(files) {
			report("%s: not in the table: add a row to arch_test.go, with one sentence and what it may import", dir)
			continue
		}
		below := reach(r, known)
		for _, file := range files {
			for _, imported := range file.imports {
				if problem := judge(r, dir, file, imported, homes, below); problem != "" {
					report("%s: %s", file.path, problem)
				}
			}
		}
	}
	slices.Sort(problems)
	return problems
}

// holdsCode says whether a directory is a package: one of test files only, such
// as spec, tests what is not Go and needs no row.
func holdsCode(files []sourceFile) bool {
	return slices.ContainsFunc(files, func(f sourceFile) bool { return !f.isTest() })
}

// reach is all that lies below a package: a test may put together the parts that
// its package is given.
func reach(r rule, known map[string]rule) map[string]bool {
	below := map[string]bool{}
	var visit func(rule)
	visit = func(from rule) {
		for dir, other := range known {
			allowed := slices.ContainsFunc(from.imports, func(entry string) bool { return covers(entry, dir) })
			if allowed && !below[dir] {
				below[dir] = true
				visit(other)
			}
		}
	}
	visit(r)
	return below
}

func judge(r rule, dir string, file sourceFile, imported string, homes []home, below map[string]bool) string {
	target, ours := inModule(imported)
	if !ours {
		return judgeHome(dir, file, imported, homes)
	}
	if slices.ContainsFunc(r.imports, func(allowed string) bool { return covers(allowed, target) }) {
		return ""
	}
	noRow := r.dir == "" // a directory of test files only
	if file.isTest() && (target == dir || strings.HasSuffix(target, "test") || slices.Contains(forTests, target) || noRow || below[target]) {
		return ""
	}
	return fmt.Sprintf("imports %s, which the table does not allow (it may import: %s)", target, list(r.imports))
}

func judgeHome(dir string, file sourceFile, imported string, homes []home) string {
	for _, h := range homes {
		if imported != h.module && !strings.HasPrefix(imported, h.module+"/") || file.isTest() {
			continue
		}
		if !slices.ContainsFunc(h.dirs, func(allowed string) bool { return covers(allowed, dir) }) {
			return fmt.Sprintf("imports %s, whose home is %s: %s", imported, list(h.dirs), h.reason)
		}
	}
	return ""
}

// inModule turns an import path into a directory of this module.
func inModule(imported string) (dir string, ours bool) {
	if imported == module {
		return ".", true
	}
	return strings.CutPrefix(imported, module+"/")
}

// covers says whether an entry of the table stands for a directory.
func covers(allowed, dir string) bool {
	if allowed == "gen" {
		return dir == "gen" || strings.HasPrefix(dir, "gen/")
	}
	if below, wild := strings.CutSuffix(allowed, "*"); wild {
		return strings.HasPrefix(dir, below)
	}
	return allowed == dir
}

func list(dirs []string) string {
	if len(dirs) == 0 {
		return "nothing of this module"
	}
	return strings.Join(dirs, ", ")
}
