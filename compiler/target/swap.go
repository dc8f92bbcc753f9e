package target

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"callpolicy/compiler/failure"
)

// swap puts the tree that was built in the place of the target and returns
// where the old one is now, "" where there was none. On an error the target is
// what it was.
func (f *Folder) swap(ctx context.Context, was *seen, workers int) (old string, err error) {
	ready := f.inWork(readyName)
	if err := f.rename("ready", f.inWork(buildName), ready); err != nil {
		return "", err
	}
	if err := f.sys.flushDir(f.work); err != nil {
		return "", errors.Join(err, f.discard(ready))
	}
	if was.info == nil {
		if err := f.rename("install", ready, f.dir); err != nil {
			return "", errors.Join(err, f.discard(ready))
		}
		if err := f.flushNames(); err != nil {
			return "", errors.Join(err, f.withdraw(ctx))
		}
		return "", nil
	}

	old = ready
	err = f.exchange(ready)
	switch {
	case errors.Is(err, errNoExchange):
		old = f.inWork(oldName)
		if err := f.twoRenames(ready, old); err != nil {
			return "", err
		}
	case err != nil:
		return "", errors.Join(err, f.discard(ready))
	}
	// Somebody may have put a file into the target while the new tree was being
	// built. Nobody can anymore.
	c, err := f.scan(ctx, old, was.holds, workers)
	if err == nil {
		err = c.foreign.err(f.dir)
	}
	if err == nil {
		// Not before the exchange is on disk may the removal begin.
		err = f.flushNames()
	}
	if err != nil {
		return "", errors.Join(err, f.swapBack(ctx, old))
	}
	return old, nil
}

// exchange swaps the target with the folder other, in one step.
func (f *Folder) exchange(other string) error {
	return f.step("exchange", other, func() error { return f.sys.exchange(other, f.dir) })
}

// twoRenames is exchange where there is none: the target becomes old, ready
// becomes the target. Between the two the target does not exist, and readers
// are given old.
func (f *Folder) twoRenames(ready, old string) error {
	if err := f.rename("aside", f.dir, old); err != nil {
		return errors.Join(err, f.discard(ready))
	}
	err := f.rename("install", ready, f.dir)
	if err == nil {
		return nil
	}
	if back := f.rename("put back", old, f.dir); back != nil {
		return because(errors.Join(err, back),
			display(f.dir)+" could not be replaced; its content is in "+display(old),
			"nothing is lost, the next run there finishes")
	}
	return errors.Join(err, f.discard(ready))
}

// swapBack undoes the exchange: the tree at old becomes the target again, and
// the new one counts for nothing. Where somebody has put a file of their own into
// the new one, too, neither is moved.
func (f *Folder) swapBack(ctx context.Context, old string) error {
	now, err := f.examine(ctx, f.dir)
	if err != nil {
		return f.cannotPutBack(old, err)
	}
	if now.content.foreign.count > 0 {
		return &failure.Error{
			Problem: "somebody has put files of their own both into " + display(f.dir) + " and into the content from before, which is in " + display(old),
			Hint:    "nothing is lost; move them away from both, and the next run there finishes",
			Cause:   now.content.foreign.err(f.dir),
		}
	}
	err = f.exchange(old)
	switch {
	case err == nil:
		return f.discard(old)
	case errors.Is(err, errNoExchange):
		// Under the name build the new tree counts for nothing from here on.
		if err = f.rename("aside", f.dir, f.inWork(buildName)); err == nil {
			err = f.rename("put back", old, f.dir)
		}
	}
	if err != nil {
		return f.cannotPutBack(old, err)
	}
	return nil
}

func (f *Folder) cannotPutBack(old string, err error) error {
	return because(err,
		"the old content of "+display(f.dir)+", now in "+display(old)+", could not be put back",
		"nothing is lost, the next run there tries again")
}

// discard makes a tree trash. Only as trash, or as build, may a tree be removed:
// under any other name, one that is removed in part would look like somebody's.
func (f *Folder) discard(tree string) error {
	return f.rename("discard", tree, f.inWork(trashName))
}

// flushNames brings the renames between work folder and target to disk.
func (f *Folder) flushNames() error {
	return errors.Join(f.sys.flushDir(f.work), f.sys.flushDir(filepath.Dir(f.dir)))
}

// withdraw takes the new tree away again where there was none before, unless
// somebody has put a file of their own into it.
func (f *Folder) withdraw(ctx context.Context) error {
	now, err := f.examine(ctx, f.dir)
	if err == nil {
		err = now.content.foreign.err(f.dir)
	}
	if err != nil {
		return err
	}
	return f.discard(f.dir)
}

// examined is a tree that was looked at in full.
type examined struct {
	content *content
	digest  string // of its manifest; "" where there is none
}

// examine looks at all that is in a tree.
func (f *Folder) examine(ctx context.Context, dir string) (examined, error) {
	owned, digest, err := f.ownedIn(dir)
	if err != nil {
		return examined{}, err
	}
	c, err := f.scan(ctx, dir, owned, Options{}.workers())
	return examined{c, digest}, err
}

// recover brings the target and the work folder, which is held, to where no run
// was ever interrupted.
func (f *Folder) recover(ctx context.Context, h *hold) error {
	if err := f.sweep(); err != nil {
		return err
	}
	ready, old := f.inWork(readyName), f.inWork(oldName)
	target, err := exists(f.dir)
	isReady, err2 := exists(ready)
	isOld, err3 := exists(old)
	if err := errors.Join(err, err2, err3); err != nil {
		return err
	}
	known := func(tree string) (examined, error) { return f.known(ctx, tree, h.journal) }

	var other string // the tree that is not the target: the old one, or the new
	switch {
	case isOld && isReady && target:
		return &failure.Error{
			Problem: display(f.dir) + " was made anew by somebody after a run was killed that had set its content aside",
			Hint:    "move it away, so that the next run can finish; the content from before is in " + display(old),
		}
	case isOld && isReady: // between the two renames: finish
		_, err := known(old)
		_, err2 := known(ready)
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		if err := f.rename("install", ready, f.dir); err != nil {
			return err
		}
		target, other = true, old
	case isOld && !target: // while the two renames were undone: finish undoing
		if _, err := known(old); err != nil {
			return err
		}
		return f.rename("put back", old, f.dir)
	case isOld: // after the two renames
		other = old
	case isReady: // before or after an exchange, which is the same from here
		other = ready
	default:
		return nil
	}

	tree, err := known(other)
	if err != nil {
		return err
	}
	switch {
	case tree.content.foreign.count == 0:
		err = f.discard(other)
	case target:
		// A file of somebody's own in it: so it is what was the target, and must
		// be so again, for them to be told.
		if _, err = known(f.dir); err == nil {
			err = f.swapBack(ctx, other)
		}
	default:
		err = f.rename("put back", other, f.dir)
	}
	if err := errors.Join(err, f.flushNames()); err != nil {
		return err
	}
	return f.sweep()
}

// known examines a tree, and refuses one that is neither of the two with which
// the run that was killed had to do.
func (f *Folder) known(ctx context.Context, tree string, j journal) (examined, error) {
	found, err := f.examine(ctx, tree)
	if err != nil {
		return examined{}, because(err,
			"what a killed run left in "+display(f.work)+" cannot be examined",
			"nothing was changed; remove that folder by hand once you know that nothing in it is needed")
	}
	if found.digest != j.From && found.digest != j.To {
		return examined{}, &failure.Error{
			Problem: display(tree) + " holds neither what the killed run found nor what it wrote",
			Hint:    "nothing was changed; look at it and at " + display(f.work) + ", and remove that folder by hand once you know that nothing in it is needed",
		}
	}
	return found, nil
}

// sweep removes the trees in the work folder that count for nothing.
func (f *Folder) sweep() error {
	return errors.Join(f.remove(f.inWork(buildName)), f.remove(f.inWork(trashName)))
}

// remove removes a whole tree, what lies two levels below its top at once. It
// follows no link.
func (f *Folder) remove(dir string) error {
	if there, err := exists(dir); err != nil || !there {
		return err
	}
	tops, err := subfolders(dir)
	if err != nil {
		return err
	}
	var g errgroup.Group
	g.SetLimit(Options{}.workers())
	for _, top := range tops {
		parts, err := subfolders(top)
		if err != nil {
			return errors.Join(err, g.Wait())
		}
		for _, part := range parts {
			g.Go(func() error { return f.removeAll(part) })
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return f.removeAll(dir)
}

func (f *Folder) removeAll(dir string) error {
	return f.step("remove", dir, func() error { return os.RemoveAll(dir) })
}

// subfolders returns the paths of the folders in dir.
func subfolders(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	var paths []string
	for _, e := range entries {
		if e.IsDir() {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths, err
}
