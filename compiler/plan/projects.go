package plan

import (
	_ "embed"
	"strings"
)

// Projects is the plans of several projects of one repository, each by itself.
type Projects struct {
	FormatVersion string    `json:"formatVersion"`
	Projects      []Project `json:"projects"`  // that the change touches, by folder
	Untouched     []string  `json:"untouched"` // folders of the others
	Faulty        []string  `json:"faulty"`    // folders of those that have no plan, since their files have errors
}

// Project is the plan of one project among several.
type Project struct {
	Root string `json:"root"` // the project's folder in the repository; a dot for its top
	Plan *Plan  `json:"plan"`
}

// NewProjects returns plans of no project yet.
func NewProjects() *Projects {
	return &Projects{FormatVersion: FormatVersion, Projects: []Project{}, Untouched: []string{}, Faulty: []string{}}
}

// ByRoot compares projects by their folders.
func ByRoot(a, b Project) int { return strings.Compare(a.Root, b.Root) }

// ProjectsJSONSchema is the JSON Schema of the JSON form of [Projects]. It
// refers to [JSONSchema] as plan.schema.json.
//
//go:embed projects.schema.json
var ProjectsJSONSchema []byte
