package load

import (
	"bytes"
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/edit"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/identity"
)

// stillHere finds out which of the entries that no row has are about somebody
// whose address is about to change: the entry has the new address already, the
// directory still the old one. It returns the others.
func (j *joiner) stillHere(left []config.User) []config.User {
	return slices.DeleteFunc(left, func(entry config.User) bool {
		for _, old := range entry.Previously {
			i, ok := j.User(old)
			if !ok || j.Users[i].At != j.Users[i].Row {
				continue // nobody, or somebody with an entry of their own
			}
			k, _ := slices.BinarySearchFunc(j.rows, identity.Address(old), func(r row, key string) int { return strings.Compare(r.Key, key) })
			if j.WrittenAs == nil {
				j.WrittenAs = map[string]string{}
			}
			j.WrittenAs[j.Users[i].Key] = entry.Address
			j.moveIn(i, j.rows[k], entry)
			return true
		}
		return false
	})
}

// moveIn gives a user without an entry the one under the address to come.
func (j *joiner) moveIn(i int, r row, entry config.User) {
	u := &j.Users[i]
	have := j.blockOf(r, entry.Block)
	j.contradictions(r, &entry, have)
	u.Block, u.At = have.block, entry.At
}

// movedTo returns the user who had an address before.
func (l *linker) movedTo(address string) (int, bool) {
	if l.formerly == nil {
		l.formerly = map[string]int{}
		for i := range l.Users {
			for _, old := range l.Users[i].Previously {
				l.formerly[identity.Address(old)] = i
			}
		}
	}
	i, ok := l.formerly[identity.Address(address)]
	return i, ok
}

// left reports entries of people whom the roster does not list.
func (l *linker) left(entries []config.User) {
	for i := range entries {
		e := &entries[i]
		at := l.rangeAt(e.At, "users", e.Address)
		if now, ok := l.movedTo(e.Address); ok {
			u := &l.Users[now]
			l.diags.Add(diag.New(diag.RefDuplicateDefinition, at, "%s is an earlier address of %s, who has an entry", e.Address, u.Address).
				At(config.Path{"users", e.Address}.String()).
				Because("Each entry is defined in exactly one place, so that one look shows all of it.").
				Try("Move what is here to the other entry, and delete this one.").
				See(l.rangeAt(u.At, "users", u.Address), "the other entry"))
			continue
		}
		d := diag.New(diag.RosterLeft, at, "%s is not in the roster", e.Address).
			At(config.Path{"users", e.Address}.String()).
			Because("The roster says who exists. The entry is not compiled.")
		d.About = "users\x00" + e.Key + "\x00" + at.Text
		if near := l.nearestUser(e.Address); near != "" {
			d.Try("Remove the entry. Or did you mean %s?", near)
		} else {
			d.Try("Remove the entry. If the person has a new address, write the entry under it, with previously: [%s]. If it is no person of the directory, give the entry licenses.", e.Address)
		}
		if lines := l.source(e.At.File); lines != nil {
			if edit, ok := edit.WithoutEntry(at, lines); ok {
				d.Mend("Remove the entry", edit)
				end := edit.End.Line
				if edit.End.Column == 1 {
					end--
				}
				d.About = "users\x00" + e.Key + "\x00" + string(bytes.TrimSpace(bytes.Join(lines[at.Start.Line-1:end], nil)))
			}
		}
		l.diags.Add(d)
	}
}

// leftGroup reports a member of a group whom the roster does not list.
func (l *linker) leftGroup(m member, index string) {
	at := l.Range("groups", m.group, "members", index)
	d := diag.New(diag.RosterLeft, at, "%s is not in the roster", m.address).
		At(config.Path{"groups", m.group, "members", index}.String()).
		Because("The roster says who exists. The group does without this member.")
	d.About = "groups\x00" + m.group + "\x00" + identity.Address(m.address)
	if near := l.nearestUser(m.address); near != "" {
		d.Try("Remove the address. Or did you mean %s?", near)
	} else {
		d.Try("Remove the address.")
	}
	if g, ok := l.Group(m.group); ok {
		if lines := l.source(l.Groups[g].At.File); lines != nil {
			if edit, ok := edit.WithoutItem(at, lines); ok {
				d.Mend("Remove the address", edit)
			}
		}
	}
	l.diags.Add(d)
}

// source returns the lines of a YAML document's file; nil for others. The last
// one is kept, as entries come file by file.
func (l *linker) source(doc int32) [][]byte {
	d := &l.Sources.Docs[doc]
	if d.Tree != nil || d.Roster != nil {
		return nil
	}
	if l.lastFile != d.File {
		l.lastFile, l.lastLines = d.File, edit.LinesOf(l.Sources.Data(d.File))
	}
	return l.lastLines
}
