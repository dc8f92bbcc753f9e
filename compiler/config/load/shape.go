package load

import (
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/check"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/near"
	"callpolicy/compiler/roster"
	"callpolicy/policies"
)

// shapes holds the exports among the files of the roster to the licenses that
// policies know. A roster is a contract of shape: where a license's column is
// gone, or goes by another name, everybody would lose the license, although
// nobody took it from them.
func (l *linker) shapes() {
	var exports []*roster.File
	for _, f := range l.Sources.Rosters {
		if f.Form == roster.ControlHub {
			exports = append(exports, f)
		}
	}
	if len(l.Sources.Rosters) > 0 {
		l.plainColumns()
	}
	if len(exports) == 0 || l.unread || len(l.Licenses) == 0 {
		return
	}
	missing := l.missingColumns(exports)
	for _, f := range exports {
		l.otherColumns(f, missing)
		l.silentColumns(f)
	}
	for _, m := range missing {
		if !m.taken {
			l.columnMissing(exports, m)
		}
	}
}

// plainColumns reports that no file tells of licenses, or of groups, any more.
func (l *linker) plainColumns() {
	if !slices.ContainsFunc(l.Sources.Rosters, func(f *roster.File) bool { return f.Form == roster.People }) {
		return
	}
	for _, c := range []struct {
		what  string
		tells func(*roster.File) bool
	}{
		{"licenses", (*roster.File).TellsLicenses}, {"groups", (*roster.File).TellsGroups},
	} {
		if slices.ContainsFunc(l.Sources.Rosters, c.tells) || c.what == "groups" && len(l.Groups) == 0 {
			continue
		}
		if before := l.before(); before == nil || !slices.ContainsFunc(before.Sources.Rosters, c.tells) {
			continue
		}
		f := l.Sources.Rosters[0]
		l.diags.Add(diag.New(diag.RosterLicenseColumnMissing, f.Range(f.Columns[0].At), "no column of the roster tells of %s any more", c.what).
			Because("The roster had it before. Everybody would look like somebody without %s.", c.what).
			Try("Export the users again with all columns; the column is called %s.", c.what))
		l.LicensesLost = true
	}
}

// hadAttribute reports whether the roster had a column for an attribute before.
func (l *linker) hadAttribute(name string) bool {
	before := l.before()
	return before != nil && slices.ContainsFunc(before.Sources.Rosters, func(f *roster.File) bool { return f.TellsAttribute(name) })
}

// lostLicense is one of our licenses that no export has a column for.
type lostLicense struct {
	*config.License
	had   bool // the roster had the column before
	taken bool // a column that nobody knows is likely the one
}

func (l *linker) missingColumns(exports []*roster.File) []*lostLicense {
	have := columnsFor(l.Config, exports)
	var missing []*lostLicense
	for i := range l.Licenses {
		license := &l.Licenses[i]
		if have[license.Name] || license.ControlHubName == "" && license.At.Line > 0 {
			continue
		}
		m := &lostLicense{License: license, had: l.hadColumn(license.Name)}
		if m.had || license.Service != 0 && license.At.Line > 0 {
			missing = append(missing, m)
		}
	}
	return missing
}

// columnsFor returns which licenses of a configuration some export has a column for.
func columnsFor(c *config.Config, exports []*roster.File) map[string]bool {
	have := map[string]bool{}
	for _, f := range exports {
		for _, column := range f.LicenseColumns {
			if name, _ := c.LicenseCalled(column); name != "" {
				have[name] = true
			}
		}
	}
	return have
}

// hadColumn reports whether an export had a column for a license before.
func (l *linker) hadColumn(license string) bool {
	before := l.before()
	if before == nil {
		return false
	}
	var exports []*roster.File
	for _, f := range before.Sources.Rosters {
		if f.Form == roster.ControlHub {
			exports = append(exports, f)
		}
	}
	return columnsFor(before, exports)[license] || columnsFor(l.Config, exports)[license]
}

// columnMissing reports a license that no export tells of.
func (l *linker) columnMissing(exports []*roster.File, m *lostLicense) {
	f := exports[0]
	d := diag.New(diag.RosterLicenseColumnMissing, f.Range(f.Columns[0].At), "no column of the export is for the license %s", check.Quote(m.Name)).
		At(config.Path{"licenses", m.Name}.String()).
		Because("Whoever holds %s would look like somebody without it.", hubName(m.License)).
		Try("Export the users again with all columns, or correct controlHubName.").
		See(l.KeyRange("licenses", m.Name), "the license is defined here")
	if m.had {
		d.Because("The roster had the column before. %s", d.Detail)
		l.LicensesLost = true
	} else {
		d.Severity = diag.Warning
	}
	l.diags.Add(d)
}

func hubName(license *config.License) string {
	if license.ControlHubName == "" {
		return license.Name
	}
	return license.ControlHubName
}

// otherColumns reports the columns of an export that no license of ours is for
// and that may be one.
func (l *linker) otherColumns(f *roster.File, missing []*lostLicense) {
	known, err := policies.ExportedUsers()
	if err != nil {
		return // the catalogue is part of the program, and a test reads it
	}
	var ours, others []string
	for i := range l.Licenses {
		ours = append(ours, roster.LicenseName(hubName(&l.Licenses[i])))
	}
	var first *roster.Column
	for i := range f.Columns {
		c := &f.Columns[i]
		name, certain := c.License, c.License != ""
		if !certain {
			if name = c.Name; !c.Yes || c.Else {
				continue // a label
			}
		}
		if l.isOurs(c) || !c.Yes && !c.Else || l.ignored(c.Name) {
			continue
		}
		plain := roster.LicenseName(name)
		meant := near.One(plain, ours)
		var instead *lostLicense
		for _, m := range missing {
			if roster.LicenseName(hubName(m.License)) == meant {
				instead = m
			}
		}
		other := anyWord(plain, known.Others)
		if instead == nil && certain && len(missing) == 1 && !other {
			instead = missing[0]
		}
		switch calling := anyWord(plain, known.Calling) && !anyWord(plain, []string{"hybrid"}); {
		case calling || instead != nil || meant != "" && certain:
			l.columnUnknown(f, c, name, meant, instead)
		case certain && !other:
			others = append(others, name)
			if first == nil {
				first = c
			}
		}
	}
	if len(others) == 0 {
		return
	}
	slices.Sort(others)
	d := diag.New(diag.RosterUnknownLicenseColumn, f.Range(first.At), "the export has columns that no license is for: %s", check.List(slices.Compact(others))).
		Because("They are passed by.").
		Try("Nothing need be done. List them under ignoreColumns to keep them out of sight.")
	d.Severity = diag.Info
	l.diags.Add(d)
}

// isOurs reports whether a column is for a license of ours, or known to be for
// none that matters. Known calling licenses that are none of ours are reported
// at the people who hold them.
func (l *linker) isOurs(c *roster.Column) bool {
	if c.License == "" {
		return false
	}
	name, _ := l.LicenseCalled(c.License)
	_, listed := config.Cataloged(c.License)
	return name != "" || listed
}

func (l *linker) columnUnknown(f *roster.File, c *roster.Column, name, meant string, instead *lostLicense) {
	d := diag.New(diag.RosterUnknownLicenseColumn, f.Range(c.At), "no license is what the export calls %s", check.Quote(name)).
		Because("The name may give a calling service. Passing the column by would take the service from people who have it.").
		Try("Add the license under licenses with controlHubName: %s, or list the column in %s under ignoreColumns.", name, config.ProjectFile)
	switch {
	case instead != nil:
		instead.taken = true
		d.Because("No column is for the license %s, and this one is not known. Passing it by would take the license from everybody.", check.Quote(instead.Name)).
			Try("Write controlHubName: %s for the license %s if that is its name now, or list the column in %s under ignoreColumns.", name, instead.Name, config.ProjectFile).
			See(l.KeyRange("licenses", instead.Name), "the license without a column")
	case meant != "":
		d.Because("It is nearly the name of a license of ours.")
	}
	l.LicensesLost = true
	l.diags.Add(d)
}

// silentColumns reports license columns of which no cell tells anything: it is
// the column that is at fault, and not row after row.
func (l *linker) silentColumns(f *roster.File) {
	for i := range f.Columns {
		c := &f.Columns[i]
		if c.License == "" || c.Yes || c.No || !c.Else || len(f.People) < 2 {
			continue
		}
		if name, known := l.LicenseCalled(c.License); name == "" && known {
			continue
		}
		l.LicensesLost = true
		if l.unreadable == nil {
			l.unreadable = map[string]bool{}
		}
		l.unreadable[c.License] = true
		cell := f.Cell(f.People[0].At, c.License)
		d := diag.New(diag.RosterLicenseCell, f.Range(c.At), "no cell of the column %s tells who has the license", check.Quote(c.License)).
			Because("The column of a license holds TRUE or FALSE, or the same in another language.").
			Try("Export the users again, or write TRUE and FALSE.").
			See(cell, "the first cell")
		d.Severity = diag.Error
		l.diags.Add(d)
	}
}

// ignored reports whether the project file lists a column to be passed by.
func (l *linker) ignored(column string) bool {
	full := roster.LicenseName(column)
	bare, _, _ := strings.Cut(full, " [")
	for i := range l.Project.Roster {
		for _, pattern := range l.Project.Roster[i].IgnoreColumns {
			pattern = roster.LicenseName(pattern)
			against := bare
			if strings.HasSuffix(pattern, "]") {
				against = full
			}
			if starred(pattern, against) {
				return true
			}
		}
	}
	return false
}

// starred reports whether a pattern fits a text. Only * is special.
func starred(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	rest, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return strings.HasSuffix(rest, last)
}

// anyWord reports whether one of the words stands in a name, whole.
func anyWord(name string, words []string) bool {
	padded := " " + strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_/()[]:,.+&", r) {
			return ' '
		}
		return r
	}, name) + " "
	padded = " " + strings.Join(strings.Fields(padded), " ") + " "
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(padded, " "+word+" ") })
}
