// Command uncovered compares the statements that no test of a package runs with
// those that are explained.
//
//	go run ./uncovered [-explained FILE] ROOT PACKAGE...
//
// A package is named by its directory in the module at ROOT, and only its own
// tests count. Exit 1: a statement is neither run nor explained, or the list
// explains one that is run or gone. A reason that begins with "sometimes" is for what
// some runs reach and others do not.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openchatops/oco/tools/explained"
)

func main() {
	file := flag.String("explained", "uncovered/explained.txt", "statements that no test need run")
	flag.Parse()
	if flag.NArg() < 2 {
		flag.Usage()
		os.Exit(2)
	}
	list, err := explained.Read(*file)
	wrong := 0
	for _, path := range flag.Args()[1:] {
		if err != nil {
			break
		}
		var blocks []block
		if blocks, err = cover(flag.Arg(0), path); err == nil {
			err = name(flag.Arg(0), blocks)
			wrong += report(os.Stdout, path, blocks, list)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "uncovered:", err)
		os.Exit(1)
	}
	if wrong > 0 {
		fmt.Fprintf(os.Stderr, "uncovered: %d to look at: write a test, or a line in %s\n", wrong, *file)
		os.Exit(1)
	}
}

// A block is a run of statements of which either all are run or none.
type block struct {
	file       string // from the root of the module
	line       int
	column     int
	statements int
	runs       int
	key        string
}

// cover runs the tests of a package.
func cover(root, path string) ([]block, error) {
	dir, err := os.MkdirTemp("", "uncovered")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	profile := filepath.Join(dir, "profile")
	cmd := exec.Command("go", "test", "-count=1", "-coverprofile", profile, "./"+path)
	cmd.Dir = root
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", path, err, said)
	}
	text, err := os.ReadFile(profile)
	if err != nil {
		return nil, err
	}
	return parse(bytes.NewReader(text), path)
}

// parse reads a profile of the package at path.
func parse(profile io.Reader, path string) ([]block, error) {
	var blocks []block
	lines := bufio.NewScanner(profile)
	for lines.Scan() {
		name, numbers, ok := strings.Cut(lines.Text(), ".go:")
		if !ok {
			continue // the mode
		}
		b := block{file: path + "/" + name[strings.LastIndex(name, "/")+1:] + ".go"}
		var toLine, toColumn int
		if _, err := fmt.Sscanf(numbers, "%d.%d,%d.%d %d %d", &b.line, &b.column, &toLine, &toColumn, &b.statements, &b.runs); err != nil {
			return nil, fmt.Errorf("%s: %w", lines.Text(), err)
		}
		if b.statements == 0 {
			continue // a function that does nothing
		}
		blocks = append(blocks, b)
	}
	slices.SortStableFunc(blocks, func(x, y block) int { return cmp.Or(cmp.Compare(x.file, y.file), x.line-y.line) })
	return blocks, lines.Err()
}

// name gives a key to each block that was not run: its function and first
// statement, which stay when the lines move.
func name(root string, blocks []block) error {
	type source struct {
		lines []string
		fset  *token.FileSet
		file  *ast.File
	}
	sources := map[string]source{}
	count := map[string]int{}
	for i := range blocks {
		b := &blocks[i]
		if b.runs > 0 {
			continue
		}
		s, ok := sources[b.file]
		if !ok {
			text, err := os.ReadFile(filepath.Join(root, b.file))
			if err != nil {
				return err
			}
			s = source{lines: strings.Split(string(text), "\n"), fset: token.NewFileSet()}
			if s.file, err = parser.ParseFile(s.fset, b.file, text, parser.SkipObjectResolution); err != nil {
				return err
			}
			sources[b.file] = s
		}
		b.key = b.file + " " + function(s.fset, s.file, b.line) + ": " + first(s.lines, b)
		if count[b.key]++; count[b.key] > 1 {
			b.key += fmt.Sprintf(" (%d)", count[b.key])
		}
	}
	return nil
}

// first is the line at which a block begins, with the one below if the block begins
// at its end.
func first(lines []string, b *block) string {
	line := lines[b.line-1]
	text := strings.TrimSpace(line)
	switch strings.TrimSpace(line[min(b.column-1, len(line)):]) {
	case "", "{", ":":
		if b.line < len(lines) {
			text += " " + strings.TrimSpace(lines[b.line])
		}
	}
	return text
}

// function names what stands at a line.
func function(fset *token.FileSet, file *ast.File, line int) string {
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || line < fset.Position(f.Pos()).Line || line > fset.Position(f.End()).Line {
			continue
		}
		if f.Recv == nil {
			return f.Name.Name
		}
		t := f.Recv.List[0].Type
		if star, ok := t.(*ast.StarExpr); ok {
			t = star.X
		}
		if of, ok := t.(*ast.IndexExpr); ok {
			t = of.X
		}
		if id, ok := t.(*ast.Ident); ok {
			return id.Name + "." + f.Name.Name
		}
	}
	return "-"
}

// report prints what is uncovered and gives how many of it need a look.
func report(w io.Writer, path string, blocks []block, list *explained.List) (wrong int) {
	all, run, listed := 0, 0, map[string]bool{}
	for _, b := range blocks {
		all += b.statements
		if b.runs > 0 {
			run += b.statements
			continue
		}
		if _, ok := list.Why[b.key]; ok {
			listed[b.key] = true
			continue
		}
		wrong++
		fmt.Fprintf(w, "%s:%d is not run: %s\n", b.file, b.line, b.key)
	}
	for _, key := range slices.Sorted(maps.Keys(list.Why)) {
		file, _, _ := strings.Cut(key, ".go ")
		if !listed[key] && !strings.HasPrefix(list.Why[key], "sometimes") && file[:max(0, strings.LastIndex(file, "/"))] == path {
			wrong++
			fmt.Fprintf(w, "%s explains what is run or gone, take it out: %s\n", list.File, key)
		}
	}
	percent := 100.0
	if all > 0 {
		percent = 100 * float64(run) / float64(all)
	}
	fmt.Fprintf(w, "%s: %.1f %% of %d statements run, %d places explained\n", path, percent, all, len(listed))
	return wrong
}
