package cli

import (
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/compiler"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/target"
	"callpolicy/compiler/workspace"
)

// newMergeCommand puts together what several machines compiled.
func newMergeCommand(a *app) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:     "merge PART... --dir FOLDER",
		GroupID: command.GroupBundles,
		Short:   "Put parts that several machines compiled together",
		Long: `Merge makes a folder hold what one machine would have written there, to the
byte, from the parts that several wrote with "callpolicy compile --shard". All
parts must be there, and be of the same policy files; every file is checked.`,
		Example: `  callpolicy merge build/part-* --dir build/bundles`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return command.WrongUsage(cmd, "merge needs the folders that hold the parts")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.merge(cmd, args, dir) },
	}
	cmd.Flags().StringVarP(&dir, "dir", "d", "", "the `folder` to write to; needed")
	return cmd
}

func (a *app) merge(cmd *cobra.Command, names []string, dir string) error {
	if dir == "" {
		return command.WrongUsage(cmd, "merge needs to know where to write: --dir FOLDER")
	}
	dir, err := a.Path(dir)
	if err != nil {
		return err
	}
	parts := make([]fs.FS, len(names))
	for i, name := range names {
		path, err := a.Path(name)
		if err != nil {
			return err
		}
		folder, err := target.Open(path, bundle.Owned)
		if err != nil {
			return err
		}
		parts[i] = folder.FS()
	}
	out, err := a.merged(parts, names)
	if err != nil {
		return err
	}
	options, err := a.Options()
	if err != nil {
		return err
	}
	filled, err := workspace.FillMerged(cmd.Context(), dir, out, options)
	if a.Written = filled.Changed; err != nil {
		return err
	}
	return view.Compiled(a.Stdout, view.Delivery{Where: filled.Where, Counts: filled.Counts, Result: filled.Result}, a.Out())
}

func (a *app) merged(parts []fs.FS, names []string) (out *compiler.MergedOutput, err error) {
	err = a.Trace.Stage("merge", func() (err error) {
		out, err = compiler.Merge(parts, names)
		return err
	})
	var incomplete *bundle.PartsError
	var damaged *bundle.DamagedError
	switch {
	case errors.As(err, &incomplete), errors.As(err, &damaged), errors.Is(err, bundle.ErrNoPart):
		return nil, &failure.Error{
			Problem: "cannot merge: " + err.Error(),
			Hint:    "compile every part anew, from the same commit and with the same callpolicy", Cause: err,
		}
	}
	return out, err
}
