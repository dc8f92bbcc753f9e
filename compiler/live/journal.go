package live

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"callpolicy/compiler/bounded"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/live/webex"
)

// Journal is the record of one push, as JSON Lines: first what it is and all that
// it means to do, then for each change a line before the request, the intent, and
// one after it, the outcome. Each is on disk before anything else happens, so
// that whatever kills the program, the next run knows where to look.
type Journal struct {
	Header
	Changes []Entry // in the order in which they are done
	Skipped []Skip
	Ends    []End // how each run came to its end; one that was killed has none

	Name string
	file *os.File
}

// Header says what a journal is about.
type Header struct {
	FormatVersion string    `json:"formatVersion"`
	Journal       string    `json:"journal"` // push or undo
	Organization  string    `json:"organization"`
	Began         time.Time `json:"began"`
	Plan          string    `json:"plan"`               // the digest of the plan
	Revision      string    `json:"revision,omitempty"` // of the policies
	Base          string    `json:"base,omitempty"`
	Snapshot      string    `json:"snapshot,omitempty"`
	Ticket        string    `json:"ticket,omitempty"`
	By            string    `json:"by,omitempty"` // who pushed
	Undoes        string    `json:"undoes,omitempty"`

	Profiles map[string]string `json:"profiles,omitempty"` // names of UC Manager profiles, by id
}

// JournalSuffix is how the names of journals end.
const JournalSuffix = ".journal.jsonl"

// The kinds of journals.
const (
	PushJournal = "push"
	UndoJournal = "undo"
)

// Entry is a change, and what became of it.
type Entry struct {
	N int `json:"n"`
	Change

	Intent  *Intent  `json:"-"` // the last one; nil: not begun
	Outcome *Outcome `json:"-"` // nil: not known
}

// Intent is written before a request that changes something.
type Intent struct {
	N     int             `json:"n"`
	At    time.Time       `json:"at"`
	Found *webex.Behavior `json:"found,omitempty"` // what Webex held just before
}

// Outcome is written once it is known what became of a change.
type Outcome struct {
	N       int             `json:"n"`
	At      time.Time       `json:"at"`
	Result  Result          `json:"result"`
	Found   *webex.Behavior `json:"found,omitempty"` // what Webex holds now
	Message string          `json:"message,omitempty"`
}

// Result is what became of a change.
type Result string

// The results.
const (
	Done        Result = "done"        // written, and read back
	Equal       Result = "equal"       // it was so already, and nothing was written
	Moved       Result = "moved"       // somebody changed it since the plan, and it was left alone
	Failed      Result = "failed"      // it was not written
	Unconfirmed Result = "unconfirmed" // it was written, and something else was read back
)

// End is how a run came to its end.
type End struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// line is one line of a journal: exactly one of its fields is there.
type line struct {
	Header  *Header  `json:"header,omitempty"`
	Planned *Entry   `json:"planned,omitempty"`
	Skipped *Skip    `json:"skipped,omitempty"`
	Ready   *int     `json:"ready,omitempty"` // all that is planned was written: so many changes
	Intent  *Intent  `json:"intent,omitempty"`
	Outcome *Outcome `json:"outcome,omitempty"`
	End     *End     `json:"end,omitempty"`
}

// NewJournal begins the journal of a plan. The file must be new.
func NewJournal(name string, h Header, changes []Change, skipped []Skip) (*Journal, error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	h.FormatVersion = FormatVersion
	j := &Journal{Header: h, Skipped: skipped, Name: name, file: file}
	var b bytes.Buffer
	put := func(l line) {
		if err == nil {
			err = encode(&b, l)
		}
	}
	put(line{Header: &h})
	for i, c := range changes {
		entry := Entry{N: i + 1, Change: c}
		j.Changes = append(j.Changes, entry)
		put(line{Planned: &entry})
	}
	for i := range skipped {
		put(line{Skipped: &skipped[i]})
	}
	all := len(changes)
	put(line{Ready: &all})
	if err == nil {
		err = j.write(b.Bytes())
	}
	if err == nil {
		err = syncFolder(filepath.Dir(name))
	}
	if err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(name))
	}
	return j, nil
}

func encode(w io.Writer, l line) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(l)
}

// write makes sure that the bytes are on disk.
func (j *Journal) write(data []byte) error {
	if _, err := j.file.Write(data); err != nil {
		return err
	}
	return j.file.Sync()
}

func (j *Journal) add(l line) error {
	var b bytes.Buffer
	if err := encode(&b, l); err != nil {
		return err
	}
	return j.write(b.Bytes())
}

// syncFolder makes sure that a new file is still there after a loss of power,
// where the system can.
func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = folder.Sync() // some systems cannot, and lose nothing by it
	return folder.Close()
}

// Close closes the file.
func (j *Journal) Close() error {
	if j.file == nil {
		return nil
	}
	return j.file.Close()
}

// ErrEmpty is the kind of failure where a journal has no beginning: the program
// was killed before it had written down what it meant to do, and so did nothing.
var ErrEmpty = errors.New("the journal has no beginning")

// ReadJournal reads a journal. A last line that is cut off is left out: nothing
// was done after it.
func ReadJournal(name string) (*Journal, error) {
	j, _, err := readJournal(name)
	return j, err
}

// ContinueJournal opens a journal to write on.
func ContinueJournal(name string) (*Journal, error) {
	j, good, err := readJournal(name)
	if err != nil {
		return nil, err
	}
	if j.file, err = os.OpenFile(name, os.O_RDWR, 0o600); err != nil {
		return nil, err
	}
	err = j.file.Truncate(good)
	if err == nil {
		_, err = j.file.Seek(good, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, j.file.Close())
	}
	return j, nil
}

// mostJournal is how large a journal may be: a push to half a million
// people writes less.
const mostJournal = 256 << 20

func readJournal(name string) (j *Journal, good int64, err error) {
	whole, err := bounded.File(name, mostJournal)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, &failure.Error{Problem: "there is no journal " + filepath.Base(name), Hint: "name the file that live push wrote", Cause: err}
	}
	if err != nil {
		return nil, 0, err
	}
	j = &Journal{Name: name, Skipped: []Skip{}}
	ready := false
	reader := bytes.NewBuffer(whole)
	for n := 1; ; n++ {
		data, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, 0, err
		}
		var l line
		if err := json.Unmarshal(data, &l); err != nil || !j.take(l, &ready) {
			return nil, 0, &failure.Error{Problem: fmt.Sprintf("%s is no journal of a push: line %d is none of its lines", filepath.Base(name), n), Hint: "name the file that live push wrote", Cause: err}
		}
		good += int64(len(data))
	}
	if !ready {
		return nil, 0, &failure.Error{Kind: ErrEmpty, Problem: filepath.Base(name) + " holds no whole beginning of a journal, so nothing was changed under it", Hint: "remove it, and push again"}
	}
	return j, good, nil
}

// take reads one line. It reports whether it fits in its place.
func (j *Journal) take(l line, ready *bool) bool {
	begun := j.FormatVersion != ""
	entry := func(n int) *Entry {
		if n < 1 || n > len(j.Changes) {
			return nil
		}
		return &j.Changes[n-1]
	}
	switch {
	case l.Header != nil:
		j.Header = *l.Header
		return !begun && l.Header.FormatVersion == FormatVersion
	case !begun:
		return false
	case l.Planned != nil:
		j.Changes = append(j.Changes, *l.Planned)
		return !*ready && l.Planned.N == len(j.Changes)
	case l.Skipped != nil:
		j.Skipped = append(j.Skipped, *l.Skipped)
		return !*ready
	case l.Ready != nil:
		*ready = *l.Ready == len(j.Changes)
		return *ready
	case !*ready:
		return false
	case l.Intent != nil:
		e := entry(l.Intent.N)
		if e != nil {
			e.Intent = l.Intent
		}
		return e != nil
	case l.Outcome != nil:
		e := entry(l.Outcome.N)
		if e != nil {
			e.Outcome = l.Outcome
		}
		return e != nil
	case l.End != nil:
		j.Ends = append(j.Ends, *l.End)
		return true
	}
	return false
}

// Left counts the changes of which it is not known what became.
func (j *Journal) Left() (n int) {
	for i := range j.Changes {
		if j.Changes[i].Outcome == nil {
			n++
		}
	}
	return n
}

// Count returns how many changes had each result.
func (j *Journal) Count() map[Result]int {
	counts := map[Result]int{}
	for i := range j.Changes {
		if o := j.Changes[i].Outcome; o != nil {
			counts[o.Result]++
		}
	}
	return counts
}

// Held returns what people have by the journal, by address: those alone whom it
// shows to have it.
func (j *Journal) Held() map[string]webex.Behavior {
	held := map[string]webex.Behavior{}
	for i := range j.Changes {
		if e := &j.Changes[i]; e.After != nil && e.Outcome != nil && (e.Outcome.Result == Done || e.Outcome.Result == Equal) {
			held[e.User] = *e.After
		}
	}
	return held
}

// history is what journals say of one person, by the last that speaks of them.
type history struct {
	done   bool           // we gave them a value, or found that they had it
	set    bool           // a value that is still meant to be theirs is ours
	last   webex.Behavior // what they were given
	before webex.Behavior // what they had until then
	at     time.Time
	known  bool           // the base is known
	held   webex.Behavior // the base, where nothing was done
}

// base is what the person had when the policies and Webex were last brought together.
func (h *history) base() (webex.Behavior, bool) {
	if h.done {
		return h.last, true
	}
	return h.held, h.known
}

// historyOf gathers what journals, oldest first, say of each person, by id or,
// for those who were left alone, by address.
func historyOf(journals []*Journal) map[string]*history {
	all := map[string]*history{}
	for _, j := range journals {
		for _, s := range j.Skipped {
			if s.Base != nil {
				all[s.User] = &history{known: true, held: *s.Base}
			}
		}
		for i := range j.Changes {
			e := &j.Changes[i]
			if e.After == nil {
				continue // licenses have no base
			}
			h := all[e.ID]
			if h == nil {
				h = &history{}
				all[e.ID] = h
			}
			h.read(e, j.Header.Journal)
		}
	}
	return all
}

func (h *history) read(e *Entry, kind string) {
	switch {
	case e.Outcome != nil && (e.Outcome.Result == Done || e.Outcome.Result == Equal || e.Outcome.Result == Unconfirmed):
		h.done, h.last, h.before, h.at = true, *e.After, *e.Before, e.Outcome.At
		switch { // what an undo gives back is theirs
		case kind == UndoJournal || e.After.IsZero():
			h.set = false
		case e.Outcome.Result != Equal:
			h.set = true
		}
	case !h.done && e.Why != TakenBack:
		h.known, h.held = true, *e.Before
	}
}
