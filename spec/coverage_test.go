package spec

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// mentions finds the ids that the files of the repository name: tests and
// vectors in tested, everything in named.
func mentions(repository fs.FS) (tested, named map[string]string, err error) {
	tested, named = map[string]string{}, map[string]string{}
	err = fs.WalkDir(repository, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			base := path.Base(name)
			skip := name != "." && strings.HasPrefix(base, ".") || base == "node_modules" ||
				slices.Contains([]string{"build", "bin", "gen"}, name)
			if skip {
				return fs.SkipDir
			}
			return nil
		}
		own := path.Dir(name) == "spec" && path.Ext(name) == ".go" // the examples of this package are no references
		if own || !slices.Contains([]string{".go", ".py", ".sh", ".proto", ".json", ".md", ".txt"}, path.Ext(name)) {
			return nil
		}
		text, err := fs.ReadFile(repository, name)
		if err != nil {
			return err
		}
		for _, id := range idPattern.FindAllString(string(text), -1) {
			named[id] = name
			if isTest(name) {
				tested[id] = name
			}
		}
		return nil
	})
	return tested, named, err
}

// isTest says whether naming an id there counts as testing it.
func isTest(name string) bool {
	base := path.Base(name)
	switch path.Ext(name) {
	case ".go":
		return strings.HasSuffix(base, "_test.go") || strings.Contains(name, "storetest/")
	case ".py":
		return strings.HasPrefix(base, "test_")
	case ".sh":
		return strings.HasSuffix(base, "_test.sh")
	case ".json":
		return strings.HasPrefix(name, "spec/vectors/")
	case ".txt":
		return strings.HasPrefix(name, "conformance/cases/")
	}
	return false
}

// coverage compares the rules with the tests and with the list of those that
// have none.
func coverage(defined, tested, named map[string]string, uncovered []string) []string {
	var problems []string
	for id := range defined {
		listed := slices.Contains(uncovered, id)
		switch where := tested[id]; {
		case where == "" && !listed:
			problems = append(problems, fmt.Sprintf("%s: no test names it: name it in one, or list it in spec/uncovered.txt", id))
		case where != "" && listed:
			problems = append(problems, fmt.Sprintf("%s: %s names it: take it out of spec/uncovered.txt", id, where))
		}
	}
	for _, id := range uncovered {
		if defined[id] == "" {
			problems = append(problems, fmt.Sprintf("%s: is in spec/uncovered.txt and is no rule", id))
		}
	}
	if !slices.IsSorted(uncovered) || len(slices.Compact(slices.Clone(uncovered))) != len(uncovered) {
		problems = append(problems, "spec/uncovered.txt: not sorted, or an id twice")
	}
	for id, where := range named {
		if defined[id] == "" {
			problems = append(problems, fmt.Sprintf("%s: names %s, which is no rule", where, id))
		}
	}
	slices.Sort(problems)
	return problems
}
