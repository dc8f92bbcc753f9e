package cli

import (
	"maps"
	"strings"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/cmd/callpolicy/internal/view/report"
	"callpolicy/compiler/bounded"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/filekind"
	"callpolicy/compiler/importer"
	"callpolicy/compiler/live/snapshot"
	"callpolicy/schema"
)

// importFlags are the files to import.
type importFlags struct {
	users, groups, behavior, jabber []string
	live                            string // the folder of a snapshot; empty: there is none
	edition                         string
	secrets                         bool // copy the passwords of a Jabber file, too
}

func newImportCommand(a *app) *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:     "import --users FILE | --live DIR [FOLDER]",
		GroupID: command.GroupPolicies,
		Short:   "Make a first policy repository from exported files",
		Long: `Import writes a policy repository that says what the exported files say: a
roster of people, the organization's values, and the few users who differ. Each
value stands at the level where it costs the fewest entries. The folder is new,
or empty but for names with a leading dot; import overwrites nothing.

It guesses nothing. What the files do not tell is asked at the end, and in the
file where the answer belongs.

  --users     the users that Control Hub exports (exported_users.csv). Older
              exports also have the columns "Calling Behavior" and "UC Manager
              Profile".
  --groups    the members of groups, with the columns group and user.
  --behavior  calling behaviors, with the columns user, callingBehavior (in the
              words of the Webex API) and ucManagerProfile. The file of "Bulk
              manage" in Control Hub is not read, as its columns are not
              documented.
  --live      a snapshot of the live organization, which "callpolicy live pull"
              makes, instead of these three.
  --jabber    an existing jabber-config.xml, the global one first. A password in
              it is copied only after a question, or with --secrets.`,
		Example: `  callpolicy import --users exported_users.csv policies
  callpolicy import --users exported_users.csv --groups members.csv
  callpolicy import --live snapshot policies`,
		Args: command.AtMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.importFiles(cmd, f, strings.Join(args, ""))
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.users, "users", nil, "a CSV `file` of users; needed, may be repeated")
	flags.StringArrayVar(&f.groups, "groups", nil, "a CSV `file` with members of groups; may be repeated")
	flags.StringArrayVar(&f.behavior, "behavior", nil, "a CSV `file` with calling behaviors; may be repeated")
	flags.StringVar(&f.live, "live", "", "the `folder` of a snapshot of the live organization")
	flags.StringArrayVar(&f.jabber, "jabber", nil, "a jabber-config.xml `file`; may be repeated")
	flags.BoolVar(&f.secrets, "secrets", false, "copy the passwords of a Jabber file, too")
	edition := command.OneOf(append([]string{""}, schema.EditionNames()...)...)
	flags.Var(edition, "edition", strings.Join(schema.EditionNames(), " or ")+"; without it, what the columns suggest")
	command.Complete(cmd, "edition", edition)
	for _, other := range []string{"users", "groups", "behavior"} {
		cmd.MarkFlagsMutuallyExclusive("live", other)
	}
	cmd.PreRun = func(*cobra.Command, []string) { f.edition = edition.Word }
	return cmd
}

func (a *app) importFiles(cmd *cobra.Command, f importFlags, name string) error {
	if len(f.users) == 0 && f.live == "" {
		return command.WrongUsage(cmd, "import needs to know who exists: --users FILE, or --live DIR")
	}
	dir, err := a.Path(name)
	if err != nil {
		return err
	}
	in, err := a.liveInput(f.live)
	if err != nil {
		return err
	}
	in.Edition = f.edition
	for _, part := range []struct {
		names []string
		into  *[]importer.Source
	}{{f.users, &in.Users}, {f.groups, &in.Members}, {f.behavior, &in.Behavior}, {f.jabber, &in.Jabber}} {
		for _, name := range part.names {
			full, err := a.Path(name)
			if err != nil {
				return err
			}
			data, err := bounded.File(full, filekind.Of(full).MaxBytes())
			if err != nil {
				return &failure.Error{Problem: "cannot read " + name + ": " + command.Cause(err).Error(), Cause: err}
			}
			*part.into = append(*part.into, importer.Source{Name: name, Data: data})
		}
	}
	if in.Secrets, err = a.copySecrets(cmd, f, in.Jabber); err != nil {
		return err
	}
	made, diags := importer.Make(in)
	if len(diags) > 0 {
		if err := report.Text(a.Stderr, report.New(diags, ".", 0, nil), a.Err()); err != nil {
			return err
		}
	}
	if made == nil {
		return a.refuse()
	}
	if err := empty(a.Shown(dir), dir, "callpolicy import --users FILE FOLDER"); err != nil {
		return err
	}
	files := map[string][]byte{}
	for _, file := range made.Files {
		files[file.Name] = file.Data
		if strings.HasSuffix(file.Name, ".yaml") {
			files[file.Name] = append(modeline(file.Name), file.Data...)
		}
	}
	rules, err := schema.Load(made.Edition)
	if err != nil {
		return err
	}
	editor, err := editorFiles(rules)
	if err != nil {
		return err
	}
	maps.Copy(files, editor)
	names, found, err := a.lay(cmd.Context(), files, dir)
	if err != nil {
		return err
	}
	return view.Imported(a.Stdout, view.Import{
		Dir: a.Shown(dir), Files: names, People: made.People, Entries: made.Entries, Questions: made.Questions, Warnings: found.Summary.Warnings,
	}, a.Out())
}

// liveInput is what a snapshot of the live organization tells; without one it is
// nothing.
func (a *app) liveInput(name string) (in importer.Input, err error) {
	if name == "" {
		return in, nil
	}
	dir, err := a.Path(name)
	if err != nil {
		return in, err
	}
	s, err := snapshot.Open(dir)
	if err != nil {
		return in, err
	}
	tables, err := s.Tables()
	if err != nil {
		return in, err
	}
	in.ProfileIDs = map[string]string{}
	for _, p := range s.Profiles {
		in.ProfileIDs[p.Name] = p.ID
	}
	source := func(file string, data []byte) []importer.Source {
		return []importer.Source{{Name: name + "/" + file, Data: data}}
	}
	in.Users, in.Members, in.Behavior = source("people.csv", tables.People), source("members.csv", tables.Members), source("behavior.csv", tables.Behavior)
	return in, nil
}

// copySecrets finds out whether the passwords of the global Jabber file are to
// be copied. Where nobody can be asked they are not.
func (a *app) copySecrets(cmd *cobra.Command, f importFlags, files []importer.Source) (bool, error) {
	if f.secrets || len(files) == 0 || !view.IsTerminal(a.Stdin) {
		return f.secrets, nil
	}
	names, err := importer.Secrets(files[0])
	if err != nil || len(names) == 0 {
		return false, err
	}
	return view.Ask(cmd.Context(), a.Stdin, a.Stderr, files[0].Name+" holds a password ("+strings.Join(names, ", ")+"). Copy it into the repository as well?", a.Err())
}
