package plan

// Drift is how a target differs from what was applied to it last: what somebody
// did to its files by hand. Such changes are changes of nobody's settings; what
// a plan says of users starts from what was applied.
type Drift struct {
	Checked bool          `json:"checked"` // false: nobody looked, and the rest says nothing
	Changed int           `json:"changed"` // files, as are all that are counted here
	Missing int           `json:"missing"`
	Extra   int           `json:"extra"` // which callpolicy did not write; apply refuses while they are there
	Files   []DriftedFile `json:"files"` // the first few of each, by path
}

// DriftedFile is a file of a target that is not as it was applied.
type DriftedFile struct {
	Path string  `json:"path"` // below the target; it ends in a slash where some file of a bundle was changed
	How  DriftOf `json:"how"`
}

// DriftOf says what became of a file.
type DriftOf string

// What becomes of files.
const (
	FileChanged DriftOf = "changed"
	FileMissing DriftOf = "missing"
	FileExtra   DriftOf = "extra"
)

// driftShown is how many files of each sort a plan names.
const driftShown = 5

// DriftFrom makes what a plan says of drift of the files that are not as they
// were applied, each list sorted. Of the extra ones, not all need be named.
func DriftFrom(changed, missing, extra []string, extraCount int) *Drift {
	d := &Drift{Checked: true, Changed: len(changed), Missing: len(missing), Extra: extraCount, Files: []DriftedFile{}}
	add := func(how DriftOf, paths []string) {
		for _, p := range paths[:min(len(paths), driftShown)] {
			d.Files = append(d.Files, DriftedFile{p, how})
		}
	}
	add(FileChanged, changed)
	add(FileMissing, missing)
	add(FileExtra, extra)
	return d
}

// NotChecked is what a plan says of a target that nobody looked at.
func NotChecked() *Drift { return &Drift{Files: []DriftedFile{}} }

// Any reports whether a target is known to differ; no drift at all is none.
func (d *Drift) Any() bool { return d != nil && d.Changed+d.Missing+d.Extra > 0 }

// Mended is how many files an apply puts right.
func (d *Drift) Mended() int {
	if d == nil {
		return 0
	}
	return d.Changed + d.Missing
}
