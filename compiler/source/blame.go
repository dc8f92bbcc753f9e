package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

// BlameLine says who last touched one line of a file.
type BlameLine struct {
	Commit string    // full id; "" for a line that is not committed yet
	Author string    // the author's name; "" where Commit is
	Date   time.Time // the author's date in UTC; zero where Commit is ""
	Oldest bool      // a shallow clone ends at this commit: an older one may be meant
}

// Blame returns for each line of a file who touched it last. rev is a
// revision, or "" for the file as it lies in the work tree.
func (r *Repository) Blame(ctx context.Context, rev, file string) ([]BlameLine, error) {
	snap, head, err := r.blamed(ctx, rev)
	if err != nil {
		return nil, err
	}
	n, err := snap.find("blame", file, true)
	if err != nil {
		return nil, err
	}
	data, _, err := snap.content(n)
	if err != nil {
		return nil, &fs.PathError{Op: "blame", Path: file, Err: err}
	}
	if rev == "" {
		known, err := r.committed(ctx, head, n.path)
		if err != nil {
			return nil, err
		}
		if !known {
			return make([]BlameLine, len(textLines(data))), nil
		}
	}
	lines, err := r.objects.blame(ctx, snap.revision, head, n.path, data)
	if err != nil {
		return nil, fmt.Errorf("blame %s: %w", file, err)
	}
	for i := range lines {
		lines[i].Oldest = r.cut()[lines[i].Commit]
	}
	return lines, nil
}

// blamed returns the snapshot to blame, and for the work tree HEAD's id.
func (r *Repository) blamed(ctx context.Context, rev string) (*Snapshot, string, error) {
	if rev != "" {
		snap, err := r.At(ctx, rev)
		return snap, "", err
	}
	if err := r.usable(); err != nil {
		return nil, "", err
	}
	head, _, err := r.Head(ctx)
	if err != nil {
		return nil, "", err
	}
	snap, err := r.WorkTree(ctx)
	return snap, head, err
}

// committed reports whether a commit holds the file. head may be "".
func (r *Repository) committed(ctx context.Context, head, file string) (bool, error) {
	if head == "" {
		return false, nil
	}
	at, err := r.At(ctx, head)
	if err != nil {
		return false, err
	}
	n, err := at.find("blame", file, false)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && n.kind == kindFile, err
}

// textLines splits content into lines as git counts them.
func textLines(data []byte) []string {
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// parseBlame reads `git blame --porcelain`: per line a head "<id> <old line>
// <new line> [<count>]", then, for a commit that was not named before, what is
// known of it, then the line itself behind a tab. It returns the text, too, with
// the line ends that textLines has.
func parseBlame(out []byte) (lines []BlameLine, text string, err error) {
	known := map[string]*BlameLine{}
	var content strings.Builder
	var id string
	for raw := range bytes.Lines(out) {
		line := strings.TrimSuffix(string(raw), "\n")
		if strings.HasPrefix(line, "\t") {
			if known[id] == nil {
				return nil, "", fmt.Errorf("git blame gave a line of no commit: %q", line)
			}
			content.WriteString(strings.TrimSuffix(line[1:], "\r") + "\n")
			lines = append(lines, *known[id])
			id = ""
			continue
		}
		key, value, _ := strings.Cut(line, " ")
		if id == "" {
			id = key
			if !isHex(id) {
				return nil, "", fmt.Errorf("git blame gave an unknown line: %q", line)
			}
			switch {
			case known[id] != nil:
			case strings.Trim(id, "0") == "":
				known[id] = &BlameLine{}
			default:
				known[id] = &BlameLine{Commit: id}
			}
			continue
		}
		at := known[id]
		if at.Commit == "" {
			continue // what git makes up about work in progress
		}
		switch key {
		case "author":
			at.Author = value
		case "author-time":
			seconds, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return nil, "", fmt.Errorf("git blame gave an unknown date: %q", line)
			}
			at.Date = time.Unix(seconds, 0).UTC()
		}
	}
	return lines, content.String(), nil
}
