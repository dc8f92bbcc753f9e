package migration

import "callpolicy/compiler/jabber"

// JabberFile is a jabber-config.xml as it is in use: what it sets, and the slips
// in it that clients may or may not forgive.
type JabberFile struct {
	Name  string `json:"file"`
	Group string `json:"group,omitempty"` // whose group file it is; empty: the global file
	Slips []Slip `json:"slips"`

	Parameters []jabber.Written `json:"-"`
}

// Slip is something in the file that is not as Cisco's guides want it.
type Slip struct {
	Line    int    `json:"line"`
	Problem string `json:"problem"`
	Ignored bool   `json:"ignored,omitempty"` // clients ignore the whole file
}

// ErrNotJabber says that a file is no jabber-config.xml.
var ErrNotJabber = jabber.ErrNotJabber

// ReadJabber reads a jabber-config.xml, with whatever slips it has. The error is
// an [ErrNotJabber] where nothing can be made of the file.
func ReadJabber(name, group string, data []byte) (*JabberFile, error) {
	read, err := jabber.Read(name, data)
	if err != nil {
		return nil, err
	}
	if err := read.Fault(); err != nil {
		return nil, err
	}
	f := &JabberFile{Name: name, Group: group, Slips: []Slip{}, Parameters: read.Set}
	for _, s := range read.Slips {
		f.Slips = append(f.Slips, Slip{s.Line, s.Problem, s.Weight == jabber.Ignored})
	}
	return f, nil
}
