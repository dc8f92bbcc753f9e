package load

import (
	"errors"
	"io/fs"

	"callpolicy/compiler/bounded"
	"callpolicy/compiler/config"
	"callpolicy/compiler/config/check"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/filekind"
	"callpolicy/compiler/source"
)

// isWritersFault tells what is wrong with the files themselves, which is for
// whoever wrote them to mend, from what keeps this program from reading them.
func isWritersFault(err error) bool {
	_, link := errors.AsType[*source.LinkError](err)
	_, special := errors.AsType[*bounded.SpecialError](err)
	_, nested := errors.AsType[*source.NestedError](err)
	_, large := errors.AsType[*bounded.TooLargeError](err)
	_, many := errors.AsType[*source.TooManyError](err)
	_, changed := errors.AsType[*bounded.ChangedError](err)
	return link || special || nested || large || many || changed
}

// unreadable says what is wrong with a name that leads to no file.
func (l *loader) unreadable(name string, err error) *diag.Diagnostic {
	return unreadable(l.Dir, name, err)
}

// unreadable is the same for a project in the folder dir of the repository.
// Several names may lead to one bad link; the link is what is shown, so that
// they are one fault.
func unreadable(dir, name string, err error) *diag.Diagnostic {
	if link, ok := errors.AsType[*source.LinkError](err); ok {
		return badLink(relative(dir, link.Link), link)
	}
	if _, ok := errors.AsType[*bounded.SpecialError](err); ok {
		file := relative(dir, name)
		return diag.New(diag.LoadSyntax, config.Top(file), "%s is a pipe, a socket or a device, and not a file", check.Quote(file)).
			Because("Reading one may never end, so callpolicy does not begin.").
			Try("Put a file of text in its place, or move it out of the folder.")
	}
	if nested, ok := errors.AsType[*source.NestedError](err); ok {
		folder := relative(dir, nested.Name)
		return diag.New(diag.LoadNoFiles, config.Top(folder), "%s is a repository of its own, and its files are not read", check.Quote(folder)).
			Because("It is a submodule, or a clone of another repository. Its files are no part of this one's history, so nobody could say what a change here does.").
			Try("Keep the policy files in this repository.")
	}
	if large, ok := errors.AsType[*bounded.TooLargeError](err); ok {
		return diag.New(diag.LoadTooLarge, config.Top(relative(dir, name)), "the file is %d MiB large; the limit is %d MiB", (large.Size+1<<20-1)>>20, large.Limit>>20).
			Because("It was measured, and not read.").
			Try("Split it into several files, or move it out of the folder if it holds no policies.")
	}
	if _, ok := errors.AsType[*source.TooManyError](err); ok {
		return diag.New(diag.LoadTooLarge, config.Top(relative(dir, name)), "%s", err).
			Try("Name fewer folders in %s.", config.ProjectFile)
	}
	if _, ok := errors.AsType[*bounded.ChangedError](err); ok {
		return diag.New(diag.LoadSyntax, config.Top(relative(dir, name)), "the file has changed while it was read").
			Try("Run callpolicy again once nothing writes to the file.")
	}
	return diag.New(diag.LoadSyntax, config.Top(relative(dir, name)), "the file cannot be read: %s", err)
}

func badLink(link string, fault *source.LinkError) *diag.Diagnostic {
	d := diag.New(diag.LoadSymlink, config.Top(link), "%s is a symbolic link that cannot be followed", check.Quote(link))
	switch fault.Fault {
	case source.LinkLeaves:
		d.Summary = check.Quote(link) + " is a symbolic link that leads out of the repository"
		d.Because("It leads to %s. A policy repository under review must not reach files outside itself.", check.Quote(fault.Target)).
			Try("Copy the file into the repository, in place of the link.")
	case source.LinkAbsolute:
		d.Summary = check.Quote(link) + " is a symbolic link to an absolute path"
		d.Because("It leads to %s, which is something else on every machine, and may be none of the repository's business.", check.Quote(fault.Target)).
			Try("Copy the file into the repository, in place of the link. If it is there already, write the link relative to its own folder.")
	case source.LinkLoop:
		d.Summary = check.Quote(link) + " is a symbolic link that leads back to itself"
		d.Because("It leads to %s, and from there back to the link, so there is no file at its end.", check.Quote(fault.Target)).
			Try("Remove the link, or make it lead to a file.")
	case source.LinkDangling:
		d.Summary = check.Quote(link) + " is a symbolic link to nothing"
		d.Because("It leads to %s, and there is no such file in the repository.", check.Quote(fault.Target)).
			Try("Correct where it leads, add the file that is missing, or remove the link.")
	}
	return d
}

// special reports a name under a policy folder that is neither a file nor a
// folder nor a link, if one would expect policies there.
func (l *loader) special(name string, named bool) {
	_, err := fs.ReadFile(l.FS, name)
	if _, nested := errors.AsType[*source.NestedError](err); nested || named || filekind.Of(name).IsPolicy() {
		l.lose(name, err)
	}
}

// lose reports a name that cannot be read. What it would have defined is not known.
func (l *loader) lose(name string, err error) {
	if _, many := errors.AsType[*source.TooManyError](err); many {
		l.tooMany = true
	}
	l.lost = append(l.lost, name)
	l.diags.Add(l.unreadable(name, err))
}
