// Package jabber knows jabber-config.xml, the file that Cisco Jabber and the
// Webex App of Unified CM users read: its sections and parameters, how ours are
// merged into one that an organization already has, and the rows in which
// Unified CM takes the same.
//
// What a policy means for a parameter is decided in package bundle; nothing here
// knows of users or levels.
package jabber

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"strings"
)

// Parameter is one setting of a configuration.
type Parameter struct{ Section, Name, Value string }

// header is the declaration that Cisco's guides show.
const header = `<?xml version="1.0" encoding="utf-8"?>` + "\n"

// Fragment returns a configuration of nothing but these parameters, which are
// sorted by section. Without parameters there is none.
func Fragment(parameters []Parameter) []byte {
	if len(parameters) == 0 {
		return nil
	}
	root := configXML{Version: "1.0"}
	for _, p := range parameters {
		if last := len(root.Sections) - 1; last < 0 || root.Sections[last].XMLName.Local != p.Section {
			root.Sections = append(root.Sections, sectionXML{XMLName: xml.Name{Local: p.Section}})
		}
		section := &root.Sections[len(root.Sections)-1]
		section.Parameters = append(section.Parameters, parameterXML{xml.Name{Local: p.Name}, p.Value})
	}
	data, err := xml.MarshalIndent(root, "", "  ")
	if err != nil { // only names of our own table come here, and they always encode
		panic(fmt.Sprintf("jabber: a configuration cannot be written: %v", err))
	}
	return append(append([]byte(header), data...), '\n')
}

// Parameters reads a configuration that [Fragment] wrote.
func Parameters(fragment []byte) ([]Parameter, error) {
	if fragment == nil {
		return nil, nil
	}
	var root configXML
	if err := xml.Unmarshal(fragment, &root); err != nil {
		return nil, err
	}
	var out []Parameter
	for _, s := range root.Sections {
		for _, p := range s.Parameters {
			out = append(out, Parameter{s.XMLName.Local, p.XMLName.Local, p.Value})
		}
	}
	return out, nil
}

// ServiceProfile returns the rows of a UC Service of type "Jabber Client
// Configuration (jabber-config.xml)", as CSV for a spreadsheet. A cell that a
// spreadsheet would take for a formula gets an apostrophe in front.
func ServiceProfile(parameters []Parameter) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"Section", "Parameter", "Value"}}
	for _, p := range parameters {
		rows = append(rows, []string{cell(p.Section), cell(p.Name), cell(p.Value)})
	}
	if err := w.WriteAll(rows); err != nil { // a buffer takes everything
		panic(fmt.Sprintf("jabber: rows cannot be written: %v", err))
	}
	return b.Bytes()
}

// cell keeps a spreadsheet from running what a cell holds.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

type configXML struct {
	XMLName  xml.Name     `xml:"config"`
	Version  string       `xml:"version,attr"`
	Sections []sectionXML `xml:",any"`
}

type sectionXML struct {
	XMLName    xml.Name
	Parameters []parameterXML `xml:",any"`
}

type parameterXML struct {
	XMLName xml.Name
	Value   string `xml:",chardata"`
}
