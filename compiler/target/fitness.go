package target

import (
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"callpolicy/compiler/failure"
)

// Unfit says why a folder can be no target, whatever it holds: since it is, or
// holds, what belongs to somebody else. It is a sentence without its period,
// about "it", and empty where the folder can be one. The name is that of the
// operating system; the folder need not exist.
func Unfit(dir string) (why string) {
	f, err := Open(dir, nil)
	switch {
	case err != nil:
		return "it is no folder, and none can be made there"
	case f.sys.isMount(f.dir):
		return "it is a mount point, which cannot be exchanged for a new folder"
	}
	return f.unfit()
}

// fits refuses what is somebody else's, before anything is written.
func (f *Folder) fits() error {
	why := f.unfit()
	if why == "" {
		return nil
	}
	return &failure.Error{Problem: "bundles cannot be written to " + display(f.dir) + ": " + why, Hint: "nothing was changed; choose another folder"}
}

func (f *Folder) unfit() (why string) {
	for part := range strings.SplitSeq(filepath.ToSlash(f.dir), "/") {
		// Some systems do not see characters without a form, and dots and blanks at the end.
		part = strings.TrimRight(strings.Map(visible, part), " .")
		if strings.EqualFold(part, ".git") || strings.EqualFold(part, "git~1") {
			return "it is git's own, or lies in what is"
		}
	}
	if there, err := exists(filepath.Join(f.dir, ".git")); there || err != nil {
		return "it is the top of a git repository"
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	if home, err = filepath.EvalSymlinks(home); err == nil && (home == f.dir || strings.HasPrefix(home, f.dir+string(filepath.Separator))) {
		return "it is the home folder of whoever runs callpolicy, or holds it"
	}
	return ""
}

// visible leaves out characters without a form.
func visible(r rune) rune {
	if unicode.Is(unicode.Cf, r) {
		return -1
	}
	return r
}
