package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"callpolicy/compiler/bounded"

	gitconfig "github.com/go-git/go-git/v5/plumbing/format/config"
)

// protocols are those by which objects are fetched: with them git starts no
// program but its own and ssh.
const protocols = "https:http:ssh:file"

// fetch brings objects that a partial clone left behind from its remote, in one
// connection. Git works in a folder of our own for it, with a configuration of our
// own, so that nothing that the repository's configuration names can run: how to
// log in, and which ssh to use, is up to the user's and the system's alone. Of
// the repository it has the address of the remote, and the headers that a CI
// system puts there to log in.
func (g *gitCommand) fetch(ctx context.Context, l *layout, ids []string) (err error) {
	dir, err := os.MkdirTemp("", "callpolicy-fetch-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	name := l.config.promisor()
	for _, sub := range []string{"objects", "refs"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			return err
		}
	}
	for file, text := range map[string]string{"HEAD": "ref: refs/heads/none\n", "config": l.fetchConfig(name)} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			return err
		}
	}
	env := slices.DeleteFunc(slices.Clone(g.env), func(v string) bool {
		key, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_NO_LAZY_FETCH", "GIT_ALLOW_PROTOCOL"}, key)
	})
	env = append(env, "GIT_DIR="+dir, "GIT_ALLOW_PROTOCOL="+protocols)
	if !slices.ContainsFunc(env, func(v string) bool { return strings.HasPrefix(v, "GIT_OBJECT_DIRECTORY=") }) {
		env = append(env, "GIT_OBJECT_DIRECTORY="+filepath.Join(l.commonDir, "objects"))
	}
	// What the user says of logging in and of ssh stays.
	rest := slices.DeleteFunc(slices.Clone(off), func(s string) bool {
		return strings.HasPrefix(s, "core.sshCommand=") || strings.HasPrefix(s, "core.askPass=") || strings.HasPrefix(s, "credential.helper=")
	})
	cmd := g.start(ctx, rest, env, []string{
		"fetch", "--no-tags", "--no-write-fetch-head",
		"--recurse-submodules=no", "--filter=blob:none", "--stdin", "--end-of-options", name,
	})
	_, err = g.finish(ctx, cmd, []byte(strings.Join(ids, "\n")+"\n"), "fetch")
	return err
}

// fetchConfig is the configuration with which git fetches from a remote.
func (l *layout) fetchConfig(remote string) string {
	var b strings.Builder
	set := func(section, sub, key, value string) {
		head := "[" + section
		if sub != "" {
			head += " " + quoteConfig(sub)
		}
		fmt.Fprintf(&b, "%s]\n\t%s = %s\n", head, key, quoteConfig(value))
	}
	set("core", "", "repositoryformatversion", "1")
	set("core", "", "bare", "true")
	set("extensions", "", "partialClone", remote)
	if l.sha256 {
		set("extensions", "", "objectFormat", "sha256")
	}
	set("remote", remote, "promisor", "true")
	l.config.each("remote", remote, "url", func(_, value string) { set("remote", remote, "url", value) })
	l.config.each("http", "", "extraheader", func(sub, value string) { set("http", sub, "extraheader", value) })
	l.includedHeaders(func(sub, value string) { set("http", sub, "extraheader", value) })
	return b.String()
}

// includedDeep bounds the files that are included by one another.
const includedDeep = 5

// includedHeaders calls f for the headers in files that the repository's
// configuration includes. Nothing else in them counts.
func (l *layout) includedHeaders(f func(sub, value string)) {
	var follow func(file *gitconfig.Config, dir string, deep int)
	follow = func(file *gitconfig.Config, dir string, deep int) {
		include := func(when, name string) {
			if name = expandHome(name); when != "" && !l.isGitDirOf(when) || name == "" || deep == includedDeep {
				return
			}
			name = resolve(dir, name)
			included := gitconfig.New()
			data, err := bounded.File(name, mostConfig)
			if err != nil || gitconfig.NewDecoder(bytes.NewReader(data)).Decode(included) != nil {
				return
			}
			eachIn(included, "http", "", "extraheader", f)
			follow(included, filepath.Dir(name), deep+1)
		}
		eachIn(file, "include", "", "path", include)
		eachIn(file, "includeIf", "", "path", include)
	}
	for _, file := range l.config.files {
		follow(file, l.commonDir, 0)
	}
}

// isGitDirOf reports whether a condition of includeIf holds: gitdir and the path
// of git's folder, or a folder above it where that ends in a slash. Patterns are
// not understood, and no other condition.
func (l *layout) isGitDirOf(condition string) bool {
	dir, ok := strings.CutPrefix(condition, "gitdir:")
	if !ok {
		return false
	}
	dir = expandHome(dir)
	for _, at := range []string{l.gitDir, l.commonDir} {
		at = filepath.ToSlash(at)
		if at == dir || strings.HasSuffix(dir, "/") && strings.HasPrefix(at+"/", dir) {
			return true
		}
	}
	return false
}

func expandHome(name string) string {
	rest, ok := strings.CutPrefix(name, "~/")
	home, err := os.UserHomeDir()
	if !ok || err != nil {
		return name
	}
	return filepath.Join(home, rest)
}

// quoteConfig writes a value, or the name of a subsection, as git's
// configuration files have it.
func quoteConfig(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", "", "\x00", "").Replace(s) + `"`
}

// each calls f for each value of a key, in every subsection where sub is empty,
// else in the one of that name.
func (c *config) each(section, sub, key string, f func(sub, value string)) {
	for _, file := range slices.Backward(c.files) {
		eachIn(file, section, sub, key, f)
	}
}

func eachIn(file *gitconfig.Config, section, sub, key string, f func(sub, value string)) {
	for _, s := range file.Sections {
		if !s.IsName(section) {
			continue
		}
		if sub == "" {
			for _, value := range s.OptionAll(key) {
				f("", value)
			}
		}
		for _, ss := range s.Subsections {
			if sub != "" && ss.Name != sub {
				continue
			}
			for _, value := range ss.OptionAll(key) {
				f(ss.Name, value)
			}
		}
	}
}
