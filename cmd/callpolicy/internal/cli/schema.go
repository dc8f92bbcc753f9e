package cli

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/cmd/callpolicy/internal/view/planview"
	"callpolicy/cmd/callpolicy/internal/view/report"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/workspace"
	"callpolicy/schema"
)

// Where the schemas for editors lie in a project. Names with a leading dot are
// no policy files, whatever the project reads.
const (
	policySchemaFile   = ".callpolicy/policy.schema.json"
	projectSchemaFile  = ".callpolicy/project.schema.json"
	personasSchemaFile = ".callpolicy/personas.schema.json"
)

// cuePackage is the import path of the CUE definitions, cueFolder where they lie
// in a CUE module.
const (
	cuePackage = "callpolicy.example/schema"
	cueFolder  = "cue.mod/gen/" + cuePackage
)

// schemaFlags are the choices of the schema command.
type schemaFlags struct {
	edition string
	write   bool
	cue     bool
}

func newSchemaCommand(a *app) *cobra.Command {
	var f schemaFlags
	cmd := &cobra.Command{
		Use:     "schema [policy|project|personas|plan|plans]",
		GroupID: command.GroupTool,
		Short:   "Print the schema of the files, for editors",
		Long: `Schema prints the JSON Schema of policy files, of callpolicy.yaml, or of persona
tests. An editor that knows it completes keys and words, explains them, and
marks what is wrong while it is typed. --write puts all three into the project,
where the first lines of the files that init wrote refer to them.

"plan" is what "callpolicy plan --format json" writes, and "plans" the same with
--all, for tools that read it.

--cue puts the definitions in CUE into the project's cue.mod instead, for the
cue command and its editors. They are imported as
"` + cuePackage + `".`,
		Example: `  callpolicy schema --write           # after callpolicy was updated
  callpolicy schema policy --edition ` + schema.Today() + `
  callpolicy schema --cue
  cue vet -c -d '#Policy' ` + cuePackage + ` policies/*.yaml`,
		ValidArgs: []string{"policy", "project", "personas", "plan", "plans"},
		Args:      command.AtMost(1),
		RunE:      func(cmd *cobra.Command, args []string) error { return a.schema(cmd, f, strings.Join(args, "")) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.edition, "edition", "", "of this `edition`, not of the project's")
	flags.BoolVarP(&f.write, "write", "w", false, "write them into the project's folder .callpolicy")
	flags.BoolVar(&f.cue, "cue", false, "write definitions in CUE into the project's cue.mod")
	cmd.MarkFlagsMutuallyExclusive("edition", "write")
	cmd.MarkFlagsMutuallyExclusive("edition", "cue")
	command.CompleteWords(cmd, "edition", schema.EditionNames())
	return cmd
}

func (a *app) schema(cmd *cobra.Command, f schemaFlags, which string) error {
	switch {
	case which != "" && !slices.Contains(cmd.ValidArgs, which):
		return command.WrongUsage(cmd, "there is no schema called %q; there is %s", which, strings.Join(cmd.ValidArgs, ", "))
	case which != "" && (f.write || f.cue):
		return command.WrongUsage(cmd, "--write and --cue write all there is, so %q says nothing", which)
	case f.edition != "" && !slices.Contains(schema.EditionNames(), f.edition):
		return command.WrongUsage(cmd, "there is no edition %q; there is %s", f.edition, strings.Join(schema.EditionNames(), " and "))
	case f.write || f.cue:
		return a.writeSchemas(cmd, f)
	case which == "plan":
		return planview.Schema(a.Stdout)
	case which == "plans":
		return planview.ProjectsSchema(a.Stdout)
	case f.edition == "":
		s, _, err := a.projectSchema(cmd)
		if missing, ok := errors.AsType[*workspace.MissingError](err); ok {
			return command.WrongUsage(cmd, "%v, so say which edition: --edition %s", missing, strings.Join(schema.EditionNames(), " or "))
		}
		if err != nil {
			return err
		}
		f.edition = s.Edition.Name
	}
	s, err := schema.Load(f.edition)
	if err != nil {
		return err
	}
	switch which {
	case "project":
		return view.JSONSchema(a.Stdout, s.ProjectJSONSchema())
	case "personas":
		doc, err := s.PersonasJSONSchema()
		if err != nil {
			return err
		}
		return view.JSONSchema(a.Stdout, doc)
	}
	return view.JSONSchema(a.Stdout, s.PolicyJSONSchema())
}

// projectSchema returns the schema of the project around, and its folder.
func (a *app) projectSchema(cmd *cobra.Command) (_ *schema.Schema, folder string, err error) {
	p, err := a.OpenOne(cmd.Context(), command.State{})
	if err != nil {
		return nil, "", err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	c, diags, err := p.Compile(cmd.Context())
	if err != nil {
		return nil, "", err
	}
	if c == nil {
		return nil, "", errors.Join(report.Text(a.Stderr, command.ReportOf(p, c, diags), a.Err()), command.Faulty)
	}
	return c.Config.Schema, p.Folder("."), nil
}

// writeSchemas writes the files that an editor, or the cue command, reads.
func (a *app) writeSchemas(cmd *cobra.Command, f schemaFlags) (err error) {
	s, folder, err := a.projectSchema(cmd)
	if err != nil {
		return err
	}
	files := map[string][]byte{}
	if f.write {
		if files, err = editorFiles(s); err != nil {
			return err
		}
	}
	if f.cue {
		if err := cueFiles(files, folder, s.Edition.Name); err != nil {
			return err
		}
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	names := slices.Sorted(maps.Keys(files))
	for _, name := range names {
		if err := workspace.WriteIn(root, filepath.FromSlash(name), files[name]); err != nil {
			full := filepath.Join(folder, filepath.FromSlash(name))
			return &failure.Error{Problem: "cannot write " + a.Shown(full) + ": " + command.Cause(err).Error(), Hint: "a link there may lead out of the project: remove it", Cause: err}
		}
	}
	return view.Written(a.Stdout, a.Shown(folder), names, a.Out())
}

// editorFiles returns the schemas for editors, by name in the project.
func editorFiles(s *schema.Schema) (map[string][]byte, error) {
	personas, err := s.PersonasJSONSchema()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for name, doc := range map[string]*schema.JSONSchema{
		policySchemaFile: s.PolicyJSONSchema(), projectSchemaFile: s.ProjectJSONSchema(), personasSchemaFile: personas,
	} {
		var b bytes.Buffer
		if err := view.JSONSchema(&b, doc); err != nil {
			return nil, err
		}
		files[name] = b.Bytes()
	}
	return files, nil
}

// cueFiles adds the definitions in CUE, and a CUE module where there is none.
func cueFiles(files map[string][]byte, folder, edition string) error {
	const module = "cue.mod/module.cue"
	if _, err := os.Stat(filepath.Join(folder, filepath.FromSlash(module))); errors.Is(err, fs.ErrNotExist) {
		files[module] = []byte("module: \"policies.example@v0\"\nlanguage: version: \"v0.9.0\"\n")
	}
	for _, pattern := range []string{"*.cue", edition + "/*.cue"} {
		names, err := fs.Glob(schema.Files, pattern)
		if err != nil {
			return err
		}
		for _, name := range names {
			data, err := schema.Files.ReadFile(name)
			if err != nil {
				return err
			}
			files[path.Join(cueFolder, path.Base(name))] = data
		}
	}
	return nil
}
