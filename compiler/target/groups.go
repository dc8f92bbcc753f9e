package target

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"

	"golang.org/x/sync/errgroup"
)

// group is a run of files of one folder, the unit of work of a worker.
type group struct {
	dir   string // slash-separated; "" is the top
	first int    // the place of files[0] in the tree
	files []File
}

// groupFiles is the most files in a group, so that one large folder, such as
// the index, is shared among the workers.
const groupFiles = 64

// eachGroup calls work for every group of the tree, several at once, and
// announce, where it is not nil, for each of them in the order of the tree and
// before work. It refuses a tree that could write anywhere but below the target.
func eachGroup(ctx context.Context, tree Tree, workers int, announce, work func(group) error) error {
	g, ctx := errgroup.WithContext(ctx)
	groups := make(chan group, 4*workers)
	g.Go(func() error {
		defer close(groups)
		var cur group
		send := func() error {
			if len(cur.files) == 0 {
				return nil
			}
			if announce != nil {
				if err := announce(cur); err != nil {
					return err
				}
			}
			select {
			case groups <- cur:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		last, n, length := "", 0, tree.Len()
		for file := range tree.Files() {
			if err := check(file.Path, last); err != nil {
				return err
			}
			if n == length {
				return fmt.Errorf("the tree has more files than the %d it announces", n)
			}
			dir := path.Dir(file.Path)
			if dir == "." {
				dir = ""
			}
			if dir != cur.dir || len(cur.files) == groupFiles {
				if err := send(); err != nil {
					return err
				}
				cur = group{dir: dir, first: n}
			}
			cur.files = append(cur.files, file)
			last = file.Path
			n++
		}
		if n != length {
			return fmt.Errorf("the tree has %d files and announces %d", n, length)
		}
		return send()
	})
	for range workers {
		g.Go(func() error {
			for gr := range groups {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := work(gr); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// check refuses a path that leaves the target, that this system cannot
// represent, or that is not after the last one.
func check(p, last string) error {
	if !fs.ValidPath(p) || p == "." {
		return fmt.Errorf("the tree holds %q, which is not a path below the target", p)
	}
	if _, err := filepath.Localize(p); err != nil {
		return fmt.Errorf("the tree holds %q, which is no file name on this system: %w", p, err)
	}
	if p <= last {
		return fmt.Errorf("the tree holds %q after %q, which is not in ascending order", p, last)
	}
	return nil
}
