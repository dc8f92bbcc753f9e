package source

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"callpolicy/compiler/bounded"

	gitconfig "github.com/go-git/go-git/v5/plumbing/format/config"
)

// config is a repository's own configuration, later files first. The user's
// and the system's do not matter to reading.
type config struct {
	files []*gitconfig.Config
	err   error // a file that could not be read
}

// readConfig reads the configuration of a repository and, where it has one,
// of this one work tree.
func readConfig(commonDir, gitDir string) *config {
	c := &config{}
	c.add(filepath.Join(commonDir, "config"))
	if c.is("extensions", "worktreeConfig") {
		c.add(filepath.Join(gitDir, "config.worktree"))
	}
	return c
}

func (c *config) add(name string) {
	data, err := bounded.File(name, mostConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	file := gitconfig.New()
	if err == nil {
		err = gitconfig.NewDecoder(bytes.NewReader(data)).Decode(file)
	}
	if err != nil {
		c.err = err
		return
	}
	c.files = append([]*gitconfig.Config{file}, c.files...)
}

// get returns the value of section.key, "" where it is not set.
func (c *config) get(section, key string) string {
	for _, f := range c.files {
		for _, s := range f.Sections {
			if s.IsName(section) && s.HasOption(key) {
				return s.Option(key)
			}
		}
	}
	return ""
}

// is reads section.key as git reads a truth value.
func (c *config) is(section, key string) bool {
	for _, f := range c.files {
		for _, s := range f.Sections {
			if s.IsName(section) && s.HasOption(key) {
				switch strings.ToLower(s.Option(key)) {
				case "false", "no", "off", "0":
					return false
				}
				return true
			}
		}
	}
	return false
}

// keys returns the keys of a section in lower case.
func (c *config) keys(section string) []string {
	var keys []string
	for _, f := range c.files {
		for _, s := range f.Sections {
			if s.IsName(section) {
				for _, o := range s.Options {
					keys = append(keys, strings.ToLower(o.Key))
				}
			}
		}
	}
	return keys
}

// remotes returns the names of the remotes for which test holds.
func (c *config) remotes(test func(*gitconfig.Subsection) bool) []string {
	var names []string
	for _, f := range c.files {
		for _, s := range f.Sections {
			if !s.IsName("remote") {
				continue
			}
			for _, r := range s.Subsections {
				if test(r) {
					names = append(names, r.Name)
				}
			}
		}
	}
	return names
}

// promisor returns the remote that holds what a partial clone left out, "" in
// a full clone.
func (c *config) promisor() string {
	names := c.remotes(func(r *gitconfig.Subsection) bool { return strings.EqualFold(r.Option("promisor"), "true") })
	if len(names) > 0 {
		return names[0]
	}
	return c.get("extensions", "partialClone")
}
