package explain

// Commit is who last touched a line.
type Commit struct {
	ID          string `json:"commit,omitempty"` // full
	Date        string `json:"date,omitempty"`   // the author's, 2026-11-20 in UTC
	Author      string `json:"author,omitempty"`
	Uncommitted bool   `json:"uncommitted,omitempty"` // nobody has committed it yet; the rest is empty
	Oldest      bool   `json:"oldest,omitempty"`      // the history that is here ends at this commit: an older one may be meant
}

// Blame fills in who last touched every line that the ladders point at. lines
// returns who touched each line of a file, whose name is relative to the
// project folder; it is asked once for each file.
func (e *Explanation) Blame(lines func(file string) ([]Commit, error)) error {
	known := map[string][]Commit{}
	touch := func(at *Place) error {
		if at == nil {
			return nil
		}
		have, ok := known[at.File]
		if !ok {
			var err error
			if have, err = lines(at.File); err != nil {
				return err
			}
			known[at.File] = have
		}
		if at.Line <= len(have) { // else the file has changed since it was read
			at.Touched = &have[at.Line-1]
		}
		return nil
	}
	for _, s := range e.Settings {
		for _, l := range s.Ladders {
			for _, r := range l.Rungs {
				if err := touch(r.At); err != nil {
					return err
				}
				if r.Lock == nil {
					continue
				}
				if err := touch(r.Lock.At); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
