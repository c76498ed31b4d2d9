package oco_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Each check takes the tracked files with their texts and returns what is wrong
// with them, so that it can be tried on files in which something is wrong.

func isGenerated(text string) bool {
	head, _, _ := strings.Cut(text, "\npackage ")
	return strings.Contains(head, "Code generated ") && strings.Contains(head, "DO NOT EDIT.")
}

// withoutComment finds Go packages of which no file says what they are.
func withoutComment(files map[string]string, exempt []string) []string {
	has := map[string]bool{}
	for name, text := range files {
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || strings.Contains(name, "testdata/") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, text, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			return []string{err.Error()}
		}
		want := "Package " + parsed.Name.Name + " "
		if parsed.Name.Name == "main" {
			want = "Command " + path.Base(path.Dir(name)) + " "
		}
		says := parsed.Doc != nil && strings.HasPrefix(parsed.Doc.Text(), want)
		has[path.Dir(name)] = has[path.Dir(name)] || says
	}
	var problems []string
	for dir, says := range has {
		if !says && !slices.Contains(exempt, dir) {
			problems = append(problems, dir+": no comment of the form \"Package NAME …\" or \"Command NAME …\"")
		}
	}
	for _, dir := range exempt {
		if says, found := has[dir]; says || !found {
			problems = append(problems, dir+": needs no exemption")
		}
	}
	return problems
}

func replacing(files map[string]string) []string {
	line := regexp.MustCompile(`(?m)^\s*replace\b`)
	var problems []string
	for name, text := range files {
		if path.Base(name) == "go.mod" && line.MatchString(text) {
			problems = append(problems, name+": a module with a replace cannot be installed by anybody else")
		}
	}
	return problems
}

// foreign is what belongs to one machine or one network: the patterns are put
// together from parts, so that this file does not match itself.
var foreign = regexp.MustCompile(strings.Join([]string{
	`/wor` + `k/`, `/ro` + `ot/`, `/ho` + `me/[a-z]`, `/Use` + `rs/[A-Za-z]`, `/tmp/br` + `ief`,
	`proxy\.gol` + `ang\.org`, `sum\.gol` + `ang\.org`, `py` + `pi\.org`, `pythonhos` + `ted`, `npm` + `js\.(org|com)`,
	`crates\.i` + `o`, `deb\.deb` + `ian`, `maven\.apa` + `che`, `GOPRO` + `XY=`, `index-u` + `rl`,
}, "|"))

func machineBound(files map[string]string) []string {
	return grep(files, foreign, "belongs to one machine or network")
}

func unfinished(files map[string]string) []string {
	code := maps.Clone(files)
	maps.DeleteFunc(code, func(name, text string) bool {
		return isGenerated(text) || !slices.Contains([]string{".go", ".py", ".sh", ".proto"}, path.Ext(name))
	})
	return grep(code, regexp.MustCompile(`\b(TO`+`DO|FIX`+`ME|XX`+`X)\b`), "is unfinished")
}

func grep(files map[string]string, pattern *regexp.Regexp, complaint string) []string {
	var problems []string
	for name, text := range files {
		number := 0
		for line := range strings.SplitSeq(text, "\n") {
			number++
			if found := pattern.FindString(line); found != "" {
				problems = append(problems, fmt.Sprintf("%s:%d: %q %s", name, number, found, complaint))
			}
		}
	}
	return problems
}

// emptyNames finds directories and files whose name says nothing.
func emptyNames(files map[string]string) []string {
	empty := []string{"util", "utils", "helper", "helpers", "common", "manager", "misc", "shared"}
	var problems []string
	for name := range files {
		for part := range strings.SplitSeq(strings.TrimSuffix(name, path.Ext(name)), "/") {
			if slices.Contains(empty, strings.TrimSuffix(part, "_test")) {
				problems = append(problems, fmt.Sprintf("%s: %q does not say what is inside", name, part))
			}
		}
	}
	return problems
}

const mostLines = 600

// tooLong finds sources that are longer than a reader likes, and exceptions
// that nobody needs any more.
func tooLong(files map[string]string, reasons map[string]string) []string {
	var problems []string
	for name, text := range files {
		source := slices.Contains([]string{".go", ".py", ".ts", ".sh", ".proto"}, path.Ext(name)) && !isGenerated(text)
		lines := strings.Count(text, "\n")
		switch {
		case source && lines > mostLines && reasons[name] == "":
			problems = append(problems, fmt.Sprintf("%s: %d lines: split it, or give the reason in repo_test.go", name, lines))
		case reasons[name] != "" && (!source || lines <= mostLines):
			problems = append(problems, name+": needs no exception any more")
		}
	}
	for name := range reasons {
		if _, found := files[name]; !found {
			problems = append(problems, name+": has an exception and does not exist")
		}
	}
	return problems
}

const (
	// Go files of the library. They share one package, because an author is to need
	// one import; 17, because with 15 those of the adapter and of the client grew long.
	mostAtRoot = 17
	median     = 150 // lines of half the files
	ninth      = 400 // lines of nine files in ten
)

// spread looks at all Go files together that are neither tests nor generated.
func spread(files map[string]string) []string {
	var lengths []int
	atRoot := 0
	for name, text := range files {
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || isGenerated(text) {
			continue
		}
		lengths = append(lengths, strings.Count(text, "\n"))
		if path.Dir(name) == "." {
			atRoot++
		}
	}
	if len(lengths) == 0 {
		return []string{"no Go files"}
	}
	slices.Sort(lengths)
	var problems []string
	if got := lengths[len(lengths)/2]; got > median {
		problems = append(problems, fmt.Sprintf("half of the files have %d lines or more, which should be %d", got, median))
	}
	if got := lengths[len(lengths)*9/10]; got > ninth {
		problems = append(problems, fmt.Sprintf("one file in ten has %d lines or more, which should be %d", got, ninth))
	}
	if atRoot > mostAtRoot {
		problems = append(problems, fmt.Sprintf("the library has %d files at the root, which should be %d", atRoot, mostAtRoot))
	}
	return problems
}

// unreasoned compares the modules that the tree imports with the table in
// docs/dependencies.md.
func unreasoned(gomod, doc string, tree map[string][]sourceFile) []string {
	var modules []string
	for _, found := range regexp.MustCompile(`(?m)^(?:require)?\s+(\S+\.\S+) v\S+`).FindAllStringSubmatch(gomod, -1) {
		modules = append(modules, found[1])
	}
	imported := map[string]bool{}
	for _, files := range tree {
		for _, file := range files {
			for _, path := range file.imports {
				// The longest module that the path lies in.
				owner := ""
				for _, m := range modules {
					if (path == m || strings.HasPrefix(path, m+"/")) && len(m) > len(owner) {
						owner = m
					}
				}
				imported[owner] = true
			}
		}
	}
	delete(imported, "") // the standard library and this module
	var problems []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(doc, -1) {
		if !imported[row[1]] {
			problems = append(problems, "docs/dependencies.md: nothing imports "+row[1])
		}
		delete(imported, row[1])
	}
	for owner := range imported {
		problems = append(problems, "docs/dependencies.md: no reason for "+owner)
	}
	return problems
}

var services = []string{"irc", "slack", "discord", "matrix", "telegram", "mattermost", "teams"}

// serviceNames finds chat services by name in the bot's own code: in
// identifiers, and in what a condition compares with.
func serviceNames(files map[string]string) []string {
	var problems []string
	for name, text := range files {
		if !strings.HasPrefix(name, "internal/") || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		parsed, err := parser.ParseFile(fset, name, text, 0)
		if err != nil {
			return []string{err.Error()}
		}
		say := func(node ast.Node, what string) {
			problems = append(problems, fmt.Sprintf("%s: %s: adapters know chat services, the bot knows capabilities", fset.Position(node.Pos()), what))
		}
		ast.Inspect(parsed, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.Ident:
				if slices.ContainsFunc(words(node.Name), func(w string) bool { return slices.Contains(services, w) }) {
					say(node, "the name "+node.Name)
				}
			case *ast.BinaryExpr:
				compared(node.X, say)
				compared(node.Y, say)
			case *ast.CaseClause:
				for _, expr := range node.List {
					compared(expr, say)
				}
			case *ast.IfStmt:
				ast.Inspect(node.Cond, func(inner ast.Node) bool {
					if literal, ok := inner.(*ast.BasicLit); ok {
						compared(literal, say)
					}
					return true
				})
			}
			return true
		})
	}
	slices.Sort(problems)
	return slices.Compact(problems)
}

func compared(expr ast.Expr, say func(ast.Node, string)) {
	literal, ok := expr.(*ast.BasicLit)
	if ok && literal.Kind == token.STRING && slices.Contains(services, strings.ToLower(strings.Trim(literal.Value, "\"`"))) {
		say(literal, "a condition on "+literal.Value)
	}
}

// words splits an identifier: "ircRoom" into irc and room, but "circle" stays.
func words(name string) []string {
	var parts []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			parts = append(parts, strings.ToLower(string(word)))
		}
		word = nil
	}
	runes := []rune(name)
	for i, r := range runes {
		upper := unicode.IsUpper(r)
		afterLower := i > 0 && unicode.IsLower(runes[i-1])
		beforeLower := i+1 < len(runes) && unicode.IsLower(runes[i+1])
		if !unicode.IsLetter(r) {
			flush()
			continue
		}
		if upper && (afterLower || beforeLower) {
			flush()
		}
		word = append(word, r)
	}
	flush()
	return parts
}
