package simulate

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

func (s *Server) listLicenses(w http.ResponseWriter) {
	items := []map[string]any{}
	for _, l := range s.licenses {
		holders := 0
		for _, p := range s.people {
			if slices.Contains(p.Licenses, l.Name) {
				holders++
			}
		}
		item := map[string]any{
			"id": l.id, "name": l.Name, "totalUnits": l.Total, "consumedUnits": holders + l.Workspaces,
			"consumedByUsers": holders, "consumedByWorkspaces": l.Workspaces,
		}
		if l.Subscription != "" {
			item["subscriptionId"] = l.Subscription
		}
		items = append(items, item)
	}
	reply(w, http.StatusOK, map[string]any{"items": items})
}

// assignment is the body of PATCH /licenses/users.
type assignment struct {
	Email    string `json:"email"`
	PersonID string `json:"personId"`
	OrgID    string `json:"orgId"`
	Licenses []struct {
		ID         string            `json:"id"`
		Operation  string            `json:"operation"`
		Properties map[string]string `json:"properties"`
	} `json:"licenses"`
}

// assign adds licenses. Nothing of ours removes one, so that is not simulated.
func (s *Server) assign(w http.ResponseWriter, r *http.Request, f Fault) {
	var body assignment
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		refuse(w, http.StatusBadRequest, 400, "The body is no JSON of the right form.")
		return
	}
	if body.OrgID != "" && body.OrgID != s.orgID {
		refuse(w, http.StatusForbidden, 0, "The organization is none that this token may change.")
		return
	}
	p := s.byID[body.PersonID]
	if p == nil {
		p = s.find(body.Email)
	}
	if p == nil {
		refuse(w, http.StatusNotFound, 0, "The person could not be found.")
		return
	}
	next := *p
	next.Licenses = slices.Clone(p.Licenses)
	for i, l := range body.Licenses {
		if l.Operation == "remove" {
			refuse(w, http.StatusNotImplemented, 0, "The simulated organization takes no license away.")
			return
		}
		if code, problem := s.give(&next, l.ID, l.Properties); code != 0 {
			refuse(w, http.StatusBadRequest, code, problem)
			return
		}
		if f.Partly && i == 0 {
			next.Licenses = slices.Clone(p.Licenses) // the first one fails in silence
		}
	}
	status := http.StatusOK
	if f.Partly {
		status = http.StatusPartialContent
	}
	*p = next
	reply(w, status, map[string]any{"orgId": s.orgID, "personId": p.id, "email": p.Email, "licenses": s.show(p).Licenses})
}

// give adds one license, by the documented rules.
func (s *Server) give(p *Person, id string, properties map[string]string) (code int, problem string) {
	i := slices.IndexFunc(s.licenses, func(l *License) bool { return l.id == id })
	if i < 0 {
		return 400000, "License not recognized."
	}
	name := s.licenses[i].Name
	if slices.Contains(p.Licenses, name) {
		return 0, ""
	}
	if strings.HasPrefix(name, callingKind) {
		switch shape := strings.Join(slices.Sorted(maps.Keys(properties)), "+"); shape {
		case "phoneNumber", "extension+phoneNumber", "extension+locationId":
		default:
			return 400411, "Each Webex Calling license needs properties of its own."
		}
		if at := properties["locationId"]; at != "" && !slices.Contains(s.locations, at) {
			return 400, "Unable to find location."
		}
		if slices.ContainsFunc(p.Licenses, func(have string) bool { return strings.HasPrefix(have, callingKind) }) {
			return 400404, "Professional and Standard cannot be assigned together."
		}
		p.Location, p.Extension = properties["locationId"], properties["extension"]
	}
	p.Licenses = append(p.Licenses, name)
	return 0, ""
}

func (s *Server) listProfiles(w http.ResponseWriter) {
	items := []map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(s.profiles)) {
		items = append(items, map[string]string{"id": s.profiles[name], "name": name})
	}
	reply(w, http.StatusOK, map[string]any{"callingProfiles": items})
}
