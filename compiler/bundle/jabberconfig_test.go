package bundle_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
)

// Every combination of edition, license class, app and toggles (each not
// decided, on or off) is rendered and compared with the table of parameters,
// which is written here once more.
func TestJabberConfigEveryCombination(t *testing.T) {
	parsed := map[string]map[string]string{} // many combinations give one file
	for _, edition := range []string{"classic", "current"} {
		cfg := newConfig(t, edition)
		names := cfg.Schema.Edition.Toggles
		combinations := 1
		for range names {
			combinations *= 3
		}
		licenses, apps := []resolve.LicenseClass{resolve.None, resolve.WebexCalling, resolve.UnifiedCM, resolve.Migrating}, []string{"", "webex", "jabber"}
		if edition == "current" { // with 19,683 combinations of toggles; the rest the classic edition shows
			licenses, apps = []resolve.LicenseClass{resolve.UnifiedCM}, []string{"webex", "jabber"}
		}
		for _, license := range licenses {
			for _, app := range apps {
				for n := range combinations {
					set := map[string]bool{}
					var words []string
					for i, rest := 0, n; i < len(names); i, rest = i+1, rest/3 {
						switch rest % 3 {
						case 1:
							set[names[i]] = true
							words = append(words, "+"+names[i])
						case 2:
							set[names[i]] = false
							words = append(words, "-"+names[i])
						}
					}
					in := resolve.Inputs{License: license, Template: -1}
					if app != "" {
						in.Own = behavior(config.UnifiedCM, config.Choice{App: app, EmailDomain: app == "webex"})
					}
					// By turns at the user's level and at the organization's.
					cfg.Org.InCall = config.Toggles{}
					if decided := toggles(t, cfg, strings.Join(words, " ")); n%2 == 0 {
						in.Own.InCall = decided
					} else {
						cfg.Org.InCall = decided
					}
					e := resolve.Resolve(cfg, in)
					wantDesktop, wantMobile := wantParameters(edition, license, app, set)
					for _, f := range bundle.Formats() {
						want := wantDesktop
						switch f.File() {
						case "jabber-config.xml":
						case "jabber-config-mobile.xml":
							want = wantMobile
						default:
							continue
						}
						data := f.Render(cfg, in, e)
						got, ok := parsed[string(data)]
						if !ok {
							got = parseJabberConfig(t, data)
							parsed[string(data)] = got
						}
						if !maps.Equal(got, want) {
							t.Fatalf("%s, %s, %v, app %q, toggles %v\ngot  %v\nwant %v", f.File(), edition, license, app, words, got, want)
						}
					}
				}
			}
		}
	}
}

// wantParameters says what the two files must hold; nil: no file.
func wantParameters(edition string, license resolve.LicenseClass, app string, set map[string]bool) (desktop, mobile map[string]string) {
	if license != resolve.UnifiedCM && license != resolve.Migrating {
		return nil, nil
	}
	put := func(m *map[string]string, parameter, toggle string, not bool) {
		if on, ok := set[toggle]; ok {
			if *m == nil {
				*m = map[string]string{}
			}
			(*m)[parameter] = fmt.Sprint(on != not)
		}
	}
	put(&desktop, "Policies/EnableVideo", "videoOnDesktop", false)
	put(&mobile, "Policies/EnableVideo", "videoOnMobile", false)
	if edition == "classic" {
		put(&desktop, "Options/StartCallWithVideo", "videoOnDesktop", false)
		put(&mobile, "Options/StartCallWithVideo", "videoOnMobile", false)
	} else {
		put(&desktop, "Options/StartCallWithVideo", "answerWithVideoOnDesktop", false)
		put(&mobile, "Options/StartCallWithVideo", "answerWithVideoOnMobile", false)
	}
	if edition == "current" && app != "jabber" {
		put(&desktop, "Policies/EnableMeetingPowerUp", "moveCallsToMeetings", false)
	}
	if app == "jabber" {
		put(&desktop, "Policies/EnableBFCPVideoDesktopShare", "screenSharing", false)
		put(&desktop, "Policies/EnableP2PDesktopShare", "screenSharing", false)
		put(&desktop, "Client/DisableRemoteDesktopControl", "requestRemoteControl", true)
		for _, m := range []*map[string]string{&desktop, &mobile} {
			if *m == nil {
				*m = map[string]string{}
			}
			(*m)["Policies/EnableCiscoTelProtocol"] = "true"
		}
	}
	return desktop, mobile
}

// parseJabberConfig reads a file token by token into section/parameter and
// value, and checks its structure and order. No file is nil.
func parseJabberConfig(t *testing.T, data []byte) map[string]string {
	t.Helper()
	if data == nil {
		return nil
	}
	if !strings.HasPrefix(string(data), "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<config version=\"1.0\">\n") || !strings.HasSuffix(string(data), "</config>\n") {
		t.Fatalf("not framed as it must be:\n%s", data)
	}
	got := map[string]string{}
	var path, order []string
	var text string
	dec := xml.NewDecoder(strings.NewReader(string(data)))
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, data)
		}
		switch token := token.(type) {
		case xml.StartElement:
			path, text = append(path, token.Name.Local), ""
		case xml.CharData:
			text += string(token)
		case xml.EndElement:
			if len(path) == 3 {
				name := strings.Join(path[1:], "/")
				got[name], order = text, append(order, name)
			}
			path = path[:len(path)-1]
		}
	}
	if !slices.IsSorted(order) || len(order) != len(got) || len(order) == 0 {
		t.Fatalf("parameters are empty, repeated or not sorted:\n%s", data)
	}
	return got
}
