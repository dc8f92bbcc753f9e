package plan

import (
	"cmp"
	"slices"
	"strings"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
	"callpolicy/schema"
)

// mix is everything that decides one user's settings, in both states at once.
// Each difference is an edit with a bit; for any set of edits that are undone,
// it gives the levels that then hold.
type mix struct {
	why   *attribution
	edits []*edit       // the edits that may concern such a user; bit i stands for edits[i]
	bits  map[*edit]int // the other way round
	mine  []int         // bits of the edits that are about one user
	place []int         // by bit, its place among mine; same: it is about many users

	shared map[int]bool // bits that more than one group may ask about

	edition  int
	licenses [2][]string
	license  int

	own       [2]config.Settings
	ownToggle map[int]int
	ownChoice map[config.Service]int

	attributes map[string]mixAttribute // that the conditions of groups ask for
	groups     []mixGroup              // those that may lead to a template, the best ranks first
	templates  map[string]*mixTemplate
}

// same is the bit of what no edit differs in.
const same = -1

const (
	atBase = 0
	atHead = 1
)

type mixAttribute struct {
	value [2]string
	bit   int
}

// mixGroup is a group that a user may be in: listed, or by attributes that fit
// its conditions.
type mixGroup struct {
	name     string
	listed   [2]bool
	listing  int
	group    [2]*config.Group // whose conditions decide; one without any where there is no such group
	cond     int
	template [2]string
	assigned int
	best     int // the smallest rank that it can lead to
}

type mixTemplate struct {
	settings [2]config.Settings
	rank     [2]int
	ranked   int
	toggle   map[int]int
	choice   map[config.Service]int
}

// trial is one way of undoing edits. It notes which edits it was asked about, in
// order: undoing any others as well would change nothing about the answer.
type trial struct {
	undone []bool // by bit
	seen   []bool // by bit
	asked  []ask
	from   contest // where the search for the winning template begins
	at     contest // where it is
	reads  int     // how often the trial was asked
}

// ask is the first question about an edit, and how far the search for the
// winning template was by then: with the edit undone it goes on from there.
type ask struct {
	bit int
	at  contest
}

func (m *mix) trial(undo ...int) *trial {
	t := &trial{undone: make([]bool, len(m.edits)), seen: make([]bool, len(m.edits)), from: start}
	t.at = t.from
	for _, bit := range undo {
		t.undone[bit] = true
	}
	return t
}

// side is where a part with this bit is taken from.
func (t *trial) side(bit int) int {
	if bit == same {
		return atHead
	}
	t.reads++
	if !t.seen[bit] {
		t.seen[bit] = true
		t.asked = append(t.asked, ask{bit, t.at})
	}
	if t.undone[bit] {
		return atBase
	}
	return atHead
}

// again makes a trial ready for another question: a new search from a place.
func (t *trial) again(from contest) {
	for _, a := range t.asked {
		t.seen[a.bit] = false
	}
	t.asked, t.from, t.at = t.asked[:0], from, from
}

// bit returns the number of an edit, which is added where it is new.
func (m *mix) bit(e *edit) int {
	if e == nil {
		return same
	}
	if i, ok := m.bits[e]; ok {
		return i
	}
	m.place = append(m.place, same)
	return m.number(e)
}

// personal adds an edit that is about one user.
func (m *mix) personal(e *edit) int {
	m.place = append(m.place, len(m.mine))
	m.mine = append(m.mine, len(m.edits))
	return m.number(e)
}

func (m *mix) number(e *edit) int {
	m.bits[e] = len(m.edits)
	m.edits = append(m.edits, e)
	return m.bits[e]
}

// isMine reports whether an edit is about each user by itself.
func (m *mix) isMine(bit int) bool { return m.place[bit] != same }

// newMix gathers what is written about a user who is the i-th of the base and
// the j-th of the head.
func newMix(why *attribution, i, j int) *mix {
	base, head := &why.baseCfg.Users[i], &why.headCfg.Users[j]
	m := &mix{
		why: why, bits: map[*edit]int{}, licenses: [2][]string{base.Licenses, head.Licenses}, license: same, own: [2]config.Settings{base.Own, head.Own},
		ownToggle: map[int]int{}, ownChoice: map[config.Service]int{}, templates: map[string]*mixTemplate{}, shared: map[int]bool{},
	}
	m.edition = m.bit(why.edits.edition)
	m.licenseEdits(base, head)
	m.ownEdits()
	m.attributeEdits(base, head)
	m.groupEdits(i, j)
	if before, after := migrationValue(base.Migration), migrationValue(head.Migration); before != after {
		m.personal(&edit{kind: Migration, path: config.Path{"migration"}, before: before, after: after, note: noteMigration})
	}
	for t := range why.headCfg.Toggles {
		m.bit(why.edits.orgToggle[t])
	}
	for _, s := range config.Services {
		m.bit(why.edits.orgChoice[s])
	}
	for _, profile := range sortedKeys(why.edits.domain) {
		m.bit(why.edits.domain[profile])
	}
	for _, profile := range sortedKeys(why.edits.server) {
		m.bit(why.edits.server[profile])
	}
	return m
}

func (m *mix) licenseEdits(base, head *config.User) {
	switch {
	case sameNames(m.licenses[atBase], m.licenses[atHead]):
	case licensesByRoster(base, head):
		m.license = m.bit(m.why.rosterEdit(names(m.licenses[atBase]), names(m.licenses[atHead]), head.Address, "licenses"))
	default:
		kind := License
		before := resolve.LicenseOf(m.why.baseCfg, m.licenses[atBase])
		after := resolve.LicenseOf(m.why.headCfg, m.licenses[atHead])
		if before != after && (before == resolve.Migrating || after == resolve.Migrating) {
			kind = Migration
		}
		m.license = m.personal(&edit{kind: kind, path: config.Path{"licenses"}, before: names(m.licenses[atBase]), after: names(m.licenses[atHead])})
	}
	for _, name := range slices.Concat(m.licenses[atBase], m.licenses[atHead]) {
		m.bit(m.why.edits.service[name])
	}
}

// sameNames reports whether two lists hold the same, in any order.
func sameNames(a, b []string) bool {
	if slices.Equal(a, b) {
		return true
	}
	notIn := func(list []string) func(string) bool { return func(s string) bool { return !slices.Contains(list, s) } }
	return !slices.ContainsFunc(a, notIn(b)) && !slices.ContainsFunc(b, notIn(a))
}

// names is a list as the value of an edit: null where there is nothing.
func names(list []string) any {
	if len(list) == 0 {
		return nil
	}
	return list
}

func (m *mix) ownEdits() {
	own := &edits{}
	toggles, choices := map[int]*edit{}, map[config.Service]*edit{}
	own.settings(UserSetting, m.why.headCfg.Toggles, m.own[atBase], m.own[atHead], toggles, choices)
	for _, i := range sortedKeys(toggles) {
		m.ownToggle[i] = m.personal(toggles[i])
	}
	for _, s := range sortedKeys(choices) {
		m.ownChoice[s] = m.personal(choices[s])
	}
}

// attributeEdits compares the attributes that the conditions of groups ask for.
func (m *mix) attributeEdits(base, head *config.User) {
	if !m.why.moving(base, head) {
		return
	}
	m.attributes = map[string]mixAttribute{}
	for _, name := range m.why.asked {
		a := mixAttribute{[2]string{attributeOf(base, name), attributeOf(head, name)}, same}
		switch b, h := a.value[atBase], a.value[atHead]; {
		case b == h:
		case attributeByRoster(base, head, name):
			a.bit = m.bit(m.why.rosterEdit(attributeValue(b), attributeValue(h), head.Address, "attributes", name))
		default:
			a.bit = m.personal(&edit{kind: Membership, path: config.Path{"attributes", name}, before: attributeValue(b), after: attributeValue(h)})
		}
		m.attributes[name], m.shared[a.bit] = a, true
	}
}

// missing stands for an attribute that a user has not; no value is like it.
const missing = "\x00"

func attributeOf(u *config.User, name string) string {
	if v, ok := u.Attribute(name); ok {
		return v
	}
	return missing
}

func attributeValue(v string) any {
	if v == missing {
		return nil
	}
	return v
}

// groupEdits gathers the groups that the user is in, or could be in with some
// edits undone.
func (m *mix) groupEdits(i, j int) {
	base, head := &m.why.baseCfg.Users[i], &m.why.headCfg.Users[j]
	var order []string
	for _, g := range base.Groups {
		order = append(order, m.why.baseCfg.Groups[g].Name)
	}
	for _, g := range head.Groups {
		order = append(order, m.why.headCfg.Groups[g].Name)
	}
	if m.attributes != nil {
		order = append(order, m.why.conditional...)
	}
	slices.Sort(order)
	in := [2]map[int32]bool{setOf(base.Groups), setOf(head.Groups)}
	for _, name := range slices.Compact(order) {
		m.group(name, in, i, j)
	}
	slices.SortStableFunc(m.groups, func(a, b mixGroup) int { return cmp.Compare(a.best, b.best) })
}

func setOf(groups []int32) map[int32]bool {
	set := make(map[int32]bool, len(groups))
	for _, g := range groups {
		set[g] = true
	}
	return set
}

func (m *mix) group(name string, member [2]map[int32]bool, i, j int) {
	base, head := &m.why.baseCfg.Users[i], &m.why.headCfg.Users[j]
	g := mixGroup{name: name, group: [2]*config.Group{{}, {}}, listing: same, cond: m.bit(m.why.edits.where[name]), assigned: m.bit(m.why.edits.assignment[name])}
	b, onBase := m.why.baseCfg.Group(name)
	h, onHead := m.why.headCfg.Group(name)
	if onBase {
		g.template = [2]string{templateOf(m.why.baseCfg, b), templateOf(m.why.baseCfg, b)}
		g.group[atBase] = &m.why.baseCfg.Groups[b]
	}
	if onHead {
		g.template[atHead] = templateOf(m.why.headCfg, h)
		g.group[atHead] = &m.why.headCfg.Groups[h]
		if !onBase {
			g.template[atBase] = g.template[atHead]
		}
	}
	in := [2]bool{onBase && member[atBase][int32(b)], onHead && member[atHead][int32(h)]}
	if g.listed = in; m.attributes != nil {
		g.listed = m.listed(&g, in, [2]*config.User{base, head})
	}
	if g.listed[atBase] != g.listed[atHead] {
		e := &edit{kind: Membership, path: config.Path{"groups", name}, after: name}
		if g.listed[atBase] {
			e.before, e.after = name, nil
		}
		if m.why.listedByRoster(i, j, name, e.after != nil) {
			g.listing = m.bit(m.why.rosterEdit(e.before, e.after, head.Address, e.path...))
		} else {
			g.listing = m.personal(e)
		}
	}
	if g.template[atBase] == "" && g.template[atHead] == "" {
		return // it leads nowhere
	}
	g.best = min(m.template(g.template[atBase]), m.template(g.template[atHead]))
	m.groups = append(m.groups, g)
}

// listed says whether a user who may come or go by attributes is listed for a
// group besides, on either side. Of somebody who lists the group, or whose
// attributes fit, nobody needs to know whether the group lists them too; then
// that is as on the other side.
func (m *mix) listed(g *mixGroup, in [2]bool, users [2]*config.User) (listed [2]bool) {
	var open [2]bool
	for side, u := range users {
		own := slices.Contains(u.InGroups, g.name)
		open[side] = in[side] && !own && g.group[side].Fits(u.Attribute)
		open[side] = open[side] || own
		listed[side] = in[side] && !open[side]
	}
	for side, u := range users {
		if other := 1 - side; open[side] && !open[other] {
			listed[side] = listed[other]
		}
		listed[side] = listed[side] || slices.Contains(u.InGroups, g.name)
	}
	return listed
}

// nobodys is a rank behind all others.
const nobodys = int(^uint(0) >> 1)

// template adds a template and returns the smallest rank that it can have.
func (m *mix) template(name string) int {
	if name == "" {
		return nobodys
	}
	t := m.templates[name]
	if t == nil {
		t = m.newTemplate(name)
		m.templates[name] = t
	}
	return min(t.rank[atBase], t.rank[atHead])
}

func (m *mix) newTemplate(name string) *mixTemplate {
	t := &mixTemplate{ranked: m.bit(m.why.edits.rank[name]), toggle: map[int]int{}, choice: map[config.Service]int{}}
	m.shared[t.ranked] = true
	b, h := m.why.baseCfg.Template(name), m.why.headCfg.Template(name)
	if b >= 0 {
		bt := &m.why.baseCfg.Templates[b]
		t.settings, t.rank = [2]config.Settings{bt.Settings, bt.Settings}, [2]int{bt.Rank, bt.Rank}
	}
	if h >= 0 {
		ht := &m.why.headCfg.Templates[h]
		t.settings[atHead], t.rank[atHead] = ht.Settings, ht.Rank
		if b < 0 {
			t.settings[atBase], t.rank[atBase] = ht.Settings, ht.Rank
		}
	}
	for i := range m.why.headCfg.Toggles {
		if e := m.why.edits.toggle[name][i]; e != nil {
			t.toggle[i] = m.bit(e)
		}
	}
	for _, s := range config.Services {
		if e := m.why.edits.choice[name][s]; e != nil {
			t.choice[s] = m.bit(e)
		}
	}
	return t
}

// value returns what a setting is in a trial, as a plan has it; nil where the
// setting is not there then.
func (m *mix) value(setting string, t *trial) any {
	s := resolve.Stack{Edition: &m.why.headCfg.Schema.Edition, Toggles: m.why.headCfg.Toggles, Server: m.serverIn(t)}
	if t.side(m.edition) == atBase {
		s.Edition = &m.why.baseCfg.Schema.Edition
	}
	if toggle, ok := strings.CutPrefix(setting, "inCall."); ok {
		if _, known := slices.BinarySearch(s.Edition.Toggles, toggle); !known {
			return nil
		}
		return m.toggle(toggle, s.Edition, t)
	}
	s.License = m.licenseClass(t)
	switch setting {
	case "licenseClass":
		return s.License.String()
	case "callingBehavior":
		m.choices(&s, s.License.Service(), t)
		return callingOf(s.Calling())
	}
	if s.License != resolve.Migrating {
		return nil
	}
	m.choices(&s, config.WebexCalling, t)
	pending, _ := s.Pending()
	return callingOf(pending)
}

// callingOf is a behavior as a plan has it.
func callingOf(b resolve.Behavior) bundle.Choice {
	c := bundle.Choice{Service: b.Service.String(), App: b.App, Profile: b.Profile, EmailDomain: b.HasProfile && b.Profile == ""}
	if b.Service == config.NoPaidCalling {
		c.Service = "none"
	}
	if b.Profile != "" {
		c.Server = bundle.Server{Known: true, VoiceServicesDomain: b.Server.VoiceServicesDomain, UDSServer: b.Server.UDSServer}
	}
	return c
}

// serverIn returns what a UC Manager profile says in a trial. One that is on one
// side only says what it says there.
func (m *mix) serverIn(t *trial) func(string) resolve.Server {
	return func(profile string) resolve.Server {
		of := [2]resolve.Server{resolve.ServerOf(m.why.baseCfg, profile), resolve.ServerOf(m.why.headCfg, profile)}
		if !has(m.why.headCfg.Profile(profile)) {
			return of[atBase]
		}
		if !has(m.why.baseCfg.Profile(profile)) {
			return of[atHead]
		}
		return resolve.Server{
			VoiceServicesDomain: of[t.side(m.index(m.why.edits.domain[profile]))].VoiceServicesDomain,
			UDSServer:           of[t.side(m.index(m.why.edits.server[profile]))].UDSServer,
		}
	}
}

// toggle goes down the levels, and no further than to the one that decides.
func (m *mix) toggle(name string, edition *schema.Edition, t *trial) bool {
	i, _ := m.why.headCfg.Toggle(name)
	if on, set := m.own[t.side(bitOf(m.ownToggle, i))].InCall.Get(i); set {
		return on
	}
	if _, template := m.winner(t); template != nil {
		if on, set := template.settings[t.side(bitOf(template.toggle, i))].InCall.Get(i); set {
			return on
		}
	}
	if on, set := m.why.org(t.side(m.index(m.why.edits.orgToggle[i]))).InCall.Get(i); set {
		return on
	}
	return edition.Default.InCall
}

// choices fills the levels with what they say for a service.
func (m *mix) choices(s *resolve.Stack, service config.Service, t *trial) {
	k := service - 1
	s.Levels[0].Source = resolve.Source{Level: resolve.User}
	s.Levels[0].Behavior[k] = m.own[t.side(bitOf(m.ownChoice, service))].For(service)
	if slices.Contains(s.Edition.CallingBehavior[service.String()], "template") {
		if name, template := m.winner(t); template != nil {
			s.Levels[1].Source = resolve.Source{Level: resolve.Template, Template: name}
			s.Levels[1].Behavior[k] = template.settings[t.side(bitOf(template.choice, service))].For(service)
		}
	}
	s.Levels[2].Source = resolve.Source{Level: resolve.Org}
	s.Levels[2].Behavior[k] = m.why.org(t.side(m.index(m.why.edits.orgChoice[service]))).For(service)
}

// effective returns all that applies in a trial, with the level of each value.
func (m *mix) effective(t *trial) resolve.Effective {
	s := resolve.Stack{Edition: &m.why.headCfg.Schema.Edition, Toggles: m.why.headCfg.Toggles, License: m.licenseClass(t), Server: m.serverIn(t)}
	if t.side(m.edition) == atBase {
		s.Edition = &m.why.baseCfg.Schema.Edition
	}
	for _, service := range config.Services {
		m.choices(&s, service, t)
	}
	name, template := m.winner(t)
	if template != nil {
		s.Levels[1].Source = resolve.Source{Level: resolve.Template, Template: name}
	}
	for i := range m.why.headCfg.Toggles {
		s.Levels[0].InCall = with(s.Levels[0].InCall, m.own[t.side(bitOf(m.ownToggle, i))].InCall, i)
		if template != nil {
			s.Levels[1].InCall = with(s.Levels[1].InCall, template.settings[t.side(bitOf(template.toggle, i))].InCall, i)
		}
		s.Levels[2].InCall = with(s.Levels[2].InCall, m.why.org(t.side(m.index(m.why.edits.orgToggle[i]))).InCall, i)
	}
	return s.Effective()
}

// with copies one toggle.
func with(to, from config.Toggles, i int) config.Toggles {
	if on, set := from.Get(i); set {
		return to.With(i, on)
	}
	return to
}

func (m *mix) licenseClass(t *trial) resolve.LicenseClass {
	var webexCalling, unifiedCM bool
	for _, name := range m.licenses[t.side(m.license)] {
		service := m.why.serviceOf(name, t.side(m.index(m.why.edits.service[name])))
		webexCalling = webexCalling || service == config.WebexCalling
		unifiedCM = unifiedCM || service == config.UnifiedCM
	}
	return resolve.ClassOf(webexCalling, unifiedCM)
}

// contest is how far the search for the winning template is: the groups before
// next have been looked at, and the template has won among them.
type contest struct {
	next     int
	template *mixTemplate // nil: none of them leads to one
	name     string
	rank     int
}

// start is the contest in which no group has been looked at.
var start = contest{rank: nobodys}

// winner returns the template that wins. It looks at groups in the order of
// the best rank that they can lead to, and no further than to those that could
// still win: not at another one that leads to the winner at best.
func (m *mix) winner(t *trial) (string, *mixTemplate) {
	t.at = t.from
	for w := &t.at; w.next < len(m.groups); w.next++ {
		g := &m.groups[w.next]
		if g.best > w.rank {
			break
		}
		if w.template != nil && g.template == [2]string{w.name, w.name} || !m.member(g, t) {
			continue
		}
		candidate := g.template[t.side(g.assigned)]
		if candidate == "" {
			continue
		}
		template := m.templates[candidate]
		if r := template.rank[t.side(template.ranked)]; w.template == nil || config.CompareRank(r, candidate, w.rank, w.name) < 0 {
			w.template, w.name, w.rank = template, candidate, r
		}
	}
	name, template := t.at.name, t.at.template
	t.at.next = len(m.groups) // whatever is asked from here on decides about no group
	return name, template
}

func (m *mix) member(g *mixGroup, t *trial) bool {
	if g.listed[t.side(g.listing)] {
		return true
	}
	return g.group[t.side(g.cond)].Fits(func(name string) (string, bool) {
		a := m.attributes[name]
		value := a.value[t.side(a.bit)]
		return value, value != missing
	})
}

func bitOf[K comparable](bits map[K]int, key K) int {
	if b, ok := bits[key]; ok {
		return b
	}
	return same
}

// index is the bit of an edit that is there already.
func (m *mix) index(e *edit) int {
	if i, ok := m.bits[e]; ok {
		return i
	}
	return same
}
