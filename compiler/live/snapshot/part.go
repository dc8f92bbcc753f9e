package snapshot

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"callpolicy/compiler/bounded"
)

// part is a pull that is under way: what was read so far, in a folder beside the
// snapshot, so that a pull which was cut off goes on where it was.
type part struct {
	dir    string
	began  time.Time
	people *os.File // lines of people, and after each page a line with the link to the next
	next   string   // the link to the next page
	all    bool     // every page was read

	mu       sync.Mutex
	behavior *os.File // lines of behaviors, in the order in which they came
	done     map[string]bool
}

// The files of a part.
const (
	partFolder   = ".pull"
	partState    = "state.json"
	partPeople   = "people.part"
	partBehavior = "behavior.part"
)

// started says which pull a part belongs to.
type started struct {
	FormatVersion string    `json:"formatVersion"`
	Organization  string    `json:"organization"`
	BaseURL       string    `json:"baseURL"`
	Began         time.Time `json:"began"`
}

// fresh is how old a part may be and still be gone on with. What was read first
// would otherwise be of another day than what is read last.
const fresh = 12 * time.Hour

// pageEnd follows the people of a page.
type pageEnd struct {
	Next *string `json:"next,omitempty"`
}

// behaviorLine is what was read of one person.
type behaviorLine struct {
	ID      string  `json:"id"`
	Calling Calling `json:"calling"`
}

// openPart goes on with the part in a folder, or begins one.
func openPart(out string, want started) (p *part, resumed bool, err error) {
	p = &part{dir: filepath.Join(out, partFolder), began: want.Began, done: map[string]bool{}}
	var have started
	data, err := bounded.File(filepath.Join(p.dir, partState), mostManifest)
	if err == nil {
		err = json.Unmarshal(data, &have)
	}
	resumed = err == nil && have.FormatVersion == want.FormatVersion && have.Organization == want.Organization && have.BaseURL == want.BaseURL &&
		want.Began.Sub(have.Began) < fresh && !have.Began.After(want.Began)
	if resumed {
		p.began = have.Began
	} else if err := p.begin(want); err != nil {
		return nil, false, err
	}
	if p.people, err = openAt(filepath.Join(p.dir, partPeople), p.pages); err != nil {
		return nil, false, err
	}
	if p.behavior, err = openAt(filepath.Join(p.dir, partBehavior), p.behaviors); err != nil {
		return nil, false, errors.Join(err, p.people.Close())
	}
	return p, resumed, nil
}

// begin makes an empty part.
func (p *part) begin(want started) error {
	if err := os.RemoveAll(p.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(p.dir, folder); err != nil {
		return err
	}
	return replace(filepath.Join(p.dir, partState), want)
}

// openAt opens a file to write on after what is whole in it. The function is
// given the lines, and returns whether what was read up to there is whole.
func openAt(name string, whole func(line []byte) bool) (*os.File, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, private)
	if err != nil {
		return nil, err
	}
	var at, good int64
	reader := bufio.NewReader(file)
	for {
		line, err := reader.ReadBytes('\n')
		if err != nil { // a line that is cut off is read anew
			if !errors.Is(err, io.EOF) {
				return nil, errors.Join(err, file.Close())
			}
			break
		}
		at += int64(len(line))
		if whole(bytes.TrimSpace(line)) {
			good = at
		}
	}
	if err := file.Truncate(good); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if _, err := file.Seek(good, io.SeekStart); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// pages reads a line of people. A page is whole once its end is there.
func (p *part) pages(line []byte) bool {
	var end pageEnd
	if json.Unmarshal(line, &end) != nil || end.Next == nil {
		return false
	}
	p.next, p.all = *end.Next, *end.Next == ""
	return true
}

// behaviors reads a line of a behavior.
func (p *part) behaviors(line []byte) bool {
	var one behaviorLine
	if json.Unmarshal(line, &one) != nil || one.ID == "" {
		return false
	}
	p.done[one.ID] = true
	return true
}

// addPage keeps a page of people.
func (p *part) addPage(people []Person, next string) error {
	var b bytes.Buffer
	for i := range people {
		line, err := canonical(people[i])
		if err != nil {
			return err
		}
		b.Write(line)
	}
	end, err := canonical(pageEnd{&next})
	if err != nil {
		return err
	}
	b.Write(end)
	_, err = p.people.Write(b.Bytes())
	p.next, p.all = next, next == ""
	return err
}

// addBehavior keeps what was read of one person.
func (p *part) addBehavior(id string, c Calling) error {
	line, err := canonical(behaviorLine{id, c})
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done[id] = true
	_, err = p.behavior.Write(line)
	return err
}

// has reports whether somebody's behavior was read.
func (p *part) has(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done[id]
}

// close closes the files. What they hold stays for the next run.
func (p *part) close() error { return errors.Join(p.people.Close(), p.behavior.Close()) }

// remove removes the part once the snapshot is made.
func (p *part) remove() error {
	err := os.RemoveAll(p.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
