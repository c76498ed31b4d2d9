package spec

import (
	"fmt"
	"slices"
	"strings"
)

var errorHeader = []string{"code", "reason", "when", "what the caller does next"}

// rpcTables checks that every RPC has a section of its own with a table of
// errors, and that every table of errors keeps to the closed list.
func rpcTables(pages []page, methods []string, closed map[string]string) []string {
	var problems []string
	sections, rows := map[string]int{}, map[string]int{}
	used := map[string]bool{}
	for _, p := range pages {
		if strings.HasPrefix(p.name, "rpc/") {
			for _, section := range p.sections() {
				sections[section]++
				if !slices.Contains(methods, section) {
					problems = append(problems, fmt.Sprintf("%s: there is no RPC %s", p.name, section))
				}
			}
		}
		for _, t := range p.tables() {
			if !slices.Equal(t.header, errorHeader) {
				continue
			}
			for _, r := range t.rows {
				rows[t.section]++
				where := fmt.Sprintf("%s, %s", p.name, t.section)
				if problem := errorRow(r, closed); problem != "" {
					problems = append(problems, where+": "+problem)
					continue
				}
				used[strings.Trim(r[1], "`")] = true
			}
		}
	}
	for _, method := range methods {
		switch {
		case sections[method] != 1:
			problems = append(problems, fmt.Sprintf("rpc/: %s has %d sections", method, sections[method]))
		case rows[method] == 0:
			problems = append(problems, fmt.Sprintf("rpc/: %s has no table of errors", method))
		}
	}
	for reason := range closed {
		if !used[reason] {
			problems = append(problems, fmt.Sprintf("errors.md: no RPC answers %s", reason))
		}
	}
	slices.Sort(problems)
	return problems
}

func errorRow(r []string, closed map[string]string) string {
	if len(r) != len(errorHeader) {
		return fmt.Sprintf("a row has %d cells", len(r))
	}
	code, reason := strings.Trim(r[0], "`"), strings.Trim(r[1], "`")
	want, known := closed[reason]
	switch {
	case !known:
		return fmt.Sprintf("%s is not in the closed list of reasons", reason)
	case want != code:
		return fmt.Sprintf("%s has the code %s, not %s", reason, want, code)
	case !strings.HasSuffix(r[2], ".") || !strings.HasSuffix(r[3], "."):
		return fmt.Sprintf("%s: when and what next are each a sentence", reason)
	}
	return ""
}
