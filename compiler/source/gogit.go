package source

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"

	"callpolicy/compiler/bounded"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/index"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"
	"github.com/go-git/go-git/v5/utils/diff"
)

// goGit reads a repository through go-git's storage, and not through its
// Repository: that one refuses formats that do not concern reading, as after
// `git sparse-checkout`, does not find the objects of shared clones, and
// takes HEAD@{1} and HEAD:file for HEAD.
type goGit struct {
	layout  *layout
	partial bool // a partial clone, which misses objects as a rule

	mu    sync.Mutex // go-git is not safe for concurrent use
	store *chain
}

var _ objects = (*goGit)(nil)

// harmless are the repository extensions that do not change how objects, refs
// and the index are read.
var harmless = []string{"noop", "noop-v1", "preciousobjects", "partialclone", "worktreeconfig", "relativeworktrees"}

// newGoGit returns an errUnsupported where go-git would fail or, worse, misread.
func newGoGit(l *layout) (*goGit, error) {
	c := l.config
	if c.err != nil {
		return nil, fmt.Errorf("%w: its configuration: %w", errUnsupported, c.err)
	}
	if v := c.get("core", "repositoryFormatVersion"); v != "" && v != "0" && v != "1" {
		return nil, fmt.Errorf("%w: repository format %s", errUnsupported, v)
	}
	for _, key := range c.keys("extensions") {
		switch {
		case slices.Contains(harmless, key):
		case key == "objectformat" && strings.EqualFold(c.get("extensions", key), "sha1"):
		case key == "refstorage" && strings.EqualFold(c.get("extensions", key), "files"):
		case key == "objectformat":
			return nil, fmt.Errorf("%w: %s object names", errUnsupported, c.get("extensions", key))
		default:
			return nil, fmt.Errorf("%w: extension %s=%s", errUnsupported, key, c.get("extensions", key))
		}
	}
	if len(l.objects) > 0 {
		return nil, fmt.Errorf("%w: objects outside the repository, as git sets them up for its hooks", errUnsupported)
	}
	store, err := openChain(l)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnsupported, err)
	}
	return &goGit{layout: l, partial: c.promisor() != "", store: store}, nil
}

func (g *goGit) read(_ context.Context, id string, most int64) (string, []byte, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	o, err := g.store.EncodedObject(plumbing.AnyObject, plumbing.NewHash(id))
	if errors.Is(err, plumbing.ErrObjectNotFound) && !g.partial {
		g.store.reindex() // a fetch or `git gc` may have packed it meanwhile
		o, err = g.store.EncodedObject(plumbing.AnyObject, plumbing.NewHash(id))
	}
	if err != nil {
		return "", nil, found(err)
	}
	r, err := o.Reader()
	if err != nil {
		return "", nil, err
	}
	defer r.Close() // nothing was written
	if o.Size() > most {
		return "", nil, &bounded.TooLargeError{Size: o.Size(), Limit: most}
	}
	data := make([]byte, o.Size())
	if _, err := io.ReadFull(r, data); err != nil {
		return "", nil, err
	}
	return o.Type().String(), data, nil
}

func (g *goGit) size(_ context.Context, id string) (int64, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	size, err := g.store.EncodedObjectSize(plumbing.NewHash(id))
	return size, found(err)
}

func (g *goGit) has(id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, err := g.store.EncodedObjectSize(plumbing.NewHash(id))
	return err == nil
}

// refresh makes packs known that came after the first read.
func (g *goGit) refresh() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.store.reindex()
}

func (g *goGit) close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	var errs []error
	for _, s := range g.store.all() {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// found gives go-git's words for "not there" as errNotFound.
func found(err error) error {
	if errors.Is(err, plumbing.ErrObjectNotFound) || errors.Is(err, plumbing.ErrReferenceNotFound) {
		return fmt.Errorf("%w (%w)", errNotFound, err)
	}
	return err
}

// refRules are the places where git looks for a short name, in its order.
var refRules = []string{"refs/%s", "refs/tags/%s", "refs/heads/%s", "refs/remotes/%s", "refs/remotes/%s/HEAD"}

func (g *goGit) resolve(_ context.Context, name string) (string, error) {
	if strings.Contains(name, "@{") || strings.HasSuffix(name, "_HEAD") {
		return "", fmt.Errorf("%w: the name %s", errUnsupported, name)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(name) == 40 && isHex(name) {
		id := plumbing.NewHash(name)
		_, err := g.store.EncodedObjectSize(id)
		return id.String(), found(err)
	}
	places := []string{name}
	if name != "HEAD" {
		places = places[:0]
		if strings.HasPrefix(name, "refs/") {
			places = append(places, name)
		}
		for _, rule := range refRules {
			places = append(places, fmt.Sprintf(rule, name))
		}
	}
	for _, place := range places {
		id, err := g.ref(plumbing.ReferenceName(place))
		if err == nil {
			return id.String(), nil
		}
		if !errors.Is(err, plumbing.ErrReferenceNotFound) {
			return "", err
		}
	}
	if len(name) >= 4 && isHex(name) {
		return g.abbreviated(name)
	}
	return "", errNotFound
}

// ref follows symbolic refs to an id.
func (g *goGit) ref(name plumbing.ReferenceName) (plumbing.Hash, error) {
	const most = 10
	for range most {
		ref, err := g.store.Reference(name)
		if err != nil {
			if errors.Is(err, dotgit.ErrPackedRefsBadFormat) {
				return plumbing.ZeroHash, err
			}
			return plumbing.ZeroHash, plumbing.ErrReferenceNotFound
		}
		switch ref.Type() {
		case plumbing.HashReference:
			return ref.Hash(), nil
		case plumbing.SymbolicReference:
			name = ref.Target()
		case plumbing.InvalidReference:
			return plumbing.ZeroHash, fmt.Errorf("%s is not a valid ref", name)
		}
	}
	return plumbing.ZeroHash, fmt.Errorf("%s is a symbolic ref that leads to itself", name)
}

// abbreviated finds the one commit or tag whose id begins with prefix.
func (g *goGit) abbreviated(prefix string) (string, error) {
	prefix = strings.ToLower(prefix)
	start, err := hex.DecodeString(prefix[:len(prefix)&^1])
	if err != nil {
		return "", err
	}
	var ids []string
	for _, s := range g.store.all() {
		hashes, err := s.HashesWithPrefix(start)
		if err != nil {
			return "", err
		}
		for _, h := range hashes {
			id := h.String()
			if !strings.HasPrefix(id, prefix) || slices.Contains(ids, id) {
				continue
			}
			o, err := s.EncodedObject(plumbing.AnyObject, h)
			if err != nil {
				return "", err
			}
			if t := o.Type(); t == plumbing.CommitObject || t == plumbing.TagObject {
				ids = append(ids, id)
			}
		}
	}
	switch len(ids) {
	case 0:
		return "", errNotFound
	case 1:
		return ids[0], nil
	}
	slices.Sort(ids)
	return "", ambiguous(prefix, ids)
}

func (g *goGit) symbolic(_ context.Context, name string) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	ref, err := g.store.Reference(plumbing.ReferenceName(name))
	switch {
	case errors.Is(err, plumbing.ErrReferenceNotFound):
		return "", nil
	case err != nil:
		return "", err
	}
	return ref.Target().String(), nil // "" for a plain ref
}

func (g *goGit) index(context.Context) (staged, error) {
	var s staged
	file, err := os.Open(g.layout.indexFile)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	defer file.Close() // nothing was written
	var idx index.Index
	if err := index.NewDecoder(bufio.NewReaderSize(file, 1<<16)).Decode(&idx); err != nil {
		return s, fmt.Errorf("%w: the index file: %w", errUnsupported, err)
	}
	for _, e := range idx.Entries {
		switch {
		case e.Stage != 0: // not index.Merged, which is 1, git's mark of a conflict
			s.conflicts = append(s.conflicts, e.Name)
		case !e.IntentToAdd:
			s.entries = append(s.entries, entry{
				name: strings.TrimSuffix(e.Name, "/"), mode: fmt.Sprintf("%o", uint32(e.Mode)), id: e.Hash.String(), left: e.SkipWorktree,
			})
		}
	}
	s.conflicts = slices.Compact(s.conflicts)
	return s, nil
}

func (g *goGit) blame(ctx context.Context, commit, head, file string, data []byte) ([]BlameLine, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	from := commit
	if from == "" {
		from = head
	}
	c, err := object.GetCommit(g.store, plumbing.NewHash(from))
	if err != nil {
		return nil, found(err)
	}
	result, err := git.Blame(c, file)
	if errors.Is(err, plumbing.ErrObjectNotFound) && len(g.layout.shallow()) > 0 {
		return nil, fmt.Errorf("%w: blame in a shallow clone", errUnsupported)
	}
	if err != nil {
		return nil, err
	}
	lines := make([]BlameLine, len(result.Lines))
	var old strings.Builder
	for i, l := range result.Lines {
		lines[i] = BlameLine{Commit: l.Hash.String(), Author: l.AuthorName, Date: l.Date.UTC()}
		old.WriteString(strings.TrimSuffix(l.Text, "\r") + "\n")
	}
	if commit != "" {
		return lines, nil
	}
	return carryOver(lines, old.String(), textLines(data)), nil
}

// carryOver gives the lines of a changed file what is known of the old ones.
func carryOver(known []BlameLine, old string, now []string) []BlameLine {
	var lines []BlameLine
	at := 0
	for _, d := range diff.Do(old, strings.Join(now, "\n")+"\n") {
		n := strings.Count(d.Text, "\n")
		switch {
		case d.Type > 0: // inserted
			lines = append(lines, make([]BlameLine, n)...)
		case d.Type < 0: // deleted
			at += n
		default:
			lines = append(lines, known[at:at+n]...)
			at += n
		}
	}
	return lines
}
