package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/compiler"
	"callpolicy/compiler/config/edit"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/inventory"
	"callpolicy/compiler/workspace"
)

// templateFlags are the choices of the template commands.
type templateFlags struct {
	command.State
	format *command.Choice
	rank   int
	write  bool
}

func newTemplateCommand(a *app) *cobra.Command {
	f := templateFlags{format: command.OneOf("text", "json")}
	cmd := &cobra.Command{
		Use:     "template [TEXT]",
		GroupID: command.GroupPolicies,
		Short:   "Search calling templates; show, copy and assign them",
		Long: `Template lists the calling templates whose name or description has a part, with
their rank, the groups that are assigned to them, and for how many users they
win. The commands below do what Control Hub offers for one template: view the
settings applied, duplicate it, and add a group.`,
		Example: `  callpolicy template desk
  callpolicy template show front-desk
  callpolicy template duplicate front-desk night-desk
  callpolicy template add-group front-desk admissions --write`,
		Args: command.AtMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.templates(cmd, f, strings.Join(args, ""))
		},
	}
	f.flags(a, cmd)
	cmd.AddCommand(newTemplateShowCommand(a), newTemplateDuplicateCommand(a), newTemplateAddGroupCommand(a))
	return cmd
}

func (f *templateFlags) flags(a *app, cmd *cobra.Command) {
	f.State.Flags(a.App, cmd)
	command.FormatFlag(cmd, f.format)
}

func (a *app) templates(cmd *cobra.Command, f templateFlags, text string) error {
	return a.withSound(cmd.Context(), f.State, func(_ workspace.Project, c *compiler.Compilation, _ diag.List) error {
		list := view.Templates{FormatVersion: inventory.FormatVersion, Templates: inventory.Templates(c.Result, text)}
		if len(list.Templates) == 0 && text != "" {
			return noMatch(cmd, c, text)
		}
		if f.format.Word == "json" {
			return view.JSON(a.Stdout, list)
		}
		return view.TemplatesText(a.Stdout, list, a.Out())
	})
}

func newTemplateShowCommand(a *app) *cobra.Command {
	f := templateFlags{format: command.OneOf("text", "json")}
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show the settings that a template applies, and to whom",
		Example: `  callpolicy template show front-desk
  callpolicy template show front-desk --rev main`,
		Args: command.Exactly(1, "show needs the name of a calling template"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withSound(cmd.Context(), f.State, func(_ workspace.Project, c *compiler.Compilation, _ diag.List) error {
				t, ok := inventory.TemplateOf(c.Result, args[0])
				switch {
				case !ok:
					return noTemplate(c, args[0])
				case f.format.Word == "json":
					return view.JSON(a.Stdout, view.Templates{FormatVersion: inventory.FormatVersion, Templates: []inventory.Template{t}})
				}
				return view.TemplateText(a.Stdout, t, a.Out())
			})
		},
	}
	f.flags(a, cmd)
	return cmd
}

func newTemplateDuplicateCommand(a *app) *cobra.Command {
	f := templateFlags{}
	cmd := &cobra.Command{
		Use:   "duplicate NAME NEW",
		Short: "Print a copy of a template under a new name, as a policy",
		Example: `  callpolicy template duplicate front-desk night-desk
  callpolicy template duplicate front-desk night-desk >policies/night-desk.yaml`,
		Args: command.Exactly(2, "duplicate needs the name of a calling template, and one for the copy"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withProject(cmd.Context(), f.State, func(_ workspace.Project, c *compiler.Compilation, _ diag.List) error {
				switch {
				case c.Config.Template(args[0]) < 0:
					return noTemplate(c, args[0])
				case c.Config.Template(args[1]) >= 0:
					return &failure.Error{Problem: fmt.Sprintf("there is a calling template called %q already", args[1]), Kind: command.Misused}
				}
				return view.Raw(a.Stdout, inventory.Duplicate(c.Config, args[0], args[1], f.rank))
			})
		},
	}
	f.State.Flags(a.App, cmd)
	cmd.Flags().IntVar(&f.rank, "rank", 0, "the `rank` of the copy; else the next that is free")
	return cmd
}

func newTemplateAddGroupCommand(a *app) *cobra.Command {
	f := templateFlags{}
	cmd := &cobra.Command{
		Use:   "add-group NAME GROUP",
		Short: "Assign a group to a template",
		Long: `Add-group shows the edit that assigns a group to a calling template, or makes it
with --write. "callpolicy plan" then says whom it reaches.`,
		Example: `  callpolicy template add-group front-desk admissions
  callpolicy template add-group front-desk admissions --write`,
		Args: command.Exactly(2, "add-group needs the name of a calling template, and of a group"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.write && !f.WorkTree() {
				return command.WrongUsage(cmd, "--write changes files on disk, so neither --staged nor --rev goes with it")
			}
			return a.addGroup(cmd.Context(), f, args[0], args[1])
		},
	}
	f.State.Flags(a.App, cmd)
	cmd.Flags().BoolVar(&f.write, "write", false, "change the file")
	return cmd
}

func (a *app) addGroup(ctx context.Context, f templateFlags, template, group string) error {
	return a.withProject(ctx, f.State, func(p workspace.Project, c *compiler.Compilation, _ diag.List) error {
		if c.Config.Template(template) < 0 {
			return noTemplate(c, template)
		}
		g, ok := c.Config.Group(group)
		if !ok {
			f := command.Unknown("group", group, groupNames(c.Config))
			if len(command.MeantBy(group, groupNames(c.Config))) == 0 {
				f.Hint = fmt.Sprintf("a new one is written under groups: %s: { template: %s }", group, template)
			}
			return f
		}
		before := ""
		if t := c.Config.Groups[g].Template; t >= 0 {
			before = c.Config.Templates[t].Name
		}
		if before == template {
			return view.Assigned(a.Stdout, view.Assignment{Group: group, Template: template, Before: before}, a.Out())
		}
		change, ok := edit.Assign(c.Config, group, template)
		if !ok {
			at := c.Config.KeyRange("groups", group)
			return &failure.Error{Problem: fmt.Sprintf("%s is to be edited by hand", at), Hint: fmt.Sprintf("write template: %q for the group", template)}
		}
		d := diag.New(diag.RefUnknownTemplate, change.Range, "").Mend("", change)
		fixed, err := edit.Fix(diag.List{d}, p.ReadFile)
		if err != nil {
			return err
		}
		data := fixed.Files[change.File]
		if f.write {
			if err := p.WriteFile(change.File, data); err != nil {
				return &failure.Error{Problem: "cannot write " + change.File + ": " + command.Cause(err).Error(), Cause: err}
			}
		}
		lines := strings.Split(string(data), "\n")
		return view.Assigned(a.Stdout, view.Assignment{
			Group: group, Template: template, Before: before, Edit: change, After: strings.TrimRight(lines[change.Start.Line-1], "\r"),
			Inserted: strings.HasSuffix(change.NewText, "\n"), Written: f.write,
		}, a.Out())
	})
}

func noTemplate(c *compiler.Compilation, name string) *failure.Error {
	f := command.Unknown("calling template", name, templateNames(c.Config))
	f.Hint = cmp.Or(f.Hint, "callpolicy template lists them")
	return f
}

// noMatch says that no template has a text in its name or description. It may be
// the name of one, or of a command, with a slip.
func noMatch(cmd *cobra.Command, c *compiler.Compilation, text string) error {
	commands := command.MeantBy(text, command.NamesBelow(cmd))
	if len(commands) == 0 {
		f := noTemplate(c, text)
		f.Problem = fmt.Sprintf("no calling template has %q in its name or description", text)
		return f
	}
	for i, name := range commands {
		commands[i] = cmd.CommandPath() + " " + name
	}
	return &failure.Error{Problem: fmt.Sprintf("there is no command %q, and no calling template has it in its name or description", text), Hint: command.Ask(commands), Kind: command.Misused}
}
