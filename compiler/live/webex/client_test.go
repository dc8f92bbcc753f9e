package webex_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"callpolicy/compiler/live/simulate"
	"callpolicy/compiler/live/webex"
)

// token is one that would be seen wherever it went.
const token = "MARKED-TOKEN-0123456789"

// organization returns a simulated organization of n people, and a client for it.
func organization(t *testing.T, n int, change ...func(*webex.Options)) (*simulate.Server, *webex.Client) {
	t.Helper()
	org := simulate.Organization{
		Name: "Voorbeeld Zorg", Profiles: []string{"amsterdam", "utrecht"}, Locations: []string{"LOCATION"},
		Licenses: []simulate.License{
			{Name: "Webex Calling - Professional", Subscription: "Sub1", Total: 100},
			{Name: "Webex Calling - Standard", Subscription: "Sub1", Total: 100},
			{Name: "Unified Communication Manager (UCM)", Subscription: "Sub1", Total: 100},
		},
	}
	for i := range n {
		org.People = append(org.People, simulate.Person{Email: fmt.Sprintf("u%04d@voorbeeld.example", i), Groups: []string{"everybody"}})
	}
	server := simulate.New(org)
	at := httptest.NewServer(server)
	t.Cleanup(at.Close)
	options := webex.Options{BaseURL: at.URL + "/v1", Token: webex.Static(token), OrgID: server.OrgID(), Timeout: 5 * time.Second}
	for _, c := range change {
		c(&options)
	}
	client, err := webex.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return server, client
}

// everybody reads all people, and returns how many there are.
func everybody(ctx context.Context, c *webex.Client) (n int, err error) {
	for page, err := range c.People(ctx, "") {
		if err != nil {
			return n, err
		}
		n += len(page.Items)
	}
	return n, nil
}

func TestPages(t *testing.T) {
	server, client := organization(t, 250)
	n, err := everybody(t.Context(), client)
	if n != 250 || err != nil {
		t.Errorf("%d people, %v", n, err)
	}
	for _, r := range server.Requests() {
		query, err := url.ParseQuery(r.Query)
		if query.Get("orgId") != server.OrgID() || err != nil {
			t.Errorf("%s %s names the organization %q", r.Path, r.Query, query.Get("orgId"))
		}
	}
	members, err := client.Members(t.Context(), groupID(t, client))
	if len(members) != 250 || err != nil {
		t.Errorf("%d members, %v", len(members), err)
	}
}

func groupID(t *testing.T, c *webex.Client) string {
	t.Helper()
	groups, err := c.Groups(t.Context())
	if len(groups) != 1 || err != nil {
		t.Fatalf("%d groups, %v", len(groups), err)
	}
	return groups[0].ID
}

// TestFailures lets each kind of failure happen to the second request, the second
// page of people, and to the write of a calling behavior.
func TestFailures(t *testing.T) {
	tests := map[string]struct {
		fault    simulate.Fault
		again    bool   // it is tried again, and works
		reading  string // what is said of a read, if not
		writing  string // and of a write
		certain  bool   // the write surely did nothing
		writable bool   // the write is tried again, and works
	}{
		"429":             {fault: simulate.Fault{Status: 429, RetryAfter: "3600"}, again: true, writable: true},
		"429 without":     {fault: simulate.Fault{Status: 429}, again: true, writable: true},
		"423":             {fault: simulate.Fault{Status: 423, RetryAfter: "1"}, again: true, writable: true},
		"423 without":     {fault: simulate.Fault{Status: 423, Body: "locked", Type: "text/plain"}, again: true, writable: true},
		"500":             {fault: simulate.Fault{Status: 500}, again: true, writing: "Webex answered 500 Internal Server Error: It did not work [tracking id ROUTER_SIMULATED-500]"},
		"502 in HTML":     {fault: simulate.Fault{Status: 502, Body: "<html>\n<b>Bad\x1b[2JGateway</b></html>", Type: "text/html"}, again: true, writing: "Webex answered 502 Bad Gateway: the answer is no JSON: <html> <b>Bad [2JGateway</b></html> [tracking id CALLPOLICY_"},
		"504":             {fault: simulate.Fault{Status: 504}, again: true, writing: "504 Gateway Timeout"},
		"cut":             {fault: simulate.Fault{Cut: true}, again: true, writing: "the connection failed: EOF"},
		"no answer":       {fault: simulate.Fault{Hang: true}, again: true, writing: "there was no answer in time"},
		"401":             {fault: simulate.Fault{Status: 401}, reading: "the token is not valid any more", writing: "the token is not valid any more", certain: true},
		"403 scope":       {fault: simulate.Fault{Status: 403, Body: `{"message":"missing required scope","errors":[],"trackingId":"NA_1"}`}, reading: "Webex answered 403 Forbidden: missing required scope; the token lacks a scope [tracking id NA_1]", writing: "lacks a scope", certain: true},
		"403 read only":   {fault: simulate.Fault{Status: 403, Body: `{"errorCode":7,"message":"A read-only administrator may not do this."}`}, reading: "may not do this (error 7); the token belongs to a read-only administrator", writing: "read-only", certain: true},
		"403 restricted":  {fault: simulate.Fault{Status: 403, Body: `{"message":"Access is restricted."}`}, reading: "a full administrator has restricted the call settings API", writing: "restricted", certain: true},
		"403 of any kind": {fault: simulate.Fault{Status: 403, Body: `{"message":"No."}`}, reading: "lacks a scope, or belongs to a read-only administrator, or a full", writing: "No", certain: true},
		"404":             {fault: simulate.Fault{Status: 404}, reading: "it was removed", writing: "it was removed", certain: true},
		"405":             {fault: simulate.Fault{Status: 405}, reading: "a license is missing", writing: "a license is missing", certain: true},
		"third form":      {fault: simulate.Fault{Status: 400, Body: `{"items":[{"error":{"key":"a","message":[{"description":"Wrong extension.","code":"5"}]}}]}`}, reading: "Webex answered 400 Bad Request: Wrong extension [tracking id", writing: "Wrong extension", certain: true},
		"echo":            {fault: simulate.Fault{Status: 400, Body: `{"message":"Bad token ` + token + `","trackingId":"` + token + `"}`}, reading: "Bad token (token) [tracking id (token)]", writing: "(token)", certain: true},
		"elsewhere":       {fault: simulate.Fault{Status: 307, Location: "https://elsewhere.example/v1/people", Body: "{}"}, reading: "the answer leads to another host, elsewhere.example, and is not followed", writing: "elsewhere.example"},
		"garbage":         {fault: simulate.Fault{Status: 200, Body: `{"items": 7}`}, reading: "the answer is no JSON of the documented form"},
		"half JSON":       {fault: simulate.Fault{Status: 200, Body: `{"items": [`}, reading: "the answer is no JSON of the documented form"},
		"empty":           {fault: simulate.Fault{Status: 200, Body: " "}, reading: "the answer is no JSON of the documented form"},
		"half":            {fault: simulate.Fault{Half: true}, reading: "the connection failed: unexpected EOF"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, client := organization(t, 150, func(o *webex.Options) { o.Timeout = time.Second })
			server.FailAt(2, test.fault)
			n, err := everybody(t.Context(), client)
			if test.again != (n == 150 && err == nil) {
				t.Errorf("%d people, %v", n, err)
			}
			said(t, err, test.reading)

			if test.fault.Status == 200 || test.fault.Half {
				return // a write has no answer to read
			}
			server.FailAt(len(server.Requests())+1, test.fault)
			person := server.People()[0]
			err = client.SetBehavior(t.Context(), simulate.PersonID(person.Email), webex.Behavior{Type: webex.NativeCalling})
			if test.writable != (err == nil) {
				t.Errorf("the write: %v", err)
			}
			if err != nil && webex.Unsure(err) == test.certain {
				t.Errorf("unsure: %t, of %v", webex.Unsure(err), err)
			}
			said(t, err, test.writing)
		})
	}
}

func said(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case err == nil && want == "":
	case err == nil:
		t.Errorf("nothing was said, and not %q", want)
	case strings.Contains(fmt.Sprintf("%v %+v %#v", err, errors.Unwrap(err), errors.Unwrap(err)), token):
		t.Errorf("the token is in: %v", err)
	case want != "" && !strings.Contains(err.Error(), want):
		t.Errorf("%v\nwant: %s", err, want)
	}
}

func TestPagesWithoutItems(t *testing.T) {
	server, client := organization(t, 250)
	server.FailAt(2, simulate.Fault{NoItems: true})
	n, err := everybody(t.Context(), client)
	if n != 150 || err != nil {
		t.Errorf("%d people, %v", n, err)
	}
}

func TestPagesInACircle(t *testing.T) {
	for link, want := range map[string]string{
		`<https://webexapis.com/v1/people?after=x>; rel="next"`:                          "the pages lead back",
		`<https://elsewhere.example/v1/licenses>; rel="next"`:                            "leads to something else: /v1/licenses",
		`<https://webexapis.com/v1/people?a=1>; rel="prev", <:>; rel=next`:               "cannot be read",
		`<https://webexapis.com/v1/people?before=x>; rel="prev", </people>; rel="first"`: "",
	} {
		at := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", link)
			fmt.Fprint(w, `{"items":[]}`)
		}))
		client, err := webex.New(webex.Options{BaseURL: at.URL, Token: webex.Static(token), OrgID: "ORG"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = everybody(t.Context(), client)
		said(t, err, want)
		at.Close()
	}
}

// TestHosts: a token goes to Webex or to this machine, unless a person says so.
func TestHosts(t *testing.T) {
	for address, want := range map[string]string{
		"":                                   "",
		"https://api-usgov.webex.com/v1":     "",
		"http://127.0.0.1:8080/v1":           "",
		"http://[::1]:8080":                  "",
		"http://localhost":                   "",
		"http://webexapis.com/v1":            "is not encrypted",
		"https://webexapis.com.evil.example": "a token goes there only if --base-url says so",
		"https://user@webexapis.com":         "is no address of an API",
		"webexapis.com":                      "is no address of an API",
	} {
		_, err := webex.New(webex.Options{BaseURL: address, Token: webex.Static(token)})
		said(t, err, want)
	}
	_, err := webex.New(webex.Options{BaseURL: "https://proxy.example/webex", AnyHost: true, Token: webex.Static(token)})
	said(t, err, "")
}

// TestCertificate: a server that nobody vouches for is not asked again, nor believed.
func TestCertificate(t *testing.T) {
	asked := 0
	at := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	at.Config.ErrorLog = nil
	defer at.Close()
	client, err := webex.New(webex.Options{BaseURL: at.URL, Token: webex.Static(token)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Me(t.Context())
	said(t, err, "the certificate of the server is not trusted")
	if asked > 0 {
		t.Error("the server got the request")
	}
	trusting, err := webex.New(webex.Options{BaseURL: at.URL, Token: webex.Static(token), Transport: at.Client().Transport})
	if err != nil {
		t.Fatal(err)
	}
	_, err = trusting.Me(t.Context())
	said(t, err, "the answer is empty")
}

func TestRefresh(t *testing.T) {
	var told []string
	server, _ := organization(t, 150)
	server.Accept("OLD")
	server.Grant("SECRET-OF-CLIENT", "REFRESH-1", "NEW-ACCESS", "REFRESH-2", 10)
	grant := webex.RefreshGrant{
		ClientID: "id", ClientSecret: "SECRET-OF-CLIENT", RefreshToken: "REFRESH-1",
		BaseURL: baseURL(t, server), Say: func(text string) { told = append(told, text) },
	}
	client, err := webex.New(webex.Options{BaseURL: grant.BaseURL, Token: webex.Refreshed(grant), OrgID: server.OrgID()})
	if err != nil {
		t.Fatal(err)
	}
	server.Before(3, func() { server.Accept("ANOTHER") }) // in the middle of the pages
	n, err := everybody(t.Context(), client)
	if n != 150 || err != nil {
		t.Errorf("%d people, %v", n, err)
	}
	all := strings.Join(told, "\n")
	if !strings.Contains(all, "ends in 10 days") || !strings.Contains(all, "replaced the refresh token") || strings.Contains(all, "REFRESH-") {
		t.Errorf("told:\n%s", all)
	}

	grant.RefreshToken = "WRONG-REFRESH"
	client, err = webex.New(webex.Options{BaseURL: grant.BaseURL, Token: webex.Refreshed(grant)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Me(t.Context())
	if err == nil || !strings.Contains(err.Error(), "do not belong together") || strings.Contains(err.Error(), "WRONG-REFRESH") {
		t.Errorf("a wrong refresh token: %v", err)
	}
}

func baseURL(t *testing.T, server *simulate.Server) string {
	t.Helper()
	at := httptest.NewServer(server)
	t.Cleanup(at.Close)
	return at.URL + "/v1"
}

func TestBehavior(t *testing.T) {
	server, client := organization(t, 1)
	id := simulate.PersonID("u0000@voorbeeld.example")
	amsterdam := simulate.ProfileID("amsterdam")
	for _, b := range []webex.Behavior{
		{Type: webex.NativeUCM, ProfileID: amsterdam},
		{Type: "native_webex_teams_calling"},
		{Type: webex.CiscoJabber, ProfileID: amsterdam}, // cleared
		{},
	} {
		if err := client.SetBehavior(t.Context(), id, b); err != nil {
			t.Fatal(err)
		}
		got, effective, err := client.Behavior(t.Context(), id)
		if err != nil || got != b.Normal() || effective == "" {
			t.Errorf("set %v, and read %v, %q, %v", b, got, effective, err)
		}
	}
	server.FailWhere(func(*http.Request) bool { return true }, simulate.Fault{Status: 200, Body: `{"effectiveBehaviorType":"NATIVE_SIP_CALL_TO_UCM"}`})
	_, _, err := client.Behavior(t.Context(), id)
	said(t, err, "does not say what the calling behavior is")
	server.Heal()
	server.FailWhere(func(*http.Request) bool { return true }, simulate.Fault{Status: 200, Body: `{"behaviorType":"null","profileId":null,"effectiveBehaviorType":"NATIVE_SIP_CALL_TO_UCM"}`})
	if got, _, err := client.Behavior(t.Context(), id); !got.IsZero() || err != nil {
		t.Errorf("the text null is %v, %v", got, err)
	}
}

func TestAddLicenses(t *testing.T) {
	_, client := organization(t, 1)
	id := simulate.PersonID("u0000@voorbeeld.example")
	licenses, err := client.Licenses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = client.AddLicenses(t.Context(), id, []webex.Grant{{LicenseID: licenses[0].ID}})
	said(t, err, "Each Webex Calling license needs properties of its own (error 400411)")
	_, _, err = client.AddLicenses(t.Context(), id, []webex.Grant{{LicenseID: licenses[0].ID, LocationID: "NOWHERE", Extension: "1"}})
	said(t, err, "Unable to find location (error 400)")
	have, part, err := client.AddLicenses(t.Context(), id, []webex.Grant{{LicenseID: licenses[0].ID, LocationID: "LOCATION", Extension: "1"}})
	if len(have) != 1 || part || err != nil {
		t.Errorf("%v, %t, %v", have, part, err)
	}
	_, _, err = client.AddLicenses(t.Context(), id, []webex.Grant{{LicenseID: licenses[1].ID, Number: "+31"}})
	said(t, err, "Professional and Standard cannot be assigned together (error 400404)")
}

func TestRateOnASimulatedClock(t *testing.T) {
	server, client := organization(t, 3)
	server.Limit(30)
	for range 100 {
		if _, err := client.Profiles(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if elapsed, refused := server.Elapsed(); elapsed < 3*time.Minute || refused != 3 {
		t.Errorf("%v, %d refused", elapsed, refused)
	}
}

func TestUUID(t *testing.T) {
	server, _ := organization(t, 0)
	uuid := webex.UUID(server.OrgID())
	if len(uuid) != 36 || webex.UUID(strings.ToUpper(uuid)) != uuid || webex.UUID(server.OrgID()+"=") != uuid {
		t.Errorf("%q", uuid)
	}
}
