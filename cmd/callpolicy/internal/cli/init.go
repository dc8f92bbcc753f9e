package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/report"
	"callpolicy/compiler/bounded"
	"callpolicy/compiler/config"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/workspace"
	"callpolicy/examples"
	"callpolicy/schema"
)

func newInitCommand(a *app) *cobra.Command {
	edition := command.OneOf(append([]string{""}, schema.EditionNames()...)...)
	cmd := &cobra.Command{
		Use:     "init [FOLDER]",
		GroupID: command.GroupPolicies,
		Short:   "Write a small policy repository to start from",
		Long: `Init writes a small, commented policy repository into a folder that is new or
empty but for names with a leading dot, such as .git. It overwrites nothing. A
.gitignore that is there gets more lines: what apply and live write is not for
git.

` + strings.Join(layout.Wrap(editions(), 79), "\n") + `

The folder .callpolicy in it is for editors; see "callpolicy schema".`,
		Example: `  callpolicy init --edition ` + schema.Today() + ` policies
  git init policies && callpolicy -C policies init`,
		Args: command.AtMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.start(cmd, strings.Join(args, ""), edition.Word)
		},
	}
	cmd.Flags().Var(edition, "edition", strings.Join(schema.EditionNames(), " or ")+": which Control Hub you have")
	command.Complete(cmd, "edition", edition)
	return cmd
}

// editions says which editions there are, today's first.
func editions() string {
	var today, others string
	for _, e := range schema.Outlines() {
		if e.Today {
			today = "With --edition " + e.Name + " it is for " + e.About
		} else {
			others += "; with --edition " + e.Name + " for " + e.About
		}
	}
	return today + others + ". The edition stands in callpolicy.yaml."
}

// start writes a repository for an edition; "" stands for the one that is chosen
// for whoever names none, who is told so.
func (a *app) start(cmd *cobra.Command, name, edition string) (err error) {
	dir, err := a.Path(name)
	if err != nil {
		return err
	}
	rules, err := schema.Load(cmp.Or(edition, schema.EditionNames()[0]))
	if err != nil {
		return err
	}
	starter, err := starter(rules)
	if err != nil {
		return err
	}
	if err := empty(a.Shown(dir), dir, "callpolicy init FOLDER"); err != nil {
		return err
	}
	files, _, err := a.lay(cmd.Context(), starter, dir)
	if err != nil {
		return err
	}
	next := []string{"callpolicy validate", "callpolicy apply"}
	if shown := a.Shown(dir); shown != "." {
		next = append([]string{"cd " + shown}, next...)
	}
	note := ""
	if edition == "" {
		note = "No --edition was named, so it is for " + rules.Edition.Title + ", " + rules.Edition.Because + ". For today's: callpolicy init --edition " + schema.Today() + "."
	}
	return view.Started(a.Stdout, a.Shown(dir), files, note, next, a.Out())
}

// lay writes the files of a new policy repository into a folder, with what
// keeps bundles out of git, and returns their names and what checking them
// found: what was written is a project like any other, and has to be right.
func (a *app) lay(ctx context.Context, files map[string][]byte, dir string) (names []string, found report.Report, err error) {
	root, made, err := openAnew(dir)
	if err != nil {
		return nil, found, &failure.Error{Problem: "cannot write to " + a.Shown(dir) + ": " + command.Cause(err).Error(), Cause: err}
	}
	defer func() {
		err = errors.Join(err, root.Close())
		if err != nil && len(names) == 0 {
			for _, folder := range slices.Backward(made) {
				_ = os.Remove(folder) // fails as long as it holds anything
			}
		}
	}()
	ignored, added, err := ignore(files, root)
	if err != nil {
		return nil, found, &failure.Error{Problem: "cannot read " + ignoreFile + " in " + a.Shown(dir) + ": " + command.Cause(err).Error(), Cause: err}
	}
	names, err = unpack(files, root)
	if err == nil && len(added) > 0 {
		err = workspace.WriteIn(root, ignoreFile, ignored)
		names = append(names, fmt.Sprintf("%s (%s: %s)", ignoreFile, layout.Plural(len(added), "more line", "more lines"), strings.Join(added, ", ")))
	}
	if err != nil {
		return nil, found, &failure.Error{Problem: "cannot write to " + a.Shown(dir) + ": " + command.Cause(err).Error(), Cause: err}
	}
	w, err := a.In(dir).Open(ctx, command.State{})
	if err != nil {
		return nil, found, err
	}
	defer w.Close() // it was only read from
	found, _, err = check(ctx, w.Projects())
	if err == nil && found.Summary.Errors > 0 {
		err = errors.Join(report.Text(a.Stderr, found, a.Err()), command.Faulty)
	}
	return names, found, err
}

const ignoreFile = ".gitignore"

// mostIgnored is more than a .gitignore is long.
const mostIgnored = 1 << 20 // bytes

// openAnew opens a folder, which is made where it is not there, with those above
// it; they are returned, outermost first. Whatever links it holds, nothing outside
// of it is written or read.
func openAnew(dir string) (root *os.Root, made []string, err error) {
	if made, err = mkdir(dir, nil); err == nil {
		root, err = os.OpenRoot(dir)
	}
	return root, made, err
}

// ignoredFolders are where a new project has its target, and its snapshots and
// journals.
func ignoredFolders() []string { return []string{"/build/", "/" + workspace.LiveDir + "/"} }

// ignore keeps what apply writes out of git: it adds a file that does so to
// those to be written, or returns what is to take the place of the one that is
// there; nil: it does so already.
func ignore(files map[string][]byte, root *os.Root) (data []byte, added []string, err error) {
	have, err := bounded.In(root.FS(), ignoreFile, mostIgnored)
	if errors.Is(err, fs.ErrNotExist) {
		files[ignoreFile] = []byte("# What apply writes can be made again at any time; what live pull and live push\n" +
			"# write holds addresses.\n" + strings.Join(ignoredFolders(), "\n") + "\n")
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if len(have) > 0 && !bytes.HasSuffix(have, []byte("\n")) {
		have = append(have, '\n')
	}
	for _, folder := range ignoredFolders() {
		if ignores(have, folder) {
			continue
		}
		have = append(have, folder+"\n"...)
		added = append(added, folder)
	}
	return have, added, nil
}

// ignores reports whether a .gitignore names a folder.
func ignores(have []byte, folder string) bool {
	for line := range strings.Lines(string(have)) {
		if strings.Trim(strings.TrimSpace(line), "/") == strings.Trim(folder, "/") {
			return true
		}
	}
	return false
}

// empty refuses a folder in which somebody keeps something, and says how to name
// another for a command.
func empty(shown, dir, instead string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &failure.Error{Problem: "cannot use " + shown + ": " + command.Cause(err).Error(), Cause: err}
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			return &failure.Error{
				Problem: shown + " is not empty: it holds " + e.Name() + "; nothing was written",
				Hint:    "name a new folder: " + instead,
			}
		}
	}
	return nil
}

// starter returns the files of a small policy repository, with the schemas that
// let an editor complete and check them.
func starter(rules *schema.Schema) (map[string][]byte, error) {
	tree, err := examples.Starter(rules.Edition.Starter)
	if err != nil {
		return nil, err
	}
	files, err := editorFiles(rules)
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(tree, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(tree, name)
		files[name] = append(modeline(name), data...)
		return err
	})
	return files, err
}

// modeline is a first line that tells an editor the schema of a YAML file.
func modeline(name string) []byte {
	of := policySchemaFile
	switch {
	case name == config.ProjectFile:
		of = projectSchemaFile
	case strings.HasPrefix(name, config.PersonasDir+"/"):
		of = personasSchemaFile
	}
	up := strings.Repeat("../", strings.Count(name, "/"))
	return []byte("# yaml-language-server: $schema=" + up + of + "\n")
}

// unpack writes files below a folder and returns their names. It overwrites
// nothing, and takes back what it wrote where it cannot go on.
func unpack(files map[string][]byte, root *os.Root) (names []string, err error) {
	var made []string
	defer func() {
		if err != nil {
			for _, name := range slices.Backward(made) {
				err = errors.Join(err, root.Remove(name))
			}
		}
	}()
	names = slices.Sorted(maps.Keys(files))
	for _, name := range names {
		full := filepath.FromSlash(name)
		if made, err = mkdirIn(root, filepath.Dir(full), made); err != nil {
			return nil, err
		}
		f, err := root.OpenFile(full, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return nil, err
		}
		made = append(made, full)
		_, err = f.Write(files[name])
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// mkdir makes a folder and those above it, and adds what it made to a list.
func mkdir(dir string, made []string) ([]string, error) {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return made, nil
	}
	if up := filepath.Dir(dir); up != dir {
		var err error
		if made, err = mkdir(up, made); err != nil {
			return made, err
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return made, err
	}
	return append(made, dir), nil
}

// mkdirIn is mkdir below a folder that was opened.
func mkdirIn(root *os.Root, dir string, made []string) ([]string, error) {
	if info, err := root.Stat(dir); err == nil && info.IsDir() {
		return made, nil
	}
	if up := filepath.Dir(dir); up != dir {
		var err error
		if made, err = mkdirIn(root, up, made); err != nil {
			return made, err
		}
	}
	if err := root.Mkdir(dir, 0o755); err != nil {
		return made, err
	}
	return append(made, dir), nil
}
