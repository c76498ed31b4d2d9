package oco_test

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"testing"
)

// The first programs of the README are those of the libraries' own pages.
func TestReadmeShowsTheFirstPrograms(t *testing.T) {
	files := tracked(t)
	shown := shownFiles(files["README.md"])
	for name, page := range map[string]string{"echo.py": "sdk/python/README.md", "echo.ts": "sdk/typescript/README.md"} {
		if text, there := shown[name]; !there || text != shownFiles(files[page])[name] {
			t.Errorf("%s: README.md and %s do not show the same", name, page)
		}
	}
}

func TestLinksLead(t *testing.T) {
	report(t, deadLinks(tracked(t)))
}

var (
	fence = regexp.MustCompile("(?ms)^<!-- file: (\\S+) -->\n```\\w*\n(.*?)^```$")
	link  = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
)

// shownFiles returns the files that a page has its reader write.
func shownFiles(text string) map[string]string {
	shown := map[string]string{}
	for _, found := range fence.FindAllStringSubmatch(text, -1) {
		shown[found[1]] = found[2]
	}
	return shown
}

// deadLinks finds links in pages to files that are not there.
func deadLinks(files map[string]string) []string {
	var problems []string
	for name, text := range files {
		if path.Ext(name) != ".md" {
			continue
		}
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			target := path.Join(path.Dir(name), found[1])
			below := func() bool {
				for other := range files {
					if strings.HasPrefix(other, target+"/") {
						return true
					}
				}
				return false
			}
			if _, ok := files[target]; !ok && !below() {
				problems = append(problems, fmt.Sprintf("%s: the link to %s leads nowhere", name, found[1]))
			}
		}
	}
	return problems
}

func TestReadmeChecksFindPlantedFaults(t *testing.T) {
	files := map[string]string{"docs/a.md": "[b](b.md) [c](../c/) [d](d.md#x) [web](https://example.org)", "docs/b.md": "", "c/x": ""}
	if got := deadLinks(files); len(got) != 1 || !strings.Contains(got[0], "d.md") {
		t.Errorf("dead links: %q", got)
	}
}
