package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/owenrumney/go-sarif/v2/sarif"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/diag"
	"callpolicy/policies"
)

const (
	// sourceRoot is the name by which SARIF consumers know the top of the repository.
	sourceRoot = "%SRCROOT%"
	// fingerprintKey names the way a fingerprint is made: a change of it needs a new number.
	fingerprintKey = "callpolicyFault/v1"
	// sarifSchema is where the standard itself keeps its schema.
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

// writeSARIF writes SARIF 2.1.0. Its places are repository paths, its columns
// UTF-16 code units.
func writeSARIF(w io.Writer, r Report, tool Tool) error {
	log, err := sarif.New(sarif.Version210)
	if err != nil {
		return err
	}
	log.Schema = sarifSchema
	rules, index, err := sarifRules(r, tool)
	if err != nil {
		return err
	}
	driver := sarif.NewDriver("callpolicy")
	driver.Rules = rules
	if tool.Version != "" {
		driver.Version = &tool.Version
	}
	run := sarif.NewRun(sarif.Tool{Driver: driver}).
		WithColumnKind("utf16CodeUnits").
		WithOriginalUriBaseIds(map[string]*sarif.ArtifactLocation{
			sourceRoot: sarif.NewArtifactLocation().WithDescription(sarif.NewTextMessage("The top of the repository.")),
		})
	prints := fingerprints(r)
	for _, i := range sarifShown(r, run) {
		d := r.Diagnostics[i]
		result := sarif.NewRuleResult(d.ID.String()).
			WithRuleIndex(index[d.ID.String()]).
			WithLevel(sarifLevel(d.Severity)).
			WithMessage(sarifMessage(sentences(d))).
			WithPartialFingerPrints(map[string]any{fingerprintKey: prints[i]}).
			WithLocations([]*sarif.Location{r.sarifSubject(d)}).
			WithRelatedLocations(r.sarifRelated(d))
		if fix := r.sarifFix(d.Fix); fix != nil {
			result.Fixes = []*sarif.Fix{fix}
		}
		run.AddResult(result)
	}
	log.AddRun(run)
	return harmless.JSON(w, log)
}

// sarifLimit is how many results of a run GitHub takes: of a run with more it
// shows nothing at all.
const sarifLimit = 25_000

// sarifShown returns which diagnostics a run holds. Where there are more than it
// may hold those are the most severe, and a notification counts the others.
func sarifShown(r Report, run *sarif.Run) []int {
	shown := make([]int, len(r.Diagnostics))
	for i := range shown {
		shown[i] = i
	}
	over := len(shown) - sarifLimit
	if over <= 0 {
		return shown
	}
	slices.SortStableFunc(shown, func(a, b int) int { return cmp.Compare(r.Diagnostics[a].Severity, r.Diagnostics[b].Severity) })
	text := fmt.Sprintf("%s are not in this report, which may hold %s: the least severe. The other formats have all of them.",
		layout.Plural(over, "more finding", "more findings"), layout.Count(sarifLimit))
	run.AddInvocations((&sarif.Invocation{}).WithExecutionSuccess(true).WithToolExecutionNotifications([]*sarif.Notification{
		sarif.NewNotification().WithLevel("warning").WithMessage(sarif.NewTextMessage(text)),
	}))
	shown = shown[:sarifLimit]
	slices.Sort(shown)
	return shown
}

// sarifRules describes the rules that occur, and returns the index of each.
func sarifRules(r Report, tool Tool) ([]*sarif.ReportingDescriptor, map[string]int, error) {
	catalogue := map[string]policies.Rule{}
	if tool.Rules != nil && len(r.Diagnostics) > 0 {
		all, err := tool.Rules()
		if err != nil {
			return nil, nil, fmt.Errorf("the catalogue of rules: %w", err)
		}
		for _, rule := range all {
			catalogue[rule.ID] = rule
		}
	}
	descriptors := map[string]*sarif.ReportingDescriptor{}
	for _, d := range r.Diagnostics {
		id := d.ID.String()
		if descriptors[id] == nil {
			rule, ok := catalogue[id]
			if !ok { // a rule of the organization's own
				rule = policies.Rule{ID: id, Title: id, Severity: d.Severity.String()}
			}
			descriptors[id] = sarifRule(rule)
		}
	}
	index := map[string]int{}
	rules := []*sarif.ReportingDescriptor{} // never nil: the array is required
	for _, id := range slices.Sorted(maps.Keys(descriptors)) {
		index[id] = len(rules)
		rules = append(rules, descriptors[id])
	}
	return rules, index, nil
}

func sarifRule(rule policies.Rule) *sarif.ReportingDescriptor {
	family, _, _ := strings.Cut(rule.ID, ".")
	d := sarif.NewRule(rule.ID).WithDescription(rule.Title)
	d.Properties = sarif.Properties{"tags": []string{family}}
	d.FullDescription = sarif.NewMultiformatMessageString(cmp.Or(rule.Why, rule.Title))

	text, markdown := cmp.Or(rule.Why, rule.Title), "**"+rule.Title+"**"
	if rule.Why != "" {
		markdown += "\n\n" + rule.Why
	}
	if rule.Fix != "" {
		text += "\n\nWhat to do: " + rule.Fix
		markdown += "\n\n**What to do.** " + rule.Fix
	}
	d.Help = &sarif.MultiformatMessageString{Text: &text, Markdown: &markdown}

	severity, _ := diag.ParseSeverity(rule.Severity)
	enabled := severity != diag.Off
	d.DefaultConfiguration = &sarif.ReportingConfiguration{Enabled: &enabled, Level: sarifLevel(severity)}
	return d
}

// sarifLevel is the word for a severity. A rule that is off by default would be
// a warning if it were on, as the standard has it.
func sarifLevel(s diag.Severity) string {
	switch s {
	case diag.Error:
		return "error"
	case diag.Info:
		return "note"
	case diag.Warning, diag.Off:
	}
	return "warning"
}

// sentences is a diagnostic as paragraphs of plain text, what is wrong first.
func sentences(d *diag.Diagnostic) string {
	text := harmless.Line(d.Summary) + "."
	if d.Detail != "" {
		text += "\n\n" + harmless.Lines(d.Detail)
	}
	if d.Hint != "" {
		text += "\n\nTry: " + harmless.Lines(d.Hint)
	}
	if d.Users > 0 {
		text += "\n\nUsers concerned: " + layout.Count(d.Users)
	}
	return text
}

var sarifPlaceholder = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{\d+\}`) })

// sarifMessage makes text a message that shows as the text. In SARIF "[a](b)"
// is a link, which nobody gets to plant in a message by naming a template so,
// and "{0}" a placeholder. The standard doubles every brace, but as viewers
// undo that for messages with arguments only, and these have none, just what
// would be a placeholder is doubled.
func sarifMessage(text string) *sarif.Message {
	text = sarifPlaceholder().ReplaceAllString(text, "{$0}")
	if strings.Contains(text, "](") {
		text = strings.NewReplacer("[", `\[`, "]", `\]`).Replace(text)
	}
	return sarif.NewTextMessage(text)
}

func (r Report) sarifSubject(d *diag.Diagnostic) *sarif.Location {
	location := sarif.NewLocationWithPhysicalLocation(r.sarifPlace(d.Subject))
	if d.Path != "" {
		location.LogicalLocations = []*sarif.LogicalLocation{sarif.NewLogicalLocation().WithFullyQualifiedName(d.Path)}
	}
	return location
}

func (r Report) sarifRelated(d *diag.Diagnostic) []*sarif.Location {
	var locations []*sarif.Location
	for i, rel := range d.Related {
		location := sarif.NewLocationWithPhysicalLocation(r.sarifPlace(rel.Range)).WithId(i + 1)
		if rel.Message != "" {
			location.Message = sarifMessage(harmless.Line(rel.Message))
		}
		locations = append(locations, location)
	}
	return locations
}

// sarifPlace carries the text of the line, too, for viewers that have no sources.
func (r Report) sarifPlace(at diag.Range) *sarif.PhysicalLocation {
	place := sarif.NewPhysicalLocation().WithArtifactLocation(r.sarifFile(at.File))
	s, ok := newSpan(at)
	if !ok {
		return place
	}
	place.Region = sarifRegion(s)
	if line := strings.TrimRight(at.Text, "\r\n"); line != "" && s.startLine == s.endLine {
		line = strings.ToValidUTF8(line, "\ufffd")
		place.ContextRegion = sarif.NewRegion().WithStartLine(s.startLine).
			WithSnippet(&sarif.ArtifactContent{Text: &line})
	}
	return place
}

func (r Report) sarifFile(file string) *sarif.ArtifactLocation {
	uri := url.URL{Path: r.repositoryPath(file)}
	return sarif.NewSimpleArtifactLocation(uri.String()).WithUriBaseId(sourceRoot)
}

func sarifRegion(s span) *sarif.Region {
	region := sarif.NewRegion().WithStartLine(s.startLine).WithStartColumn(s.startColumn).WithEndLine(s.endLine)
	if s.endColumn > 0 {
		region.EndColumn = &s.endColumn
	}
	return region
}

// sarifFix returns nil where the place of an edit cannot be told to the
// character, since half a fix is worse than none.
func (r Report) sarifFix(fix *diag.Fix) *sarif.Fix {
	if fix == nil {
		return nil
	}
	out := sarif.NewFix().WithDescription(sarifMessage(harmless.Line(fix.Title)))
	changes := map[string]*sarif.ArtifactChange{}
	for _, edit := range fix.Edits {
		s, ok := newSpan(edit.Range)
		if !ok || !s.exact(edit.Range) {
			return nil
		}
		change := changes[edit.File]
		if change == nil {
			change = sarif.NewArtifactChange(r.sarifFile(edit.File))
			changes[edit.File] = change
			out.ArtifactChanges = append(out.ArtifactChanges, change)
		}
		change.Replacements = append(change.Replacements, &sarif.Replacement{
			DeletedRegion:   *sarifRegion(s),
			InsertedContent: &sarif.ArtifactContent{Text: &edit.NewText},
		})
	}
	if len(out.ArtifactChanges) == 0 {
		return nil
	}
	return out
}
