package workspace

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
)

// find returns the projects that are asked for, of which there is at least one.
func (w *Workspace) find(request Request) (projects []Project, err error) {
	switch {
	case request.All:
		projects, err = w.every(".", nil)
	case request.Folder != "":
		projects, err = w.named(request)
	default:
		projects, err = w.nearest(request.Dir)
	}
	if err == nil && len(projects) == 0 {
		err = w.missing(request)
	}
	return projects, err
}

// missing says that there is no project, and where there are some.
func (w *Workspace) missing(request Request) error {
	m := &MissingError{Dir: w.options.shown(request.Dir), Request: request}
	if !request.WorkTree() {
		m.Of = w.snap.Describe()
	}
	if w.git.Root() != "" || request.All {
		return m
	}
	// In a bare repository there is no folder to go to.
	all, err := w.every(".", nil)
	if err != nil {
		return err
	}
	for _, p := range all {
		m.Others = append(m.Others, p.dir)
	}
	return m
}

// nearest walks up from a folder to the first with a project file.
func (w *Workspace) nearest(start string) ([]Project, error) {
	dir, err := w.git.Rel(start)
	if err != nil {
		return nil, err
	}
	for {
		switch _, err := fs.Stat(w.snap, path.Join(dir, config.ProjectFile)); {
		case err == nil:
			return []Project{{w, dir}}, nil
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		case dir == ".":
			return nil, nil
		}
		dir = path.Dir(dir)
	}
}

// named finds the project in a folder that is named from the top.
func (w *Workspace) named(request Request) ([]Project, error) {
	_, err := fs.Stat(w.snap, path.Join(request.Folder, config.ProjectFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &MissingError{Dir: request.Folder, Request: request, Of: w.snap.Describe()}
	}
	return []Project{{w, request.Folder}}, err
}

// every gathers the projects below a folder. Names with a leading dot are
// skipped, and so is what callpolicy wrote, which may be very large.
func (w *Workspace) every(dir string, found []Project) ([]Project, error) {
	entries, err := fs.ReadDir(w.snap, dir)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, e := range entries {
		names[e.Name()] = true
	}
	if names[config.ProjectFile] {
		found = append(found, Project{w, dir})
	}
	if names[bundle.ManifestFile] && names["index"] {
		return found, nil
	}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			if found, err = w.every(path.Join(dir, e.Name()), found); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// projectAbove returns the nearest folder with a project file, from a folder on
// disk upwards, or "".
func projectAbove(dir string) string {
	for {
		if info, err := os.Stat(filepath.Join(dir, config.ProjectFile)); err == nil && info.Mode().IsRegular() {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}
