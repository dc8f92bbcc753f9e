package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/compiler/cache"
	"callpolicy/compiler/failure"
)

// newCacheCommand shows and clears what runs keep for later ones.
func newCacheCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "cache",
		GroupID: command.GroupTool,
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
		Args: command.NoArguments,
		RunE: func(*cobra.Command, []string) error {
			return a.withCache(func(f cache.Folder, u cache.Usage) error {
				return view.CacheUsage(a.Stdout, f.Dir, u)
			})
		},
	}
	cmd.AddCommand(&cobra.Command{
		Use:     "clear",
		Short:   "Remove all that is kept",
		Example: `  callpolicy cache clear`,
		Args:    command.NoArguments,
		RunE: func(*cobra.Command, []string) error {
			return a.withCache(func(f cache.Folder, u cache.Usage) error {
				if err := f.Clear(); err != nil {
					return fmt.Errorf("cannot clear the cache: %w", err)
				}
				return view.CacheCleared(a.Stdout, f.Dir, u)
			})
		},
	})
	return cmd
}

func (a *app) withCache(do func(cache.Folder, cache.Usage) error) error {
	f, ok := a.CacheFolder()
	if !ok {
		return &failure.Error{Problem: "there is no cache", Hint: "name a folder with --cache, or set CALLPOLICY_CACHE"}
	}
	usage, err := f.Usage()
	if err != nil {
		return fmt.Errorf("cannot read the cache: %w", err)
	}
	return do(f, usage)
}
