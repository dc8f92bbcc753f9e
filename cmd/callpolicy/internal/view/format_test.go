package view

import (
	"slices"
	"strings"
	"testing"
)

func TestFormatsAreWritten(t *testing.T) {
	names := Formats()
	if len(names) != len(formats()) {
		t.Errorf("Formats names %d, and there are %d", len(names), len(formats()))
	}
	err := Write("yaml", nil, Report{}, Tool{})
	if err == nil || !strings.Contains(err.Error(), "text, json, sarif, github, gitlab, junit") {
		t.Errorf("got %v", err)
	}
}

func TestParseOutputs(t *testing.T) {
	got, err := ParseOutputs([]string{"sarif=a=b.sarif", "json=out/report.json", "json=again.json", `junit=C:\reports\x=1.xml`}, Formats())
	want := []Output{{"sarif", "a=b.sarif"}, {"json", "out/report.json"}, {"json", "again.json"}, {"junit", `C:\reports\x=1.xml`}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	for value, want := range map[string]string{
		"sarif":       `"sarif" is not of the form FORMAT=FILE`,
		"sarif=":      `"sarif=" is not of the form FORMAT=FILE`,
		"=a":          `"=a" is not of the form FORMAT=FILE`,
		"yaml=a.yaml": `there is no format "yaml"; the formats are text, json`,
		"junit=twice": "two outputs would be written to twice",
	} {
		if _, err := ParseOutputs([]string{"json=twice", value}, Formats()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", value, err, want)
		}
	}
}
