package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// A mutant is one small change of the code.
type mutant struct {
	n        int
	file     string // as go list names it
	function string
	expr     string // on one line
	from, to string
	line     int
	again    int  // how many alike come before it in the function
	branch   bool // it changes where a loop goes on
	ends     int  // line at which the innermost function around it ends
}

// key names a mutant as long as its function stays as it is.
func (m *mutant) key() string {
	key := fmt.Sprintf("%s %s: %s: %s becomes %s", m.file, m.function, m.expr, m.from, m.to)
	if m.again > 0 {
		key += fmt.Sprintf(" (%d)", m.again+1)
	}
	return key
}

// operator is how an operator is written when its mutants are compiled in.
type operator struct {
	call string
	to   []string // what each of its mutants makes of it
}

var binary = map[token.Token]operator{
	token.EQL:     {"", []string{"!="}},
	token.NEQ:     {"", []string{"=="}},
	token.LSS:     {"Lt", []string{">=", "<="}},
	token.LEQ:     {"Le", []string{">", "<"}},
	token.GTR:     {"Gt", []string{"<=", ">="}},
	token.GEQ:     {"Ge", []string{"<", ">"}},
	token.LAND:    {"And", []string{"||"}},
	token.LOR:     {"Or", []string{"&&"}},
	token.ADD:     {"Add", []string{"-"}},
	token.SUB:     {"Sub", []string{"+"}},
	token.MUL:     {"Mul", []string{"/"}},
	token.QUO:     {"Quo", []string{"*"}},
	token.REM:     {"Rem", []string{"*"}},
	token.AND:     {"BitAnd", []string{"|"}},
	token.OR:      {"BitOr", []string{"&"}},
	token.XOR:     {"BitXor", []string{"&"}},
	token.AND_NOT: {"BitAndNot", []string{"&"}},
	token.SHL:     {"Shl", []string{">>"}},
	token.SHR:     {"Shr", []string{"<<"}},
}

// assigned is the operator of an assignment such as +=.
var assigned = map[token.Token]token.Token{
	token.ADD_ASSIGN: token.ADD, token.SUB_ASSIGN: token.SUB, token.MUL_ASSIGN: token.MUL,
	token.QUO_ASSIGN: token.QUO, token.REM_ASSIGN: token.REM, token.AND_ASSIGN: token.AND,
	token.OR_ASSIGN: token.OR, token.XOR_ASSIGN: token.XOR, token.AND_NOT_ASSIGN: token.AND_NOT,
	token.SHL_ASSIGN: token.SHL, token.SHR_ASSIGN: token.SHR,
}

// A rewriter writes one file with its mutants compiled in. The lines stay where
// they are.
type rewriter struct {
	fset  *token.FileSet
	file  *ast.File
	src   []byte
	info  *types.Info
	own   *types.Package
	name  string
	next  func(*mutant) int      // numbers a mutant
	skip  func(*mutant) bool     // it was found not to compile
	opens map[token.Pos][]string // written before a position, outermost first
	shuts map[token.Pos][]string // written before those, innermost first
	swaps map[token.Pos]swap     // written in the place of a token
	alike map[string]int
	chain []ast.Node
}

type swap struct {
	size int
	text string
}

// rewrite gives the text of the file.
func (r *rewriter) rewrite() []byte {
	r.opens, r.shuts, r.swaps = map[token.Pos][]string{}, map[token.Pos][]string{}, map[token.Pos]swap{}
	r.alike = map[string]int{}
	ast.Inspect(r.file, func(n ast.Node) bool {
		if n == nil {
			r.chain = r.chain[:len(r.chain)-1]
			return true
		}
		if d, ok := n.(*ast.GenDecl); ok && (d.Tok == token.CONST || d.Tok == token.IMPORT) {
			return false
		}
		r.chain = append(r.chain, n)
		r.node(n)
		return true
	})
	return r.text()
}

func (r *rewriter) text() []byte {
	var at []token.Pos
	for _, positions := range []map[token.Pos][]string{r.opens, r.shuts} {
		for p := range positions {
			at = append(at, p)
		}
	}
	for p := range r.swaps {
		at = append(at, p)
	}
	slices.Sort(at)
	var out []byte
	from := 0
	for _, p := range slices.Compact(at) {
		here := r.offset(p)
		out = append(out, r.src[from:here]...)
		from = here
		for _, s := range r.shuts[p] {
			out = append(out, s...)
		}
		for _, s := range r.opens[p] {
			out = append(out, s...)
		}
		if s, ok := r.swaps[p]; ok {
			out = append(out, s.text...)
			from += s.size
		}
	}
	return append(out, r.src[from:]...)
}

func (r *rewriter) offset(p token.Pos) int { return r.fset.Position(p).Offset }

func (r *rewriter) source(n ast.Node) string {
	return string(r.src[r.offset(n.Pos()):r.offset(n.End())])
}

func (r *rewriter) open(p token.Pos, text string) { r.opens[p] = append(r.opens[p], text) }
func (r *rewriter) shut(p token.Pos, text string) { r.shuts[p] = append([]string{text}, r.shuts[p]...) }

// mutants numbers those of one place. It gives nothing if one of them is known
// not to compile.
func (r *rewriter) mutants(n ast.Node, at token.Pos, from string, to ...string) (numbers []int) {
	var made []*mutant
	for _, to := range to {
		m := &mutant{
			file: r.name, function: r.function(), from: from, to: to, line: r.fset.Position(at).Line,
			expr: strings.Join(strings.Fields(r.source(n)), " "),
		}
		_, m.branch = n.(*ast.BranchStmt)
		m.ends = r.functionEnd()
		key := m.key()
		m.again = r.alike[key]
		r.alike[key]++
		if r.skip(m) {
			return nil
		}
		made = append(made, m)
	}
	for _, m := range made {
		numbers = append(numbers, r.next(m))
	}
	return numbers
}

// function names the function that is being written.
func (r *rewriter) function() string {
	for _, n := range r.chain {
		if f, ok := n.(*ast.FuncDecl); ok {
			if f.Recv == nil {
				return f.Name.Name
			}
			t := f.Recv.List[0].Type
			if star, ok := t.(*ast.StarExpr); ok {
				t = star.X
			}
			return r.source(t) + "." + f.Name.Name
		}
	}
	return "-"
}

func (r *rewriter) functionEnd() int {
	for _, n := range slices.Backward(r.chain) {
		switch n.(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			return r.fset.Position(n.End()).Line
		}
	}
	return 0
}

func (r *rewriter) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		r.binary(n)
	case *ast.UnaryExpr:
		if n.Op == token.SUB {
			if generic, ok := r.numeric(n); ok {
				if id := r.mutants(n, n.OpPos, "-", "+"); id != nil {
					r.swaps[n.OpPos] = swap{1, fmt.Sprintf("live.Neg%s(%d, ", generic, id[0])}
					r.shut(n.End(), ")")
				}
			}
		}
	case *ast.IncDecStmt:
		call, to := "Inc", "--"
		if n.Tok == token.DEC {
			call, to = "Dec", "++"
		}
		if id := r.mutants(n, n.TokPos, n.Tok.String(), to); id != nil {
			r.open(n.X.Pos(), fmt.Sprintf("%s = live.%s(%d, ", r.source(n.X), call, id[0]))
			r.swaps[n.TokPos] = swap{2, ")"}
		}
	case *ast.AssignStmt:
		r.assignment(n)
	case *ast.BranchStmt:
		r.loop(n)
	}
}

func (r *rewriter) binary(n *ast.BinaryExpr) {
	op, ok := binary[n.Op]
	if !ok {
		return
	}
	generic := ""
	switch n.Op {
	case token.LAND, token.LOR, token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
		if r.info.Types[n].Value != nil {
			return // both sides are constants
		}
	default:
		if generic, ok = r.numeric(n); !ok {
			return
		}
	}
	id := r.mutants(n, n.OpPos, n.Op.String(), op.to...)
	if id == nil {
		return
	}
	size := len(n.Op.String())
	switch n.Op {
	case token.EQL, token.NEQ:
		r.open(n.Pos(), "((")
		r.shut(n.End(), fmt.Sprintf(") != live.On(%d))", id[0]))
	case token.LAND, token.LOR:
		r.open(n.Pos(), fmt.Sprintf("live.%s(%d, ", op.call, id[0]))
		r.swaps[n.OpPos] = swap{size, ", func() bool {"}
		r.open(n.Y.Pos(), "return ")
		r.shut(n.End(), "})")
	default:
		r.open(n.Pos(), fmt.Sprintf("live.%s%s(%s, ", op.call, generic, list(id)))
		r.swaps[n.OpPos] = swap{size, ","}
		r.shut(n.End(), ")")
	}
}

func (r *rewriter) assignment(n *ast.AssignStmt) {
	plain, ok := assigned[n.Tok]
	if !ok {
		return
	}
	x, y := n.Lhs[0], n.Rhs[0]
	op, tok := binary[plain], n.Tok.String()
	call, to := op.call+"To", []string{op.to[0] + "=", "="}
	if basic(r.info.TypeOf(x), types.IsString) {
		call, to = "Text", []string{"="}
	}
	id := r.mutants(n, n.TokPos, tok, to...)
	if id == nil {
		return
	}
	r.open(n.Pos(), fmt.Sprintf("%s = live.%s(%s, ", r.source(x), call, list(id)))
	r.swaps[n.TokPos] = swap{len(tok), ","}
	r.shut(y.End(), ")")
}

func (r *rewriter) loop(n *ast.BranchStmt) {
	tok, other := n.Tok.String(), "break"
	switch n.Tok {
	case token.CONTINUE:
	case token.BREAK:
		other = "continue"
		if !r.inLoop(n.Label) {
			return
		}
	default:
		return
	}
	id := r.mutants(n, n.TokPos, tok, other)
	if id == nil {
		return
	}
	label := ""
	if n.Label != nil {
		label = " " + n.Label.Name
	}
	r.swaps[n.TokPos] = swap{len(tok), fmt.Sprintf("if live.On(%d) { %s%s }; %s", id[0], other, label, tok)}
}

// inLoop reports whether one may continue here.
func (r *rewriter) inLoop(label *ast.Ident) bool {
	for i := len(r.chain) - 1; i > 0; i-- {
		switch r.chain[i].(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			l, labelled := r.chain[i-1].(*ast.LabeledStmt)
			if label == nil || labelled && l.Label.Name == label.Name {
				return true
			}
		case *ast.FuncLit, *ast.FuncDecl:
			return false
		}
	}
	return false
}

// numeric reports whether an expression is a number that need not be a constant.
// generic is the type argument that an expression of constants needs.
func (r *rewriter) numeric(n ast.Expr) (generic string, ok bool) {
	t := r.info.Types[n]
	if !basic(t.Type, types.IsNumeric) {
		return "", false
	}
	if t.Value == nil && !r.shiftedConstant(n) {
		return "", true
	}
	for i := len(r.chain) - 1; i > 0; i-- {
		if a, ok := r.chain[i-1].(*ast.ArrayType); ok && a.Len == r.chain[i] {
			return "", false
		}
	}
	known := true
	t = r.info.Types[r.materialized(n)]
	name := types.TypeString(types.Default(t.Type), func(p *types.Package) string {
		if p == r.own {
			return ""
		}
		for _, imported := range r.file.Imports {
			if strings.Trim(imported.Path.Value, `"`) == p.Path() {
				if imported.Name != nil {
					return imported.Name.Name
				}
				return p.Name()
			}
		}
		known = false
		return ""
	})
	return "[" + name + "]", known
}

// materialized gives the widest expression of constants around n, which has the
// type that is meant: that of what it is made of is not determined.
func (r *rewriter) materialized(n ast.Expr) ast.Expr {
	for i := len(r.chain) - 2; i >= 0; i-- {
		switch around := r.chain[i].(type) {
		case *ast.ParenExpr:
			n = around
		case *ast.UnaryExpr:
			n = around
		case *ast.BinaryExpr:
			shift := around.Op == token.SHL || around.Op == token.SHR
			if r.info.Types[around].Value == nil || shift && around.Y == n {
				return n
			}
			n = around
		default:
			return n
		}
	}
	return n
}

// shiftedConstant reports whether an expression takes its type from where it stands.
func (r *rewriter) shiftedConstant(n ast.Expr) bool {
	b, ok := n.(*ast.BinaryExpr)
	return ok && (b.Op == token.SHL || b.Op == token.SHR) && r.info.Types[b.X].Value != nil
}

func basic(t types.Type, what types.BasicInfo) bool {
	if t == nil {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&what != 0
}

func list(numbers []int) string {
	var out []string
	for _, n := range numbers {
		out = append(out, fmt.Sprint(n))
	}
	return strings.Join(out, ", ")
}
