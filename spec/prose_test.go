package spec

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// A page is one Markdown file of the specification.
type page struct {
	name string // relative to spec
	text string
}

// readPages reads every Markdown file below root, in the order of their names.
func readPages(root fs.FS) ([]page, error) {
	var pages []page
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".md" {
			return err
		}
		text, err := fs.ReadFile(root, name)
		pages = append(pages, page{name, string(text)})
		return err
	})
	return pages, err
}

// A table of a page, with the heading under which it stands.
type table struct {
	section string
	header  []string
	rows    [][]string
}

// tables reads the tables of a page. A heading of the second level begins a
// section.
func (p page) tables() []table {
	var all []table
	section, inTable := "", false
	for line := range strings.SplitSeq(p.text, "\n") {
		if heading, found := strings.CutPrefix(line, "## "); found {
			section = heading
		}
		cells, isRow := row(line)
		switch {
		case !isRow:
			inTable = false
		case !inTable:
			all = append(all, table{section: section, header: cells})
			inTable = true
		case strings.Trim(strings.Join(cells, ""), "-: ") != "":
			last := &all[len(all)-1]
			last.rows = append(last.rows, cells)
		}
	}
	return all
}

func row(line string) ([]string, bool) {
	if !strings.HasPrefix(line, "|") || !strings.HasSuffix(line, "|") || len(line) < 2 {
		return nil, false
	}
	const bar = "\x00" // in place of a bar that is part of a cell
	cells := strings.Split(strings.ReplaceAll(line[1:len(line)-1], `\|`, bar), "|")
	for i := range cells {
		cells[i] = strings.ReplaceAll(strings.TrimSpace(cells[i]), bar, "|")
	}
	return cells, true
}

// sections lists the headings of the second level.
func (p page) sections() []string {
	var found []string
	for line := range strings.SplitSeq(p.text, "\n") {
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			found = append(found, heading)
		}
	}
	return found
}

var (
	idPattern  = regexp.MustCompile(`OCO-[A-Z]{3}-[0-9]+`)
	rulePrefix = regexp.MustCompile(`^- \[(OCO-[A-Z]{3}-[0-9]+)\] [^\[]+\.$`)
	mustWord   = regexp.MustCompile(`\bMUST\b`)
	twoOnALine = regexp.MustCompile(`[A-Za-z0-9)\x60][.!?] [A-Z]`)
	numbered   = regexp.MustCompile(`^[0-9]+\. `)
	ticked     = regexp.MustCompile("`([^`]+)`")
)

// rules returns the ids that the pages define, by where, and what is wrong with
// how they are written.
func rules(pages []page) (defined map[string]string, problems []string) {
	defined = map[string]string{}
	families := map[string]string{}
	for _, p := range pages {
		number := 0
		for line := range strings.SplitSeq(p.text, "\n") {
			number++
			where := fmt.Sprintf("%s:%d", p.name, number)
			if !strings.HasPrefix(line, "|") && twoOnALine.MatchString(numbered.ReplaceAllString(line, "")) {
				problems = append(problems, where+": two sentences on one line")
			}
			rule := rulePrefix.FindStringSubmatch(line)
			must := mustWord.MatchString(line) && p.name != "README.md"
			switch {
			case must && rule == nil:
				problems = append(problems, where+": a MUST that is not of the form \"- [OCO-ABC-1] Sentence.\"")
			case !must && strings.HasPrefix(line, "- [OCO-"):
				problems = append(problems, where+": an id without a MUST")
			}
			if rule == nil {
				continue
			}
			if first, twice := defined[rule[1]]; twice {
				problems = append(problems, fmt.Sprintf("%s: %s is also %s", where, rule[1], first))
			}
			defined[rule[1]] = where
			// A family has one page, or the pages of one directory.
			place, family := p.name, rule[1][:len("OCO-ABC")]
			if dir := path.Dir(place); dir != "." {
				place = dir
			}
			if other, found := families[family]; found && other != place {
				problems = append(problems, fmt.Sprintf("%s: %s belongs to %s", where, family, other))
			}
			families[family] = place
		}
	}
	return defined, problems
}
