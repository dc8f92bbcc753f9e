// Package target is where bundles live: today a folder on disk.
//
// A target is given everything that it shall hold as a [Tree] and comes to
// hold exactly that, in one step: whoever reads it, and whatever kills the
// writing process, sees the old content or the new and never a mixture.
// Content that callpolicy did not write is never removed; a target that holds
// any is refused, with the list.
//
//	folder, err := target.Open("build/bundles", bundle.Owned)
//	result, err := folder.Apply(ctx, tree, target.Options{})
//
// The package moves files and knows nothing of what is in them: not of users,
// not of layouts, not of the manifest's format. It asks the [OwnedFunc] of its
// caller which files of an existing target the manifest there lists. It decides
// nothing about a plan, prints nothing, and talks to no network.
//
// # How a folder is replaced
//
// Next to the target bundles lies, while a run is at work, the work folder
// .bundles.callpolicy. It holds lock, which keeps a second run out, journal,
// which proves the folder to be callpolicy's and says for which target, user and
// run it is, and under fixed names the trees in transit:
//
//	build   a new tree, being written. Worth nothing until it is whole
//	ready   the new tree, whole and on disk; after the exchange, the old one
//	old     the old tree, where the system cannot exchange two folders
//	trash   a tree that nobody needs anymore, being removed
//
// Those names say exactly how far a killed run came, since each of its steps is
// one rename, which can neither fail on a full disk nor tear. The journal says
// which trees they are: it is written before the first of them changes its
// place. The steps are: write build, bring
// it to disk, rename it to ready, exchange ready with the target (or rename the
// target to old and ready to the target), look whether somebody put a file of
// their own into the old tree meanwhile (then exchange back and refuse), rename
// the old tree to trash, remove it. The next run finishes the step it finds or
// takes it back.
//
// A work folder can also have come with a clone or an archive. What the journal
// does not prove to be of this user's own run for this target is refused, and
// nothing in it is moved or removed. A tree is only ever removed after a look
// at all that is in it; where two of them hold files of somebody's own, both are
// kept and named.
package target

import (
	"context"
	"io/fs"
	"iter"
)

// Target is a place that holds bundles.
type Target interface {
	// FS gives what readers of the target see at this moment: its old content
	// or its new, nothing where the target does not exist yet. It changes
	// nothing, not even what a killed run left behind.
	FS() fs.FS
	// Recover finishes or takes back what a killed run left behind. It does
	// nothing where there is nothing of the kind.
	Recover(ctx context.Context) error
	// Apply makes the target hold the tree and nothing else.
	Apply(ctx context.Context, tree Tree, opts Options) (Result, error)
}

// File is one file that a target shall hold.
type File struct {
	Path   string   // slash-separated and relative, valid in the sense of fs.ValidPath
	Data   []byte   // never modified; many files may share one slice
	Digest [32]byte // SHA-256 of Data, for targets that store by content; a Folder does not need it
}

// Tree is everything that a target shall hold. It may be hundreds of thousands
// of files, many of them with the same bytes, so it is iterated, not copied.
type Tree interface {
	// Files yields every file once, in ascending order of path. It is called
	// several times, never concurrently, and yields the same each time.
	Files() iter.Seq[File]
	// Len is the number of files.
	Len() int
}

// OwnedFunc tells which files of an existing target callpolicy wrote: it reads
// the manifest in fsys and returns a function that reports whether a
// slash-separated path is a file that the manifest lists, and the digest of the
// manifest. The manifest itself is one of those files. Without a manifest
// nothing is owned, the digest is empty, and the returned function may be nil; a
// manifest that cannot be understood is an error.
//
// It reads what it needs of fsys before it returns; the function that it
// returns is called from several goroutines at once.
type OwnedFunc func(fsys fs.FS) (owned func(path string) bool, digest string, err error)

// Options are the choices of one Apply. The zero value is good.
type Options struct {
	// Unchanged, where it is not nil, reports that the target is known to hold
	// the file at path already, with the bytes of the tree, for instance since
	// two manifests agree; the file is then not compared. It is asked only for
	// files that exist in the target, and from several goroutines at once.
	// What it says is believed: a file edited by hand stays as it is.
	Unchanged func(path string) bool
	// Workers is how many files are written at once; 0 lets the target choose.
	// The result does not depend on it.
	Workers int
	// Advance, where it is not nil, is told how many of all files are written,
	// by many goroutines.
	Advance func(done, all int)
}

// Result is what an Apply did, in files.
type Result struct {
	Written   int  // new, or with other bytes than before
	Unchanged int  // kept as they were
	Removed   int  // listed by the old manifest, and not in the tree
	Changed   bool // whether anything was written at all
}
