package source

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"callpolicy/compiler/failure"
)

// revision is the name of a commit, taken apart: a plain name that git knows,
// and steps from there to an ancestor.
type revision struct {
	name  string
	steps []step
}

// step goes to an ancestor: ~n up along first parents, ^n to the n-th parent.
type step struct {
	parent int // which parent, from 1; 0 for "this one" (^0)
	times  int
}

var (
	suffix = regexp.MustCompile(`(~\d*|\^\d*|\^\{commit\}|\^\{\})$`)
	atSign = regexp.MustCompile(`^(.*)@\{(-?\d{1,9}|u|upstream|push)\}$`)
)

// parseRevision accepts names of single commits: HEAD, branches, tags, ids
// and their beginnings, all with ~2 and ^1 behind them, and branch@{upstream}
// or @{1}. Whatever else git understands, such as ranges, file names, dates and
// searches, is refused: some names more than one commit, and some another one
// tomorrow.
func parseRevision(text string) (revision, error) {
	refuse := func(format string, args ...any) (revision, error) {
		return revision{}, &failure.Error{
			Kind:    ErrRevisionSyntax,
			Problem: fmt.Sprintf("%q is not a revision: ", text) + fmt.Sprintf(format, args...),
			Hint:    "give one commit, such as HEAD~1, main, origin/main, v1.2 or 3f2c1ab",
		}
	}
	switch {
	case text == "":
		return refuse("it is empty")
	case strings.HasPrefix(text, "-"):
		return refuse("it begins with a dash")
	case strings.Contains(text, ".."):
		return refuse("it is a range of commits")
	case strings.HasPrefix(text, "^"):
		return refuse("it excludes a commit")
	case strings.Contains(text, ":"):
		return refuse("it names a file in a revision, or searches for a commit")
	}
	r := revision{name: text}
	for {
		at := suffix.FindStringIndex(r.name)
		if at == nil {
			break
		}
		s, err := parseStep(r.name[at[0]:])
		if err != nil {
			return refuse("%v", err)
		}
		r.steps = append([]step{s}, r.steps...)
		r.name = r.name[:at[0]]
	}
	plain := r.name
	if m := atSign.FindStringSubmatch(plain); m != nil {
		plain = m[1]
	}
	if plain == "@" {
		plain, r.name = "HEAD", strings.Replace(r.name, "@", "HEAD", 1)
	}
	if plain == "" && plain != r.name {
		return r, nil // @{upstream}: of the current branch
	}
	if bad := badName(plain); bad != "" {
		return refuse("%s", bad)
	}
	return r, nil
}

func parseStep(text string) (step, error) {
	if strings.HasPrefix(text, "^{") {
		return step{}, nil
	}
	n := 1
	if len(text) > 1 {
		var err error
		if n, err = strconv.Atoi(text[1:]); err != nil {
			return step{}, fmt.Errorf("%s is too far", text)
		}
	}
	if text[0] == '~' {
		return step{parent: 1, times: n}, nil
	}
	return step{parent: n, times: 1}, nil
}

// badName says why a name cannot be one of git's; "" if it can.
func badName(name string) string {
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case part == "":
			return "a part of the name is empty"
		case strings.HasPrefix(part, "."), strings.HasSuffix(part, "."), strings.HasSuffix(part, ".lock"):
			return fmt.Sprintf("no branch or tag is called %q", part)
		}
	}
	for _, c := range name {
		if !unicode.In(c, unicode.L, unicode.M, unicode.N) && !strings.ContainsRune("-_./+=@#%,!&()", c) {
			return fmt.Sprintf("%q cannot be in it", c)
		}
	}
	return ""
}

func isHex(s string) bool {
	for _, c := range s {
		if !strings.ContainsRune("0123456789abcdefABCDEF", c) {
			return false
		}
	}
	return s != ""
}

// commit is what matters here of a commit object.
type commit struct {
	id      string
	tree    string
	parents []string
	date    time.Time // the committer's, in UTC
	cut     bool      // a shallow clone ends here: parents are unknown
}

// commit reads the commit that id is, or that the tag id points to.
func (r *Repository) commit(ctx context.Context, id string) (*commit, error) {
	const most = 10 // tags of tags
	for range most {
		kind, data, err := r.objects.read(ctx, id, mostObject)
		if err != nil {
			return nil, err
		}
		switch kind {
		case "commit":
			c := parseCommit(id, data)
			if c.cut = r.cut()[id]; c.cut {
				c.parents = nil
			}
			return c, nil
		case "tag":
			target, _, _ := strings.Cut(string(data), "\n")
			id = strings.TrimPrefix(target, "object ")
		default:
			return nil, &failure.Error{Kind: ErrUnknownRevision, Problem: fmt.Sprintf("%s is a %s, not a commit", id, kind)}
		}
	}
	return nil, &failure.Error{Kind: ErrUnknownRevision, Problem: id + " is a tag of a tag of a tag, without end"}
}

func parseCommit(id string, data []byte) *commit {
	c := &commit{id: id}
	for line := range strings.Lines(string(data)) {
		key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if !ok {
			break // the message begins
		}
		switch key {
		case "tree":
			c.tree = value
		case "parent":
			c.parents = append(c.parents, value)
		case "committer":
			c.date = stamp(value)
		}
	}
	return c
}

// stamp reads the date at the end of "Name <address> 1770000000 +0100".
func stamp(who string) time.Time {
	words := strings.Fields(who[strings.LastIndexByte(who, '>')+1:])
	if len(words) == 0 {
		return time.Time{}
	}
	seconds, err := strconv.ParseInt(words[0], 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// Parent returns the id of the first parent of a commit; it is empty where there
// is none, or where a shallow clone ends.
func (r *Repository) Parent(ctx context.Context, id string) (string, error) {
	c, err := r.commit(ctx, id)
	if err != nil || len(c.parents) == 0 {
		return "", err
	}
	return c.parents[0], nil
}

// FirstParent is [Repository.Parent], where a shallow clone that ends there is an
// error: nobody can say whether there is a parent.
func (r *Repository) FirstParent(ctx context.Context, id string) (string, error) {
	if r.cut()[id] {
		return "", tooShallow("the commit before " + id[:7])
	}
	return r.Parent(ctx, id)
}

// find returns the commit that a revision names.
func (r *Repository) find(ctx context.Context, text string) (*commit, error) {
	rev, err := parseRevision(text)
	if err != nil {
		return nil, err
	}
	if err := r.usable(); err != nil {
		return nil, err
	}
	id, err := r.objects.resolve(ctx, rev.name)
	if errors.Is(err, errNotFound) {
		return nil, r.unknown(ctx, text, rev.name, err)
	}
	if err != nil {
		return nil, err
	}
	c, err := r.commit(ctx, id)
	if errors.Is(err, ErrMissingObject) {
		return nil, r.unknown(ctx, text, rev.name, err)
	}
	for _, s := range rev.steps {
		for i := 0; err == nil && s.parent > 0 && i < s.times; i++ {
			switch {
			case c.cut:
				return nil, tooShallow(fmt.Sprintf("%q", text))
			case s.parent > len(c.parents):
				return nil, &failure.Error{
					Kind:    ErrUnknownRevision,
					Problem: fmt.Sprintf("there is no %q: commit %s has %s", text, short(c.id), parents(len(c.parents))),
				}
			}
			c, err = r.commit(ctx, c.parents[s.parent-1])
		}
	}
	return c, err
}

func parents(n int) string {
	switch n {
	case 0:
		return "no parent"
	case 1:
		return "one parent only"
	}
	return fmt.Sprintf("%d parents only", n)
}

// short abbreviates an id as people read it.
func short(id string) string { return id[:min(len(id), 7)] }
