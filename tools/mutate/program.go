package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed live/live.go
var operators []byte

// A program is the test program of one package with its mutants compiled in.
type program struct {
	root, dir string // of the module, of the package
	path      string // of the package, from the root
	module    string
	binary    string
	flags     []string // that its tests want
	mutants   []*mutant
	unviable  int           // mutants that do not compile
	grace     time.Duration // before a mutant counts as hung, beside four times what its tests take
}

// compile builds the test program of a package. Only files whose name matches
// only are mutated.
func compile(root, path, scratch string, only *regexp.Regexp) (*program, error) {
	p := &program{root: root, dir: filepath.Join(root, path), path: path, binary: filepath.Join(scratch, "test"), grace: time.Second}
	module, err := p.goList("-m", "-f", "{{.Path}}")
	if err != nil {
		return nil, err
	}
	p.module = strings.TrimSpace(module)
	rewriters, err := p.load(only)
	if err != nil {
		return nil, err
	}
	unviable := map[string]bool{}
	for {
		overlay := map[string]string{}
		put := func(name string, text []byte) error {
			to := filepath.Join(scratch, filepath.Base(name))
			overlay[name] = to
			return os.WriteFile(to, text, 0o600)
		}
		if err := put(filepath.Join(root, "internal", "live", "operators.live.go"), operators); err != nil {
			return nil, err
		}
		p.mutants = nil
		for _, r := range rewriters {
			before := len(p.mutants)
			r.next = func(m *mutant) int {
				m.n = len(p.mutants) + 1
				p.mutants = append(p.mutants, m)
				return m.n
			}
			r.skip = func(m *mutant) bool { return unviable[m.key()] }
			text := r.rewrite()
			if len(p.mutants) > before {
				imported := fmt.Sprintf("; import live %q", p.module+"/internal/live")
				end := r.offset(r.file.Name.End())
				text = slices.Concat(text[:end], []byte(imported), text[end:])
			}
			if err := put(filepath.Join(root, r.name), text); err != nil {
				return nil, err
			}
		}
		said, err := p.build(scratch, overlay)
		if err != nil {
			return nil, err
		}
		if said == "" {
			p.unviable = len(unviable)
			return p, nil
		}
		if !p.dropUnviable(said, unviable) {
			return nil, fmt.Errorf("with its mutants compiled in, %s does not compile:\n%s", path, said)
		}
	}
}

// load parses the files of the package and finds the types of what stands there.
func (p *program) load(only *regexp.Regexp) ([]*rewriter, error) {
	exports := map[string]string{}
	listed, err := p.goList("-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}", "./"+p.path)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(listed) {
		path, export, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		exports[path] = export
	}
	names, err := p.goList("-f", `{{join .GoFiles "\n"}}`, "./"+p.path)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	var files []*ast.File
	var rewriters []*rewriter
	for _, base := range strings.Fields(names) {
		src, err := os.ReadFile(filepath.Join(p.dir, base))
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(fset, base, src, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
		if only.MatchString(base) {
			rewriters = append(rewriters, &rewriter{fset: fset, file: file, src: src, name: filepath.ToSlash(filepath.Join(p.path, base))})
		}
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	conf := types.Config{Importer: importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})}
	own, err := conf.Check(p.module+"/"+p.path, fset, files, info)
	if err != nil {
		return nil, err
	}
	for _, r := range rewriters {
		r.info, r.own = info, own
	}
	return rewriters, nil
}

// build gives what the compiler said; nothing if all is well.
func (p *program) build(scratch string, overlay map[string]string) (said string, err error) {
	replace, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		return "", err
	}
	file := filepath.Join(scratch, "overlay.json")
	if err := os.WriteFile(file, replace, 0o600); err != nil {
		return "", err
	}
	cmd := exec.Command("go", "test", "-c", "-vet=off", "-gcflags=-e", "-ldflags=-w", "-overlay", file, "-o", p.binary, "./"+p.path)
	cmd.Dir = p.root
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		return "", err
	}
	if err == nil {
		return "", nil
	}
	return string(bytes.TrimSpace(out)), nil
}

var complaint = regexp.MustCompile(`(?m)^(\S+\.go):(\d+):\d+: (.*)$`)

// dropUnviable notes the mutants of the lines with which the compiler is not
// content, and reports whether there are any.
func (p *program) dropUnviable(said string, unviable map[string]bool) (some bool) {
	for _, c := range complaint.FindAllStringSubmatch(said, -1) {
		line, _ := strconv.Atoi(c[2])
		open := strings.Contains(c[3], "missing return")
		for _, m := range p.mutants {
			if filepath.Base(m.file) != filepath.Base(c[1]) {
				continue
			}
			if m.line == line || open && m.branch && m.ends == line {
				unviable[m.key()] = true
				some = true
			}
		}
	}
	return some
}

func (p *program) goList(args ...string) (string, error) {
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Dir = p.root
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go list %s: %w\n%s", strings.Join(args, " "), err, said.Bytes())
	}
	return string(out), nil
}
