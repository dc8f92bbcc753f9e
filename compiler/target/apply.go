package target

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"callpolicy/compiler/failure"
)

// Apply makes the folder hold the tree and nothing else, in one step. Where it
// holds the tree already, nothing at all is written, neither in the folder nor
// beside it.
//
// Errors: [ForeignError] where the folder holds files that its manifest does
// not list, [LockedError] where another run is writing to it, otherwise [Error]
// or one that wraps what the system said; the folder then holds what it held
// before. Only where Result.Changed is true did the error come after the folder
// was replaced, and what could not be cleaned up is left to the next run.
func (f *Folder) Apply(ctx context.Context, tree Tree, opts Options) (Result, error) {
	result, err := f.apply(ctx, tree, opts)
	if err != nil && !result.Changed {
		return Result{}, explain(f.dir, err)
	}
	return result, err
}

// Recover finishes or takes back what a killed run left beside the folder. Its
// error is a [LockedError] where that run is not dead but at work.
func (f *Folder) Recover(ctx context.Context) error {
	if err := f.fits(); err != nil {
		return err
	}
	there, err := f.interrupted()
	if err != nil || !there {
		return explain(f.dir, err)
	}
	lock, err := f.acquire()
	if err != nil {
		return explain(f.dir, err)
	}
	err = f.recover(ctx, lock)
	return explain(f.dir, errors.Join(err, f.release(lock)))
}

func (f *Folder) apply(ctx context.Context, tree Tree, opts Options) (result Result, err error) {
	if err := f.fits(); err != nil {
		return Result{}, err
	}
	// Look first and lock later: a run with nothing to do leaves no trace.
	was, err := f.lookUnlocked(ctx, tree, opts)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, was.close()) }()
	if was != nil {
		if !was.result.Changed {
			return was.result, nil
		}
		if err := f.replaceable(was); err != nil {
			return Result{}, err
		}
	}

	made, err := f.makeParents()
	if err != nil {
		return Result{}, err
	}
	defer func() {
		if err != nil && !result.Changed {
			removeEmpty(made)
		}
	}()
	lock, err := f.acquire()
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, f.release(lock)) }()
	if err := f.recover(ctx, lock); err != nil {
		return Result{}, err
	}

	if was == nil || !sameFolder(was.info, identity(f.dir)) {
		stale := was
		was, err = f.look(ctx, tree, opts)
		if err := errors.Join(err, stale.close()); err != nil {
			return Result{}, err
		}
		if !was.result.Changed {
			return was.result, nil
		}
		if err := f.replaceable(was); err != nil {
			return Result{}, err
		}
	}
	return f.replace(ctx, tree, opts, was, lock)
}

// lookUnlocked is look for the time before there is a lock. It returns nil
// where only a look under the lock can tell: where a run was interrupted, or
// where one replaced the target meanwhile.
func (f *Folder) lookUnlocked(ctx context.Context, tree Tree, opts Options) (*seen, error) {
	if there, err := f.interrupted(); err != nil || there {
		return nil, err
	}
	before := identity(f.dir)
	was, err := f.look(ctx, tree, opts)
	if ctx.Err() == nil && !sameFolder(before, identity(f.dir)) {
		return nil, was.close()
	}
	return was, err
}

// replace builds the tree and puts it in the place of the target.
func (f *Folder) replace(ctx context.Context, tree Tree, opts Options, was *seen, h *hold) (Result, error) {
	if err := was.close(); err != nil {
		return Result{}, err
	}
	if err := f.build(ctx, tree, opts, was, h); err != nil {
		return Result{}, errors.Join(err, f.sweep())
	}
	if err := ctx.Err(); err != nil { // from here on it is shorter to finish than to stop
		return Result{}, errors.Join(err, f.sweep())
	}
	old, err := f.swap(context.WithoutCancel(ctx), was, opts.workers())
	if err != nil {
		return Result{}, errors.Join(err, f.sweep())
	}
	if old != "" {
		err = f.discard(old)
	}
	if err = errors.Join(err, f.sweep()); err != nil {
		return was.result, because(err,
			"the new content of "+display(f.dir)+" is in place, but the old could not be removed from "+display(f.work),
			"the next run there tries again")
	}
	return was.result, nil
}

// replaceable finds out before the work what would prevent the exchange after it.
func (f *Folder) replaceable(was *seen) error {
	if was.info == nil {
		return nil
	}
	if err := was.content.readOnly; err != nil {
		return err
	}
	if f.sys.isMount(f.dir) {
		return mountError(f.dir, nil)
	}
	// Somebody whose shell is in the folder would be left in one that is gone,
	// and would see none of the files that were written.
	wd, err := os.Getwd()
	if err != nil {
		return nil // gone or unreadable: then it is not the target
	}
	if wd, err = filepath.EvalSymlinks(wd); err != nil {
		return nil
	}
	if wd == f.dir || strings.HasPrefix(wd, f.dir+string(filepath.Separator)) {
		return &failure.Error{
			Problem: "the current folder is inside " + display(f.dir) + ", which is replaced as a whole",
			Hint:    "nothing was changed; run the command from another folder",
		}
	}
	return nil
}

// makeParents makes the folders above the target that do not exist, and
// returns them, outermost first.
func (f *Folder) makeParents() (made []string, err error) {
	var missing []string
	for dir := filepath.Dir(f.dir); ; dir = filepath.Dir(dir) {
		there, err := exists(dir)
		if err != nil {
			return nil, err
		}
		if there {
			break
		}
		missing = append(missing, dir)
	}
	for _, dir := range slices.Backward(missing) {
		err := f.step("parent", dir, func() error { return os.Mkdir(dir, 0o755) })
		if err != nil && !errors.Is(err, os.ErrExist) {
			removeEmpty(made)
			return nil, err
		}
		made = append(made, dir)
	}
	return made, nil
}

// removeEmpty removes the folders that makeParents made, as long as nobody has
// put anything into them.
func removeEmpty(made []string) {
	for _, dir := range slices.Backward(made) {
		if os.Remove(dir) != nil {
			return
		}
	}
}
