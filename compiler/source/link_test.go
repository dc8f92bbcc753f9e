package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLinks(t *testing.T) {
	outside := realDir(t)
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRepo(t)
	r.write("policies/org.yaml", "org", "shared/deep/a.yaml", "a")
	links := map[string]string{
		"policies/same.yaml":     "org.yaml",
		"policies/again.yaml":    "same.yaml",
		"policies/shared":        "../shared",
		"policies/up.yaml":       "./../policies/./org.yaml",
		"policies/deep":          "shared/deep",
		"policies/back":          "shared/../policies", // ".." from where shared really is
		"policies/outside":       "../../secret",
		"policies/far":           "shared/../../../../../../../etc",
		"policies/absolute":      filepath.ToSlash(filepath.Join(outside, "secret")),
		"policies/inside":        filepath.ToSlash(r.path("policies/org.yaml")), // absolute, though it leads inside
		"policies/drive":         `C:\secret`,
		"policies/loop":          "loop2",
		"policies/loop2":         "loop",
		"policies/dangling.yaml": "absent.yaml",
		"policies/git":           "../.git/config",
		"policies/git-upper":     "../.GIT/config",
		"policies/through":       "org.yaml/x",
	}
	for name, target := range links {
		r.link(name, target)
	}
	r.commit()

	good := map[string]string{
		"policies/same.yaml":          "org",
		"policies/again.yaml":         "org",
		"policies/shared/deep/a.yaml": "a",
		"policies/deep/a.yaml":        "a",
		"policies/up.yaml":            "org",
		"policies/back/org.yaml":      "org",
	}
	bad := map[string]LinkError{
		"policies/outside":       {Link: "policies/outside", Fault: LinkLeaves},
		"policies/far":           {Link: "policies/far", Fault: LinkLeaves},
		"policies/absolute":      {Link: "policies/absolute", Fault: LinkAbsolute},
		"policies/inside":        {Link: "policies/inside", Fault: LinkAbsolute},
		"policies/drive":         {Link: "policies/drive", Fault: LinkAbsolute},
		"policies/loop":          {Link: "policies/loop", Fault: LinkLoop},
		"policies/loop2":         {Link: "policies/loop", Fault: LinkLoop}, // the same fault, so the same link is to blame
		"policies/dangling.yaml": {Link: "policies/dangling.yaml", Fault: LinkDangling},
		"policies/git":           {Link: "policies/git", Fault: LinkDangling},
		"policies/git-upper":     {Link: "policies/git-upper", Fault: LinkDangling},
		"policies/through":       {Link: "policies/through", Fault: LinkDangling},
	}
	for where, s := range three(t, r) {
		t.Run(where, func(t *testing.T) {
			for name, want := range good {
				equal(t, name, string(must[[]byte](t)(s.ReadFile(name))), want)
				if !must[fs.FileInfo](t)(s.Stat(name)).Mode().IsRegular() {
					t.Errorf("%s is not a regular file to Stat", name)
				}
			}
			for name, want := range bad {
				_, err := s.ReadFile(name)
				var link *LinkError
				if !errors.As(err, &link) {
					t.Errorf("%s: %v, want a LinkError", name, err)
					continue
				}
				if link.Fault != want.Fault || link.Name != name || link.Link != want.Link || link.Target != links[want.Link] {
					t.Errorf("%s: %+v, want %+v to %s", name, link, want, links[name])
				}
				if !strings.Contains(err.Error(), link.Link+" is a symbolic link to "+link.Target) {
					t.Errorf("%s: %v", name, err)
				}
				if errors.Is(err, fs.ErrNotExist) != (want.Fault == LinkDangling) {
					t.Errorf("%s: %v, a missing file is for dangling links only", name, err)
				}
			}
			for name, want := range links {
				if info := must[fs.FileInfo](t)(s.Lstat(name)); info.Mode().Type() != fs.ModeSymlink {
					t.Errorf("%s is %v to Lstat", name, info.Mode())
				}
				equal(t, name, must[string](t)(s.ReadLink(name)), want)
			}
			// A name behind a good link that is not there is no fault of the link.
			var link *LinkError
			if _, err := s.ReadFile("policies/shared/absent"); !errors.Is(err, fs.ErrNotExist) || errors.As(err, &link) {
				t.Errorf("behind a good link: %v", err)
			}
			if _, err := s.ReadLink("policies/org.yaml"); !errors.Is(err, fs.ErrInvalid) {
				t.Errorf("ReadLink of a file: %v", err)
			}
		})
	}
}

// TestLinkSwappedIn: even a folder that becomes a link while it is read leads nowhere.
func TestLinkSwappedIn(t *testing.T) {
	outside := realDir(t)
	if err := os.WriteFile(filepath.Join(outside, "a.yaml"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRepo(t)
	r.write("policies/a.yaml", "fine")
	work := must[*Snapshot](t)(r.open().WorkTree(t.Context()))
	equal(t, "before", string(must[[]byte](t)(work.ReadFile("policies/a.yaml"))), "fine")
	if err := os.RemoveAll(r.path("policies")); err != nil {
		t.Fatal(err)
	}
	r.link("policies", outside)
	if data, err := work.ReadFile("policies/a.yaml"); err == nil {
		t.Errorf("read %q through the link", data)
	}
}

func TestManyLinksInARow(t *testing.T) {
	r := newRepo(t)
	r.write("l0", "end")
	for i := 1; i <= maxLinks+1; i++ {
		r.link(fmt.Sprint("l", i), fmt.Sprint("l", i-1))
	}
	r.commit()
	for where, s := range three(t, r) {
		equal(t, where, string(must[[]byte](t)(s.ReadFile(fmt.Sprint("l", maxLinks)))), "end")
		var link *LinkError
		if _, err := s.ReadFile(fmt.Sprint("l", maxLinks+1)); !errors.As(err, &link) || link.Fault != LinkLoop {
			t.Errorf("%s: %v, want a loop", where, err)
		}
	}
}
