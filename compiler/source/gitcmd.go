package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"callpolicy/compiler/failure"
)

// gitCommand reads a repository through an installed git.
type gitCommand struct {
	exe  string
	dir  string
	env  []string
	blob *readers // contents
	head *readers // types and sizes
}

var _ objects = (*gitCommand)(nil)

// newGitCommand finds git on PATH. It is let find the repository from its top
// by itself, so that its own guard against folders of other users stays on.
func newGitCommand(l *layout) (*gitCommand, error) {
	exe, err := exec.LookPath("git")
	if err != nil {
		return nil, err
	}
	g := &gitCommand{exe: exe, dir: l.root, env: gitEnv(os.Environ(), l)}
	if g.dir == "" {
		g.dir = l.gitDir
	}
	g.blob = newReaders(g, "--batch", 4)
	g.head = newReaders(g, "--batch-check", 1)
	return g, nil
}

// local are variables that point git to a repository, or bend what it says
// about one. What they rightly say is in the layout already.
var local = regexp.MustCompile(`^(GIT_(DIR|WORK_TREE|IMPLICIT_WORK_TREE|COMMON_DIR|INDEX_FILE|PREFIX|NAMESPACE|` +
	`OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|GRAFT_FILE|SHALLOW_FILE|REPLACE_REF_BASE|DEFAULT_HASH|` +
	`(LITERAL|GLOB|NOGLOB|ICASE)_PATHSPECS|EXTERNAL_DIFF|DIFF_OPTS|INTERNAL_.*|TRACE.*|CONFIG|FLUSH|REDIRECT_.*)|` +
	`LC_.*|LANG|LANGUAGE)=`)

// gitEnv returns the environment for git: the caller's, without what concerns
// another repository, and with plain English, no locks taken, no questions asked,
// content as it is stored, and nothing that a partial clone left behind fetched.
func gitEnv(environ []string, l *layout) []string {
	env := slices.DeleteFunc(slices.Clone(environ), local.MatchString)
	env = append(env,
		"LC_ALL=C", "LANGUAGE=", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0",
		"GIT_NO_REPLACE_OBJECTS=1", "GIT_LITERAL_PATHSPECS=1", "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none",
	)
	if l.explicit {
		env = append(env, "GIT_DIR="+l.gitDir, "GIT_WORK_TREE="+l.root)
	}
	if l.indexFile != filepath.Join(l.gitDir, "index") {
		env = append(env, "GIT_INDEX_FILE="+l.indexFile)
	}
	return append(env, l.objects...)
}

// off switches off what a configuration can make git run, or have it do beside
// what it was asked for. It is all that is needed: the commands that read take no
// textconv, no filters and no work tree, and variables whose names nobody can
// know beforehand, such as those of a filter or of a remote, count for none of
// them; and no protocol is allowed, which would start the programs of a remote.
// A test holds that to every variable of git's manual that names a program.
var off = []string{
	"core.hooksPath=" + os.DevNull,
	"core.fsmonitor=false",
	"core.pager=cat",
	"core.editor=false",
	"core.sshCommand=false",
	"core.gitProxy=false",
	"core.askPass=false",
	"core.alternateRefsCommand=false",
	"credential.helper=",
	"blame.ignoreRevsFile=",
	"fetch.negotiationAlgorithm=noop",
	"gc.auto=0",
	"maintenance.auto=false",
}

// command prepares a run of git that reads. It is, with fetching, the one place
// that starts git: no program that the repository or its configuration names
// runs, nothing is fetched, and nothing is tidied up.
func (g *gitCommand) command(ctx context.Context, args ...string) *exec.Cmd {
	return g.start(ctx, off, g.env, args)
}

func (g *gitCommand) start(ctx context.Context, off, env, args []string) *exec.Cmd {
	all := []string{"--no-pager"}
	for _, setting := range off {
		all = append(all, "-c", setting)
	}
	cmd := exec.CommandContext(ctx, g.exe, append(all, args...)...) // the arguments are ours; names come after a guard
	cmd.Dir, cmd.Env = g.dir, env
	cmd.WaitDelay = 5 * time.Second // for what git started and left behind
	return cmd
}

// commandError is a git command that failed.
type commandError struct {
	verb   string
	code   int // exit status, -1 where it did not run to its end
	stderr string
	err    error
}

func (e *commandError) Error() string {
	if e.stderr == "" {
		return fmt.Sprintf("git %s: %v", e.verb, e.err)
	}
	return fmt.Sprintf("git %s: %s", e.verb, e.stderr)
}

func (e *commandError) Unwrap() error { return e.err }

func (g *gitCommand) run(ctx context.Context, verb string, args ...string) ([]byte, error) {
	return g.finish(ctx, g.command(ctx, append([]string{verb}, args...)...), nil, verb)
}

func (g *gitCommand) finish(ctx context.Context, cmd *exec.Cmd, stdin []byte, verb string) ([]byte, error) {
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(stdin), &stderr
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, g.failure(verb, err, stderr.String())
	}
	return out, nil
}

func (g *gitCommand) failure(verb string, err error, stderr string) error {
	e := &commandError{verb: verb, code: -1, err: err, stderr: strings.TrimSpace(stderr)}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		e.code = exit.ExitCode()
	}
	if strings.Contains(stderr, "dubious ownership") || strings.Contains(stderr, "unsafe repository") {
		return &failure.Error{
			Kind:    ErrUntrusted,
			Problem: "git refuses to read " + g.dir + " because another user owns it",
			Hint:    "run `git config --global --add safe.directory " + g.dir + "` as the user who runs callpolicy",
			Cause:   e,
		}
	}
	return e
}

// failed returns the failure of a git command that ran to its end and said no,
// or nil: the command could not do its work, or nothing failed.
func failed(err error) *commandError {
	var known *failure.Error
	var e *commandError
	if errors.As(err, &known) || !errors.As(err, &e) || e.code <= 0 {
		return nil
	}
	return e
}

func (g *gitCommand) resolve(ctx context.Context, name string) (string, error) {
	out, err := g.run(ctx, "rev-parse", "--verify", "--end-of-options", name+"^{commit}")
	e := failed(err)
	switch {
	case e == nil:
		return strings.TrimSpace(string(out)), err
	case strings.Contains(e.stderr, "is ambiguous"):
		return "", ambiguous(name, nil)
	case strings.Contains(e.stderr, "Needed a single revision"):
		return "", fmt.Errorf("%w (%w)", errNotFound, err)
	}
	why, _, _ := strings.Cut(e.stderr, "\n") // such as: no upstream configured for branch 'main'
	return "", &failure.Error{
		Kind:    ErrUnknownRevision,
		Problem: fmt.Sprintf("git does not know the revision %q: %s", name, strings.TrimPrefix(why, "fatal: ")),
		Hint:    "look for it with `git branch --all` and `git tag`",
		Cause:   err,
	}
}

func (g *gitCommand) symbolic(ctx context.Context, ref string) (string, error) {
	out, err := g.run(ctx, "symbolic-ref", "--quiet", ref)
	if failed(err) != nil {
		return "", nil
	}
	return strings.TrimSpace(string(out)), err
}

func (g *gitCommand) read(ctx context.Context, id string, most int64) (string, []byte, error) {
	kind, _, data, err := g.blob.ask(ctx, id, most)
	return kind, data, err
}

func (g *gitCommand) size(ctx context.Context, id string) (int64, error) {
	_, size, _, err := g.head.ask(ctx, id, 0)
	return size, err
}

// usage is git's exit status for an option that it does not know.
const usage = 129

// stageLine is a line of `git ls-files --stage -t`: tag, mode, id, stage, name.
var stageLine = regexp.MustCompile(`(?s)^(.) (\d+) ([0-9a-f]+) (\d)\t(.*)$`)

func (g *gitCommand) index(ctx context.Context) (staged, error) {
	var s staged
	out, err := g.run(ctx, "ls-files", "--stage", "-t", "-z", "--sparse")
	if e := failed(err); e != nil && e.code == usage { // an old git, which expands folders, and touches trees as it does
		out, err = g.run(ctx, "ls-files", "--stage", "-t", "-z")
	}
	if err != nil {
		return s, err
	}
	var empty []string
	for _, line := range records(out) {
		m := stageLine.FindStringSubmatch(line)
		if m == nil {
			return s, fmt.Errorf("git ls-files gave an unknown line: %q", line)
		}
		if m[4] != "0" {
			s.conflicts = append(s.conflicts, m[5])
			continue
		}
		s.entries = append(s.entries, entry{name: strings.TrimSuffix(m[5], "/"), mode: m[2], id: m[3], left: m[1] == "S"})
		if isEmptyBlob(m[3]) {
			empty = append(empty, m[5])
		}
	}
	s.conflicts = slices.Compact(s.conflicts)
	drop, err := g.announced(ctx, empty)
	s.entries = slices.DeleteFunc(s.entries, func(e entry) bool { return drop[e.name] })
	return s, err
}

// debugFlags matches the flags of an entry in `git ls-files --debug`, the only
// listing that shows the one of `git add -N`.
var debugFlags = regexp.MustCompile(`\tflags: ([0-9a-f]+)`)

const intentToAdd = 1 << 29

// announced returns those of the files, which look empty, that are announced
// only: a commit would leave them out.
func (g *gitCommand) announced(ctx context.Context, files []string) (map[string]bool, error) {
	const most = 1000 // names on one command line
	found := map[string]bool{}
	for names := range slices.Chunk(files, most) {
		out, err := g.run(ctx, "ls-files", append([]string{"--debug", "-z", "--"}, names...)...)
		if err != nil {
			return nil, err
		}
		// Each is "<name>\0" and a few lines, of which the last ends with the flags.
		for rest := string(out); rest != ""; {
			name, about, _ := strings.Cut(rest, "\x00")
			at := debugFlags.FindStringSubmatchIndex(about)
			if at == nil {
				return nil, fmt.Errorf("git ls-files --debug says nothing of the flags of %q", name)
			}
			flags, err := strconv.ParseUint(about[at[2]:at[3]], 16, 64)
			if err != nil {
				return nil, err
			}
			found[name] = flags&intentToAdd != 0
			_, rest, _ = strings.Cut(about[at[1]:], "\n")
		}
	}
	return found, nil
}

func isEmptyBlob(id string) bool {
	return id == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391" ||
		id == "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"
}

// records splits the output of a command that ends each record with NUL.
func records(out []byte) []string {
	if len(out) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

func (g *gitCommand) has(ctx context.Context, id string) bool {
	_, err := g.size(ctx, id)
	return err == nil
}

// absent returns those of the objects in the history of a file that a partial
// clone left behind.
func (g *gitCommand) absent(ctx context.Context, commit, file string) ([]string, error) {
	out, err := g.run(ctx, "rev-list", "--objects", "--missing=print", "--no-object-names", "--end-of-options", commit, "--", file)
	if err != nil {
		return nil, err
	}
	var ids []string
	for line := range strings.Lines(string(out)) {
		if id, missing := strings.CutPrefix(strings.TrimSpace(line), "?"); missing {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// blame says who last touched each line of a file. Git itself would look at a
// file in the work tree through the filters of its configuration, and at older
// ones through textconv: so it is asked for a commit alone, and for what it
// stores.
func (g *gitCommand) blame(ctx context.Context, commit, head, file string, data []byte) ([]BlameLine, error) {
	at := commit
	if at == "" {
		at = head
	}
	out, err := g.run(ctx, "blame", "--porcelain", "--no-textconv", at, "--", file)
	if err != nil {
		return nil, err
	}
	lines, old, err := parseBlame(out)
	if commit != "" || err != nil {
		return lines, err
	}
	return carryOver(lines, old, textLines(data)), nil
}

func (g *gitCommand) close() error { return errors.Join(g.blob.close(), g.head.close()) }
