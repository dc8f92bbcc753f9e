package simulate

import (
	"net/http"
	"slices"
	"strconv"
)

type shownGroup struct {
	ID          string        `json:"id"`
	DisplayName string        `json:"displayName"`
	OrgID       string        `json:"orgId"`
	MemberSize  int           `json:"memberSize"`
	Members     []shownMember `json:"members,omitempty"`
}

type shownMember struct {
	ID          string `json:"id"`
	Type        string `json:"type"`
	DisplayName string `json:"displayName"`
}

func (s *Server) groupID(name string) string {
	return encode("SCIM_GROUP", uuid("GROUP", s.orgID+name))
}

// members returns who is in a group, in the order of the people.
func (s *Server) members(group string) []shownMember {
	all := []shownMember{}
	for _, p := range s.people {
		if slices.Contains(p.Groups, group) {
			all = append(all, shownMember{ID: p.id, Type: "user", DisplayName: p.Name})
		}
	}
	return all
}

func (s *Server) listGroups(w http.ResponseWriter, r *http.Request) {
	all := []shownGroup{}
	for _, name := range s.groups {
		all = append(all, shownGroup{ID: s.groupID(name), DisplayName: name, OrgID: s.orgID, MemberSize: len(s.members(name))})
	}
	start, part := window(all, r)
	reply(w, http.StatusOK, map[string]any{"totalResults": len(all), "startIndex": start, "itemsPerPage": len(part), "groups": part})
}

func (s *Server) listMembers(w http.ResponseWriter, r *http.Request, id string) {
	i := slices.IndexFunc(s.groups, func(name string) bool { return s.groupID(name) == id })
	if i < 0 {
		refuse(w, http.StatusNotFound, 0, "The group could not be found.")
		return
	}
	all := s.members(s.groups[i])
	_, part := window(all, r)
	reply(w, http.StatusOK, shownGroup{ID: id, DisplayName: s.groups[i], OrgID: s.orgID, MemberSize: len(all), Members: part})
}

// window returns the part of a list that startIndex, from 1, and count ask for.
func window[T any](all []T, r *http.Request) (start int, part []T) {
	start, count := 1, 500
	if n, err := strconv.Atoi(r.URL.Query().Get("startIndex")); err == nil && n > 0 {
		start = n
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("count")); err == nil && n >= 0 {
		count = min(n, count)
	}
	from := min(start-1, len(all))
	return start, all[from:min(from+count, len(all))]
}
