package compiler

import (
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/target"
)

// targetFaults finds the targets whose folders are not callpolicy's to replace:
// where git tracks what is no bundle, and where the machine has something that
// belongs to somebody else. What their names alone say, loading has found. Home
// is the project's folder by its name of the operating system, or "".
func targetFaults(cfg *config.Config, fsys fs.FS, dir, home string, found diag.List) diag.List {
	var faults diag.List
	for _, t := range cfg.Project.Targets {
		at := config.Path{"targets", t.Name, "dir"}.String()
		if t.Dir == "" || slices.ContainsFunc(found, func(d *diag.Diagnostic) bool { return d.Path == at }) {
			continue // it has a fault already
		}
		problem := trackedIn(fsys, path.Join(dir, t.Dir))
		if problem == "" && home != "" {
			problem = unfit(cfg, home, filepath.Join(home, filepath.FromSlash(t.Dir)))
		}
		if problem == "" {
			continue
		}
		faults.Add(diag.New(diag.SchemaBadValue, cfg.ProjectRange("targets", t.Name, "dir"), "bundles cannot be written to %s: %s", t.Dir, problem).
			At(at).
			Because("A target is replaced as a whole, and holds bundles and nothing else.").
			Try("Name a folder that holds nothing else, such as build/bundles."))
	}
	return faults
}

// trackedIn says what git tracks in the folder of a target, or beside it where a
// run works, that cannot be a bundle; "" where there is nothing.
func trackedIn(fsys fs.FS, folder string) (problem string) {
	git, ok := fsys.(interface {
		Tracked(name string, yield func(file string) bool) error
	})
	if !ok || !fs.ValidPath(folder) || folder == "." {
		return ""
	}
	work := path.Join(path.Dir(folder), target.WorkName(path.Base(folder)))
	for _, name := range []string{folder, work} {
		// What cannot be read is no fault of the target.
		_ = git.Tracked(name, func(file string) bool {
			below, in := strings.CutPrefix(file, folder+"/")
			switch {
			case in && bundle.Possible(below):
				return true
			case !in && strings.HasPrefix(folder, file):
				problem = "git tracks " + file + ", which is no folder"
			default:
				problem = "git tracks " + file + " there, which is no bundle"
			}
			return false
		})
		if problem != "" {
			break
		}
	}
	return problem
}

// Fits says why a folder, by its name of the operating system, cannot be given
// the bundles of the project, whatever it holds. The project's own targets were
// checked so already. The error is a [failure.Error].
func (c *Compilation) Fits(dir string) error {
	if why := unfit(c.Config, c.options.home, dir); why != "" {
		return &failure.Error{Problem: "bundles cannot be written to " + dir + ": " + why, Hint: "name a folder that holds nothing else"}
	}
	return nil
}

// unfit says why a folder is not callpolicy's to replace; "" where it is. The
// names of the project's folder, "" where it is not known, and of this one are
// those of the operating system.
func unfit(cfg *config.Config, project, full string) string {
	if why := target.Unfit(full); why != "" || project == "" {
		return why
	}
	// A link can lead to what is read, whatever its own name.
	at := landed(full)
	for _, name := range append(cfg.Project.Reads(), config.ProjectFile) {
		if read := landed(filepath.Join(project, filepath.FromSlash(name))); holds(at, read) || holds(read, at) {
			return "it is, or is in, or holds " + name + ", which is read"
		}
	}
	return ""
}

// landed follows the symbolic links of a path as far as it exists.
func landed(name string) string {
	rest := ""
	for at := name; ; at = filepath.Dir(at) {
		if real, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(real, rest)
		}
		if at == filepath.Dir(at) {
			return name
		}
		rest = filepath.Join(filepath.Base(at), rest)
	}
}

// holds reports whether a path is a folder or leads into it.
func holds(folder, name string) bool {
	rel, err := filepath.Rel(folder, name)
	return err == nil && filepath.IsLocal(rel)
}
