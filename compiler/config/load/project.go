package load

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/check"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
	"callpolicy/compiler/syntax/yaml"
	"callpolicy/schema"
)

// project reads callpolicy.yaml. Without an edition that is known nothing else
// can be checked, and l.config stays nil.
func (l *loader) project() error {
	name := path.Join(l.Dir, config.ProjectFile)
	data, err := l.read(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !isWritersFault(err):
		return fmt.Errorf("%w in %s", ErrNoProject, l.Dir)
	case isWritersFault(err):
		l.diags.Add(l.unreadable(name, err))
		return nil
	case err != nil:
		return err
	}
	if d := pointer(config.ProjectFile, data); d != nil {
		l.diags.Add(d)
		return nil
	}
	trees, diags := yaml.Parse(config.ProjectFile, data)
	l.diags.Add(diags...)
	if len(trees) == 0 && len(diags) == 0 {
		l.diags.Add(diag.New(diag.ProjectUnreadable, config.Top(config.ProjectFile), "%s is empty", config.ProjectFile).
			Because("It needs apiVersion and edition. Without the edition nobody knows which rules of Control Hub hold.").
			Try("Write at least\n\n    apiVersion: callpolicy/v1\n    edition: %s", schema.Today()))
		return nil
	}
	if len(trees) == 0 || slices.ContainsFunc(diags, func(d *diag.Diagnostic) bool { return d.ID != diag.LoadDuplicateKey }) {
		return nil
	}
	if len(trees) != 1 {
		l.diags.Add(diag.New(diag.ProjectUnreadable, config.Top(config.ProjectFile), "%s must hold one document, and holds %d", config.ProjectFile, len(trees)).
			Try("Write at least\n\n    apiVersion: callpolicy/v1\n    edition: %s", schema.Today()))
		return nil
	}
	root := trees[0].Root
	edition := str(root, "edition")
	known := slices.Contains(schema.EditionNames(), edition)
	if !known {
		edition = schema.EditionNames()[0] // what does not depend on it is checked
	}
	s, err := schema.Load(edition)
	if err != nil {
		return err
	}
	c := check.Checker{Tree: trees[0]}
	c.Check(root, s.Project, &check.Trail{Name: config.ProjectFile})
	l.diags.Add(c.Diags...)
	if !known || root.Kind != syntax.Map {
		return nil
	}
	l.config = &config.Config{
		Project: project(root, s), Schema: s, Toggles: toggleNames(s),
		// What the second of two equal keys holds is not known. It may name what is to be read.
		Sources: &config.Sources{FS: l.FS, Dir: l.Dir, Project: trees[0], Partial: len(diags) > 0},
	}
	l.folders()
	return nil
}

// ProjectFile reads the project file in a folder and nothing else, so that the
// Config holds no policies. It is nil where the file is at fault; the error says
// that reading failed.
func ProjectFile(fsys fs.FS, dir string) (*config.Config, error) {
	l := &loader{Request: Request{FS: fsys, Dir: dir}}
	err := l.project()
	return l.config, err
}

func project(root *syntax.Node, s *schema.Schema) config.Project {
	p := config.Project{
		Edition: str(root, "edition"), Organization: str(root, "organization"),
		Policies: paths(get(root, "policies")), Roster: rosters(get(root, "roster")), Ignore: paths(get(root, "ignore")),
		Severities: map[string]string{}, JabberBase: check.Slashed(str(get(root, "jabber"), "base")),
	}
	if get(root, "policies") == nil {
		p.Policies = []string{"policies"}
	}
	each(get(root, "targets"), func(key, val *syntax.Node) {
		p.Targets = append(p.Targets, config.Target{Name: key.Value, Dir: str(val, "dir"), Layout: cmp.Or(str(val, "layout"), "tree")})
	})
	slices.SortFunc(p.Targets, func(a, b config.Target) int { return cmp.Compare(a.Name, b.Name) })
	p.Limits = limits(get(root, "limits"), s.Project.Field("limits").Type)
	p.Webex = config.Webex{OrganizationID: str(get(root, "webex"), "organizationId"), Manage: strs(get(get(root, "webex"), "manage"))}
	each(get(root, "rules"), func(key, val *syntax.Node) { p.Severities[key.Value] = val.Value })
	return p
}

// paths reads a list of paths. Backslashes are reported, and then taken for what
// they mean, so that nothing else is said of the files that they lead to.
func paths(n *syntax.Node) []string {
	names := strs(n)
	for i, name := range names {
		names[i] = check.Slashed(name)
	}
	return names
}

// rosters reads the files of the roster, which are paths or mappings with one.
func rosters(n *syntax.Node) []config.Roster {
	if n == nil || n.Kind != syntax.List {
		return nil
	}
	var out []config.Roster
	for i := range n.Items {
		item := &n.Items[i]
		r := config.Roster{File: item.Value}
		if item.Kind == syntax.Map {
			r = config.Roster{File: str(item, "file"), IgnoreColumns: strs(get(item, "ignoreColumns"))}
		}
		if r.File = check.Slashed(r.File); r.File != "" {
			out = append(out, r)
		}
	}
	return out
}
