package config

import (
	"bytes"
	"slices"
	"strings"

	"callpolicy/compiler/diag"
)

// stillHere finds out which of the entries that no row has are about somebody
// whose address is about to change: the entry has the new address already, the
// directory still the old one. It returns the others.
func (j *joiner) stillHere(left []User) []User {
	return slices.DeleteFunc(left, func(entry User) bool {
		for _, old := range entry.Previously {
			i, ok := j.User(old)
			if !ok || j.Users[i].At != j.Users[i].Row {
				continue // nobody, or somebody with an entry of their own
			}
			k, _ := slices.BinarySearchFunc(j.rows, strings.ToLower(old), func(r row, key string) int { return strings.Compare(r.Key, key) })
			if j.writtenAs == nil {
				j.writtenAs = map[string]string{}
			}
			j.writtenAs[j.Users[i].Key] = entry.Address
			j.moveIn(i, j.rows[k], entry)
			return true
		}
		return false
	})
}

// moveIn gives a user without an entry the one under the address to come.
func (j *joiner) moveIn(i int, r row, entry User) {
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
				l.formerly[strings.ToLower(old)] = i
			}
		}
	}
	i, ok := l.formerly[strings.ToLower(address)]
	return i, ok
}

// left reports entries of people whom the roster does not list.
func (l *linker) left(entries []User) {
	for i := range entries {
		e := &entries[i]
		at := l.rangeAt(e.At, "users", e.Address)
		if now, ok := l.movedTo(e.Address); ok {
			u := &l.Users[now]
			l.diags.Add(diag.New(diag.RefDuplicateDefinition, at, "%s is an earlier address of %s, who has an entry", e.Address, u.Address).
				At(Path{"users", e.Address}.String()).
				Because("Each entry is defined in exactly one place, so that one look shows all of it.").
				Try("Move what is here to the other entry, and delete this one.").
				See(l.rangeAt(u.At, "users", u.Address), "the other entry"))
			continue
		}
		d := diag.New(diag.RosterLeft, at, "%s is not in the roster", e.Address).
			At(Path{"users", e.Address}.String()).
			Because("The roster says who exists. The entry is not compiled.")
		if near := l.nearestUser(e.Address); near != "" {
			d.Try("Remove the entry. Or did you mean %s?", near)
		} else {
			d.Try("Remove the entry. If the person has a new address, write the entry under it, with previously: [%s]. If it is no person of the directory, give the entry licenses.", e.Address)
		}
		if lines := l.source(e.At.File); lines != nil {
			if edit, ok := withoutEntry(at, lines); ok {
				d.Mend("Remove the entry", edit)
			}
		}
		l.diags.Add(d)
	}
}

// leftGroup reports a member of a group whom the roster does not list.
func (l *linker) leftGroup(m member, index string) {
	at := l.Range("groups", m.group, "members", index)
	d := diag.New(diag.RosterLeft, at, "%s is not in the roster", m.address).
		At(Path{"groups", m.group, "members", index}.String()).
		Because("The roster says who exists. The group does without this member.")
	if near := l.nearestUser(m.address); near != "" {
		d.Try("Remove the address. Or did you mean %s?", near)
	} else {
		d.Try("Remove the address.")
	}
	if g, ok := l.Group(m.group); ok {
		if lines := l.source(l.Groups[g].At.File); lines != nil {
			if edit, ok := withoutItem(at, lines); ok {
				d.Mend("Remove the address", edit)
			}
		}
	}
	l.diags.Add(d)
}

// source returns the lines of a YAML document's file; nil for others. The last
// one is kept, as entries come file by file.
func (l *linker) source(doc int32) [][]byte {
	d := &l.files.docs[doc]
	if d.tree != nil || d.roster != nil {
		return nil
	}
	if l.lastFile != d.file {
		l.lastFile, l.lastLines = d.file, linesOf(l.files.data(d.file))
	}
	return l.lastLines
}

// linesOf returns the lines of a YAML file with their breaks, as edits count
// them: a byte-order mark belongs to none. It returns nil for a file with line
// breaks that hardly anybody sees.
func linesOf(data []byte) [][]byte {
	if data == nil {
		return nil
	}
	for _, br := range []string{"\u0085", "\u2028", "\u2029"} {
		if bytes.Contains(data, []byte(br)) {
			return nil
		}
	}
	if bytes.Count(data, []byte("\r")) != bytes.Count(data, []byte("\r\n")) {
		return nil
	}
	return bytes.SplitAfter(bytes.TrimPrefix(data, []byte("\ufeff")), []byte("\n"))
}

// withoutEntry returns the edit that takes an entry of a mapping out, whose key
// is at a range. It is found for entries on lines of their own only.
func withoutEntry(key diag.Range, lines [][]byte) (diag.Edit, bool) {
	if key.Start.Line < 1 || key.Start.Line > len(lines) {
		return diag.Edit{}, false
	}
	indent := key.Start.Column - 1
	first := lines[key.Start.Line-1]
	if indent > len(first) || len(bytes.TrimLeft(first[:indent], " ")) > 0 || bytes.HasPrefix(first[indent:], []byte("<<")) {
		return diag.Edit{}, false
	}
	end := key.Start.Line // the last line of the entry
	for n := end + 1; n <= len(lines); n++ {
		rest := bytes.TrimLeft(lines[n-1], " ")
		switch text := bytes.TrimSpace(rest); {
		case len(text) == 0:
			continue // belongs to the entry if more of it follows
		case len(lines[n-1])-len(rest) > indent:
			end = n
			continue
		case text[0] == '}' || text[0] == ']':
			return diag.Edit{}, false
		case text[0] == '-' && indent == len(lines[n-1])-len(rest) && !bytes.HasPrefix(text, []byte("---")):
			return diag.Edit{}, false // a list may stand right below its key
		}
		break
	}
	if bytes.Contains(bytes.Join(lines[key.Start.Line-1:end], nil), []byte("&")) {
		return diag.Edit{}, false // others may use what is written here
	}
	return cut(key, lines, key.Start.Line, end)
}

// cut returns the edit that takes whole lines out.
func cut(at diag.Range, lines [][]byte, first, last int) (diag.Edit, bool) {
	r := diag.Range{File: at.File, Start: diag.Pos{Line: first, Column: 1}, End: diag.Pos{Line: last + 1, Column: 1}}
	if last >= len(lines) || last == len(lines)-1 && len(lines[last]) == 0 {
		r.End = diag.Pos{Line: last, Column: len(bytes.TrimRight(lines[last-1], "\r\n")) + 1}
	}
	return diag.Edit{Range: r}, true
}

// withoutItem returns the edit that takes an item of a list out: a line of its
// own, or a piece of a list in brackets with the comma after it or before it.
func withoutItem(item diag.Range, lines [][]byte) (diag.Edit, bool) {
	if item.Start.Line < 1 || item.Start.Line > len(lines) || item.Start.Line != item.End.Line {
		return diag.Edit{}, false
	}
	line := lines[item.Start.Line-1]
	start, end := item.Start.Column-1, item.End.Column-1
	if end > len(line) || !bytes.ContainsRune(line[start:end], '@') {
		return diag.Edit{}, false // the item is written elsewhere, behind an alias
	}
	if string(bytes.TrimSpace(line[:start])) == "-" {
		return cut(item, lines, item.Start.Line, item.Start.Line)
	}
	after := bytes.TrimLeft(line[end:], " \t")
	before := bytes.TrimRight(line[:start], " \t")
	switch {
	case bytes.HasPrefix(after, []byte(",")):
		end = len(line) - len(bytes.TrimLeft(after[1:], " \t"))
	case bytes.HasSuffix(before, []byte(",")):
		start = len(before) - 1
	case !bytes.HasSuffix(before, []byte("[")) || !bytes.HasPrefix(after, []byte("]")):
		return diag.Edit{}, false
	}
	edit := diag.Edit{Range: item}
	edit.Text = ""
	edit.Start.Column, edit.End.Column = start+1, end+1
	return edit, true
}
