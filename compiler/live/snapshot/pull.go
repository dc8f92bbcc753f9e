package snapshot

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"callpolicy/compiler/failure"
	"callpolicy/compiler/live/webex"
)

// Options is how a pull works.
type Options struct {
	Out     string // the folder for the snapshot
	BaseURL string // tells a pull of another place apart; not used otherwise

	// Gone says whether fewer people than at the last pull are too few: how many
	// there were, and how many fewer there are. nil: never.
	Gone func(before, fewer int) bool

	Now      func() time.Time
	Progress func(what string, done, all int) // all is 0 where it is not known; may be nil
}

// Result is what a pull did.
type Result struct {
	*Snapshot

	Resumed bool // an earlier pull that was cut off was gone on with
}

// workers is how many behaviors are read at the same time.
const workers = 4

// Pull reads an organization, and writes a snapshot of it. Where it fails, what
// was read is kept for the next pull. The client must name the organization, or
// the token's own is pulled.
func Pull(ctx context.Context, client *webex.Client, o Options) (*Result, error) {
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	before := client.Requests()
	if client.OrgID() == "" {
		me, err := client.Me(ctx)
		if err != nil {
			return nil, err
		}
		client = client.For(me.OrgID)
	}
	if err := os.MkdirAll(o.Out, folder); err != nil {
		return nil, err
	}
	part, resumed, err := openPart(o.Out, started{FormatVersion, client.OrgID(), o.BaseURL, o.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return nil, err
	}
	p := &puller{Options: o, client: client, part: part, manifest: Manifest{
		FormatVersion: FormatVersion, Kind: "LiveSnapshot", Organization: client.OrgID(), Began: part.began,
		Unread: []Unread{}, Incomplete: []string{}, Files: map[string]string{},
	}}
	err = p.read(ctx)
	if closing := part.close(); err == nil {
		err = closing
	}
	if err != nil {
		return nil, err
	}
	p.manifest.Requests = client.Requests() - before
	p.manifest.Ended = o.Now().UTC().Truncate(time.Second)
	if err := p.finish(); err != nil {
		return nil, err
	}
	made, err := Open(o.Out)
	if err != nil {
		return nil, err
	}
	return &Result{made, resumed}, part.remove()
}

// puller is one pull.
type puller struct {
	Options

	client   *webex.Client
	part     *part
	manifest Manifest

	licenses []License
	keys     map[string]string // of licenses, by id
	profiles []Profile
	groups   []webex.Group
	unread   map[string]string // why the members of a group could not be read, by its id
}

func (p *puller) read(ctx context.Context) error {
	steps := []func(context.Context) error{p.readLicenses, p.readProfiles, p.readGroups, p.readPeople, p.readBehaviors}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// refused reports whether Webex answered and will answer the same again, so that
// a part of the snapshot stays unknown. Anything else ends the pull.
func refused(err error) bool {
	return webex.IsStatus(err, 400, 403, 404, 405, 409, 410)
}

// note keeps in the manifest that something could not be read.
func (p *puller) note(what string, err error) {
	reason := err.Error()
	for i := range p.manifest.Unread {
		if u := &p.manifest.Unread[i]; u.What == what && u.Reason == reason {
			u.Count++
			return
		}
	}
	p.manifest.Unread = append(p.manifest.Unread, Unread{what, reason, 1})
}

func (p *puller) readLicenses(ctx context.Context) error {
	p.Progress("licenses", 0, 0)
	licenses, err := p.client.Licenses(ctx)
	if refused(err) {
		p.note("licenses", err)
		p.manifest.Incomplete = append(p.manifest.Incomplete, "the licenses could not be read, so who has which is not known")
		err = nil
	}
	p.keys = map[string]string{}
	for _, l := range licenses {
		p.keys[l.ID] = licenseKey(l)
		p.licenses = append(p.licenses, License{Key: licenseKey(l), ID: l.ID, Name: l.Name, Subscription: l.SubscriptionID, Total: l.TotalUnits, ByUsers: l.ByUsers})
	}
	slices.SortFunc(p.licenses, func(a, b License) int { return strings.Compare(a.Key+a.ID, b.Key+b.ID) })
	return err
}

func (p *puller) readProfiles(ctx context.Context) error {
	profiles, err := p.client.Profiles(ctx)
	if refused(err) {
		p.note("profiles", err)
		err = nil
	}
	for _, profile := range profiles {
		p.profiles = append(p.profiles, Profile{profile.Name, profile.ID})
	}
	slices.SortFunc(p.profiles, func(a, b Profile) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return err
}

func (p *puller) readGroups(ctx context.Context) (err error) {
	p.Progress("groups", 0, 0)
	p.unread = map[string]string{}
	p.groups, err = p.client.Groups(ctx)
	if refused(err) {
		p.note("groups", err)
		return nil
	}
	if err != nil {
		return err
	}
	slices.SortFunc(p.groups, func(a, b webex.Group) int { return strings.Compare(a.DisplayName+a.ID, b.DisplayName+b.ID) })
	for i := range p.groups {
		g := &p.groups[i]
		g.Members, err = p.client.Members(ctx, g.ID)
		if refused(err) {
			p.note("members", err)
			p.unread[g.ID] = err.Error()
			err = nil
		}
		if err != nil {
			return err
		}
		p.Progress("groups", i+1, len(p.groups))
	}
	return nil
}

// readPeople reads the pages that are not read yet.
func (p *puller) readPeople(ctx context.Context) error {
	if p.part.all {
		return nil
	}
	n := 0
	for page, err := range p.client.People(ctx, p.part.next) {
		if err != nil {
			return err
		}
		people := make([]Person, 0, len(page.Items))
		for i := range page.Items {
			one := &page.Items[i]
			if one.OrgID != "" && webex.UUID(one.OrgID) != webex.UUID(p.manifest.Organization) {
				return &failure.Error{
					Problem: "Webex gives people of another organization, " + one.OrgID,
					Hint:    "write the right id under webex.organizationId, in the form that the API has it",
				}
			}
			people = append(people, p.person(one))
		}
		if err := p.part.addPage(people, page.Next); err != nil {
			return err
		}
		n += len(people)
		p.Progress("people", n, 0)
	}
	return nil
}

// person keeps what matters of somebody.
func (p *puller) person(from *webex.Person) Person {
	to := Person{
		ID: from.ID, Licenses: make([]string, 0, len(from.Licenses)), Department: from.Department, Location: from.LocationID,
		Extension: from.Extension, Number: from.WorkNumber(), Pending: from.InvitePending.True, Disabled: from.LoginEnabled.Set && !from.LoginEnabled.True,
	}
	if from.Type != "" && from.Type != "person" {
		return to // a bot: it has no address here, and so is left out
	}
	for i, address := range from.Emails {
		if i == 0 {
			to.User = strings.ToLower(address)
		} else {
			to.Also = append(to.Also, strings.ToLower(address))
		}
	}
	for _, id := range from.Licenses {
		key, known := p.keys[id]
		if !known {
			key = id
		}
		to.Licenses = append(to.Licenses, key)
	}
	slices.Sort(to.Licenses)
	return to
}

// readBehaviors reads everybody's calling behavior that is not read yet.
func (p *puller) readBehaviors(ctx context.Context) error {
	ids, err := p.left()
	if err != nil {
		return err
	}
	var done, refusals, answers atomic.Int64
	var once sync.Once
	var always string // the reason for which nobody's can be read
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for _, id := range ids {
		if answers.Load() == 0 && refusals.Load() >= hopeless {
			break
		}
		group.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			own, effective, err := p.client.Behavior(ctx, id)
			calling := Calling{Own: &own, Effective: effective}
			if err != nil {
				if !personal(err) {
					return err
				}
				calling = Calling{Unknown: reason(err)}
				refusals.Add(1)
				once.Do(func() { always = calling.Unknown })
			} else {
				answers.Add(1)
			}
			p.Progress("calling behavior", int(done.Add(1)), len(ids))
			return p.part.addBehavior(id, calling)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if answers.Load() == 0 && refusals.Load() >= hopeless {
		for _, id := range ids {
			if !p.part.has(id) {
				if err := p.part.addBehavior(id, Calling{Unknown: always}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// hopeless is how many refusals in a row, from the first on, mean that nobody's
// behavior will be shown.
const hopeless = 25

// personal reports whether a failure is about one person, so that the pull goes on.
func personal(err error) bool {
	return refused(err) || webex.IsStatus(err, 200, 500, 502, 503, 504)
}

// reason is an error without what differs from request to request.
func reason(err error) string {
	e, ok := errors.AsType[*webex.Error](err)
	if !ok {
		return err.Error()
	}
	plain := *e
	plain.TrackingID, plain.Request = "", "GET callingBehavior"
	return plain.Error()
}

// left returns the ids of people whose behavior is not read yet.
func (p *puller) left() (ids []string, err error) {
	seen := map[string]bool{}
	for one, err := range each[Person](p.part.people.Name()) {
		if err != nil {
			return nil, err
		}
		if one.User != "" && !seen[one.ID] && !p.part.has(one.ID) {
			ids = append(ids, one.ID)
		}
		seen[one.ID] = true
	}
	return ids, nil
}

// fewer says how many people fewer there are than at the last pull.
func (p *puller) fewer(now int) {
	last, err := Open(p.Out)
	if err != nil || last.Organization != p.manifest.Organization || p.Gone == nil {
		return // there is nothing to compare with
	}
	if fewer := last.Manifest.People - now; fewer > 0 && p.Gone(last.Manifest.People, fewer) {
		p.manifest.Incomplete = append(p.manifest.Incomplete, fmt.Sprintf("there are %d people, and at the last pull there were %d: more are gone than limits.removedUsers allows", now, last.Manifest.People))
	}
}
