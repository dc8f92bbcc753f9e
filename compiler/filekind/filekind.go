// Package filekind says what kind of file a name is. Names are all it looks at:
// what a file holds is for whoever reads it.
package filekind

import (
	"path"
	"strings"
)

// Kind is what a file is by the ending of its name.
type Kind uint8

// The kinds. Endings count in any case of letters.
const (
	Other    Kind = iota
	YAML          // .yaml, .yml
	CUE           // .cue
	JSON          // .json
	CSV           // .csv
	XML           // .xml
	Text          // .txt, .tsv: what people save by mistake, or to look at
	Workbook      // .xlsx, .xls, .ods: what a spreadsheet program writes
	Zip           // .zip
)

var kinds = map[string]Kind{
	".yaml": YAML, ".yml": YAML, ".cue": CUE, ".json": JSON, ".csv": CSV, ".xml": XML,
	".txt": Text, ".tsv": Text, ".xlsx": Workbook, ".xls": Workbook, ".ods": Workbook, ".zip": Zip,
}

// Of returns the kind of a file by its name, which may be a path.
func Of(name string) Kind {
	ext := path.Ext(name)
	if k, ok := kinds[ext]; ok { // most names are in small letters already
		return k
	}
	return kinds[strings.ToLower(ext)]
}

// IsPolicy reports whether files of the kind hold policies, in a folder of them.
func (k Kind) IsPolicy() bool { return k == YAML || k == CUE }
