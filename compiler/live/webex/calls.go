package webex

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Requests returns how many requests were sent.
func (c *Client) Requests() int { return int(c.requests.Load()) }

// Me returns whom the token belongs to. It is the one request that names no
// organization, since it is asked which the token's own is.
func (c *Client) Me(ctx context.Context) (Person, error) {
	var me Person
	_, _, err := c.do(ctx, request{method: http.MethodGet, path: "people/me", anyOrg: true}, &me)
	if err == nil && me.OrgID == "" {
		err = &Error{Request: "GET /people/me", Said: "the answer names no organization"}
	}
	return me, err
}

// Page is some of a list, and where the rest is.
type Page[T any] struct {
	Items []T
	Next  string // what to go on from; empty: this is the last one
}

// People returns everybody, page by page, from where an earlier page left off;
// empty: from the first. It stops at the first page that cannot be read.
func (c *Client) People(ctx context.Context, from string) iter.Seq2[Page[Person], error] {
	return func(yield func(Page[Person], error) bool) {
		seen := map[string]bool{}
		for {
			page, err := c.peoplePage(ctx, from)
			if err == nil && page.Next != "" && seen[page.Next] {
				err = &Error{Request: "GET /people", Said: "the pages lead back to one that was read before"}
			}
			if !yield(page, err) || err != nil || page.Next == "" {
				return
			}
			from = page.Next
			seen[from] = true
		}
	}
}

func (c *Client) peoplePage(ctx context.Context, from string) (Page[Person], error) {
	r := request{method: http.MethodGet, path: "people", query: url.Values{"max": {strconv.Itoa(perPage)}}}
	if from != "" {
		path, query, err := c.follow(from)
		if err != nil {
			return Page[Person]{}, err
		}
		r.path, r.query = path, query
	}
	var body struct {
		Items []Person `json:"items"`
	}
	_, next, err := c.do(ctx, r, &body)
	if err == nil && next != "" {
		_, _, err = c.follow(next)
	}
	return Page[Person]{Items: body.Items, Next: next}, err
}

// perPage is how many people a page holds: the documented default, and all that
// Webex gives with data of Webex Calling.
const perPage = 100

// follow returns what a link asks for: its path below the base address, and its
// query. Which host it names does not matter; nothing is sent there.
func (c *Client) follow(link string) (path string, query url.Values, err error) {
	at, err := url.Parse(link)
	if err == nil {
		query, err = url.ParseQuery(at.RawQuery)
	}
	if err != nil {
		return "", nil, &Error{Request: "GET /people", Said: "the link to the next page cannot be read"}
	}
	const last = "people" // whatever is before it is the base of whoever wrote the link
	if path = strings.Trim(at.Path, "/"); path != last && !strings.HasSuffix(path, "/"+last) {
		return "", nil, &Error{Request: "GET /people", Said: "the link to the next page leads to something else: /" + excerpt(path)}
	}
	return last, query, nil
}

// link is one entry of a Link header, as RFC 8288 has it.
var link = regexp.MustCompile(`<([^>]*)>([^<]*)`)

// nextLink returns the address of the entry that is the next page.
func nextLink(headers []string) string {
	for _, header := range headers {
		for _, entry := range link.FindAllStringSubmatch(header, -1) {
			for parameter := range strings.SplitSeq(entry[2], ";") {
				name, value, _ := strings.Cut(strings.Trim(parameter, " \t,"), "=")
				if strings.EqualFold(strings.TrimSpace(name), "rel") && strings.EqualFold(strings.Trim(value, ` "`), "next") {
					return entry[1]
				}
			}
		}
	}
	return ""
}

// Licenses returns what the organization owns.
func (c *Client) Licenses(ctx context.Context) ([]License, error) {
	var body struct {
		Items []License `json:"items"`
	}
	_, _, err := c.do(ctx, request{method: http.MethodGet, path: "licenses"}, &body)
	return body.Items, err
}

// Profiles returns the UC Manager profiles.
func (c *Client) Profiles(ctx context.Context) ([]Profile, error) {
	var body struct {
		Profiles []Profile `json:"callingProfiles"`
	}
	_, _, err := c.do(ctx, request{method: http.MethodGet, path: "telephony/config/callingProfiles"}, &body)
	return body.Profiles, err
}

// Groups returns all groups, without their members.
func (c *Client) Groups(ctx context.Context) ([]Group, error) {
	return counted(func(start int) (page []Group, total int, err error) {
		var body struct {
			Groups []Group `json:"groups"`
			Total  int     `json:"totalResults"`
		}
		_, _, err = c.do(ctx, request{method: http.MethodGet, path: "groups", query: window(start)}, &body)
		return body.Groups, body.Total, err
	})
}

// Members returns who is in a group.
func (c *Client) Members(ctx context.Context, groupID string) ([]Member, error) {
	return counted(func(start int) (page []Member, total int, err error) {
		var body Group
		_, _, err = c.do(ctx, request{method: http.MethodGet, path: "groups/" + url.PathEscape(groupID) + "/members", query: window(start)}, &body)
		return body.Members, body.MemberSize, err
	})
}

// most is how many groups or members a page may hold.
const most = 500

func window(start int) url.Values {
	return url.Values{"startIndex": {strconv.Itoa(start)}, "count": {strconv.Itoa(most)}}
}

// counted reads a list by index, until there are as many as there should be.
func counted[T any](read func(start int) (page []T, total int, err error)) ([]T, error) {
	var all []T
	for {
		page, total, err := read(len(all) + 1)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) == 0 || len(all) >= total {
			if len(all) < total {
				return all, fmt.Errorf("a list should hold %d, and holds %d", total, len(all))
			}
			return all, nil
		}
	}
}

// Behavior returns somebody's own calling behavior, and the type in effect.
func (c *Client) Behavior(ctx context.Context, personID string) (own Behavior, effective string, err error) {
	var raw struct {
		Type      json.RawMessage `json:"behaviorType"` // to tell null from nothing
		ProfileID *string         `json:"profileId"`
		Effective string          `json:"effectiveBehaviorType"`
	}
	if _, _, err = c.do(ctx, request{method: http.MethodGet, path: behaviorPath(personID)}, &raw); err != nil {
		return own, "", err
	}
	var kind *string
	if len(raw.Type) == 0 || json.Unmarshal(raw.Type, &kind) != nil {
		return own, "", &Error{Request: "GET /" + behaviorPath(personID), Said: "the answer does not say what the calling behavior is"}
	}
	return Behavior{text(kind), text(raw.ProfileID)}.Normal(), raw.Effective, nil
}

// SetBehavior gives somebody a calling behavior of their own, or with the zero
// Behavior takes it away. Where the error is [Unsure] it may have been done.
func (c *Client) SetBehavior(ctx context.Context, personID string, b Behavior) error {
	_, _, err := c.do(ctx, request{method: http.MethodPut, path: behaviorPath(personID), send: b}, nil)
	return err
}

func behaviorPath(personID string) string {
	return "people/" + url.PathEscape(personID) + "/features/callingBehavior"
}

// Person returns one person.
func (c *Client) Person(ctx context.Context, personID string) (Person, error) {
	var p Person
	_, _, err := c.do(ctx, request{method: http.MethodGet, path: "people/" + url.PathEscape(personID)}, &p)
	return p, err
}

// AddLicenses adds licenses to a person, and returns the ids of all that the
// person has then. Part says that Webex did only a part (206).
func (c *Client) AddLicenses(ctx context.Context, personID string, grants []Grant) (have []string, part bool, err error) {
	type license struct {
		ID         string            `json:"id"`
		Operation  string            `json:"operation"`
		Properties map[string]string `json:"properties,omitempty"`
	}
	send := struct {
		PersonID string    `json:"personId"`
		OrgID    string    `json:"orgId,omitempty"`
		Licenses []license `json:"licenses"`
	}{PersonID: personID, OrgID: c.orgID}
	for _, g := range grants {
		properties := map[string]string{}
		for key, value := range map[string]string{"locationId": g.LocationID, "phoneNumber": g.Number, "extension": g.Extension} {
			if value != "" {
				properties[key] = value
			}
		}
		send.Licenses = append(send.Licenses, license{g.LicenseID, "add", properties})
	}
	var body struct {
		Licenses []string `json:"licenses"`
	}
	status, _, err := c.do(ctx, request{method: http.MethodPatch, path: "licenses/users", send: send}, &body)
	return body.Licenses, status == http.StatusPartialContent, err
}
