package importer_test

import (
	"strings"
	"testing"

	"callpolicy/compiler/importer"
)

func source(name, data string) []importer.Source {
	return []importer.Source{{Name: name, Data: []byte(data)}}
}

func file(t *testing.T, m *importer.Made, name string) string {
	t.Helper()
	for _, f := range m.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	t.Fatalf("there is no %s", name)
	return ""
}

// What the files do not tell is asked, and never made up.
func TestQuestions(t *testing.T) {
	const header = "User ID/Email (Required),Webex Calling - Professional [S],Unified Communication Manager (UCM) [S],Webex Something New [S]\n"
	for _, c := range []struct {
		name string
		in   importer.Input
		want string
	}{
		{"the edition", importer.Input{Users: source("u.csv", header+"a@voorbeeld.example,TRUE,FALSE,FALSE\n")}, "Which edition does your Control Hub have? current is written"},
		{"in-call features", importer.Input{Users: source("u.csv", header+"a@voorbeeld.example,TRUE,FALSE,FALSE\n")}, "What is set for in-call features"},
		{"a license that nobody knows", importer.Input{Users: source("u.csv", header+"a@voorbeeld.example,TRUE,FALSE,TRUE\n")}, `Does the license "Webex Something New" give a calling service?`},
		{"both licenses", importer.Input{Users: source("u.csv", header+"a@voorbeeld.example,TRUE,TRUE,FALSE\n")}, "By when shall 1 user with a Webex Calling and a Unified CM license be moved?"},
		{"members who are no users", importer.Input{
			Users:   source("u.csv", header+"a@voorbeeld.example,TRUE,FALSE,FALSE\n"),
			Members: source("m.csv", "group,user\nsales,b@voorbeeld.example\n"),
		}, "m.csv lists 1 member who is not among the users"},
		{"what the organization has chosen", importer.Input{
			Users:    source("u.csv", header+"a@voorbeeld.example,FALSE,TRUE,FALSE\nb@voorbeeld.example,FALSE,TRUE,FALSE\n"),
			Behavior: source("b.csv", "user,callingBehavior\na@voorbeeld.example,CALL_WITH_APP_REGISTERED_FOR_CISCOTEL\nb@voorbeeld.example,USE_ORG_SETTINGS\n"),
		}, "What has the organization chosen for unifiedCM? 1 user follows it"},
		{"a word that the API does not have", importer.Input{
			Users:    source("u.csv", header+"a@voorbeeld.example,FALSE,TRUE,FALSE\n"),
			Behavior: source("b.csv", "user,callingBehavior\na@voorbeeld.example,JABBER\n"),
		}, `What does the calling behavior "JABBER" mean`},
		{"people without a paid service who differ", importer.Input{
			Users:    source("u.csv", header+"a@voorbeeld.example,,,\nb@voorbeeld.example,,,\n"),
			Behavior: source("b.csv", "user,callingBehavior\na@voorbeeld.example,CALL_WITH_APP_REGISTERED_FOR_TEL\nb@voorbeeld.example,NATIVE_WEBEX_TEAMS_CALLING\n"),
		}, "Only the organization can set it."},
		{"the bulk file's own columns", importer.Input{
			Users:    source("u.csv", header+"a@voorbeeld.example,FALSE,TRUE,FALSE\n"),
			Behavior: source("b.csv", "user,callingBehavior,Effective Calling Behavior\na@voorbeeld.example,,x\n"),
		}, "a column Effective Calling Behavior, which is read by nobody"},
		{"video in jabber-config.xml", importer.Input{
			Users:  source("u.csv", header+"a@voorbeeld.example,FALSE,TRUE,FALSE\n"),
			Jabber: source("jabber-config.xml", "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<config version=\"1.0\"><Policies><EnableVideo>false</EnableVideo></Policies></config>\n"),
		}, "jabber-config.xml says EnableVideo = false."},
	} {
		t.Run(c.name, func(t *testing.T) {
			made, diags := importer.Make(c.in)
			if len(diags) > 0 {
				t.Fatalf("%v", diags)
			}
			if all := strings.Join(made.Questions, "\n"); !strings.Contains(all, c.want) {
				t.Errorf("it does not ask %q, but\n%s", c.want, all)
			}
			if made.Entries > 1 {
				t.Errorf("%d entries are written for one person at most", made.Entries)
			}
		})
	}
}

// An export in the classic form gives calling behavior by itself.
func TestLegacyColumns(t *testing.T) {
	made, diags := importer.Make(importer.Input{Users: source("old.csv",
		"First Name,UserID/Email (Required),Calling Behavior,Calling Behavior UC Manager Profile,Unified Communication Manager (UCM) [S]\n"+
			"An,a@voorbeeld.example,NATIVE_SIP_CALL_TO_UCM,amsterdam,TRUE\n"+
			"Bo,b@voorbeeld.example,NATIVE_SIP_CALL_TO_UCM,amsterdam,TRUE\n"+
			"Cas,c@voorbeeld.example,CALL_WITH_APP_REGISTERED_FOR_CISCOTEL,,TRUE\n")})
	if len(diags) > 0 {
		t.Fatalf("%v", diags)
	}
	if got := file(t, made, "policies/org.yaml"); !strings.Contains(got, "    # What 2 of 3 users have, by old.csv.\n    unifiedCM: { app: webex, ucManagerProfile: amsterdam }\n") {
		t.Errorf("the organization has no common value:\n%s", got)
	}
	if got := file(t, made, "policies/users.yaml"); !strings.HasSuffix(got, "users:\n  c@voorbeeld.example: { callingBehavior: { unifiedCM: { app: jabber } } }\n") {
		t.Errorf("the one who differs is not there, or others are:\n%s", got)
	}
	if got := file(t, made, "roster/people.csv"); strings.Contains(got, "An") || strings.Contains(got, "NATIVE") {
		t.Errorf("the roster holds more than a roster needs:\n%s", got)
	}
	if got := file(t, made, "callpolicy.yaml"); !strings.Contains(got, "edition: classic\n") {
		t.Errorf("the columns speak for the classic edition:\n%s", got)
	}
}

// A group whose members share a value gets a template, where the edition lets
// one hold it and it saves entries.
func TestTemplates(t *testing.T) {
	users, behavior, members := "user,licenses\n", "user,callingBehavior\n", "group,user\n"
	for i := range 10 {
		address := string(rune('a'+i)) + "@voorbeeld.example"
		users += address + ",unifiedCM\n"
		if i < 4 {
			behavior += address + ",CALL_WITH_APP_REGISTERED_FOR_CISCOTEL\n"
			members += "lab," + address + "\n"
		} else {
			behavior += address + ",NATIVE_SIP_CALL_TO_UCM\n"
		}
	}
	for edition, entries := range map[string]int{"classic": 4, "current": 2} {
		made, diags := importer.Make(importer.Input{
			Users: source("u.csv", users), Members: source("m.csv", members), Behavior: source("b.csv", behavior), Edition: edition,
		})
		if len(diags) > 0 {
			t.Fatalf("%v", diags)
		}
		if made.Entries != entries {
			t.Errorf("%s: %d entries, and %d would do", edition, made.Entries, entries)
		}
	}
}

func TestFaults(t *testing.T) {
	for name, in := range map[string]importer.Input{
		"members as users": {Users: source("m.csv", "group,user\na,b@voorbeeld.example\n")},
		"users as members": {Users: source("u.csv", "user\na@voorbeeld.example\n"), Members: source("u.csv", "user\na@voorbeeld.example\n")},
		"no CSV at all":    {Users: source("u.csv", "%PDF\x00")},
		"no jabber-config": {Users: source("u.csv", "user\na@voorbeeld.example\n"), Jabber: source("j.xml", "<html>")},
		"nobody":           {Users: source("u.csv", "user\n")},
	} {
		made, diags := importer.Make(in)
		if made != nil || !diags.HasErrors() {
			t.Errorf("%s is taken: %v", name, diags)
		}
	}
}
