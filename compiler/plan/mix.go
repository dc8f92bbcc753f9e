package plan

import (
	"maps"
	"slices"
	"strings"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
)

// mix is everything that decides one user's settings, in both states at once.
// Each difference is an edit with a bit; for any set of edits that are undone,
// it gives the levels that then hold. Users with equal inputs on both sides
// share one mix.
type mix struct {
	why   *attribution
	edits []*edit // the edits that may concern such a user; bit i stands for edits[i]

	edition  int // bit of the edition; -1: it is the same
	licenses [2][]string
	license  int
	services []int // bits of changed services of those licenses

	own       [2]config.Settings
	ownToggle map[int]int
	ownChoice map[config.Service]int

	groups    []mixGroup
	templates map[string]*mixTemplate

	results map[string][]*edit // by setting: the edits that cause its change
	mine    []*edit            // the edits that are about one user
}

// mixGroup is a group that a user is in on some side and that leads to a
// template on some side.
type mixGroup struct {
	member   [2]bool
	template [2]string
	joined   int // bit of the membership; -1: the same on both sides
	assigned int // bit of the assignment
}

type mixTemplate struct {
	settings [2]config.Settings
	rank     [2]int
	ranked   int // bit of the rank; -1: the same
	toggle   map[int]int
	choice   map[config.Service]int
}

const (
	atBase = 0
	atHead = 1
)

// undone says of each edit of a mix whether it is undone.
type undone []bool

// side is where a part with this bit is taken from.
func side(undone undone, bit int) int {
	if bit >= 0 && undone[bit] {
		return atBase
	}
	return atHead
}

// bit returns the number of an edit, which is added where it is new; -1 for none.
func (m *mix) bit(e *edit) int {
	if e == nil {
		return -1
	}
	if i := slices.Index(m.edits, e); i >= 0 {
		return i
	}
	m.edits = append(m.edits, e)
	return len(m.edits) - 1
}

func newMix(why *attribution, base, head *config.User) *mix {
	m := &mix{
		why: why, edition: -1, license: -1,
		licenses: [2][]string{base.Licenses, head.Licenses}, own: [2]config.Settings{base.Own, head.Own},
		ownToggle: map[int]int{}, ownChoice: map[config.Service]int{}, templates: map[string]*mixTemplate{},
		results: map[string][]*edit{},
	}
	m.edition = m.bit(why.edits.edition)
	m.licenseEdits()
	m.ownEdits()
	m.groupEdits(base, head)
	for i := range why.headCfg.Toggles {
		m.bit(why.edits.orgToggle[i])
	}
	for _, s := range config.Services {
		m.bit(why.edits.orgChoice[s])
	}
	for _, e := range m.edits {
		if e.personal() {
			m.mine = append(m.mine, e)
		}
	}
	return m
}

func (m *mix) licenseEdits() {
	if !slices.Equal(m.licenses[atBase], m.licenses[atHead]) {
		kind := License
		before := resolve.LicenseOf(m.why.baseCfg, m.licenses[atBase])
		after := resolve.LicenseOf(m.why.headCfg, m.licenses[atHead])
		if before != after && (before == resolve.Migrating || after == resolve.Migrating) {
			kind = Migration
		}
		m.license = m.bit(&edit{kind: kind, path: config.Path{"licenses"}, before: names(m.licenses[atBase]), after: names(m.licenses[atHead])})
	}
	for _, name := range slices.Concat(m.licenses[atBase], m.licenses[atHead]) {
		if e := m.why.edits.service[name]; e != nil {
			m.services = append(m.services, m.bit(e))
		}
	}
}

// names writes licenses as the value of an edit: null where there are none.
func names(list []string) any {
	if len(list) == 0 {
		return nil
	}
	return strings.Join(list, ", ")
}

func (m *mix) ownEdits() {
	own := &edits{}
	toggles, choices := map[int]*edit{}, map[config.Service]*edit{}
	own.settings(UserSetting, m.why.headCfg.Toggles, m.own[atBase], m.own[atHead], toggles, choices)
	for i := range m.why.headCfg.Toggles {
		if e := toggles[i]; e != nil {
			m.ownToggle[i] = m.bit(e)
		}
	}
	for _, s := range config.Services {
		if e := choices[s]; e != nil {
			m.ownChoice[s] = m.bit(e)
		}
	}
}

// groupEdits gathers the groups that can lead to a template.
func (m *mix) groupEdits(base, head *config.User) {
	in := map[string]*[2]bool{}
	var order []string
	note := func(cfg *config.Config, u *config.User, side int) {
		for _, g := range u.Groups {
			name := cfg.Groups[g].Name
			if in[name] == nil {
				in[name] = new([2]bool)
				order = append(order, name)
			}
			in[name][side] = true
		}
	}
	note(m.why.baseCfg, base, atBase)
	note(m.why.headCfg, head, atHead)
	slices.Sort(order)
	for _, name := range order {
		g := mixGroup{member: *in[name], joined: -1, assigned: m.bit(m.why.edits.assignment[name])}
		b, onBase := m.why.baseCfg.Group(name)
		h, onHead := m.why.headCfg.Group(name)
		if onBase {
			g.template = [2]string{templateOf(m.why.baseCfg, b), templateOf(m.why.baseCfg, b)}
		}
		if onHead {
			g.template[atHead] = templateOf(m.why.headCfg, h)
			if !onBase {
				g.template[atBase] = g.template[atHead]
			}
		}
		if g.member[atBase] != g.member[atHead] {
			e := &edit{kind: Membership, path: config.Path{"groups", name}, after: name}
			if g.member[atBase] {
				e.before, e.after = name, nil
			}
			g.joined = m.bit(e)
		}
		m.groups = append(m.groups, g)
		m.template(g.template[atBase])
		m.template(g.template[atHead])
	}
}

func (m *mix) template(name string) {
	if name == "" || m.templates[name] != nil {
		return
	}
	t := &mixTemplate{ranked: m.bit(m.why.edits.rank[name]), toggle: map[int]int{}, choice: map[config.Service]int{}}
	m.templates[name] = t
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
}

// value returns what a setting is when some edits are undone; nil where the
// setting is not there then.
func (m *mix) value(setting string, undone undone) any {
	s := resolve.Stack{Edition: &m.why.headCfg.Schema.Edition, Toggles: m.why.headCfg.Toggles}
	if side(undone, m.edition) == atBase {
		s.Edition = &m.why.baseCfg.Schema.Edition
	}
	toggle, isToggle := strings.CutPrefix(setting, "inCall.")
	if isToggle {
		if _, known := slices.BinarySearch(s.Edition.Toggles, toggle); !known {
			return nil
		}
		i, _ := m.why.headCfg.Toggle(toggle)
		m.toggleLevels(&s, i, undone)
		return s.Toggle(toggle).On
	}
	s.License = m.licenseClass(undone)
	if setting == "licenseClass" {
		return s.License.String()
	}
	m.choiceLevels(&s, undone)
	if setting == "callingBehavior" {
		return choiceOf(s.Calling())
	}
	if pending, ok := s.Pending(); ok {
		return choiceOf(pending)
	}
	return nil
}

// choiceOf is the value of a behavior as a bundle has it.
func choiceOf(b resolve.Behavior) any {
	c := bundle.Choice{Service: b.Service.String(), App: b.App, Profile: b.Profile, EmailDomain: b.HasProfile && b.Profile == ""}
	if b.Service == config.NoPaidCalling {
		c.Service = "none"
	}
	return c
}

func (m *mix) licenseClass(undone undone) resolve.LicenseClass {
	var webexCalling, unifiedCM bool
	for _, name := range m.licenses[side(undone, m.license)] {
		service := m.why.serviceOf(name, side(undone, m.index(m.why.edits.service[name])))
		webexCalling = webexCalling || service == config.WebexCalling
		unifiedCM = unifiedCM || service == config.UnifiedCM
	}
	return resolve.ClassOf(webexCalling, unifiedCM)
}

// winner returns the template that wins.
func (m *mix) winner(undone undone) (string, *mixTemplate) {
	var best *mixTemplate
	var name string
	bestRank := 0
	for i := range m.groups {
		g := &m.groups[i]
		t := g.template[side(undone, g.assigned)]
		if t == "" || !g.member[side(undone, g.joined)] {
			continue
		}
		mt := m.templates[t]
		if rank := mt.rank[side(undone, mt.ranked)]; best == nil || rank < bestRank || rank == bestRank && t < name {
			best, name, bestRank = mt, t, rank
		}
	}
	return name, best
}

func (m *mix) toggleLevels(s *resolve.Stack, i int, undone undone) {
	s.Levels[0].Source = resolve.Source{Level: resolve.User}
	s.Levels[0].InCall = m.own[side(undone, bitOf(m.ownToggle, i))].InCall
	if name, t := m.winner(undone); t != nil {
		s.Levels[1].Source = resolve.Source{Level: resolve.Template, Template: name}
		s.Levels[1].InCall = t.settings[side(undone, bitOf(t.toggle, i))].InCall
	}
	s.Levels[2].Source = resolve.Source{Level: resolve.Org}
	s.Levels[2].InCall = m.why.org(side(undone, m.index(m.why.edits.orgToggle[i]))).InCall
}

func (m *mix) choiceLevels(s *resolve.Stack, undone undone) {
	name, t := m.winner(undone)
	s.Levels[0].Source = resolve.Source{Level: resolve.User}
	if t != nil {
		s.Levels[1].Source = resolve.Source{Level: resolve.Template, Template: name}
	}
	s.Levels[2].Source = resolve.Source{Level: resolve.Org}
	for k, service := range config.Services {
		s.Levels[0].Behavior[k] = m.own[side(undone, bitOf(m.ownChoice, service))].For(service)
		if t != nil {
			s.Levels[1].Behavior[k] = t.settings[side(undone, bitOf(t.choice, service))].For(service)
		}
		s.Levels[2].Behavior[k] = m.why.org(side(undone, m.index(m.why.edits.orgChoice[service]))).For(service)
	}
}

func bitOf[K comparable](bits map[K]int, key K) int {
	if b, ok := bits[key]; ok {
		return b
	}
	return -1
}

// index is the bit of an edit that is there already, or -1.
func (m *mix) index(e *edit) int {
	if e == nil {
		return -1
	}
	return slices.Index(m.edits, e)
}

// maxExact is the number of edits up to which every set of them is tried. It
// is hardly ever more than five; people are in few groups with templates.
const maxExact = 16

// causes returns the edits that cause a setting to change: the union of the
// minimal sets of edits whose undoing restores the value before.
func (m *mix) causes(setting string) []*edit {
	if have, ok := m.results[setting]; ok {
		return have
	}
	relevant := m.relevant(setting)
	before := m.value(setting, m.all(relevant))
	scratch := make(undone, len(m.edits))
	restores := func(set uint64) bool {
		for i, bit := range relevant {
			scratch[bit] = set&(1<<i) != 0
		}
		return m.value(setting, scratch) == before
	}
	var union undone
	if len(relevant) <= maxExact {
		union = m.all(nil)
		for _, set := range minimalSets(len(relevant), restores) {
			for i, bit := range relevant {
				union[bit] = union[bit] || set&(1<<i) != 0
			}
		}
	} else {
		union = m.oneMinimalSet(setting, relevant, before)
	}
	var out []*edit
	for i, e := range m.edits {
		if union[i] {
			out = append(out, e)
		}
	}
	m.results[setting] = out
	return out
}

// all returns the set of these edits.
func (m *mix) all(bits []int) undone {
	u := make(undone, len(m.edits))
	for _, b := range bits {
		u[b] = true
	}
	return u
}

// relevant returns the bits of the edits that can touch a setting at all.
func (m *mix) relevant(setting string) []int {
	var out []int
	add := func(bit int) {
		if bit >= 0 && !slices.Contains(out, bit) {
			out = append(out, bit)
		}
	}
	add(m.edition)
	toggle, isToggle := strings.CutPrefix(setting, "inCall.")
	if !isToggle {
		add(m.license)
		for _, b := range m.services {
			add(b)
		}
	}
	if setting == "licenseClass" {
		return out
	}
	i, _ := m.why.headCfg.Toggle(toggle)
	services := config.Services[:]
	if isToggle {
		services = nil
		add(bitOf(m.ownToggle, i))
		add(m.index(m.why.edits.orgToggle[i]))
	}
	for _, s := range services {
		add(bitOf(m.ownChoice, s))
		add(m.index(m.why.edits.orgChoice[s]))
	}
	for k := range m.groups {
		if g := &m.groups[k]; g.template[atBase] != "" || g.template[atHead] != "" {
			add(g.joined)
			add(g.assigned)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.templates)) {
		t := m.templates[name]
		add(t.ranked)
		if isToggle {
			add(bitOf(t.toggle, i))
		}
		for _, s := range services {
			add(bitOf(t.choice, s))
		}
	}
	return out
}

// minimalSets tries every set of n edits, the small ones first, and passes by
// those that contain one that was found.
func minimalSets(n int, restores func(set uint64) bool) []uint64 {
	var found []uint64
	for size := 1; size <= n; size++ {
		for set := uint64(1)<<size - 1; set < 1<<n; {
			if !slices.ContainsFunc(found, func(f uint64) bool { return f&^set == 0 }) && restores(set) {
				found = append(found, set)
			}
			low := set & -set // the next set with as many bits
			next := set + low
			set = next | (set^next)>>2/low
		}
	}
	return found
}

// oneMinimalSet takes edits back out of the set of all as long as the rest still restores.
func (m *mix) oneMinimalSet(setting string, relevant []int, before any) undone {
	u := m.all(relevant)
	for _, b := range relevant {
		u[b] = false
		if m.value(setting, u) != before {
			u[b] = true
		}
	}
	return u
}
