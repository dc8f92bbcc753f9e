package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"callpolicy/compiler/bounded"
	"callpolicy/compiler/failure"
)

// layout is where a repository keeps what, in absolute OS paths without links.
type layout struct {
	root      string // top of the work tree; "" in a bare repository
	gitDir    string // "" where there is no git repository
	commonDir string // gitDir of the main work tree; where objects and refs are
	indexFile string
	config    *config
	sha256    bool

	explicit bool     // git cannot find the repository by itself: GIT_DIR names it
	objects  []string // GIT_OBJECT_DIRECTORY=… and the like, inside a hook that quarantines objects
	broken   error    // why git's folder cannot be used; the work tree still can
}

// environment is what layout reads from the process, for tests to replace.
type environment struct {
	get func(name string) string
	cwd string
}

// discover finds the repository around dir as git does, with two differences
// that keep a tool with a -C flag honest inside hooks. The folder decides, not
// GIT_DIR, which a hook sets for the repository it runs in; GIT_DIR counts
// where no .git is found. And a bare repository is one only where no work
// tree is around it, so that files under review that look like a repository
// are not taken for one.
func discover(dir string, env environment) (*layout, error) {
	dir, err := physical(dir)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(dir); err != nil {
		return nil, err
	} else if !info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: dir, Err: errNotDir}
	}
	l, err := enclosing(dir)
	if err != nil {
		return nil, err
	}
	named := fromEnv(dir, env)
	switch {
	case named != nil && (l == nil || within(named.root, l.root) && !sameFile(named.gitDir, l.gitDir)):
		l = named
	case l != nil:
	case isGitDir(dir):
		l = &layout{gitDir: dir}
	default:
		return &layout{root: dir}, nil
	}
	l.complete()
	l.adopt(env)
	return l, nil
}

// enclosing walks up from dir to the first .git, or returns nil.
func enclosing(dir string) (*layout, error) {
	for top := dir; ; top = filepath.Dir(top) {
		dotGit := filepath.Join(top, ".git")
		info, err := os.Stat(dotGit)
		switch {
		case err == nil && info.IsDir() && isGitDir(dotGit):
			return &layout{root: top, gitDir: dotGit}, nil
		case err == nil && info.Mode().IsRegular():
			return gitFile(top, dotGit)
		case err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission):
			return nil, err
		}
		if top == filepath.Dir(top) {
			return nil, nil
		}
	}
}

// gitFile reads the .git file of a linked worktree or a submodule.
func gitFile(top, file string) (*layout, error) {
	data, err := bounded.File(file, mostConfig)
	if err != nil {
		return nil, err
	}
	l := &layout{root: top}
	dir, ok := strings.CutPrefix(strings.TrimRight(string(data), "\r\n"), "gitdir: ")
	if ok {
		l.gitDir = resolve(top, dir)
	}
	if !ok || !isGitDir(l.gitDir) {
		l.broken = &failure.Error{
			Kind:    ErrNotGit,
			Problem: fmt.Sprintf("%s names the git folder %q, which is not there", file, dir),
			Hint:    "this is a linked worktree or a submodule: make the main repository available at that path too, or run `git worktree repair` in it",
		}
	}
	return l, nil
}

// fromEnv returns the repository that GIT_DIR and GIT_WORK_TREE name, if dir
// lies in its work tree or it is bare, else nil.
func fromEnv(dir string, env environment) *layout {
	name := env.get("GIT_DIR")
	if name == "" {
		return nil
	}
	gitDir, err := physical(resolve(env.cwd, name))
	if err != nil || !isGitDir(gitDir) {
		return nil
	}
	l := &layout{gitDir: gitDir, explicit: true}
	tree := env.get("GIT_WORK_TREE")
	switch {
	case tree != "":
		tree = resolve(env.cwd, tree)
	case filepath.Base(gitDir) == ".git" || isBare(gitDir) || isLinked(gitDir):
		return nil // it has its own place, which dir is not in; or no work tree
	default:
		tree = env.cwd
	}
	if l.root, err = physical(tree); err != nil || !within(dir, l.root) {
		return nil
	}
	return l
}

// complete fills in what follows from the git folder.
func (l *layout) complete() {
	if l.gitDir == "" {
		return
	}
	l.commonDir = l.gitDir
	if data, err := bounded.File(filepath.Join(l.gitDir, "commondir"), mostConfig); err == nil {
		l.commonDir = resolve(l.gitDir, strings.TrimSpace(string(data)))
	}
	l.indexFile = filepath.Join(l.gitDir, "index")
	l.config = readConfig(l.commonDir, l.gitDir)
	l.sha256 = strings.EqualFold(l.config.get("extensions", "objectFormat"), "sha256")
	if l.commonDir == l.gitDir && !l.explicit && l.config.is("core", "bare") {
		l.root = ""
	}
}

// adopt takes over what git sets for its hooks: the index in use, and where
// objects are that a push has not been granted yet. They belong to the
// repository that the process stands in, and say nothing about any other.
func (l *layout) adopt(env environment) {
	if l.gitDir == "" || !l.current(env) {
		return
	}
	base := l.root
	if base == "" {
		base = env.cwd
	}
	if name := env.get("GIT_INDEX_FILE"); name != "" {
		l.indexFile = resolve(base, name) // git itself stands at the top of the work tree
	}
	for _, key := range []string{"GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"} {
		if value := env.get(key); value != "" {
			dirs := filepath.SplitList(value)
			for i := range dirs {
				dirs[i] = resolve(env.cwd, dirs[i])
			}
			l.objects = append(l.objects, key+"="+strings.Join(dirs, string(filepath.ListSeparator)))
		}
	}
}

// current reports whether the process's own variables speak of this repository.
func (l *layout) current(env environment) bool {
	if l.explicit {
		return true
	}
	if name := env.get("GIT_DIR"); name != "" {
		return sameFile(resolve(env.cwd, name), l.gitDir)
	}
	cwd, err := physical(env.cwd)
	if err != nil {
		return true
	}
	around, err := enclosing(cwd)
	if err != nil || around == nil {
		return true // in no repository: they can only be meant for this one
	}
	return sameFile(around.gitDir, l.gitDir)
}

// shallow returns the commits at which a shallow clone was cut off.
func (l *layout) shallow() map[string]bool {
	data, err := bounded.File(filepath.Join(l.commonDir, "shallow"), mostIndex)
	if err != nil {
		return nil
	}
	cut := map[string]bool{}
	for id := range strings.FieldsSeq(string(data)) {
		cut[id] = true
	}
	return cut
}

func isGitDir(dir string) bool {
	if _, err := os.Lstat(filepath.Join(dir, "HEAD")); err != nil {
		return false
	}
	if isLinked(dir) {
		return true
	}
	for _, sub := range []string{"objects", "refs"} {
		if info, err := os.Stat(filepath.Join(dir, sub)); err != nil || !info.IsDir() {
			return false
		}
	}
	return true
}

// isLinked reports whether a git folder belongs to a linked worktree.
func isLinked(gitDir string) bool {
	_, err := os.Stat(filepath.Join(gitDir, "commondir"))
	return err == nil
}

func isBare(gitDir string) bool { return readConfig(gitDir, gitDir).is("core", "bare") }

// physical returns the absolute path without symbolic links, as far as it exists.
func physical(name string) (string, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	rest := ""
	for at := abs; ; at = filepath.Dir(at) {
		real, err := filepath.EvalSymlinks(at)
		if err == nil {
			return filepath.Join(real, rest), nil
		}
		if !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) {
			return abs, nil
		}
		rest = filepath.Join(filepath.Base(at), rest)
	}
}

func resolve(base, name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(base, name)
}

// within reports whether a path is dir or lies in it; nothing lies in "".
func within(name, dir string) bool {
	if name == "" || dir == "" {
		return false
	}
	rel, err := filepath.Rel(dir, name)
	return err == nil && filepath.IsLocal(rel)
}

func sameFile(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}
