package target

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"callpolicy/compiler/bounded"
	"callpolicy/compiler/failure"
)

// journal is what the file of that name in the work folder says: for whom and
// for what a run works there. A work folder can come from anywhere, as part of
// a clone or of an archive, and what lies in it is moved and removed. So it is
// acted upon only where the journal names this target, this user, and this very
// folder of this machine, which nobody elsewhere can know.
type journal struct {
	Target string `json:"target"` // the absolute path of the target
	User   string `json:"user"`   // who runs, as the system tells users apart
	Folder string `json:"folder"` // the identity of the work folder on this machine
	Run    string `json:"run"`    // tells this run from any other

	// From and To are the digests of the manifests of what the target held and
	// of what it is to hold. They are there before any tree changes its place;
	// empty where there is no manifest.
	From string `json:"from"`
	To   string `json:"to"`
}

// journalMost is more than a journal can be long.
const journalMost = 64 << 10 // bytes

// newJournal makes the journal for a run in the work folder, which exists.
func (f *Folder) newJournal() (journal, error) {
	id, err := folderID(f.work)
	if err != nil {
		return journal{}, err
	}
	user, err := currentUser()
	return journal{Target: f.dir, User: user, Folder: id, Run: rand.Text()}, err
}

// writeJournal puts the journal in its place, in one step.
func (f *Folder) writeJournal(j journal) error {
	text, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		return err
	}
	draft := f.inWork(journalDraft)
	return f.step("journal", draft, func() error {
		if err := os.Remove(draft); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := write(draft, append(text, '\n')); err != nil {
			return errors.Join(err, os.Remove(draft))
		}
		return os.Rename(draft, f.inWork(journalName))
	})
}

// readJournal reads the journal of the work folder. It is nil where there is
// none that proves the folder to be of a run of this user for this target.
func (f *Folder) readJournal() (*journal, error) {
	text, err := bounded.File(f.inWork(journalName), journalMost)
	_, large := errors.AsType[*bounded.TooLargeError](err)
	_, special := errors.AsType[*bounded.SpecialError](err)
	switch {
	case large || special || errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	}
	var j journal
	if json.Unmarshal(text, &j) != nil {
		return nil, nil // whose it is, nobody can tell
	}
	mine, err := f.newJournal()
	if err != nil || j.Target != mine.Target || j.User != mine.User || j.Folder != mine.Folder || j.Run == "" {
		return nil, err
	}
	return &j, nil
}

// trees are the names of the trees in transit.
var trees = []string{buildName, readyName, oldName, trashName}

// proven reads the journal of the work folder and refuses the folder where
// something lies in it that the journal does not prove to be callpolicy's own.
func (f *Folder) proven() (*journal, error) {
	j, err := f.readJournal()
	if j != nil || err != nil {
		return j, err
	}
	entries, err := os.ReadDir(f.work)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if slices.Contains(trees, e.Name()) {
			return nil, &failure.Error{
				Problem: display(f.work) + " looks like what a killed run left behind, and nothing proves that it is: it may have come with a clone, a copy or an archive",
				Hint:    "nothing was changed; look at what it holds, move away what you need, and remove the folder",
			}
		}
	}
	return nil, nil
}

// Leftover is what a run that was killed left beside a target.
type Leftover struct {
	Work string   // the absolute path of the folder that holds it
	Does []string // what Recover will do, each a clause in the imperative
}

// Leftover looks whether a killed run left something, and says what [Folder.Recover] would do. It is nil where there is
// nothing; it changes nothing. The error is a [LockedError] where that run is
// not dead but at work, and an [Error] where what is there is not proven to be
// callpolicy's own.
func (f *Folder) Leftover() (*Leftover, error) {
	there, err := f.interrupted()
	if err != nil || !there {
		return nil, explain(f.dir, err)
	}
	if err := f.recognize(); err != nil {
		return nil, explain(f.dir, ignoreGone(err))
	}
	if err := f.idle(); err != nil {
		return nil, err
	}
	if _, err := f.proven(); err != nil {
		return nil, explain(f.dir, ignoreGone(err))
	}
	var is [4]bool
	for i, name := range trees {
		if is[i], err = exists(f.inWork(name)); err != nil {
			return nil, explain(f.dir, err)
		}
	}
	target, err := exists(f.dir)
	if err != nil {
		return nil, explain(f.dir, err)
	}
	left := &Leftover{Work: f.work}
	build, ready, old, trash := is[0], is[1], is[2], is[3]
	say := func(does string) { left.Does = append(left.Does, does) }
	if build || trash {
		say("remove what it had not finished, or not finished removing")
	}
	switch {
	case old && ready && target:
		say("stop, since somebody made " + display(f.dir) + " anew meanwhile")
	case old && ready:
		say("put the new content in its place, and remove the content from before")
	case old && !target:
		say("put the content from before back in its place")
	case old:
		say("remove the content from before")
	case ready && target:
		say("remove the content that is not in use, or, where somebody has put a file of their own into it, put it back in its place")
	case ready:
		say("remove the new content, which was not put in its place")
	}
	if len(left.Does) == 0 {
		say("remove the empty folder " + display(filepath.Base(f.work)))
	}
	return left, nil
}

// idle returns a LockedError where a run holds the lock.
func (f *Folder) idle() error {
	file, err := os.OpenFile(f.inWork(lockName), os.O_RDWR, 0)
	if err != nil {
		return ignoreGone(err)
	}
	defer file.Close() // it was only read from; this gives the lock back
	if err := f.sys.lock(file); errors.Is(err, errLocked) {
		return &LockedError{Dir: f.dir, Holder: readHolder(file)}
	}
	return nil
}
