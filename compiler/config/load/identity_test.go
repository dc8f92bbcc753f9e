package load_test

import (
	"testing"
)

// Somebody is one person, and a group one group, in whatever form the directory
// and the policies write them.
func TestOneIdentity(t *testing.T) {
	cfg, diags := fromRoster(t, map[string]string{
		"roster/r.csv": "user,licenses,groups,department\n" +
			"e\u0301va@xn--bcher-kva.example,webexCalling,CAFE\u0301,Zo\u0308rg\nb@c.example,webexCalling,h,other\n",
		"policies/p.yaml": "licenses:\n  webexCalling: { service: webexCalling }\n" +
			"groups:\n  café: {}\n  H: {}\n  care: { where: { department: zörg } }\n" +
			"users:\n  Éva@bücher.example: { inCall: { videoOnMobile: false } }\n",
	})
	if len(diags) > 0 {
		t.Fatalf("%v", diags)
	}
	if got, want := people(cfg), "b [webexCalling] [H] department=other\néva [webexCalling] [café care] department=Zo\u0308rg own\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	for _, address := range []string{"éva@bücher.example", "E\u0301VA@XN--BCHER-KVA.example"} {
		if _, ok := cfg.User(address); !ok {
			t.Errorf("nobody is called %q", address)
		}
	}
}
