package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/compiler"
	"callpolicy/compiler/bounded"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/filekind"
	"callpolicy/compiler/migration"
	"callpolicy/compiler/workspace"
)

// readinessFlags are the choices of migration readiness.
type readinessFlags struct {
	command.State
	jabber []string
	format *command.Choice
}

func newReadinessCommand(a *app) *cobra.Command {
	f := readinessFlags{format: command.OneOf("text", "yaml", "json")}
	cmd := &cobra.Command{
		Use:   "readiness --jabber FILE...",
		Short: "Say what becomes of the configuration of Cisco Jabber",
		Long: `Readiness reads the jabber-config.xml files that clients have today and says of
each parameter what becomes of it: a setting of callpolicy says the same, the
Webex App reads it as well, only Cisco Jabber does, so that it is lost, or it is
unknown. Each is weighed by the users whom it concerns, and what can be said in
a policy is offered as one.

FILE is the global file; FILE=GROUP is the file of a group of the policies.`,
		Example: `  callpolicy migration readiness --jabber jabber-config.xml
  callpolicy migration readiness --jabber jabber-config.xml --jabber desk.xml=reception
  callpolicy migration readiness --jabber jabber-config.xml --format yaml >policies/jabber.yaml`,
		Args: command.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(f.jabber) == 0 {
				return command.WrongUsage(cmd, "readiness needs a file to read: --jabber FILE")
			}
			return a.readiness(cmd.Context(), f)
		},
	}
	f.State.Flags(a.App, cmd)
	cmd.Flags().StringArrayVar(&f.jabber, "jabber", nil, "a jabber-config.xml: `FILE`, or FILE=GROUP; may be repeated")
	command.FormatFlag(cmd, f.format)
	return cmd
}

func (a *app) readiness(ctx context.Context, f readinessFlags) error {
	files := make([]*migration.JabberFile, len(f.jabber))
	for i, arg := range f.jabber {
		var err error
		if files[i], err = a.readJabber(arg); err != nil {
			return err
		}
	}
	return a.withSound(ctx, f.State, func(_ workspace.Project, c *compiler.Compilation, _ diag.List) error {
		r, err := migration.Assess(c.Result, files)
		var group *migration.GroupError
		switch {
		case errors.As(err, &group):
			return &failure.Error{Problem: group.Error(), Hint: "name a group of the policies behind the =", Kind: command.Misused, Cause: err}
		case err != nil:
			return err
		case f.format.Word == "json":
			return view.JSON(a.Stdout, r)
		case f.format.Word == "yaml":
			return view.Raw(a.Stdout, r.Policy)
		}
		return view.Readiness(a.Stdout, r, a.Out())
	})
}

// readJabber reads a file that is given as FILE or FILE=GROUP.
func (a *app) readJabber(arg string) (*migration.JabberFile, error) {
	name, group, _ := strings.Cut(arg, "=")
	full, err := a.Path(name)
	if err != nil {
		return nil, err
	}
	data, err := bounded.File(full, filekind.XML.MaxBytes())
	if err != nil {
		return nil, &failure.Error{Problem: "cannot read " + name + ": " + command.Cause(err).Error(), Cause: err}
	}
	file, err := migration.ReadJabber(name, group, data)
	if errors.Is(err, migration.ErrNotJabber) {
		return nil, &failure.Error{Problem: name + " is " + err.Error(), Cause: err}
	}
	return file, err
}
