// Package scaffold writes the beginning of a plugin: a directory with a small
// program, its test, and what builds, tests and runs both.
package scaffold

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"
)

// Version is that of the libraries which a new project asks for.
const Version = "0.1.0"

// goVersion is the oldest Go that builds the library.
const goVersion = "1.26.0"

// Kind is what a plugin is.
type Kind string

// The kinds.
const (
	Handler Kind = "handler"
	Adapter Kind = "adapter"
)

// Project is one that is not written yet.
type Project struct {
	Kind     Kind
	Language string // "go", "python" or "typescript"
	Name     string // of the plugin and of its directory
}

// templates holds KIND/LANGUAGE/FILE.tmpl, where FILE is a path in the project.
//
//go:embed all:templates
var templates embed.FS

// ending is that of the templates: without it, tools of this repository would take
// them for what they become.
const ending = ".tmpl"

// namePattern is what a plugin may be called.
var namePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// Write makes the directory of the project below parent, with all its files. On an
// error there is no such directory, unless there was one before.
func (p Project) Write(parent string) (err error) {
	if err := p.Check(); err != nil {
		return err
	}
	dir := filepath.Join(parent, p.Name)
	switch err := os.Mkdir(dir, 0o755); {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s is there already and is left as it is: take another name, or move it away", dir)
	case err != nil:
		return fmt.Errorf("make the directory of the project: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	from := p.source()
	return fs.WalkDir(templates, from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(strings.TrimSuffix(strings.TrimPrefix(path, from), ending)))
		if entry.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		return p.fill(path, to)
	})
}

// source is where the templates of the project are.
func (p Project) source() string { return "templates/" + string(p.Kind) + "/" + p.Language }

// Check says what is wrong with the project before anything is written.
func (p Project) Check() error {
	switch {
	case !namePattern.MatchString(p.Name):
		return fmt.Errorf("%q cannot be the name of a plugin: it begins with a letter and has up to 32 of a-z, 0-9 and -", p.Name)
	case taken[p.Name] != "":
		return fmt.Errorf("%q cannot be the name of the plugin: it is that of %s", p.Name, taken[p.Name])
	}
	if _, err := fs.Stat(templates, p.source()); err != nil {
		return fmt.Errorf("there is no beginning of a plugin of kind %q in the language %q", p.Kind, p.Language)
	}
	return nil
}

// taken are names that others have when the project is tried or tested.
var taken = map[string]string{
	"core":     "the bundled handler",
	"terminal": "the bundled adapter for the terminal",
	"test":     "the adapter that tests have",
}

// fill writes a file of the project.
func (p Project) fill(path, to string) error {
	t, err := template.New(filepath.Base(path)).Option("missingkey=error").ParseFS(templates, path)
	if err != nil {
		return err
	}
	var text strings.Builder
	if err := t.Execute(&text, map[string]string{"Name": p.Name, "Version": Version, "Go": goVersion}); err != nil {
		return err
	}
	return os.WriteFile(to, []byte(text.String()), 0o644)
}
