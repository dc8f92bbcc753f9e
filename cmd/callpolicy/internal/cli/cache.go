package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/compiler/cache"
	"callpolicy/compiler/failure"
)

// newCacheCommand shows and clears what runs keep for later ones.
func newCacheCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "cache",
		GroupID: groupTool,
		Short:   "Show what is kept from one run to the next",
		Long: `callpolicy keeps what came of parsing each file, and parses it again only when
its content changes. What it says and writes is the same with and without.

The cache is in your own cache folder, or where --cache or CALLPOLICY_CACHE say;
"off" does without. A folder in the repository is no cache, since who proposes a
change could fill it. It never grows beyond its limit and may be deleted at any
time.`,
		Example: `  callpolicy cache
  callpolicy cache clear
  callpolicy validate --cache ~/.cache/callpolicy   # for a CI job to keep`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			return a.withCache(func(f cache.Folder, u cache.Usage) error {
				return view.CacheUsage(a.stdout, f.Dir, u)
			})
		},
	}
	cmd.AddCommand(&cobra.Command{
		Use:     "clear",
		Short:   "Remove all that is kept",
		Example: `  callpolicy cache clear`,
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			return a.withCache(func(f cache.Folder, u cache.Usage) error {
				if err := f.Clear(); err != nil {
					return fmt.Errorf("cannot clear the cache: %w", err)
				}
				return view.CacheCleared(a.stdout, f.Dir, u)
			})
		},
	})
	return cmd
}

func (a *app) withCache(do func(cache.Folder, cache.Usage) error) error {
	f, ok := a.cacheFolder()
	if !ok {
		return &failure.Error{Problem: "there is no cache", Hint: "name a folder with --cache, or set CALLPOLICY_CACHE"}
	}
	usage, err := f.Usage()
	if err != nil {
		return fmt.Errorf("cannot read the cache: %w", err)
	}
	return do(f, usage)
}

// cacheOff is the word for no cache.
const cacheOff = "off"

// cacheFolder returns where the cache is; ok is false where there is none.
func (a *app) cacheFolder() (f cache.Folder, ok bool) {
	dir := a.cache
	if dir == "" {
		dir = a.getenv("CALLPOLICY_CACHE")
	}
	switch dir {
	case cacheOff:
		return cache.Folder{}, false
	case "":
		own, err := os.UserCacheDir()
		if err != nil {
			return cache.Folder{}, false // a machine account without a home
		}
		return cache.Folder{Dir: filepath.Join(own, "callpolicy")}, true
	}
	dir, err := a.path(dir)
	return cache.Folder{Dir: dir}, err == nil
}

// program tells this program from others that may make something else of the
// same files: other releases and commits, and of what is being worked on, every
// single build.
func program() string {
	v := build()
	if v.Revision != "" && !v.Modified {
		return v.Version + " " + v.Revision
	}
	name, err := os.Executable()
	if err != nil {
		return v.Version
	}
	info, err := os.Stat(name)
	if err != nil {
		return v.Version
	}
	return fmt.Sprintf("%s %d %d", v.Version, info.Size(), info.ModTime().UnixNano())
}
