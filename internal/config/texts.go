package config

import (
	"fmt"
	"io"
	"os"

	"github.com/goccy/go-yaml/ast"

	"github.com/openchatops/oco/internal/texts"
)

// TextsFile is a file of texts that the bot says.
type TextsFile struct {
	// Path is the file, empty: there is none.
	Path string
	// Texts are those in it.
	Texts texts.Layer
}

// Catalogue is what the bot itself says under this configuration: `texts` over
// `texts_file` over the English texts. Nil is English.
func (c *Config) Catalogue() *texts.Catalogue { return c.catalogue }

// textsFile reads the file of texts, if it can: what is wrong in it stands there.
func (r *reader) textsFile(path string, n ast.Node) (f TextsFile, in *reader) {
	if r.path(path, n, &f.Path); f.Path == "" {
		return f, nil
	}
	data, err := readTexts(f.Path)
	if err != nil {
		r.wrong(path, "`%s`: %s", path, err)
		return f, nil
	}
	in = newReader(f.Path, data)
	in.env = r.env
	if root := in.parse(data); root != nil {
		in.at[""] = startOf(root)
		f.Texts = in.texts("", root)
	}
	return f, in
}

func readTexts(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("the file %s cannot be read: %w", quotePath(path), reasonOf(err))
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", quotePath(path))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the file %s cannot be read: %w", quotePath(path), reasonOf(err))
	}
	defer f.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("the file %s cannot be read: %w", quotePath(path), reasonOf(err))
	}
	return data, nil
}

// texts reads a mapping of texts.
func (r *reader) texts(path string, n ast.Node) texts.Layer {
	layer := texts.Layer{}
	r.mapping(path, n, func(p, name string, _ place, n ast.Node) {
		if text, ok := r.text(p, n); ok {
			layer[name] = text
		}
	})
	return layer
}

// acrossTexts makes the catalogue and tells what is wrong with texts where they stand.
// file is the reader of the file of texts, or nil.
func (r *reader) acrossTexts(c *Config, file *reader) {
	var problems []texts.Problem
	if len(c.TextsFile.Texts)+len(c.Texts) > 0 {
		c.catalogue, problems = texts.New(c.TextsFile.Texts, c.Texts)
	}
	for _, p := range problems {
		in, path := r, join("texts", p.Name)
		if p.Layer == 0 && file != nil {
			in, path = file, p.Name
		}
		if p.Unknown {
			in.wrongAt(in.keys[path], "there is no text `%s`%s", quoteShort(p.Name), nearText(p.Name, c.catalogue.Language()))
			continue
		}
		in.wrong(path, "`%s`: %s", printable(p.Name), printable(p.Text))
	}
	if file != nil {
		r.problems = append(r.problems, file.problems...)
		r.secrets = append(r.secrets, file.secrets...)
	}
}

func nearText(name, language string) string {
	if near := didYouMean(name, texts.Names(language)); near != "" {
		return near
	}
	return "; `oco texts` prints all that there are"
}
