package roster

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/filekind"
)

// mostFiles bounds how many files of an archive are read.
const mostFiles = 1000

// ParseAll reads a roster file, or every CSV file in it where it is a zip, as
// Control Hub gives more than a thousand rows. See [Parse].
func ParseAll(name string, data []byte) ([]*File, diag.List) {
	if !bytes.HasPrefix(data, []byte("PK\x03\x04")) && !bytes.HasPrefix(data, []byte("PK\x05\x06")) {
		f, diags := Parse(name, data)
		if f == nil {
			return nil, diags
		}
		return []*File{f}, diags
	}
	contents, d := unzip(name, data)
	if d != nil {
		return nil, diag.List{d}
	}
	var files []*File
	var diags diag.List
	for _, c := range contents {
		f, found := Parse(c.name, c.data)
		diags.Add(found...)
		if f != nil {
			files = append(files, f)
		}
	}
	return files, diags
}

// content is a file of an archive.
type content struct {
	name string
	data []byte
}

// unzip returns the CSV files of an archive, by name.
func unzip(name string, data []byte) ([]content, *diag.Diagnostic) {
	top := atTop(name)
	damaged := func(err error) *diag.Diagnostic {
		return diag.New(diag.RosterCut, top, "the archive is damaged: %s", err).
			Because("It did not arrive whole. Everybody who is missing would look as if they had left.").
			Try("Download it again.")
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, damaged(err)
	}
	if isWorkbook(z) {
		return nil, workbook(top)
	}
	var out []content
	left := int64(MaxSize)
	for _, f := range z.File {
		if hidden(f.Name) || filekind.Of(f.Name) != filekind.CSV {
			continue
		}
		if len(out) == mostFiles {
			return nil, diag.New(diag.LoadTooLarge, top, "the archive holds more than %d files", mostFiles).Try("Unpack it, and name the folder under roster.")
		}
		text, err := inflate(f, left)
		if errors.Is(err, errTooLarge) {
			return nil, diag.New(diag.LoadTooLarge, top, "the archive unpacks to more than %d MiB", MaxSize>>20).Try("Unpack it, and split it into several files.")
		}
		if err != nil {
			return nil, damaged(err)
		}
		left -= int64(len(text))
		out = append(out, content{name + "/" + strings.TrimPrefix(path.Clean("/"+f.Name), "/"), text})
	}
	if len(out) == 0 {
		return nil, diag.New(diag.LoadNoFiles, top, "there is no CSV file in the archive").Try("Export the users again.")
	}
	slices.SortFunc(out, func(a, b content) int { return strings.Compare(a.name, b.name) })
	return out, nil
}

var errTooLarge = errors.New("too large")

// inflate unpacks a file of an archive, up to most bytes. What the archive says
// of its size is not believed.
func inflate(f *zip.File, most int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	defer r.Close() // it was only read from
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	if int64(len(data)) > most {
		return nil, errTooLarge
	}
	return data, nil
}

// hidden reports whether a file of an archive is none that somebody put there.
func hidden(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool {
		return strings.HasPrefix(part, ".") || part == "__MACOSX"
	})
}

// isWorkbook reports whether an archive is what a spreadsheet program saves.
func isWorkbook(z *zip.Reader) bool {
	return slices.ContainsFunc(z.File, func(f *zip.File) bool {
		return f.Name == "[Content_Types].xml" || f.Name == "mimetype" || strings.HasPrefix(f.Name, "xl/")
	})
}

// oldWorkbook is how the workbooks of older spreadsheet programs begin.
var oldWorkbook = []byte{0xd0, 0xcf, 0x11, 0xe0}

func workbook(at diag.Range) *diag.Diagnostic {
	return diag.New(diag.LoadEncoding, at, "this is the workbook of a spreadsheet program, and no CSV file").
		Because("Another name makes no CSV of it.").
		Try("Open it, and save it as \"CSV UTF-8\".")
}

// webPage reports whether a file is a page in place of a download, such as one
// that asks to sign in.
func webPage(data []byte) bool {
	start := bytes.ToLower(bytes.TrimLeft(data[:min(len(data), 200)], " \t\r\n"))
	return bytes.HasPrefix(start, []byte("<!doctype")) || bytes.HasPrefix(start, []byte("<html")) || bytes.HasPrefix(start, []byte("<?xml"))
}

func atTop(name string) diag.Range {
	return diag.Range{File: name, Start: diag.Pos{Line: 1, Column: 1}, End: diag.Pos{Line: 1, Column: 1}}
}
