package load

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/check"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/jabber"
)

// jabberBase reads the configuration that clients already get, where the
// project file names one.
func (l *loader) jabberBase() error {
	name := l.config.Project.JabberBase
	if name == "" {
		return nil
	}
	at := cmp.Or(l.config.ProjectRange("jabber", "base"), config.Top(config.ProjectFile))
	full := path.Join(l.Dir, name)
	if path.IsAbs(name) || full == ".." || strings.HasPrefix(full, "../") {
		l.diags.Add(diag.New(diag.SchemaBadValue, at, "%s lies outside the repository", check.Quote(name)).
			Try("Put a copy of the file into the repository, and name it relative to %s.", config.ProjectFile))
		return nil
	}
	data, err := l.read(full)
	switch {
	case isWritersFault(err):
		l.diags.Add(l.unreadable(full, err))
		return nil
	case errors.Is(err, fs.ErrNotExist):
		l.diags.Add(diag.New(diag.LoadNoFiles, at, "there is no file called %s", check.Quote(name)).
			Because("jabber: base: names the configuration that clients already get, relative to %s; ours is merged into it.", config.ProjectFile).
			Try("Put the file there, or correct the name."))
		return nil
	case err != nil:
		return err
	}
	base, diags, err := jabber.ParseBase(l.rel(full), data)
	l.diags.Add(diags...)
	l.config.Jabber = base
	return err
}
