package outstanding_test

import (
	"slices"
	"testing"

	"callpolicy/compiler/outstanding"
)

func TestEncode(t *testing.T) {
	off := false
	list := outstanding.List{
		{User: "b@x.example", Setting: "inCall.videoOnMobile", Keeps: outstanding.Value{On: &off}, Since: "abc", Step: "1"},
		{User: "a@x.example", Setting: "callingBehavior.unifiedCM", Keeps: outstanding.Value{App: "webex", Profile: "ams"}, Step: "2"},
	}
	data, err := list.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := outstanding.Parse(data)
	if err != nil || len(back) != 2 || back[0].User != "a@x.example" || back[0].Keeps.Profile != "ams" || *back[1].Keeps.On {
		t.Fatalf("%v %+v", err, back)
	}
	again, err := back.Encode()
	if err != nil || string(again) != string(data) {
		t.Errorf("%v\n%s\n%s", err, again, data)
	}
	if none, err := (outstanding.List{}).Encode(); none != nil || err != nil {
		t.Errorf("nothing outstanding is a file: %s %v", none, err)
	}
	for _, bad := range []string{"", "[]", `{"formatVersion":"9.0","outstanding":[]}`} {
		if _, err := outstanding.Parse([]byte(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestSay(t *testing.T) {
	list := outstanding.List{
		{User: "a@x.example", Setting: "callingBehavior.unifiedCM"},
		{User: "a@x.example", Setting: "inCall.videoOnMobile"},
		{User: "b@x.example", Setting: "inCall.videoOnMobile"},
	}
	for _, c := range []struct {
		user, setting string
		found         bool
		open          int
	}{
		{"c@x.example", "videoOnMobile", false, 3},
		{"a@x.example", "video", false, 3},
		{"a@x.example", "callingBehavior.webexCalling", false, 3},
		{"A@X.example", "callingBehavior", true, 2},
		{"b@x.example", "videoOnMobile", true, 1},
		{"a@x.example", "inCall.videoOnMobile", true, 0},
	} {
		if found := list.Say(c.user, c.setting, outstanding.Said{By: "Ann"}); found != c.found || len(list.Open()) != c.open {
			t.Errorf("%s %s: found %t, %d open", c.user, c.setting, found, len(list.Open()))
		}
	}
	if n := list.Users(); n != 2 {
		t.Errorf("%d users", n)
	}
	if of := list.Of("A@x.example"); !slices.ContainsFunc(of, func(e outstanding.Entry) bool { return e.Said != nil }) || len(of) != 2 {
		t.Errorf("of one user: %+v", of)
	}
}

func TestSaid(t *testing.T) {
	for _, c := range []struct {
		said outstanding.Said
		want string
	}{
		{outstanding.Said{By: "Ann"}, "said done by Ann"},
		{outstanding.Said{By: "Ann", Date: "2027-02-01", Ticket: "T-12"}, "said done by Ann on 2027-02-01, T-12"},
		{outstanding.Said{By: "Ann", Date: "2027-02-01", Reason: "asked for"}, "kept by Ann: asked for on 2027-02-01"},
	} {
		if got := c.said.String(); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}
