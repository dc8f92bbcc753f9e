package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"callpolicy/compiler/bounded"
	"callpolicy/compiler/failure"
)

// objects reads raw git data. There are two: goGit, in the process, and
// gitCommand, which asks an installed git. What the data means is decided
// above them, so both give the same answers. Every method may be called from
// many goroutines; an errUnsupported in the chain of an error means that the
// other one may know better.
type objects interface {
	// resolve returns the object that a plain name stands for: HEAD, a branch,
	// a tag, an id or the unique beginning of one. errNotFound: no such name.
	resolve(ctx context.Context, name string) (id string, err error)
	// symbolic returns the full name of the ref that another one points to, ""
	// where it holds an id or is not there.
	symbolic(ctx context.Context, ref string) (target string, err error)
	// read returns an object's type and content, of at most so many bytes; a
	// larger one is a *bounded.TooLargeError without a name. errNotFound: no such object.
	read(ctx context.Context, id string, most int64) (kind string, data []byte, err error)
	// size returns the length of an object's content in bytes.
	size(ctx context.Context, id string) (int64, error)
	// index reads the index file; one that is not there is empty.
	index(ctx context.Context) (staged, error)
	// blame returns who last touched each line of data, the content of a file
	// as it is in commit or, if that is "", as it lies in the work tree above head.
	blame(ctx context.Context, commit, head, file string, data []byte) ([]BlameLine, error)
	close() error
}

// errNotFound says that a name or an object is not in the repository.
var errNotFound = errors.New("not found")

// backend asks go-git first and the git command where go-git fails: it may
// not know the repository's format, miss objects that git knows where to
// find, or stumble over files that a running `git gc` moves.
type backend struct {
	layout  *layout
	partial bool // a partial clone: what it left behind is fetched on demand

	goGit *goGit // nil where it cannot read this repository at all
	why   error  // why it cannot

	once   sync.Once
	git    *gitCommand // nil where there is no git command
	gitErr error
}

var _ objects = (*backend)(nil)

func newBackend(l *layout) *backend {
	b := &backend{layout: l, partial: l.config.promisor() != ""}
	b.goGit, b.why = newGoGit(l)
	return b
}

// command returns the git command, which is looked for when first needed.
func (b *backend) command() (*gitCommand, error) {
	b.once.Do(func() { b.git, b.gitErr = newGitCommand(b.layout) })
	return b.git, b.gitErr
}

// ask runs f on go-git and, where that fails, on the git command.
func ask[T any](ctx context.Context, b *backend, f func(objects) (T, error)) (T, error) {
	var zero T
	if err := ctx.Err(); err != nil {
		return zero, err
	}
	err := b.why
	if b.goGit != nil {
		var v T
		v, err = f(b.goGit)
		var final *failure.Error
		var large *bounded.TooLargeError
		if err == nil || errors.As(err, &final) || errors.As(err, &large) {
			return v, err
		}
	}
	git, gitErr := b.command()
	if gitErr != nil {
		if errors.Is(err, errUnsupported) || b.partial {
			return zero, gitNeeded(err)
		}
		return zero, err
	}
	return f(git)
}

func (b *backend) resolve(ctx context.Context, name string) (string, error) {
	return ask(ctx, b, func(o objects) (string, error) { return o.resolve(ctx, name) })
}

func (b *backend) symbolic(ctx context.Context, ref string) (string, error) {
	return ask(ctx, b, func(o objects) (string, error) { return o.symbolic(ctx, ref) })
}

func (b *backend) read(ctx context.Context, id string, most int64) (string, []byte, error) {
	type object struct {
		kind string
		data []byte
	}
	o, err := fetched(ctx, b, id, func(o objects) (object, error) {
		kind, data, err := o.read(ctx, id, most)
		return object{kind, data}, err
	})
	return o.kind, o.data, b.missing(id, err)
}

// fetched is ask for an object that a partial clone may have left behind.
func fetched[T any](ctx context.Context, b *backend, id string, f func(objects) (T, error)) (T, error) {
	v, err := ask(ctx, b, f)
	if err == nil || !b.partial || ctx.Err() != nil || b.has(ctx, id) {
		return v, err
	}
	if why := b.fetch(ctx, []string{id}); why != nil {
		return v, errors.Join(err, why)
	}
	return ask(ctx, b, f)
}

func (b *backend) size(ctx context.Context, id string) (int64, error) {
	size, err := fetched(ctx, b, id, func(o objects) (int64, error) { return o.size(ctx, id) })
	return size, b.missing(id, err)
}

func (b *backend) index(ctx context.Context) (staged, error) {
	if info, err := os.Stat(b.layout.indexFile); err == nil && (info.Size() > mostIndex || !info.Mode().IsRegular()) {
		return staged{}, &failure.Error{
			Kind:    ErrTooLarge,
			Problem: fmt.Sprintf("git's index, %s, is no file of at most %d MiB", b.layout.indexFile, mostIndex>>20),
			Hint:    "remove it, and let `git reset` make it anew",
		}
	}
	return ask(ctx, b, func(o objects) (staged, error) { return o.index(ctx) })
}

// blame prefers the git command, which is many times faster at it, follows
// renames, and can be canceled.
func (b *backend) blame(ctx context.Context, commit, head, file string, data []byte) ([]BlameLine, error) {
	if git, err := b.command(); err == nil {
		if b.partial {
			ids, err := git.absent(ctx, cmp.Or(commit, head), file)
			if err != nil {
				return nil, err
			}
			if err := b.fetch(ctx, ids); err != nil {
				return nil, err
			}
		}
		return git.blame(ctx, commit, head, file, data)
	}
	if b.goGit == nil {
		return nil, gitNeeded(b.why)
	}
	return b.goGit.blame(ctx, commit, head, file, data)
}

// missing explains why an object cannot be had.
func (b *backend) missing(id string, err error) error {
	var known *failure.Error
	var command *commandError
	switch {
	case errors.As(err, &known):
		return err
	case b.partial && errors.As(err, &command), b.partial && errors.Is(err, errNotFound):
		return &failure.Error{
			Kind:    ErrMissingObject,
			Problem: "git object " + id + " is not here, for this is a partial clone, and its remote did not give it",
			Hint:    "check the network and `git fetch`, or clone again without --filter",
			Cause:   err,
		}
	case errors.Is(err, errNotFound):
		return &failure.Error{
			Kind:    ErrMissingObject,
			Problem: "git object " + id + " is not in this repository",
			Hint:    "run `git fsck` to see what is damaged",
			Cause:   err,
		}
	}
	return err
}

// has reports whether an object can be read without fetching it.
func (b *backend) has(ctx context.Context, id string) bool {
	if b.goGit != nil && b.goGit.has(id) {
		return true
	}
	git, err := b.command()
	return err == nil && git.has(ctx, id)
}

// fetch asks the promisor remote of a partial clone for many objects at once.
func (b *backend) fetch(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	git, err := b.command()
	if err != nil {
		return err
	}
	if err := git.fetch(ctx, b.layout, ids); err != nil {
		return err
	}
	if b.goGit != nil {
		b.goGit.refresh()
	}
	return nil
}

func (b *backend) close() error {
	var errs []error
	if b.goGit != nil {
		errs = append(errs, b.goGit.close())
	}
	b.once.Do(func() { b.gitErr = errors.New("closed") })
	if b.git != nil {
		errs = append(errs, b.git.close())
	}
	return errors.Join(errs...)
}
