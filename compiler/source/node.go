package source

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// kind is what a node of a snapshot is.
type kind uint8

const (
	kindFile    kind = iota + 1
	kindDir          // its children are loaded when somebody first asks
	kindLink         // a symbolic link
	kindNested       // a submodule or another repository
	kindSpecial      // a device, a pipe, a socket: never read
)

func (k kind) mode() fs.FileMode {
	switch k {
	case kindFile:
		return 0o444
	case kindDir:
		return fs.ModeDir | 0o555
	case kindLink:
		return fs.ModeSymlink | 0o777
	case kindNested, kindSpecial:
	}
	return fs.ModeIrregular
}

// loader reads nodes from where they live: the disk, or git's objects. Names
// are real ones, slash paths from the root without any link in them.
type loader interface {
	list(ctx context.Context, name string, n *node) ([]*node, error)
	read(ctx context.Context, name string, n *node) ([]byte, error) // a file's content, a link's target
	stat(ctx context.Context, name string, n *node) (size int64, mod time.Time, err error)
}

// node is one entry of a snapshot. Folders are listed at most once, so that
// later questions are answered from memory and always alike.
type node struct {
	name string
	kind kind
	id   string // the git object, "" on disk
	from loader

	once sync.Once
	kids []*node // sorted by name
	err  error

	seen atomic.Pointer[fingerprint] // of a work-tree file, once it was read
}

func (n *node) children(ctx context.Context, name string) ([]*node, error) {
	n.once.Do(func() {
		if n.kids != nil { // given from the start, as in the index
			return
		}
		n.kids, n.err = n.from.list(ctx, name, n)
		slices.SortFunc(n.kids, func(a, b *node) int { return strings.Compare(a.name, b.name) })
	})
	return n.kids, n.err
}

// child returns the child of that name, or nil.
func (n *node) child(ctx context.Context, dir, name string) (*node, error) {
	kids, err := n.children(ctx, dir)
	if err != nil {
		return nil, err
	}
	i, ok := slices.BinarySearchFunc(kids, name, func(k *node, name string) int { return strings.Compare(k.name, name) })
	if !ok {
		return nil, nil
	}
	return kids[i], nil
}

var errNotDir = errors.New("not a directory")

// maxLinks bounds the symbolic links on the way to one file, as Linux does.
const maxLinks = 40

// place is a node where it really is.
type place struct {
	*node
	path  string   // without any link in it
	links []string // the links that were followed to get there, likewise
}

// lookup finds a node by name. It follows the links on the way, and the last
// one too if follow is set, inside the snapshot only: this way a link means
// the same on disk and in a revision, and can lead neither out of the
// repository nor to git's own files, which no listing shows.
func lookup(ctx context.Context, root *node, name string, follow bool) (place, error) {
	l := &pathWalk{name: name, stack: []*node{root}, todo: split(name)}
	for len(l.todo) > 0 {
		if err := l.step(ctx, follow); err != nil {
			return place{}, err
		}
	}
	at := place{node: l.top(), path: join(l.at)}
	for _, link := range l.links {
		at.links = append(at.links, link.path)
	}
	return at, nil
}

// pathWalk is a lookup under way.
type pathWalk struct {
	name  string
	stack []*node  // from the root to where it stands
	at    []string // their names, without the root's
	todo  []string
	links []followed
}

// followed is a link whose target was put in front of what was left to do.
type followed struct {
	path, target string
	rest         int // how many steps were left behind it
}

func (l *pathWalk) top() *node { return l.stack[len(l.stack)-1] }

func (l *pathWalk) step(ctx context.Context, follow bool) error {
	name := l.todo[0]
	l.todo = l.todo[1:]
	dir := join(l.at)
	switch l.top().kind {
	case kindDir:
	case kindNested:
		return &NestedError{Name: dir}
	case kindFile, kindLink, kindSpecial:
		return l.fault(LinkDangling)
	}
	if name == ".." {
		if len(l.at) == 0 {
			return l.fault(LinkLeaves)
		}
		l.stack, l.at = l.stack[:len(l.stack)-1], l.at[:len(l.at)-1]
		return nil
	}
	kid, err := l.top().child(ctx, dir, name)
	switch {
	case err != nil:
		return err
	case kid == nil:
		return l.fault(LinkDangling)
	case kid.kind == kindLink && (len(l.todo) > 0 || follow):
		return l.follow(ctx, path.Join(dir, name), kid)
	}
	l.stack, l.at = append(l.stack, kid), append(l.at, name)
	return nil
}

func (l *pathWalk) follow(ctx context.Context, link string, n *node) error {
	target, err := n.from.read(ctx, link, n)
	if err != nil {
		return err
	}
	f := followed{path: link, target: string(target), rest: len(l.todo)}
	l.links = append(l.links, f)
	switch {
	case absolute(f.target):
		return l.fault(LinkAbsolute)
	case len(l.links) > maxLinks:
		return l.loop()
	}
	l.todo = append(split(f.target), l.todo...)
	return nil
}

// fault blames the link whose target holds the step just taken. A step of the
// name itself is no link's fault: the name is not there.
func (l *pathWalk) fault(fault LinkFault) error {
	for _, f := range slices.Backward(l.links) {
		if len(l.todo) >= f.rest {
			return &LinkError{Name: l.name, Link: f.path, Target: f.target, Fault: fault}
		}
	}
	return fs.ErrNotExist
}

// loop blames a loop on the first by name of the links in it, so that it is the
// same fault whichever of them was asked for. A chain that is only too long is
// blamed on its end.
func (l *pathWalk) loop() error {
	before, end := l.links[:len(l.links)-1], l.links[len(l.links)-1]
	first := end
	for _, f := range slices.Backward(before) {
		if f.path == end.path {
			end = first
			break
		}
		if f.path < first.path {
			first = f
		}
	}
	return &LinkError{Name: l.name, Link: end.path, Target: end.target, Fault: LinkLoop}
}

// split cuts a slash path into its steps, without the empty ones and dots.
func split(name string) []string {
	return slices.DeleteFunc(strings.Split(name, "/"), func(s string) bool { return s == "" || s == "." })
}

func join(steps []string) string {
	if len(steps) == 0 {
		return "."
	}
	return strings.Join(steps, "/")
}

// absolute reports whether a link's target is absolute on any system: a
// repository means the same on all of them.
func absolute(target string) bool {
	return strings.HasPrefix(target, "/") || strings.HasPrefix(target, `\`) ||
		len(target) >= 2 && target[1] == ':'
}
