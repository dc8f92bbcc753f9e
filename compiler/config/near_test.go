package config

import "testing"

func TestNearest(t *testing.T) {
	names := []string{"rank", "inCall", "videoOnMobile", "videoOnDesktop", "amsterdam", "group-1", "group-2", "id"}
	for word, want := range map[string]string{
		"rnk": "rank", "rnak": "rank", "Rank": "rank", "incall": "inCall", "in_call": "inCall",
		"videoOnMobil": "videoOnMobile", "video_on_mobile": "videoOnMobile", "videoMobile": "videoOnMobile",
		"amsterdm":  "amsterdam",
		"rotterdam": "", // another town
		"group-3":   "", // as near to one as to the other
		"x":         "", "": "", "nonsense": "", "rink2": "",
		"ids": "id", "ID": "id", "i": "", "ic": "",
	} {
		if got := nearest(word, names); got != want {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
	people := []string{"u0142@company.example", "anna.bakker@company.example", "jo@company.example"}
	for word, want := range map[string]string{
		"u142@company.example": "u0142@company.example", "ana.baker@company.example": "anna.bakker@company.example",
		"anna.bakker@compny.example": "anna.bakker@company.example",
		"u0777@company.example":      "", "al@company.example": "",
	} {
		if got := nearest(word, people); got != want {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
}
