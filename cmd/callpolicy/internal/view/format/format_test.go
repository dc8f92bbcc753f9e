package format

import (
	"slices"
	"strings"
	"testing"
)

func TestParseOutputs(t *testing.T) {
	names := []string{"text", "json", "sarif", "junit"}
	got, err := ParseOutputs([]string{"sarif=a=b.sarif", "json=out/report.json", "json=again.json", `junit=C:\reports\x=1.xml`}, names)
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
		if _, err := ParseOutputs([]string{"json=twice", value}, names); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", value, err, want)
		}
	}
}

func TestList(t *testing.T) {
	list := List[int]{{"text", 1}, {"json", 2}}
	if got := list.Names(); !slices.Equal(got, []string{"text", "json"}) {
		t.Errorf("names %v", got)
	}
	if got, err := list.Find("json"); got != 2 || err != nil {
		t.Errorf("json: got %d, %v", got, err)
	}
	if _, err := list.Find("yaml"); err == nil || err.Error() != `there is no format "yaml"; the formats are text, json` {
		t.Errorf("yaml: got %v", err)
	}
}
