package runbook

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/identity"
	"callpolicy/compiler/jabber"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/resolve"
	"callpolicy/schema"
)

// Input says between which states a runbook leads.
type Input struct {
	Base *resolve.Result // what Control Hub has now; nil: nothing was ever set
	Head *resolve.Result // what it is to have
	From plan.State      // how to speak of Base
	To   plan.State      // how to speak of Head
	Undo string          // the revision that is taken back; empty: none

	// Pins are values known to have been set by hand in Control Hub, of which the
	// files of Base know nothing.
	Pins []Pin

	Progress *Progress // steps that were ticked before; nil: none
}

// Pin is a setting that somebody set for one user by hand.
type Pin struct {
	User    string // e-mail address, in any case of letters
	Setting string // inCall.<toggle>, or callingBehavior
}

// builder gathers a runbook.
type builder struct {
	base, head   *resolve.Result
	bcfg, hcfg   *config.Config
	edition      *schema.Edition
	pins         map[string]map[string]bool // by address in lower case and setting
	people       []person
	added        []int // users of the head who were not there
	renamed      []int
	removed      int
	start        *hub
	headTemplate map[string]string // the template of each group of the head
	matters      map[string]bool   // groups that have a template on some side
	situations   []*situation
	out          *Runbook
}

// Build returns the steps that lead from one state to the other.
func Build(in Input) *Runbook {
	b := newBuilder(in)
	out := b.out
	created, changes := b.templateChanges()
	give, take, end := b.licenseSteps()
	behaviors, behaviorResets := b.behaviorSteps()
	toggles, toggleResets := b.inCallSteps()
	out.Steps = slices.Concat(b.profileSteps(), give, behaviors, toggles,
		b.place(created), b.levels(changes), behaviorResets, toggleResets, b.deleteSteps(), b.jabberSteps(), take, end)
	b.transients()
	b.limits()
	if in.Progress != nil {
		in.Progress.Apply(out)
	}
	b.count()
	return out
}

func newBuilder(in Input) *builder {
	b := &builder{head: in.Head, hcfg: in.Head.Config, edition: &in.Head.Config.Schema.Edition, pins: map[string]map[string]bool{}}
	if b.base = in.Base; b.base == nil {
		empty := &config.Config{Project: config.Project{Edition: b.hcfg.Project.Edition}, Schema: b.hcfg.Schema, Toggles: b.hcfg.Toggles}
		b.base = resolve.Users(empty)
	}
	b.bcfg = b.base.Config
	for _, pin := range in.Pins {
		user := identity.Address(pin.User)
		if b.pins[user] == nil {
			b.pins[user] = map[string]bool{}
		}
		b.pins[user][pin.Setting] = true
	}
	b.out = &Runbook{
		FormatVersion: FormatVersion, Edition: b.edition.Name, Base: in.From, Head: in.To, Undo: in.Undo, Steps: []*Step{},
	}
	b.pair()
	b.start = b.hubOf(b.bcfg)
	b.headTemplate, b.matters = map[string]string{}, map[string]bool{}
	for group, t := range b.hubOf(b.hcfg).assigned {
		b.headTemplate[group], b.matters[group] = t, true
	}
	for group := range b.start.assigned {
		b.matters[group] = true
	}
	b.gatherSituations()
	return b
}

// place puts new templates into the list, each right below its neighbor to be.
// As no group has them yet, that changes nothing for anybody.
func (b *builder) place(created []*Step) []*Step {
	order := b.hubOf(b.hcfg).order
	for _, s := range created {
		i := slices.IndexFunc(b.hcfg.Templates, func(t config.Template) bool {
			return (config.Path{"templates", t.Name}).String() == s.What
		})
		t := &b.hcfg.Templates[i]
		at := slices.Index(order, t.Name)
		below := above(order, at)
		b.start.templates[t.Name] = b.known(t.Settings, resolve.Template)
		b.start.move(t.Name, below)
		s.Template = &Template{
			Name: t.Name, Rank: t.Rank, Position: slices.Index(b.start.order, t.Name) + 1, Of: len(b.start.order), Below: below,
		}
	}
	return created
}

// levels arranges what is done above the users. Of two ways to move the ranks it
// takes the one that gives fewer people a wrong value on the way, and of equal
// ones the shorter.
func (b *builder) levels(changes []move) []*Step {
	join, leave := b.groupMoves()
	assign, release := b.assignMoves()
	org := b.orgMoves()
	to := b.hubOf(b.hcfg).order
	var best []*Step
	var least harm
	for _, way := range [][]rankMove{fewest(b.start.order, to), fromTop(b.start.order, to)} {
		var ranks []move
		for _, m := range way {
			ranks = append(ranks, b.rankStep(m))
		}
		moves := slices.Concat(changes, join, ranks, assign, leave, release, org)
		end := b.start.clone()
		for _, m := range moves {
			m.apply(end)
		}
		for _, s := range b.situations {
			s.before = b.start.outcome(s, b.edition, b.hcfg.Toggles)
			s.after = end.outcome(s, b.edition, b.hcfg.Toggles)
		}
		steps, total := b.arrange(b.start, moves)
		if best == nil || total.compare(least) < 0 {
			best, least = steps, total
		}
		if least == (harm{}) {
			break
		}
	}
	b.positions(best)
	return best
}

// positions says where in the list each template is, at the time of its step.
func (b *builder) positions(steps []*Step) {
	h := b.start.clone()
	for _, s := range steps {
		if s.Template == nil {
			continue
		}
		t := *s.Template
		if s.Kind == TemplateRank {
			h.move(t.Name, t.Below)
		}
		i := slices.Index(h.order, t.Name)
		t.Position, t.Of, t.Below = i+1, len(h.order), above(h.order, i)
		s.Template = &t
	}
}

// transients says which steps belong together, since people have a wrong value
// between them.
func (b *builder) transients() {
	for i, s := range b.out.Steps {
		if s.Transient == 0 || i > 0 && b.out.Steps[i-1].Transient > 0 {
			continue
		}
		most, last := 0, i
		for ; last < len(b.out.Steps) && b.out.Steps[last].Transient > 0; last++ {
			most = max(most, b.out.Steps[last].Transient)
		}
		s.Cautions = append(s.Cautions, fmt.Sprintf(
			"Between this step and step %d, up to %s a value that is neither the old one nor the new. No order of single steps avoids that: do them in one go.",
			last+1, plural(most, "person has", "people have")))
	}
}

// profileSteps are the UC Manager profiles that have to be there first.
func (b *builder) profileSteps() []*Step {
	var out []*Step
	for i := range b.hcfg.Profiles {
		p := &b.hcfg.Profiles[i]
		path := (config.Path{"ucManagerProfiles", p.Name}).String()
		var before config.Profile
		kind, title := ProfileCreate, "Add the UC Manager profile "+p.Name
		if j, ok := b.bcfg.Profile(p.Name); ok {
			before, kind, title = b.bcfg.Profiles[j], ProfileChange, "Change the UC Manager profile "+p.Name
			if before.VoiceServicesDomain == p.VoiceServicesDomain && before.UDSServer == p.UDSServer {
				continue
			}
		}
		after := p.VoiceServicesDomain
		if p.UDSServer != before.UDSServer {
			after += " " + p.UDSServer
		}
		s := b.newStep(kind, path, after, title)
		if before.VoiceServicesDomain != p.VoiceServicesDomain {
			s.change(path+".voiceServicesDomain", "Voice Services Domain", before.VoiceServicesDomain, p.VoiceServicesDomain)
		}
		if before.UDSServer != p.UDSServer {
			s.change(path+".udsServer", "UDS server", before.UDSServer, p.UDSServer)
			s.Cautions = append(s.Cautions, "The UDS server decides which cluster is the home cluster of everybody with this profile. On premises clients ask it first; from outside they look up the voice services domain.")
		}
		if kind == ProfileCreate {
			s.Cautions = append(s.Cautions, "If it is there already, compare it.")
		}
		for n := range b.head.Classes {
			if c := &b.head.Classes[n]; c.Calling.Profile == p.Name {
				s.Reach += c.Users
			}
		}
		out = append(out, s)
	}
	return out
}

// jabberSteps are what Unified CM has to hand out, once for each pair of files.
func (b *builder) jabberSteps() []*Step {
	had := map[string]string{} // the variant by user
	known := map[string]bool{}
	for _, v := range bundle.Render(b.base).Variants() {
		known[v.Name] = true
		for _, user := range v.Users {
			had[b.bcfg.Users[user].Key] = v.Name
		}
	}
	var out []*Step
	before := map[int32]string{}
	for _, p := range b.people {
		if p.base >= 0 {
			before[int32(p.head)] = had[b.bcfg.Users[p.base].Key]
		}
	}
	for _, v := range bundle.Render(b.head).Variants() {
		fresh := 0
		for _, user := range v.Users {
			if before[user] != v.Name {
				fresh++
			}
		}
		if fresh == 0 {
			continue
		}
		title := fmt.Sprintf("Give %s the Service Profile for Jabber configuration %s", people(fresh), v.Name)
		if !known[v.Name] {
			title = fmt.Sprintf("Make a Service Profile for Jabber configuration %s, and give it to %s", v.Name, people(fresh))
		}
		s := b.newStep(JabberService, "jabber."+v.Name, "assigned", title)
		s.Reach = fresh
		s.Rows = append(rows("desktop", v.Desktop), rows("mobile", v.Mobile)...)
		s.Cautions = append(s.Cautions,
			fmt.Sprintf("compile and apply write the rows and all of its %s to jabber/%s/; README.md beside it says what to do.", people(len(v.Users)), v.Name),
			"A parameter that is set there beats Control Hub.")
		out = append(out, s)
	}
	return out
}

func rows(client string, parameters []jabber.Parameter) []Row {
	var out []Row
	for _, p := range parameters {
		out = append(out, Row{client, p.Section, p.Name, p.Value})
	}
	return out
}

func (b *builder) impossible(format string, args ...any) {
	b.out.NotPossible = append(b.out.NotPossible, fmt.Sprintf(format, args...))
}

// limits says what no step can do, and what nobody knows.
func (b *builder) limits() {
	out := b.out
	if b.bcfg.Project.Edition != b.hcfg.Project.Edition && len(b.bcfg.Users) > 0 {
		b.impossible("The edition changes from %s to %s in the files. Which Control Hub an organization has is Cisco's decision; no step changes it.", b.bcfg.Project.Edition, b.hcfg.Project.Edition)
	}
	if n := len(b.added); n > 0 && len(b.bcfg.Users) > 0 {
		out.Before = append(out.Before, fmt.Sprintf("%s must be there in Webex: %s.", plural(n, "new person", "new people"), b.names(b.added)))
	}
	if n := len(b.renamed); n > 0 {
		out.Before = append(out.Before, fmt.Sprintf("%s another address, which must be changed where people are kept, not by a new entry: %s.", plural(n, "person has", "people have"), b.names(b.renamed)))
	}
	if b.removed > 0 {
		b.impossible("%s no longer in the files. What Control Hub holds for them stays until they are deleted there; nothing here touches them.", plural(b.removed, "person is", "people are"))
	}
	if len(out.Steps) == 0 {
		return
	}
	b.impossible("People who were pinned by hand in Control Hub without the files knowing keep their value. For calling behavior GET %s tells: behaviorType is not null. For in-call settings only the person's page does. Name those you know of with --pinned.", personPath)
	if slices.ContainsFunc(out.Steps, func(s *Step) bool { return strings.HasPrefix(string(s.Kind), "template-") }) {
		b.impossible("Templates that are assigned to a location. How they rank against those of groups is not documented, and the files do not know them.")
	}
}

func (b *builder) names(users []int) string {
	names := make([]string, 0, len(users))
	for _, u := range users[:min(len(users), 6)] {
		names = append(names, b.hcfg.Users[u].Address)
	}
	if more := len(users) - len(names); more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names, ", "), more)
	}
	return strings.Join(names, ", ")
}

// count fills in the summary.
func (b *builder) count() {
	opened := map[string]bool{}
	s := &b.out.Summary
	s.Steps = len(b.out.Steps)
	for _, step := range b.out.Steps {
		if step.Done {
			s.Done++
		}
		if len(step.Requests) > 0 {
			s.API++
		}
		if len(step.Page) > 0 && len(step.Requests) == 0 {
			for _, p := range step.People {
				opened[cmp.Or(p.User)] = true
			}
		}
	}
	s.Each = len(opened)
}
