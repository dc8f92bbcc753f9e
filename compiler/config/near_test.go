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
		"ids": "id",
	} {
		if got := nearest(word, names); got != want {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
}
