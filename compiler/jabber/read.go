package jabber

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"callpolicy/compiler/diag"
	"callpolicy/policies"
)

// File is a jabber-config.xml as somebody wrote it: what it sets, and what is
// not as Cisco's guides want it. Nothing in it but [File.Data] tells a password.
type File struct {
	Name    string
	Set     []Written // in the order of the file
	Slips   []Slip    // by place
	Secrets []Secret  // by place
	text    *text
}

// Written is a parameter, and where it is written. The value of a password is
// left out.
type Written struct {
	Parameter
	Line   int
	Secret bool
	Nested bool // it holds elements, as custom tabs do
	at     span
}

// Slip is something in the file that is not as it has to be.
type Slip struct {
	Line    int
	Problem string
	Hint    string // what to write
	Weight  Weight
	at      span
}

// Weight says what a slip does.
type Weight int

// The weights.
const (
	Slight     Weight = iota + 1 // clients may well forgive it
	Ignored                      // clients ignore the whole file
	Unreadable                   // nothing can be made of it
)

// ErrNotJabber says that a file is no jabber-config.xml.
var ErrNotJabber = errors.New("not a jabber-config.xml")

// What is read at most: bytes of a file, elements within each other, and slips
// that are told one by one.
const (
	maxFile  = 4 << 20
	maxDepth = 16
	maxSlips = 20
)

// Read reads a jabber-config.xml, with whatever slips it has. Its time and
// memory grow with the file and no faster. A file with a slip that is
// [Unreadable] sets nothing.
func Read(name string, data []byte) (*File, error) {
	known, err := policies.Parameters()
	if err != nil {
		return nil, err
	}
	f := &File{Name: name, text: newText("")}
	r := &reader{file: f, known: known, sections: map[string]span{}, set: map[string]span{}}
	r.read(data)
	slices.SortStableFunc(f.Slips, func(a, b Slip) int { return cmp.Compare(a.at.start, b.at.start) })
	slices.SortStableFunc(f.Secrets, func(a, b Secret) int { return cmp.Compare(a.at.start, b.at.start) })
	slices.SortFunc(f.text.secret, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	for i := range f.Slips {
		f.Slips[i].Line = f.text.position(f.Slips[i].at.start).Line
	}
	for i := range f.Set {
		f.Set[i].Line = f.text.position(f.Set[i].at.start).Line
	}
	f.shorten(r.more, r.worst)
	if f.Worst() == Unreadable {
		f.Set = nil
	}
	return f, nil
}

// Worst is the weight of the worst slip; zero: there is none.
func (f *File) Worst() Weight {
	worst := Weight(0)
	for _, s := range f.Slips {
		worst = max(worst, s.Weight)
	}
	return worst
}

// Fault is the error of a file that is [Unreadable]: an [ErrNotJabber]. nil:
// it can be read.
func (f *File) Fault() error {
	for _, s := range f.Slips {
		if s.Weight == Unreadable {
			return fmt.Errorf("%w: line %d: %s", ErrNotJabber, s.Line, s.Problem)
		}
	}
	return nil
}

// Data returns the file in UTF-8, with its passwords or with nothing in their
// places.
func (f *File) Data(secrets bool) []byte {
	if secrets {
		return []byte(f.text.s)
	}
	return []byte(f.text.without())
}

// SecretNames names the passwords that the file holds, each once.
func (f *File) SecretNames() []string {
	var names []string
	for _, s := range f.Secrets {
		if !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}

// shorten says of the slips that are left out how many there are.
func (f *File) shorten(more int, worst Weight) {
	if more > 0 {
		last := f.Slips[len(f.Slips)-1]
		f.Slips = append(f.Slips, Slip{
			Line: last.Line, Problem: fmt.Sprintf("%d more slips are not listed", more), Hint: "Correct the others first.", Weight: worst, at: last.at,
		})
	}
}

// Check returns what is wrong with a file: an error where clients ignore it or
// it cannot be read, a warning for any other slip, and one for each password.
func (f *File) Check() diag.List {
	var diags diag.List
	worst := f.Worst()
	for _, s := range f.Slips {
		if worst == Unreadable && s.Weight < worst {
			continue // what follows from that
		}
		at := f.text.show(f.Name, s.at)
		if s.Weight == Slight {
			diags.Add(diag.New(diag.JabberSlip, at, "%s", s.Problem).
				Because("Cisco's guides want it otherwise, and whether clients forgive it is not documented.").Try("%s", s.Hint))
			continue
		}
		diags.Add(f.unreadable(s))
	}
	for _, s := range f.Secrets {
		diags.Add(diag.New(diag.JabberSecret, f.text.show(f.Name, s.at), "%s is a password, and stands in the file as plain text", s.Name).
			Because("Everybody who can read the repository can read it, in all of its history. callpolicy prints it nowhere and writes it into no bundle.").
			Try("Empty %s here, change the password, and write it into the file only where you upload it.", s.Name))
	}
	return diags
}

// unreadable is the error of a slip that makes clients ignore the file.
func (f *File) unreadable(s Slip) *diag.Diagnostic {
	return diag.New(diag.JabberBaseUnreadable, f.text.show(f.Name, s.at), "it is not a jabber-config.xml that clients can read: %s", s.Problem).
		Because("Clients ignore a file that is not well-formed, or not built as they expect: all of it, not only this line.").
		Try("%s", cmp.Or(s.Hint, "Make it UTF-8 and well-formed: a config element, sections such as Policies in it, and parameters in those."))
}

// reader gathers what the scanner meets.
type reader struct {
	file     *File
	text     *text
	known    *policies.JabberParameters
	open     []element
	value    strings.Builder // of the parameter that is open
	sections map[string]span // by name in lower case: where each is first
	set      map[string]span // the same of parameters
	started  bool
	done     bool   // the config element was closed
	cut      bool   // something that is not closed took the rest of the file
	more     int    // slips beyond those that are told
	worst    Weight // of those
}

type element struct {
	name   string
	at     span // its start tag
	holds  bool // elements
	secret bool
}

func (r *reader) slip(w Weight, at span, hint, format string, args ...any) {
	if len(r.file.Slips) >= maxSlips && w != Unreadable {
		r.more++
		r.worst = max(r.worst, w)
		return
	}
	r.file.Slips = append(r.file.Slips, Slip{Problem: fmt.Sprintf(format, args...), Hint: hint, Weight: w, at: at})
}

func (r *reader) read(data []byte) {
	top := span{0, 0}
	r.text = r.file.text
	if len(data) > maxFile {
		r.slip(Unreadable, top, "A jabber-config.xml is much smaller.", "it is larger than %d MiB", maxFile>>20)
		return
	}
	s, other, ok := decode(data)
	if !ok {
		line := badLine(data)
		r.file.text = newText(strings.Repeat("\n", line-1)) // nothing of it is shown
		r.slip(Unreadable, span{line - 1, line - 1}, "Save the file as UTF-8.", "this is not UTF-8")
		return
	}
	r.file.text = newText(s)
	r.text = r.file.text
	if other != "" {
		r.slip(Slight, top, "Save the file as UTF-8, and write encoding=\"utf-8\" in its first line.", "the encoding is %s; it has to be UTF-8", other)
	}
	if at := illegal(s); at >= 0 {
		r.slip(Ignored, span{at, at + 1}, "Remove the character.", "it holds a character that XML does not allow (U+%04X)", s[at])
	}
	r.scan(s)
	r.finish()
}

// finish ends what is open at the end of the file. What is around the innermost
// element is not closed for the same reason.
func (r *reader) finish() {
	switch {
	case r.file.Worst() == Unreadable:
		return
	case !r.started:
		r.slip(Unreadable, span{0, 0}, "", "it has no config element")
	case len(r.open) > 0 && !r.cut:
		last := r.open[len(r.open)-1]
		r.slip(Ignored, last.at, "Write </"+last.name+"> where it ends.", "<%s> is not closed", last.name)
	}
	for len(r.open) > 0 {
		r.pop()
	}
}

// illegal returns the place of the first control character that XML does not
// allow; less than 0: there is none.
func illegal(s string) int {
	return strings.IndexFunc(s, func(c rune) bool {
		return c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0xfffe || c == 0xffff
	})
}

// section returns the name of a section as it has to be written.
func (r *reader) section(name string) string {
	i := slices.IndexFunc(r.known.Sections, func(s string) bool { return strings.EqualFold(s, name) })
	if i < 0 {
		return ""
	}
	return r.known.Sections[i]
}

// start takes a start tag. It returns false where nothing more is to be read.
func (r *reader) start(name string, at span, attributes []attribute) bool {
	switch depth := len(r.open); depth {
	case 0:
		if !r.root(name, at) {
			return false
		}
	case 1:
		r.startSection(name, at)
	case 2:
		r.startParameter(name, at)
	case maxDepth:
		r.slip(Unreadable, at, "", "its elements are nested more than %d deep", maxDepth)
		return false
	}
	if len(r.open) > 0 {
		r.open[len(r.open)-1].holds = true
	}
	for _, a := range attributes {
		if isSecret(r.known, a.name) {
			r.hide(a.name, a.named, a.value)
		} else {
			r.hideAddresses(a.name, a.named, a.value)
		}
		r.references(a.value)
	}
	r.open = append(r.open, element{name: name, at: at, secret: isSecret(r.known, name)})
	return true
}

func (r *reader) root(name string, at span) bool {
	switch {
	case r.done:
		r.slip(Ignored, at, "Move what is in it into the first one.", "it has a second element outside all others, <%s>", name)
	case !strings.EqualFold(name, "config"):
		r.slip(Unreadable, at, "", "its outermost element is %s, not config", name)
		return false
	case name != "config":
		r.slip(Slight, at, "Write <config>.", "<%s> is written config", name)
	}
	r.started = true
	return true
}

func (r *reader) startSection(name string, at span) {
	section := r.section(name)
	switch p, _, known := r.known.Find(name); {
	case section == "" && known:
		r.slip(Slight, at, "Put it into a section such as Policies.", "%s stands in no section", p.Name)
	case section == "":
		r.slip(Slight, at, "Cisco's guide has the sections "+strings.Join(r.known.Sections, ", ")+".", "there is no section %s", name)
	case section != name:
		r.slip(Slight, at, "Write <"+section+">.", "the section <%s> is written %s", name, section)
	}
	key := strings.ToLower(name)
	if first, twice := r.sections[key]; twice {
		r.slip(Slight, at, "Move what is in it into the first one.", "the section <%s> is there twice, first in line %d", name, r.text.position(first.start).Line)
		return
	}
	r.sections[key] = at
}

func (r *reader) startParameter(name string, at span) {
	r.value.Reset()
	if p, asWritten, ok := r.known.Find(name); ok && !asWritten {
		r.slip(Slight, at, "Write <"+p.Name+">.", "the parameter %s is written %s", name, p.Name)
	}
	key := strings.ToLower(name)
	if first, twice := r.set[key]; twice {
		r.slip(Slight, at, "Keep the one that is meant.", "%s is set twice, first in line %d", name, r.text.position(first.start).Line)
		return
	}
	r.set[key] = at
}

// end takes an end tag: it ends the innermost element of that name, in any
// letters. Elements in it that nobody closed end as well.
func (r *reader) end(name string, at span) {
	to := len(r.open) - 1
	for to >= 0 && !strings.EqualFold(r.open[to].name, name) {
		to--
	}
	if to < 0 {
		r.slip(Ignored, at, "Remove it.", "</%s> ends nothing", name)
		return
	}
	for len(r.open) > to {
		switch last := r.open[len(r.open)-1]; {
		case len(r.open)-1 > to:
			r.slip(Ignored, last.at, "Write </"+last.name+"> where it ends.", "<%s> is not closed", last.name)
		case last.name != name:
			r.slip(Ignored, at, "Write </"+last.name+">.", "<%s> is closed by </%s>", last.name, name)
		}
		r.pop()
	}
}

// pop closes the innermost element.
func (r *reader) pop() {
	last := len(r.open) - 1
	e := r.open[last]
	r.open = r.open[:last]
	switch last {
	case 0:
		r.done = true
	case 2:
		r.parameter(e)
	}
}

// parameter notes one that has ended.
func (r *reader) parameter(e element) {
	section := cmp.Or(r.section(r.open[1].name), r.open[1].name)
	w := Written{Parameter: Parameter{section, e.name, strings.TrimSpace(r.value.String())}, Secret: e.secret, Nested: e.holds, at: e.at}
	p, _, known := r.known.Find(e.name)
	if known {
		w.Name = p.Name
	}
	if e.holds && !p.Nested {
		r.slip(Slight, e.at, "Move them out of it, into the section.", "%s holds elements, and clients look for none there", e.name)
	}
	if e.secret {
		w.Value = ""
	} else if m := signedIn.FindAllStringSubmatchIndex(w.Value, -1); m != nil {
		for _, at := range slices.Backward(m) {
			w.Value = w.Value[:at[2]] + "***" + w.Value[at[3]:]
		}
	}
	r.file.Set = append(r.file.Set, w)
}

// chars takes text between tags; literal, where it is a CDATA section.
func (r *reader) chars(at span, literal bool) {
	s := r.text.s[at.start:at.end]
	if len(r.open) == 0 {
		if strings.TrimSpace(strings.TrimPrefix(s, string(bom()))) != "" {
			r.slip(Ignored, at, "Remove it.", "there is text outside of the config element")
		}
		return
	}
	innermost := r.open[len(r.open)-1]
	if innermost.secret {
		r.hide(innermost.name, innermost.at, at)
	} else {
		r.hideAddresses(innermost.name, innermost.at, at)
	}
	if !literal {
		r.references(at)
		s = unescape(s)
	}
	if len(r.open) == 3 {
		r.value.WriteString(s)
	}
}

// references looks at each & in a piece of text.
func (r *reader) references(piece span) {
	for at := piece.start; ; {
		i := strings.IndexByte(r.text.s[at:piece.end], '&')
		if i < 0 {
			return
		}
		at += i
		if n := reference(r.text.s[at:piece.end]); n > 0 {
			at += n
			continue
		}
		r.slip(Ignored, span{at, at + 1}, "Write &amp; for each & of a value.", "an & is not written &amp;")
		at++
	}
}
