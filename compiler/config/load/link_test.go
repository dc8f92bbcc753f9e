package load_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/source"
	"callpolicy/compiler/syntax/cue"
)

const projectFile = "apiVersion: callpolicy/v1\nedition: classic\n"

// texts lists diagnostics as place, id and summary.
func texts(list diag.List) string {
	var b strings.Builder
	for _, d := range list {
		fmt.Fprintf(&b, "%s [%s] %s\n", d.Subject, d.ID, d.Summary)
		for _, r := range d.Related {
			fmt.Fprintf(&b, "  %s %s\n", r.Range, r.Message)
		}
	}
	return b.String()
}

// TestDiagnostics holds what is said where one fault could look like several,
// or several like one.
func TestDiagnostics(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"a required field with a slip is one fault", map[string]string{
			"policies/a.yaml": "templates:\n  desk: { rnk: 10 }\n",
		}, "policies/a.yaml:2:11 [schema.unknown-field] there is no field called rnk here\n"},
		{"a section that is in another file already", map[string]string{
			"policies/a.yaml": "org2: { inCall: { screenSharing: true } }\n", "policies/b.yaml": "org: {}\n",
		}, "policies/a.yaml:1:1 [schema.unknown-field] there is no field called org2 here\n  policies/b.yaml:1:1 org is written here\n"},
		{"a field that is there already is not meant", map[string]string{
			"policies/a.yaml": "org:\n  inCall: { videoOnMobile: true, videoOnMobil: true }\n",
		}, "policies/a.yaml:2:34 [schema.unknown-field] there is no field called videoOnMobil here\n  policies/a.yaml:2:13 videoOnMobile is written here\n"},
		{"all that a choice lacks", map[string]string{
			"policies/a.yaml": "org:\n  callingBehavior:\n    unifiedCM:\n    webexCalling: {}\n",
		}, "policies/a.yaml:3:5 [schema.missing-field] unifiedCM needs app\npolicies/a.yaml:4:5 [schema.missing-field] webexCalling needs app\n"},
		{"what a choice with the app alone lacks", map[string]string{
			"policies/a.yaml": "org: { callingBehavior: { unifiedCM: { app: webex, nonsense: 1 } } }\n",
		}, "policies/a.yaml:1:27 [schema.missing-field] unifiedCM needs ucManagerProfile or domain\npolicies/a.yaml:1:52 [schema.unknown-field] there is no field called nonsense here\n"},
		{"a bad app says nothing of what goes with it", map[string]string{
			"policies/a.yaml": "org: { callingBehavior: { unifiedCM: { app: zebra, domain: email } } }\n",
		}, "policies/a.yaml:1:45 [schema.bad-value] zebra is not a value of app\n"},
		{"a fault in what aliases repeat is one", map[string]string{
			"policies/a.yaml": "groups: { g: {} }\nusers:\n  u1@company.example: &u { groups: [h], inCall: { videoOnMobile: yes } }\n  u2@company.example: *u\n  u3@company.example: { <<: *u }\n",
		}, "policies/a.yaml:3:37 [ref.unknown-group] there is no group called h\npolicies/a.yaml:3:66 [schema.wrong-type] videoOnMobile must be true or false, not the text \"yes\"\n"},
		{"a fault that only the use makes", map[string]string{
			"policies/a.yaml": "org: { inCall: &c { videoOnMobile: true } }\ntemplates: { t: { rank: 1, callingBehavior: *c } }\n",
		}, "policies/a.yaml:2:45 [schema.unknown-field] there is no field called videoOnMobile here\n  policies/a.yaml:1:21 the value is written here\n"},
		{"places in a list with faults", map[string]string{
			"policies/a.yaml": "groups: { g: { members: [5, nobody, x@company.example] } }\nusers: { u1@company.example: { groups: [7, h, true, i] } }\n",
		}, "policies/a.yaml:1:26 [schema.wrong-type] item 1 of members must be text, not the number 5\n" +
			"policies/a.yaml:1:29 [schema.bad-value] nobody is not an e-mail address\n" +
			"policies/a.yaml:1:37 [ref.unknown-user] there is no user called x@company.example\n" +
			"policies/a.yaml:2:41 [schema.wrong-type] item 1 of groups must be text, not the number 7\n" +
			"policies/a.yaml:2:44 [ref.unknown-group] there is no group called h\n" +
			"policies/a.yaml:2:47 [schema.wrong-type] item 3 of groups must be text, not true\n" +
			"policies/a.yaml:2:53 [ref.unknown-group] there is no group called i\n"},
		{"a user in three files", map[string]string{
			"policies/a.yaml": "users: { u1@company.example: {} }\n",
			"policies/b.yaml": "users: { U1@company.example: {} }\n",
			"policies/c.yaml": "users: { u1@Company.example: {} }\n",
		}, "policies/b.yaml:1:10 [ref.duplicate-definition] user U1@company.example is defined twice\n  policies/a.yaml:1:10 first defined here\n" +
			"policies/c.yaml:1:10 [ref.duplicate-definition] user u1@Company.example is defined twice\n  policies/a.yaml:1:10 first defined here\n"},
		{"a user in both languages", map[string]string{
			"policies/a.cue":  "users: \"u1@company.example\": {}\n",
			"policies/b.yaml": "users: { u1@company.example: {} }\n",
		}, "policies/b.yaml:1:10 [ref.duplicate-definition] user u1@company.example is defined twice\n  policies/a.cue:1:8 first defined here\n"},
		{"every kind of entry twice", map[string]string{
			"policies/a.yaml": "org: {}\nlicenses: { l: { service: none } }\nucManagerProfiles: { p: {} }\ntemplates: { t: { rank: 1 } }\ngroups: { g: {} }\n",
			"policies/b.yaml": "org: {}\nlicenses: { l: { service: none } }\nucManagerProfiles: { p: {} }\ntemplates: { t: { rank: 1 } }\ngroups: { g: {} }\n",
		}, "policies/b.yaml:1:1 [ref.duplicate-definition] org is defined twice\n  policies/a.yaml:1:1 first defined here\n" +
			"policies/b.yaml:2:13 [ref.duplicate-definition] license l is defined twice\n  policies/a.yaml:2:13 first defined here\n" +
			"policies/b.yaml:3:22 [ref.duplicate-definition] UC Manager profile p is defined twice\n  policies/a.yaml:3:22 first defined here\n" +
			"policies/b.yaml:4:14 [ref.duplicate-definition] calling template t is defined twice\n  policies/a.yaml:4:14 first defined here\n" +
			"policies/b.yaml:5:11 [ref.duplicate-definition] group g is defined twice\n  policies/a.yaml:5:11 first defined here\n"},
		{"several documents in a file", map[string]string{
			"policies/a.yaml": "org: {}\n---\norg: {}\n",
		}, "policies/a.yaml:3:1 [ref.duplicate-definition] org is defined twice\n  policies/a.yaml:1:1 first defined here\n"},
		{"a duplicate key does not hide other faults, but withholds references", map[string]string{
			"policies/a.yaml": "users: { u1@company.example: { groups: [g], inCall: { videoOnMobile: yes } } }\ngroups: {}\ngroups: { g: {} }\n",
		}, "policies/a.yaml:1:70 [schema.wrong-type] videoOnMobile must be true or false, not the text \"yes\"\npolicies/a.yaml:3:1 [load.duplicate-key] the key groups is there twice\n  policies/a.yaml:2:1 first written here\n"},
		{"a broken file withholds references", map[string]string{
			"policies/a.yaml": "users: { u1@company.example: { groups: [g], licenses: [l] } }\n",
			"policies/b.yaml": "groups: { g: {}\n",
		}, "policies/b.yaml:1:9 [load.syntax] the bracket { is not closed\n"},
		{"a colon without a blank", map[string]string{
			"policies/a.yaml": "org:\n  inCall:\n    videoOnMobile:true\n",
		}, "policies/a.yaml:3:5 [schema.wrong-type] inCall must be a mapping, not the text \"videoOnMobile:true\"\n"},
		{"a field one level too high", map[string]string{
			"policies/a.yaml": "org: { videoOnMobile: true }\n",
		}, "policies/a.yaml:1:8 [schema.unknown-field] there is no field called videoOnMobile here\n"},
		{"a waiver for nobody", map[string]string{
			"policies/a.yaml": "waivers:\n- { rule: lint.tel-loop, user: nobody@company.example, reason: R, owner: O, expires: 2027-03-01 }\n- { rule: lint.tel-loop, user: nobody, reason: R, owner: O, expires: 2027-03-01 }\n",
		}, "policies/a.yaml:2:32 [ref.unknown-user] there is no user called nobody@company.example\npolicies/a.yaml:3:32 [schema.bad-value] nobody is not an e-mail address\n"},
		{"a locations key is the rule's", map[string]string{
			"policies/a.yaml": "locations: { utrecht: {} }\norg: { locations: [] }\n",
		}, "policies/a.yaml:1:1 [level.no-location] nothing can be set for a location\npolicies/a.yaml:2:8 [level.no-location] nothing can be set for a location\n"},
		{"text that a pattern refuses", map[string]string{
			"policies/a.yaml": "org: { locks: { screenSharing: fixed } }\nusers: { u 1@company.example: {}, ../../x@y: {}, '': {} }\ngroups: { '': {}, \"a\\nb\": {} }\n",
		}, "policies/a.yaml:1:17 [schema.bad-value] screenSharing is not a setting that can be locked\n" +
			"policies/a.yaml:2:10 [schema.bad-value] \"u 1@company.example\" is not an e-mail address\n" +
			"policies/a.yaml:2:50 [schema.bad-value] a name cannot be empty\n" +
			"policies/a.yaml:3:11 [schema.bad-value] a name cannot be empty\n" +
			"policies/a.yaml:3:19 [schema.bad-value] \"a\\nb\" cannot be a name\n"},
		{"what is listed twice", map[string]string{
			"policies/a.yaml": "groups: { g: { members: [u1@company.example, U1@company.example] } }\nusers:\n  u1@company.example:\n    licenses:\n      - webexCalling\n      - webexCalling\n    groups: [g, h, h]\n",
		}, "policies/a.yaml:1:46 [lint.duplicate-item] U1@company.example is listed twice\n  policies/a.yaml:1:26 first listed here\n" +
			"policies/a.yaml:6:9 [lint.duplicate-item] webexCalling is listed twice\n  policies/a.yaml:5:9 first listed here\n" +
			"policies/a.yaml:7:17 [ref.unknown-group] there is no group called h\n" +
			"policies/a.yaml:7:20 [lint.duplicate-item] h is listed twice\n  policies/a.yaml:7:17 first listed here\n"},
		{"members who are listed twice and are nobody", map[string]string{
			"policies/a.yaml": "groups: { g: { members: [u1@company.example, u1@company.example] }, h: { members: [u1@company.example] } }\n",
		}, "policies/a.yaml:1:26 [ref.unknown-user] there is no user called u1@company.example\n" +
			"policies/a.yaml:1:46 [lint.duplicate-item] u1@company.example is listed twice\n  policies/a.yaml:1:26 first listed here\n" +
			"policies/a.yaml:1:84 [ref.unknown-user] there is no user called u1@company.example\n"},
		{"a former address that is the user's own, or an entry's", map[string]string{
			"policies/a.yaml": "users:\n  u1@company.example: { previously: [old@company.example, U1@company.example] }\n  u2@company.example: { previously: [u3@company.example, nobody] }\n  u3@company.example: {}\n",
		}, "policies/a.yaml:2:59 [ref.former-address] U1@company.example is the address that the user has now\n" +
			"policies/a.yaml:3:38 [ref.former-address] u3@company.example is in use: it has an entry of its own\n  policies/a.yaml:4:3 the other entry\n" +
			"policies/a.yaml:3:58 [schema.bad-value] nobody is not an e-mail address\n"},
		{"a former address of two", map[string]string{
			"policies/a.yaml": "users:\n  u1@company.example: { previously: [old@company.example] }\n",
			"policies/b.yaml": "users:\n  u2@company.example: { previously: [OLD@company.example] }\n",
		}, "policies/b.yaml:2:38 [ref.former-address] OLD@company.example is a former address of u1@company.example as well\n  policies/a.yaml:2:38 first listed here\n"},
		{"a former address that is listed twice is that, and no more", map[string]string{
			"policies/a.yaml": "users:\n  u1@company.example: { previously: [old@company.example, Old@company.example] }\n",
		}, "policies/a.yaml:2:59 [lint.duplicate-item] Old@company.example is listed twice\n  policies/a.yaml:2:38 first listed here\n"},
		{"two people swap their addresses, and a third takes over another", map[string]string{
			"policies/a.yaml": "users:\n  u1@company.example: { previously: [u2@company.example] }\n  u2@company.example: { previously: [u1@company.example] }\n" +
				"  u3@company.example: { previously: [u0@company.example] }\n  u4@company.example: { previously: [u3@company.example] }\n",
		}, ""},
		{"a former address that somebody has in the directory", map[string]string{
			"callpolicy.yaml":   projectFile + "roster: [roster]\n",
			"roster/people.csv": "user,licenses\nu1@company.example,webexCalling\nu2@company.example,webexCalling\n",
			"policies/a.yaml":   "users:\n  u1@company.example: { previously: [u2@company.example] }\n",
		}, "policies/a.yaml:2:38 [ref.former-address] u2@company.example is the address of somebody else in the roster\n  roster/people.csv:3:1 the row is here\n"},
		{"a new address before the directory has it", map[string]string{
			"callpolicy.yaml":   projectFile + "roster: [roster]\n",
			"roster/people.csv": "user,licenses\nu1@company.example,webexCalling\n",
			"policies/a.yaml":   "users:\n  new@company.example: { previously: [u1@company.example] }\n",
		}, ""},
		{"a section with a slip in its name", map[string]string{
			"policies/a.yaml": "group: { g: { membrs: [], template: 5 } }\nusers: { u1@company.example: { groups: [g], licenses: [l] } }\n",
		}, "policies/a.yaml:1:1 [schema.unknown-field] there is no field called group here\n" +
			"policies/a.yaml:1:15 [schema.unknown-field] there is no field called membrs here\n" +
			"policies/a.yaml:1:37 [schema.wrong-type] template must be text, not the number 5\n"},
		{"faults below a key with a slip in it", map[string]string{
			"policies/a.yaml": "org: { inCal: { videoOnMobile: yes } }\n",
		}, "policies/a.yaml:1:8 [schema.unknown-field] there is no field called inCal here\n" +
			"policies/a.yaml:1:32 [schema.wrong-type] videoOnMobile must be true or false, not the text \"yes\"\n"},
		{"no blank after the colon of a pair in braces", map[string]string{
			"policies/a.yaml": "templates: { t: { rank:10 } }\norg: { callingBehavior: { webexCalling: { app: webex, app:webex } } }\n",
		}, "policies/a.yaml:1:19 [schema.unknown-field] there is no blank after the colon in rank:10\n" +
			"policies/a.yaml:2:55 [schema.unknown-field] there is no blank after the colon in app:webex\n"},
		{"typographic quotes around an address", map[string]string{
			"policies/a.yaml": "users: { “u1@company.example”: {} }\n",
		}, "policies/a.yaml:1:10 [schema.bad-value] “u1@company.example” is not an e-mail address\n"},
		{"blanks beside an address", map[string]string{
			"policies/a.yaml": "users: { 'u1@company.example ': {} }\n",
		}, "policies/a.yaml:1:10 [schema.bad-value] there is a blank before or behind the address u1@company.example\n"},
		{"a roster that cannot be read to its end hides no group and no license", map[string]string{
			"callpolicy.yaml":   projectFile + "roster: [roster]\n",
			"roster/people.csv": "user,licenses\nu1@company.example,webexCaling\nu2@company.example,\"webexCalling\n",
			"policies/a.yaml":   "groups: { g: { template: t, members: [u3@company.example] } }\nusers: { u1@company.example: { groups: [h] } }\n",
		}, "policies/a.yaml:1:26 [ref.unknown-template] there is no calling template called t\n" +
			"policies/a.yaml:2:41 [ref.unknown-group] there is no group called h\n" +
			"roster/people.csv:2:20 [ref.unknown-license] there is no license called webexCaling\n" +
			"roster/people.csv:3:20 [load.syntax] a quote is opened in this row and never closed\n"},
		{"a policy file that cannot be read may define what the roster names", map[string]string{
			"callpolicy.yaml":   projectFile + "roster: [roster]\n",
			"roster/people.csv": "user,licenses\nu1@company.example,professional\n",
			"policies/a.yaml":   "licenses: {\n",
		}, "policies/a.yaml:1:11 [load.syntax] the bracket { is not closed\n"},
		{"no licenses at all", map[string]string{
			"policies/a.yaml": "licenses: {}\nusers: { u1@company.example: { licenses: [webexCalling] } }\n",
		}, "policies/a.yaml:2:43 [ref.unknown-license] there is no license called webexCalling\n"},
		{"a project file that names nothing to read", map[string]string{
			"callpolicy.yaml": projectFile + "policies: []\n", "policies/a.yaml": "org: {}\n",
		}, "callpolicy.yaml:3:1 [load.no-files] policies names no file and no folder\n"},
		{"targets where something is read", map[string]string{
			"callpolicy.yaml": projectFile + "policies: [shared/policies, org.yaml]\ntargets:\n  a: { dir: shared/policies/ }\n  b: { dir: shared }\n  c: { dir: . }\n" +
				"  d: { dir: build/../guardrails }\n  e: { dir: build/e }\n  f: { dir: build }\n  g: { dir: ../out }\n  h: { dir: .. }\n  i: { dir: sharedX }\n",
			"shared/policies/a.yaml": "org: {}\n", "org.yaml": "groups: {}\n",
		}, "callpolicy.yaml:5:13 [schema.bad-value] bundles cannot be written to shared/policies/, which is read from\n" +
			"callpolicy.yaml:6:13 [schema.bad-value] bundles cannot be written to shared, which is read from\n" +
			"callpolicy.yaml:7:13 [schema.bad-value] bundles cannot be written to ., which holds this project\n" +
			"callpolicy.yaml:8:13 [schema.bad-value] bundles cannot be written to build/../guardrails, which is read from\n" +
			"callpolicy.yaml:10:13 [schema.bad-value] the targets e and f cannot share a folder\n  callpolicy.yaml:9:13 the other folder is named here\n" +
			"callpolicy.yaml:12:13 [schema.bad-value] bundles cannot be written to .., which holds this project\n"},
		{"a roster that nobody reads", map[string]string{
			"policies/a.yaml": "org: {}\n", "roster/people.CSV": "user\n",
		}, "callpolicy.yaml:1:1 [roster.not-read] the folder roster holds CSV files, and is not read\n"},
		{"a roster of which a part is read, and one that is no roster", map[string]string{
			"callpolicy.yaml": projectFile + "roster: [roster/people.csv]\n",
			"policies/a.yaml": "org: {}\n", "roster/people.csv": "user,licenses\nu1@company.example,webexCalling\n", "roster/old.csv": "user\n",
		}, ""},
		{"the same key twice in the project file hides nothing else", map[string]string{
			"callpolicy.yaml": projectFile + "edition: current\ntargts: {}\n",
			"policies/a.yaml": "org: { nonsense: 1 }\nusers: { u1@company.example: { groups: [g] } }\n",
		}, "callpolicy.yaml:3:1 [load.duplicate-key] the key edition is there twice\n  callpolicy.yaml:2:1 first written here\n" +
			"callpolicy.yaml:4:1 [schema.unknown-field] there is no field called targts here\n" +
			"policies/a.yaml:1:8 [schema.unknown-field] there is no field called nonsense here\n"},
		{"what may be empty is in order", map[string]string{
			"policies/a.yaml": "org:\nlicenses: { l: { service: none } }\ngroups: { g: { members: [], where: {} }, h: , i: { members: } }\nusers:\n  u1@company.example:\n  u2@company.example: { migration: {}, previously: [], licenses: [] }\n  u3@company.example: { migration: { completeBy: 2027-03-01 }, previously: [Old@company.example] }\n",
		}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			files := map[string]string{"callpolicy.yaml": projectFile}
			maps.Copy(files, test.files)
			if got := texts(loaded(t, files)); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

func TestWithheld(t *testing.T) {
	cfg, _ := loadConfig(t, map[string]string{
		"callpolicy.yaml": projectFile,
		"policies/a.yaml": "users: { u1@company.example: { groups: [g], licenses: [l, m] } }\n",
		"policies/b.yaml": "groups: { g: {}\n",
	}, 0)
	if !cfg.Incomplete || !cfg.Faulty || cfg.Withheld == 0 {
		t.Errorf("incomplete %v, faulty %v, withheld %d", cfg.Incomplete, cfg.Faulty, cfg.Withheld)
	}
}

// A row of the roster alone stops nobody's work.
func TestFormerAddressInTheDirectory(t *testing.T) {
	diags := loaded(t, map[string]string{
		"callpolicy.yaml":   projectFile + "roster: [roster]\n",
		"roster/people.csv": "user,licenses\nu1@company.example,webexCalling\nu2@company.example,webexCalling\n",
		"policies/a.yaml":   "users:\n  u1@company.example: { previously: [u2@company.example] }\n",
	})
	if len(diags) != 1 || diags[0].ID != diag.RefFormerAddress || diags[0].Severity != diag.Warning {
		t.Errorf("got %v", diags)
	}
}

// mixed is a repository in both languages, in which everybody is in groups in
// every way there is.
var mixed = map[string]string{
	"callpolicy.yaml":      projectFile,
	"policies/t.cue":       "templates: desk: {rank: 10, inCall: videoOnMobile: false}\n",
	"policies/groups.yaml": "groups:\n  listed: { template: ward, members: [U2@company.example, gen1@company.example] }\n  own: { template: desk }\n  zeist: { where: { site: [Zeist, Soest], kind: nurse } }\n",
	"policies/ward.yaml":   "templates: { ward: { rank: 20 } }\nucManagerProfiles: { amsterdam: {} }\n",
	"policies/users.yaml":  "users:\n  u1@company.example: { groups: [own], attributes: { site: Zeist, kind: nurse } }\n  u2@company.example: { groups: [own], attributes: { site: Soest } }\n",
	"policies/gen.cue":     "users: {for i in [1, 2, 3] {\"gen\\(i)@company.example\": {groups: [\"own\"], licenses: [\"webexCalling\"]}}}\n",
	"policies/more.yml":    "users: { Z9@company.example: { callingBehavior: { unifiedCM: { app: webex, ucManagerProfile: amsterdam } } } }\n",
}

func summary(cfg *config.Config) string {
	var b strings.Builder
	for _, u := range cfg.Users {
		fmt.Fprintf(&b, "%s:", u.Address)
		for _, g := range u.Groups {
			name := cfg.Groups[g].Name
			fmt.Fprintf(&b, " %s(%v)", name, cfg.MembershipRange(u.Address, name))
		}
		block, err := json.Marshal(u.Block)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(&b, " %s %v\n", block, cfg.KeyRange("users", u.Address))
	}
	for _, g := range cfg.Groups {
		fmt.Fprintf(&b, "%s %d %d\n", g.Name, g.Members, g.Template)
	}
	for _, template := range cfg.Templates {
		fmt.Fprintf(&b, "%s %d %v\n", template.Name, template.Rank, cfg.Range("templates", template.Name, "rank"))
	}
	fmt.Fprintf(&b, "%v %s\n", cfg.Licenses, cfg.InputDigest)
	return b.String()
}

func TestMixedLanguages(t *testing.T) {
	cfg, diags := loadConfig(t, mixed, 0)
	if len(diags) > 0 {
		t.Fatal(texts(diags))
	}
	var got []string
	for _, u := range cfg.Users {
		var groups []string
		for _, g := range u.Groups {
			groups = append(groups, cfg.Groups[g].Name)
		}
		got = append(got, u.Address+" "+strings.Join(groups, "+"))
	}
	want := []string{
		"gen1@company.example listed+own", "gen2@company.example own", "gen3@company.example own",
		"u1@company.example own+zeist", "u2@company.example listed+own", "Z9@company.example ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if i, ok := cfg.User("z9@COMPANY.example"); !ok || cfg.Users[i].Key != "z9@company.example" {
		t.Error("z9 is not found in other letters")
	}
	if len(cfg.Licenses) != 2 || cfg.Licenses[0].Purchased != -1 {
		t.Errorf("without licenses there are %v", cfg.Licenses)
	}
	for user, want := range map[string]string{
		"u1@company.example": "policies/groups.yaml:4:12", "u2@company.example": "policies/groups.yaml:2:39", "gen1@company.example": "policies/groups.yaml:2:59",
	} {
		group := "listed"
		if user == "u1@company.example" {
			group = "zeist"
		}
		if got := cfg.MembershipRange(user, group); got.String() != want {
			t.Errorf("%s is in %s by %v, want %s", user, group, got, want)
		}
	}
}

// Neither the number of workers nor the order of users and files matters.
func TestOrderDoesNotMatter(t *testing.T) {
	want := ""
	for _, workers := range []int{1, 2, 8} {
		cfg, diags := loadConfig(t, mixed, workers)
		if got := summary(cfg) + texts(diags); want == "" {
			want = got
		} else if got != want {
			t.Errorf("%d workers: got\n%s\nwant\n%s", workers, got, want)
		}
	}
	said := func(files map[string]string) []string {
		cfg, diags := loadConfig(t, files, 0)
		var out []string
		for _, u := range cfg.Users {
			out = append(out, fmt.Sprint(u.Key, u.Groups, u.Licenses, u.Own))
		}
		for _, d := range diags {
			out = append(out, d.ID.String()+d.Path)
		}
		slices.Sort(out)
		return out
	}
	r := rand.New(rand.NewPCG(3, 4))
	var lines []string
	for i := range 12 {
		lines = append(lines, fmt.Sprintf("  u%d@company.example: { groups: [%s], inCall: { videoOnMobile: %v } }\n", i, []string{"own", "gone", "zeist"}[i%3], i%2 == 0))
	}
	wantSaid := []string(nil)
	for range 20 {
		files := maps.Clone(mixed)
		r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		cut := 1 + r.IntN(len(lines)-1)
		files["policies/users.yaml"] = "users:\n" + strings.Join(lines[:cut], "")
		files[fmt.Sprintf("policies/%c.yaml", 'a'+r.IntN(26))] = "users:\n" + strings.Join(lines[cut:], "")
		got := said(files)
		if wantSaid == nil {
			wantSaid = got
		}
		if !reflect.DeepEqual(got, wantSaid) {
			t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(wantSaid, "\n"))
		}
	}
}

// linkFS is a file system some of whose names are links that cannot be followed.
type linkFS struct {
	fstest.MapFS
	bad map[string]source.LinkFault
}

func (l linkFS) check(name string) error {
	if fault, ok := l.bad[name]; ok {
		return &fs.PathError{Op: "open", Path: name, Err: &source.LinkError{Name: name, Link: name, Target: "../../etc", Fault: fault}}
	}
	return nil
}

func (l linkFS) Stat(name string) (fs.FileInfo, error) {
	if err := l.check(name); err != nil {
		return nil, err
	}
	return l.MapFS.Stat(name)
}

func (l linkFS) ReadFile(name string) ([]byte, error) {
	if err := l.check(name); err != nil {
		return nil, err
	}
	return l.MapFS.ReadFile(name)
}

func TestLinks(t *testing.T) {
	fsys := linkFS{fstest.MapFS{
		"callpolicy.yaml":   {Data: []byte(projectFile)},
		"policies/org.yaml": {Data: []byte("org: {}\n")},
		"policies/out.yaml": {Data: []byte("org: {}\n")},
		"policies/gone.yml": {Data: []byte("org: {}\n")},
		// Two links to the folder that holds them: without bounds, two to the power of any depth.
		"policies/a":     {Data: []byte("../policies"), Mode: fs.ModeSymlink},
		"policies/b":     {Data: []byte("."), Mode: fs.ModeSymlink},
		"policies/again": {Data: []byte("org.yaml"), Mode: fs.ModeSymlink},
	}, map[string]source.LinkFault{"policies/out.yaml": source.LinkLeaves, "policies/gone.yml": source.LinkDangling}}
	_, diags, err := load.Load(t.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess()})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range diags {
		got = append(got, d.Subject.File+" "+d.ID.String()+": "+d.Summary)
	}
	want := []string{
		"policies/a load.symlink: policies/a is a symbolic link that leads back to itself",
		"policies/b load.symlink: policies/b is a symbolic link that leads back to itself",
		"policies/gone.yml load.symlink: policies/gone.yml is a symbolic link to nothing",
		"policies/out.yaml load.symlink: policies/out.yaml is a symbolic link that leads out of the repository",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Very many faults cost little: no time grows with their square, and there are
// no more diagnostics than somebody may want to read.
func TestManyFaults(t *testing.T) {
	const n = 30_000
	var unknown, references strings.Builder
	unknown.WriteString("users:\n")
	references.WriteString("users:\n")
	for i := range n {
		fmt.Fprintf(&unknown, "  u%d@company.example: { nonsense: 1 }\n", i)
		fmt.Fprintf(&references, "  u%d@company.example: { groups: [gone] }\n", i)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if got := len(loaded(t, map[string]string{"callpolicy.yaml": projectFile, "policies/a.yaml": unknown.String()})); got != 10_000 {
		t.Errorf("%d diagnostics of one file", got)
	}
	if got := len(loaded(t, map[string]string{"callpolicy.yaml": projectFile, "policies/a.yaml": references.String()})); got != n {
		t.Errorf("%d diagnostics of unknown groups", got)
	}
	runtime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got > 1024 {
		t.Errorf("%d MiB were allocated", got)
	}
}

func TestNoProject(t *testing.T) {
	_, _, err := load.Load(t.Context(), load.Request{FS: fstest.MapFS{}, Dir: ".", CUE: cue.InProcess()})
	if !errors.Is(err, load.ErrNoProject) {
		t.Errorf("got %v", err)
	}
}
