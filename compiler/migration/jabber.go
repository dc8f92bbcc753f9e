package migration

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// JabberFile is a jabber-config.xml as it is in use: what it sets, and the slips
// in it that clients may or may not forgive.
type JabberFile struct {
	Name       string      `json:"file"`
	Group      string      `json:"group,omitempty"` // whose group file it is; empty: the global file
	Slips      []Slip      `json:"slips"`
	Parameters []Parameter `json:"-"`
}

// Slip is something in the file that is not as Cisco's guides want it.
type Slip struct {
	Line    int    `json:"line"`
	Problem string `json:"problem"`
}

// Parameter is one parameter as it is written.
type Parameter struct {
	Section, Name, Value string
	Line                 int
}

// maxJabberFile bounds a file, in bytes, and maxJabberDepth its nesting.
const (
	maxJabberFile  = 4 << 20
	maxJabberDepth = 16
)

// ErrNotJabber says that a file is no jabber-config.xml.
var ErrNotJabber = errors.New("not a jabber-config.xml")

// ReadJabber reads a jabber-config.xml. Unlike a strict parser it takes a file
// with the slips that Cisco's own guides have, such as an end tag in other
// letters or <policies>, and tells of them. The error is an [ErrNotJabber].
func ReadJabber(name, group string, data []byte, sections []string) (*JabberFile, error) {
	f := &JabberFile{Name: name, Group: group, Slips: []Slip{}}
	if len(data) > maxJabberFile {
		return nil, fmt.Errorf("%w: it is larger than %d MiB", ErrNotJabber, maxJabberFile>>20)
	}
	dec := xml.NewDecoder(bytes.NewReader(data))
	dec.Strict = false
	dec.CharsetReader = func(charset string, input io.Reader) (io.Reader, error) {
		line, _ := dec.InputPos()
		f.slip(line, "the encoding is %s; it has to be UTF-8", charset)
		return input, nil
	}
	r := &jabberReader{file: f, sections: sections}
	for {
		line, _ := dec.InputPos()
		token, err := dec.RawToken() // nothing is matched: that is left to us
		switch {
		case errors.Is(err, io.EOF):
			return r.end()
		case err != nil:
			return nil, fmt.Errorf("%w: %w", ErrNotJabber, err)
		}
		if err := r.token(token, line); err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrNotJabber, line, err)
		}
	}
}

func (f *JabberFile) slip(line int, format string, args ...any) {
	f.Slips = append(f.Slips, Slip{line, fmt.Sprintf(format, args...)})
}

type jabberReader struct {
	file     *JabberFile
	sections []string
	open     []string // elements
	value    strings.Builder
	line     int
	started  bool
}

var (
	errDoctype = errors.New("it has a document type, which clients do not read")
	errDeep    = errors.New("its elements are nested too deeply")
	errRoot    = errors.New("its outermost element is not config")
	errNoRoot  = errors.New("it has no config element")
)

func (r *jabberReader) token(token xml.Token, line int) error {
	switch t := token.(type) {
	case xml.Directive:
		return errDoctype
	case xml.StartElement:
		return r.start(t.Name.Local, line)
	case xml.EndElement:
		r.close(t.Name.Local, line)
	case xml.CharData:
		r.value.Write(t)
	}
	return nil
}

func (r *jabberReader) start(name string, line int) error {
	switch len(r.open) {
	case 0:
		if !strings.EqualFold(name, "config") {
			return errRoot
		}
		if name != "config" {
			r.file.slip(line, "<%s> is written config", name)
		}
		r.started = true
	case 1:
		if known := r.section(name); known == "" {
			r.file.slip(line, "there is no section %s", name)
		} else if known != name {
			r.file.slip(line, "the section <%s> is written %s", name, known)
		}
	case maxJabberDepth:
		return errDeep
	}
	r.open = append(r.open, name)
	r.value.Reset()
	r.line = line
	return nil
}

// section returns the name of a section as it is written, in any letters.
func (r *jabberReader) section(name string) string {
	i := slices.IndexFunc(r.sections, func(s string) bool { return strings.EqualFold(s, name) })
	if i < 0 {
		return ""
	}
	return r.sections[i]
}

// close ends the innermost element of that name, in any letters. Elements in it
// that nobody closed end as well.
func (r *jabberReader) close(name string, line int) {
	at := len(r.open) - 1
	for at >= 0 && !strings.EqualFold(r.open[at], name) {
		at--
	}
	if at < 0 {
		r.file.slip(line, "</%s> ends nothing", name)
		return
	}
	for len(r.open) > at {
		last := len(r.open) - 1
		switch {
		case last > at:
			r.file.slip(line, "<%s> is not closed", r.open[last])
		case r.open[last] != name:
			r.file.slip(line, "<%s> is closed by </%s>", r.open[last], name)
		}
		if last == 2 {
			section := r.open[1]
			if known := r.section(section); known != "" {
				section = known
			}
			r.file.Parameters = append(r.file.Parameters, Parameter{section, r.open[2], strings.TrimSpace(r.value.String()), r.line})
		}
		r.open = r.open[:last]
	}
	r.value.Reset()
}

func (r *jabberReader) end() (*JabberFile, error) {
	if !r.started {
		return nil, fmt.Errorf("%w: %w", ErrNotJabber, errNoRoot)
	}
	if len(r.open) > 0 {
		line := r.line
		r.close(r.open[0], line)
	}
	return r.file, nil
}
