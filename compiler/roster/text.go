package roster

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"

	"callpolicy/compiler/diag"
)

// MaxSize bounds a roster file: several million people.
const MaxSize = 1 << 30

// text is the content of a CSV file as UTF-8 without a byte-order mark.
type text struct {
	data   []byte
	comma  rune
	header []string        // the names of the columns
	user   int             // the index of the address
	lines  func() []uint32 // where each line starts; found when a place is first asked for
}

// newText decodes a file: spreadsheets save UTF-8 with a mark, or UTF-16.
func newText(name string, data []byte) (text, *diag.Diagnostic) {
	top := atTop(name)
	if bytes.HasPrefix(data, oldWorkbook) {
		return text{}, workbook(top)
	}
	if len(data) > MaxSize {
		return text{}, diag.New(diag.LoadTooLarge, top, "the file is %d MiB large; the limit is %d MiB", (len(data)+1<<20-1)>>20, MaxSize>>20).
			Try("Split it into several files, and name all of them under roster.")
	}
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		decoded, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(data)
		if err != nil || len(data)%2 == 1 {
			return text{}, diag.New(diag.LoadEncoding, top, "the file looks like UTF-16, and is damaged").Try("Save it again as CSV in UTF-8.")
		}
		data = decoded
	}
	t := text{data: bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))}
	if bytes.IndexByte(t.data, '\n') < 0 { // lines end as on an old Mac
		t.data = bytes.ReplaceAll(t.data, []byte("\r"), []byte("\n"))
	}
	if webPage(t.data) {
		return text{}, diag.New(diag.LoadEncoding, top, "this is a web page, and no CSV file").
			Because("A download that needs somebody to sign in gives such a page instead.").
			Try("Download the file again.")
	}
	t.lines = sync.OnceValue(t.findLines)
	if !utf8.Valid(t.data) || bytes.IndexByte(t.data, 0) >= 0 {
		at := t.invalid()
		return text{}, diag.New(diag.LoadEncoding, t.span(name, at, at+1), "the file is not UTF-8 text").
			Because("Some spreadsheets save CSV in an older encoding of the operating system.").
			Try("Save it again as \"CSV UTF-8\".")
	}
	t.comma = t.separator()
	return t, nil
}

// mergeMarkers reports what git leaves in a file of which two sides were changed.
func (t *text) mergeMarkers(name string) *diag.Diagnostic {
	for _, marker := range []string{strings.Repeat("<", 7), strings.Repeat(">", 7)} {
		at := bytes.Index(t.data, []byte("\n"+marker)) + 1
		if at == 0 && !bytes.HasPrefix(t.data, []byte(marker)) {
			continue
		}
		return diag.New(diag.RosterMergeConflict, t.span(name, at, at+7), "this file holds both sides of a merge").
			Because("git could not merge the two, and left both for somebody to choose. What is read of it would be neither.").
			Try("Export the users again, or take one side: git checkout --theirs or --ours.")
	}
	return nil
}

// findLines returns the offset of each line.
func (t *text) findLines() []uint32 {
	lines := append(make([]uint32, 0, bytes.Count(t.data, []byte("\n"))+1), 0)
	for i, c := range t.data {
		if c == '\n' {
			lines = append(lines, uint32(i+1)) // a file is no larger than MaxSize
		}
	}
	return lines
}

func (t *text) invalid() int {
	for i := 0; i < len(t.data); {
		r, size := utf8.DecodeRune(t.data[i:])
		if r == utf8.RuneError && size == 1 || r == 0 {
			return i
		}
		i += size
	}
	return 0
}

// separator is what stands most often in the header, outside of quotes: a
// comma, or the semicolon or tab that spreadsheets of some countries write. The
// line "sep=;" before the header, which some write as well, decides; it is
// emptied, and an empty line says nothing.
func (t *text) separator() rune {
	header, rest, _ := bytes.Cut(t.data, []byte("\n"))
	line := bytes.TrimSpace(header)
	if name, c, ok := bytes.Cut(line, []byte("=")); ok && len(c) == 1 && strings.EqualFold(string(name), "sep") {
		t.data = append([]byte("\n"), rest...)
		return rune(c[0])
	}
	var counts [128]int
	quoted := false
	for _, c := range header {
		switch {
		case c == '"':
			quoted = !quoted
		case !quoted && c < 128:
			counts[c]++
		}
	}
	best := ','
	for _, c := range ";\t|" {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return best
}

func (t *text) reader(from, to int) *csv.Reader {
	r := csv.NewReader(bytes.NewReader(t.data[from:to]))
	r.Comma = t.comma
	r.FieldsPerRecord = -1 // a spreadsheet leaves empty cells at the end of a row out
	r.ReuseRecord = true
	return r
}

// lineStart returns the offset of a line, counted from 1.
func (t *text) lineStart(line int) int {
	if lines := t.lines(); line <= len(lines) {
		return int(lines[max(line, 1)-1])
	}
	return len(t.data)
}

// cell returns the range of the cell at a place.
func (t *text) cell(name string, at Place) diag.Range {
	start := min(t.lineStart(int(at.Line))+int(at.Col)-1, len(t.data))
	end := start
	if rest := t.data[start:]; len(rest) > 0 && rest[0] == '"' {
		end = start + quoted(rest)
	} else if i := bytes.IndexAny(rest, "\r\n"+string(t.comma)); i >= 0 {
		end = start + len(bytes.TrimRight(rest[:i], " \t"))
	} else {
		end = len(t.data)
	}
	return t.span(name, start, end)
}

func quoted(s []byte) int {
	for i := 1; i < len(s); i++ {
		if s[i] == '"' {
			if i+1 < len(s) && s[i+1] == '"' {
				i++
				continue
			}
			return i + 1
		}
	}
	return len(s)
}

// column returns the cell in a column of the row that a place is in.
func (t *text) column(name string, at Place, column string) diag.Range {
	row, pos, ok := t.row(at)
	best := -1
	for i, header := range t.header {
		license, _ := licenseOf(header)
		if i >= len(row) || !strings.EqualFold(header, column) && LicenseName(license) != LicenseName(column) {
			continue
		}
		// A license may have a column for each of several subscriptions.
		if yes, _ := says(clean(row[max(best, 0)])); best < 0 || !yes {
			best = i
		}
	}
	if !ok || best < 0 {
		return t.cell(name, at)
	}
	return t.cell(name, pos(best))
}

// most is how many lines a row may stretch over before the place in it.
const most = 100

// row reads the row again in which the address is at a place. Usually that is
// the place's line; with a line break in a cell before it the row starts above.
func (t *text) row(at Place) (row []string, pos func(i int) Place, ok bool) {
	for first := int(at.Line); first > max(0, int(at.Line)-most); first-- {
		r := t.reader(t.lineStart(first), len(t.data))
		row, err := r.Read()
		pos := func(i int) Place {
			line, col := r.FieldPos(i)
			return Place{int32(first + line - 1), int32(col)}
		}
		if err == nil && t.user < len(row) && pos(t.user) == at {
			return row, pos, true
		}
	}
	return nil, nil, false
}

func (t *text) span(name string, start, end int) diag.Range {
	from := t.position(start)
	line := t.data[start-(from.Column-1):]
	if i := bytes.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	}
	return diag.Range{File: name, Start: from, End: t.position(end), Text: string(line)}
}

func (t *text) position(offset int) diag.Pos {
	lines := t.lines()
	line, found := slices.BinarySearch(lines, uint32(offset))
	if !found {
		line-- // it is the one that starts before
	}
	return diag.Pos{Line: line + 1, Column: offset - int(lines[line]) + 1}
}

// syntaxFault turns an error of the CSV reader, before which so many lines are,
// into a diagnostic.
func (t *text) syntaxFault(name string, err error, before int) *diag.Diagnostic {
	var fault *csv.ParseError
	if !errors.As(err, &fault) || errors.Is(err, io.EOF) {
		return nil
	}
	at := min(t.lineStart(before+fault.Line)+max(fault.Column-1, 0), len(t.data))
	if errors.Is(fault.Err, csv.ErrQuote) && at >= len(t.data) {
		return t.openQuote(name, t.lineStart(before+fault.StartLine))
	}
	d := diag.New(diag.LoadSyntax, t.span(name, at, min(at+1, len(t.data))), "this is not CSV: %s", fault.Err)
	if errors.Is(fault.Err, csv.ErrQuote) || errors.Is(fault.Err, csv.ErrBareQuote) {
		d.Summary = "a quote stands where none may"
		d.Because("A cell that holds a quote, a separator or a line break is quoted whole, and a quote in it is written twice.").
			Try("Write the cell as \"…\", with each quote in it doubled.")
	}
	return d
}

// openQuote reports a quote that is never closed, in the row that starts at an offset.
func (t *text) openQuote(name string, row int) *diag.Diagnostic {
	at := row + max(bytes.IndexByte(t.data[row:], '"'), 0)
	return diag.New(diag.LoadSyntax, t.span(name, at, min(at+1, len(t.data))), "a quote is opened in this row and never closed").
		Because("Everything up to the next quote belongs to the cell, so what follows was not read.").
		Try("Put the same quote at the end of the cell, or take it out.")
}
