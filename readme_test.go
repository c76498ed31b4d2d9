package oco_test

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"testing"
)

func TestReadmeShowsTheExample(t *testing.T) {
	files := tracked(t)
	shown := wovenFiles(files["README.md"])
	if _, found := shown["examples/01-hello/main.go"]; !found {
		t.Error("README.md does not show examples/01-hello/main.go")
	}
	report(t, stale(shown, files))
}

func TestLinksLead(t *testing.T) {
	report(t, deadLinks(tracked(t)))
}

var (
	woven = regexp.MustCompile("(?ms)^<!-- (\\S+) -->\n```\\w*\n(.*?)^```$")
	link  = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
)

// wovenFiles returns what a page shows of files: a fence after a comment that
// names the file.
func wovenFiles(text string) map[string]string {
	shown := map[string]string{}
	for _, found := range woven.FindAllStringSubmatch(text, -1) {
		shown[found[1]] = found[2]
	}
	return shown
}

// stale compares what is shown with the files.
func stale(shown, files map[string]string) []string {
	var problems []string
	for name, text := range shown {
		if file, found := files[name]; !found {
			problems = append(problems, "README.md shows "+name+", which is not tracked")
		} else if file != text {
			problems = append(problems, "README.md shows another "+name+" than there is: copy the file into the fence")
		}
	}
	return problems
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
	page := "text\n\n<!-- a/main.go -->\n```go\npackage a\n```\n"
	if got := stale(wovenFiles(page), map[string]string{"a/main.go": "package a\n"}); len(got) > 0 {
		t.Errorf("a page that is right: %q", got)
	}
	if got := stale(wovenFiles(page), map[string]string{"a/main.go": "package b\n"}); len(got) != 1 {
		t.Errorf("a page with another text: %q", got)
	}
	if got := stale(wovenFiles(page), nil); len(got) != 1 {
		t.Errorf("a page with a file that is not there: %q", got)
	}
	files := map[string]string{"docs/a.md": "[b](b.md) [c](../c/) [d](d.md#x) [web](https://example.org)", "docs/b.md": "", "c/x": ""}
	if got := deadLinks(files); len(got) != 1 || !strings.Contains(got[0], "d.md") {
		t.Errorf("dead links: %q", got)
	}
}
