package planview

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"callpolicy/compiler/plan"
)

// TestPlansMarkdownIsNeverTooLong has more projects than there is room for, one
// of which alone would take all of it.
func TestPlansMarkdownIsNeverTooLong(t *testing.T) {
	large := &plan.Plan{Summary: plan.Summary{Users: 9000, Changed: 9000}}
	for i := range 3000 {
		large.Causes = append(large.Causes, &plan.Cause{
			ID: i, Kind: plan.OrgSetting, Path: "org.inCall.videoOnMobile", Users: 3,
			Changes: []plan.Change{{Setting: "inCall.videoOnMobile", Before: fmt.Sprint("before", i), After: true, Users: 3}},
		})
	}
	small := &plan.Plan{Summary: plan.Summary{Users: 20, Changed: 1}}
	all := plan.NewProjects()
	for i := range 2000 {
		p := small
		if i == 1 {
			p = large
		}
		all.Projects = append(all.Projects, plan.Project{Root: fmt.Sprintf("tenants/%04d", i), Plan: p})
		all.Untouched = append(all.Untouched, fmt.Sprintf("others/%s/%04d", strings.Repeat("x", 200), i))
	}
	var out bytes.Buffer
	if err := writeAllMarkdown(&out, all, Options{}); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, want := range []string{planMarker, "## tenants/0000\n", "## tenants/0001\n", "9,000 of 9,000 users change", "## tenants/0002\n", "more projects had no room here"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q", want)
		}
	}
	if len(text) > maxMarkdown {
		t.Errorf("%d bytes", len(text))
	}
}
