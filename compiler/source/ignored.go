package source

import (
	"slices"
	"strings"
)

// Ignored returns which of these names, from the top of the repository, git
// ignores: files of the work tree that are not tracked and that a .gitignore
// leaves out. There are none in a revision, in the index and outside git, and
// none where there is no git to ask.
func (s *Snapshot) Ignored(names []string) (map[string]bool, error) {
	if _, work := s.root.from.(*disk); !work || !s.repo.Git() || len(names) == 0 {
		return nil, nil
	}
	git, err := s.repo.objects.command()
	if err != nil {
		return nil, nil //lint:ignore nilerr it only spares somebody a word
	}
	// The command knows no literal names; behind ./ none of them means anything else.
	env := slices.DeleteFunc(slices.Clone(git.env), func(v string) bool { return strings.HasPrefix(v, "GIT_LITERAL_PATHSPECS=") })
	list := "./" + strings.Join(names, "\x00./") + "\x00"
	out, err := git.finish(s.ctx, git.start(s.ctx, off, env, []string{"check-ignore", "-z", "--stdin"}), []byte(list), "check-ignore")
	if e := failed(err); e != nil && e.code == 1 {
		return nil, nil // none of them
	}
	if err != nil {
		return nil, err
	}
	ignored := map[string]bool{}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		ignored[strings.TrimPrefix(name, "./")] = true
	}
	return ignored, nil
}
