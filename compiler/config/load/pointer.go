package load

import (
	"bytes"
	"io/fs"
	"path"
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/check"
	"callpolicy/compiler/diag"
)

// pointers are how files begin that git keeps elsewhere, or encrypted.
var pointers = []struct{ begins, what, cure string }{
	{"version https://git-lfs.github.com/spec/v1", "a pointer of Git LFS", "Fetch the content with git lfs pull, or keep the file in git itself: git lfs untrack, and add it again."},
	{"\x00GITCRYPT\x00", "encrypted by git-crypt", "Unlock the repository with git-crypt unlock, or keep the file in git as it is. What git stores is encrypted in every revision, so plans and hooks cannot read it."},
}

// pointer reports a file of which only a pointer, or something encrypted, is
// here. It returns nil for all others.
func pointer(file string, data []byte) *diag.Diagnostic {
	for _, p := range pointers {
		if bytes.HasPrefix(data, []byte(p.begins)) {
			return diag.New(diag.LoadPointer, config.Top(file), "%s is %s, and its content is not here", check.Quote(file), p.what).
				Because("callpolicy reads what git stores, in revisions and in the index, and what is on disk. Here that is not the content.").
				Try("%s", p.cure)
		}
	}
	return nil
}

// submodules reports folders that are to be read, and are submodules that
// nobody fetched: they are empty, which looks as if there were nothing in them.
func (l *loader) submodules() {
	data, err := fs.ReadFile(l.FS, ".gitmodules")
	if err != nil {
		return // there is none, or whoever wants it says so
	}
	p := &l.config.Project
	reads := slices.Concat(p.Policies, p.RosterFiles(), []string{config.GuardrailsDir, config.PersonasDir})
	for i, line := range strings.Split(string(data), "\n") {
		key, value, ok := strings.Cut(line, "=")
		name := path.Clean(strings.Trim(strings.TrimSpace(value), `"`))
		if !ok || strings.TrimSpace(key) != "path" || !fs.ValidPath(name) {
			continue
		}
		concerns := func(read string) bool {
			read = path.Join(l.Dir, read)
			return within(read, name) || within(name, read)
		}
		entries, err := fs.ReadDir(l.FS, name)
		if err != nil || len(entries) > 0 || !slices.ContainsFunc(reads, concerns) {
			continue
		}
		at := diag.Range{
			File:  l.rel(".gitmodules"),
			Start: diag.Pos{Line: i + 1, Column: 1}, End: diag.Pos{Line: i + 1, Column: len(line) + 1}, Text: line,
		}
		folder := l.rel(name)
		l.lost = append(l.lost, name)
		l.diags.Add(diag.New(diag.LoadSubmodule, config.Top(folder), "%s is a submodule that is not fetched", check.Quote(folder)).
			Because("The folder is empty, although the repository says that it holds another one. Nobody knows what is missing.").
			Try("Keep the policy files in this repository: the files of a submodule are no part of its history, so they are not read when they are fetched either.").
			See(at, "it is named here"))
	}
}
