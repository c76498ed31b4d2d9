package main

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestThePictureIsFresh(t *testing.T) {
	screen, err := os.ReadFile("../../e2e/testdata/terminal.screen")
	if err != nil {
		t.Fatal(err)
	}
	want, err := draw(string(screen))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../docs/terminal.svg")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/terminal.svg is not what the recorded screen shows: make picture")
	}
}

func TestDraw(t *testing.T) {
	picture, err := draw("\\e[1;32malice\\e[0m \\e[34m#ops\\e[0m> a<b & c\n\n\\e[2mfaint\\e[0m\\e[3mitalic\\e[0m\\e[7mx\\e[0m█\n")
	if err != nil {
		t.Fatal(err)
	}
	texts := 0
	decoder := xml.NewDecoder(bytes.NewReader(picture))
	var said strings.Builder
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("no XML: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local == "text" {
				texts++
			}
		case xml.CharData:
			said.Write(token)
		}
	}
	if texts != 8 || !strings.Contains(said.String(), "> a<b & c") {
		t.Errorf("%d texts, which say %q", texts, said.String())
	}
	for _, part := range []string{`fill="#a3d977" font-weight="bold">alice`, `fill="#73b8ff">#ops`, `font-style="italic"`, `text-decoration`, faint} {
		if !bytes.Contains(picture, []byte(part)) {
			t.Errorf("no %s in\n%s", part, picture)
		}
	}
}

func TestWhatCannotBeDrawn(t *testing.T) {
	for screen, problem := range map[string]string{`a\e[5mb`: `line 1: the code "5"`, "x\n\\e[12": "line 2: the code"} {
		if _, err := draw(screen); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%q: error %v, want %q", screen, err, problem)
		}
	}
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	screen, picture := filepath.Join(dir, "a.screen"), filepath.Join(dir, "a.svg")
	if err := os.WriteFile(screen, []byte("hi\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	if code := run([]string{screen, picture}, &errs); code != 0 {
		t.Errorf("exit code %d: %s", code, &errs)
	}
	if text, err := os.ReadFile(picture); err != nil || !bytes.HasPrefix(text, []byte("<svg ")) {
		t.Errorf("picture %q, error %v", text, err)
	}
	if code := run(nil, &errs); code != 2 {
		t.Errorf("without arguments: exit code %d", code)
	}
	if code := run([]string{dir + "/none", picture}, &errs); code != 1 || !strings.Contains(errs.String(), "none") {
		t.Errorf("without a screen: exit code %d: %s", code, &errs)
	}
}
