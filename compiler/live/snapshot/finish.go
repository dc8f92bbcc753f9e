package snapshot

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// spot is where somebody's line is. It is all that is in memory of a person.
type spot struct {
	user, id   string
	at, length int64 // in people.part
	calling    int64 // in behavior.part; -1: not there
	size       int64
}

// finish sorts what was read, counts, and writes the snapshot.
func (p *puller) finish() error {
	spots, err := p.spots()
	if err != nil {
		return err
	}
	users := make(map[string]string, len(spots)) // by id
	for _, s := range spots {
		users[s.id] = s.user
	}
	holders := map[string]int{}
	if err := p.writePeople(spots, holders); err != nil {
		return err
	}
	for i := range p.licenses {
		l := &p.licenses[i]
		l.Holders = holders[l.Key]
		if l.ByUsers != nil && l.Holders < *l.ByUsers {
			p.manifest.Incomplete = append(p.manifest.Incomplete, fmt.Sprintf("%s is held by %d people, and Webex counts %d", l.Key, l.Holders, *l.ByUsers))
		}
	}
	groups := make([]Group, len(p.groups))
	for i, g := range p.groups {
		groups[i] = Group{Name: g.DisplayName, ID: g.ID, Members: []string{}, Unknown: p.unread[g.ID]}
		for _, m := range g.Members {
			if user, ok := users[m.ID]; ok {
				groups[i].Members = append(groups[i].Members, user)
			} else {
				groups[i].Others++
			}
		}
		slices.Sort(groups[i].Members)
		groups[i].Members = slices.Compact(groups[i].Members)
	}
	p.manifest.People = len(spots)
	p.fewer(len(spots))
	if err := errors.Join(writeAll(p, LicensesFile, p.licenses), writeAll(p, GroupsFile, groups), writeAll(p, ProfilesFile, p.profiles)); err != nil {
		return err
	}
	return p.publish()
}

// spots finds everybody's lines, sorted by address. Of two lines about one person
// the later counts: somebody moved between pages.
func (p *puller) spots() ([]spot, error) {
	byID := map[string]int{}
	var spots []spot
	err := scan(p.part.people.Name(), func(at int64, line []byte) error {
		var one Person
		if err := json.Unmarshal(line, &one); err != nil {
			return err
		}
		switch i, twice := byID[one.ID]; {
		case one.ID == "": // the end of a page
		case one.User == "":
			p.manifest.Others++
		case twice:
			spots[i].user, spots[i].at, spots[i].length = one.User, at, int64(len(line))
		default:
			byID[one.ID] = len(spots)
			spots = append(spots, spot{user: one.User, id: one.ID, at: at, length: int64(len(line)), calling: -1})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = scan(p.part.behavior.Name(), func(at int64, line []byte) error {
		var one behaviorLine
		if err := json.Unmarshal(line, &one); err != nil {
			return err
		}
		if i, ok := byID[one.ID]; ok {
			spots[i].calling, spots[i].size = at, int64(len(line))
		}
		return nil
	})
	slices.SortFunc(spots, func(a, b spot) int { return cmp.Or(strings.Compare(a.user, b.user), strings.Compare(a.id, b.id)) })
	return spots, err
}

// scan reads the lines of a part with their places.
func scan(name string, line func(at int64, line []byte) error) error {
	var at int64
	for raw, err := range each[json.RawMessage](name) {
		if err != nil {
			return err
		}
		if err := line(at, raw); err != nil {
			return err
		}
		at += int64(len(raw)) + 1 // lines are written without blanks around them
	}
	return nil
}

// writePeople writes everybody's line, and counts who holds which license.
func (p *puller) writePeople(spots []spot, holders map[string]int) (err error) {
	people, err := os.Open(p.part.people.Name())
	if err != nil {
		return err
	}
	defer people.Close() //nolint:errcheck // it is only read
	behavior, err := os.Open(p.part.behavior.Name())
	if err != nil {
		return err
	}
	defer behavior.Close() //nolint:errcheck // it is only read
	out, err := create(filepath.Join(p.part.dir, PeopleFile))
	if err != nil {
		return err
	}
	reasons := map[string]int{}
	for _, s := range spots {
		var one Person
		var calling behaviorLine
		if err := readAt(people, s.at, s.length, &one); err != nil {
			return errors.Join(err, out.file.Close())
		}
		calling.Calling.Unknown = "it was not read"
		if s.calling >= 0 {
			calling = behaviorLine{}
			if err := readAt(behavior, s.calling, s.size, &calling); err != nil {
				return errors.Join(err, out.file.Close())
			}
		}
		one.Calling = calling.Calling
		if one.Calling.Unknown != "" {
			reasons[one.Calling.Unknown]++
		}
		for _, key := range one.Licenses {
			holders[key]++
		}
		out.add(one)
	}
	for reason, n := range reasons {
		p.manifest.Unread = append(p.manifest.Unread, Unread{"callingBehavior", reason, n})
	}
	slices.SortFunc(p.manifest.Unread, func(a, b Unread) int {
		return cmp.Or(strings.Compare(a.What, b.What), strings.Compare(a.Reason, b.Reason))
	})
	p.manifest.Files[PeopleFile], err = out.close()
	return err
}

func readAt(file *os.File, at, length int64, into any) error {
	data := make([]byte, length)
	if _, err := file.ReadAt(data, at); err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

func writeAll[T any](p *puller, name string, all []T) error {
	out, err := create(filepath.Join(p.part.dir, name))
	if err != nil {
		return err
	}
	for _, one := range all {
		out.add(one)
	}
	p.manifest.Files[name], err = out.close()
	return err
}

// publish puts the finished snapshot in its place.
func (p *puller) publish() error {
	if err := replace(filepath.Join(p.part.dir, ManifestFile), p.manifest); err != nil {
		return err
	}
	return publish(p.part.dir, p.Out, []string{PeopleFile, LicensesFile, GroupsFile, ProfilesFile, ManifestFile})
}
