package simulate

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// page is how many a page may hold.
const page = 100

type number struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type shownPerson struct {
	ID            string   `json:"id"`
	Emails        []string `json:"emails"`
	PhoneNumbers  []number `json:"phoneNumbers,omitempty"`
	Extension     string   `json:"extension,omitempty"`
	LocationID    string   `json:"locationId,omitempty"`
	DisplayName   string   `json:"displayName"`
	OrgID         string   `json:"orgId"`
	Licenses      []string `json:"licenses"`
	Department    string   `json:"department,omitempty"`
	Type          string   `json:"type"`
	InvitePending bool     `json:"invitePending"`
	LoginEnabled  bool     `json:"loginEnabled"`
}

func (s *Server) show(p *Person) shownPerson {
	licenses := []string{}
	for _, l := range s.licenses {
		if slices.Contains(p.Licenses, l.Name) {
			licenses = append(licenses, l.id)
		}
	}
	return shownPerson{
		ID: p.id, Emails: []string{p.Email}, Extension: p.Extension, LocationID: p.Location, DisplayName: p.Name, OrgID: s.orgID,
		Licenses: licenses, Department: p.Department, Type: "person", InvitePending: p.Pending, LoginEnabled: !p.Disabled,
	}
}

// me is the administrator whose token is used. It is nobody of the people.
func (s *Server) me() shownPerson {
	return shownPerson{ID: id("PEOPLE", "administrator"), Emails: []string{"administrator@webex.example"}, DisplayName: "Administrator", OrgID: s.orgID, Licenses: []string{}, Type: "person", LoginEnabled: true}
}

// listPeople answers with a page. The link to the next one names the host of
// Webex, whatever host was asked.
func (s *Server) listPeople(w http.ResponseWriter, r *http.Request, f Fault) {
	query := r.URL.Query()
	if org := query.Get("orgId"); org != "" && org != s.orgID {
		refuse(w, http.StatusForbidden, 0, "The organization is none that this token may see.")
		return
	}
	size := page
	if n, err := strconv.Atoi(query.Get("max")); err == nil && n > 0 {
		size = min(size, n)
	}
	rest := s.people
	if after := query.Get("after"); after != "" {
		at, _ := slices.BinarySearchFunc(rest, after, func(p *Person, id string) int { return strings.Compare(p.id, id) })
		rest = rest[at:]
		if len(rest) > 0 && rest[0].id == after {
			rest = rest[1:]
		}
	}
	items := []shownPerson{}
	for _, p := range rest[:min(size, len(rest))] {
		if email := query.Get("email"); email == "" || strings.EqualFold(email, p.Email) {
			items = append(items, s.show(p))
		}
	}
	if len(rest) > size {
		next := url.Values{"max": {strconv.Itoa(size)}, "before": {""}, "after": {rest[size-1].id}}
		w.Header().Set("Link", fmt.Sprintf(`<https://webexapis.com/v1/people?%s>; rel="first", <https://webexapis.com/v1/people?%s>; rel="next"`, "max="+strconv.Itoa(size), next.Encode()))
	}
	if f.NoItems {
		reply(w, http.StatusOK, map[string]any{"notFoundIds": nil})
		return
	}
	reply(w, http.StatusOK, map[string]any{"notFoundIds": nil, "items": items})
}

// behavior reads or writes somebody's calling behavior.
func (s *Server) behavior(w http.ResponseWriter, r *http.Request, p *Person, f Fault) {
	if org := r.URL.Query().Get("orgId"); org != "" && org != s.orgID {
		refuse(w, http.StatusNotFound, 0, "The person is not in this organization.")
		return
	}
	switch r.Method {
	case http.MethodGet:
		reply(w, http.StatusOK, map[string]any{
			"behaviorType": orNull(p.Behavior), "effectiveBehaviorType": orText(p.Behavior, s.standard), "profileId": orNull(s.profiles[p.Profile]),
		})
	case http.MethodPut:
		next, problem := s.changed(p, r)
		if problem != "" {
			refuse(w, http.StatusBadRequest, 400, problem)
			return
		}
		if !f.Ignored {
			p.Behavior, p.Profile = next.Behavior, next.Profile
		}
		w.WriteHeader(http.StatusNoContent)
	default:
		refuse(w, http.StatusMethodNotAllowed, 0, "The method is not allowed.")
	}
}

// changed returns the person as a request wants them. A field that the body
// leaves out stays.
func (s *Server) changed(p *Person, r *http.Request) (next Person, problem string) {
	var body map[string]*string
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return next, "The body is no JSON object of texts."
	}
	next = *p
	if kind, ok := body["behaviorType"]; ok {
		next.Behavior = ""
		if kind != nil {
			next.Behavior = strings.ToUpper(*kind)
			if !slices.Contains([]string{Native, UnifiedCM, Jabber, ThirdParty, CallingApp}, next.Behavior) {
				return next, "The behaviorType is none that is known."
			}
		}
	}
	if profile, ok := body["profileId"]; ok {
		next.Profile = ""
		if profile != nil {
			next.Profile = s.profileName(*profile)
			if next.Profile == "" {
				return next, "The UC Manager profile is none that is known."
			}
		}
	}
	if next.Behavior == Jabber {
		next.Profile = "" // Cisco Jabber has none, whatever is sent
	}
	return next, ""
}

func (s *Server) profileName(id string) string {
	for name, have := range s.profiles {
		if have == id {
			return name
		}
	}
	return ""
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func orText(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
