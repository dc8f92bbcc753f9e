package load

import (
	"cmp"
	"encoding/binary"
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/check"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/identity"
	"callpolicy/compiler/near"
	"callpolicy/compiler/syntax"
	"callpolicy/schema"
)

// unit is what one document says, checked against the schema and decoded. It
// depends on no other file, so units are made side by side and may be kept.
type unit struct {
	origin *unit // what this is a copy of, which no compilation changes
	source config.Document
	doc    int32 // index into files.docs, set when units are put together
	diags  diag.List
	broken bool // the file could not be read, so nobody knows what it defines

	org         []config.Org // at most one
	licenses    []config.License
	profiles    []config.Profile
	templates   []config.Template
	groups      []group
	users       []config.User // by address once the unit was packed; Groups not yet linked
	waivers     []config.Waiver
	hasLicenses bool
}

// group is a Group whose references are still names.
type group struct {
	config.Group
	template string
	members  []listed
}

// listed is an address in a list, and its index there.
type listed struct {
	index   int
	address string
}

// decoder turns the tree of one document into a unit.
type decoder struct {
	check.Checker
	schema  *schema.Schema
	toggles []string
	unit    *unit
	blocks  map[string]*config.Block // by what is written in them
	key     []byte                   // scratch: what is written in the block at hand
}

// decode checks and decodes one document.
func decode(s *schema.Schema, toggles []string, tree *syntax.Tree) *unit {
	d := &decoder{
		Checker: check.Checker{Tree: tree, Edition: &s.Edition}, schema: s, toggles: toggles,
		unit: &unit{}, blocks: map[string]*config.Block{},
	}
	d.document(tree.Root)
	d.unit.diags = d.Diags
	return d.unit
}

func (d *decoder) document(root *syntax.Node) {
	top := &check.Trail{}
	var meant []string
	if !d.Mapping(root, d.schema.Policy, top) {
		return
	}
	for i := range root.Len() {
		key, val := root.Key(i), root.Val(i)
		here := top.At(key)
		f := d.schema.Policy.Field(key.Value)
		if d.schema.Policy.LeavesAlone(key.Value) {
			continue
		}
		if f == nil {
			name := d.Unknown(root, key, d.schema.Policy, meant, top, here)
			meant = append(meant, name)
			// Of a section with a slip in its name the faults show, but what it
			// defines is not taken: names that lead there are no faults of their own.
			d.unit.broken = d.unit.broken || near.One(key.Value, d.schema.Policy.Names()) != ""
			if f = d.schema.Policy.Field(name); f != nil && f.Rule == "" && val.Kind != syntax.Empty {
				d.Check(val, f.Type, here)
			}
			continue
		}
		switch {
		case f.Rule != "":
			d.Forbidden(f, key, val, here)
			continue
		case key.Value == "users":
			d.users(val, f.Type, here) // there may be many; each is checked as it is decoded
			continue
		}
		d.Check(val, f.Type, here)
		d.section(key, val)
	}
}

// section decodes one top-level section. Of what is wrong in it, which has been
// reported, it takes what it can, so that references to it do not fail as well.
func (d *decoder) section(key, val *syntax.Node) {
	u := d.unit
	switch key.Value {
	case "org":
		u.org = append(u.org, config.Org{Settings: d.settings(val), Locks: locks(val), At: at(key)})
	case "licenses":
		u.hasLicenses = true
		each(val, func(key, val *syntax.Node) {
			l := config.License{Name: key.Value, ControlHubName: str(val, "controlHubName"), Purchased: -1, At: at(key)}
			switch str(val, "service") {
			case "webexCalling":
				l.Service = config.WebexCalling
			case "unifiedCM":
				l.Service = config.UnifiedCM
			case "none":
			default:
				l.Unsure = true
			}
			if n, ok := integer(val, "purchased"); ok {
				l.Purchased = n
			}
			u.licenses = append(u.licenses, l)
		})
	case "ucManagerProfiles":
		each(val, func(key, val *syntax.Node) {
			u.profiles = append(u.profiles, config.Profile{
				Name: key.Value, VoiceServicesDomain: str(val, "voiceServicesDomain"), UDSServer: str(val, "udsServer"), ID: str(val, "id"), At: at(key),
			})
		})
	case "templates":
		each(val, func(key, val *syntax.Node) {
			rank, _ := integer(val, "rank")
			u.templates = append(u.templates, config.Template{
				Name: key.Value, Rank: rank, Description: str(val, "description"), Settings: d.settings(val), Locks: locks(val), At: at(key),
			})
		})
	case "groups":
		each(val, func(key, val *syntax.Node) {
			u.groups = append(u.groups, group{
				Group:    config.Group{Name: key.Value, Template: -1, Where: conditions(get(val, "where")), Migration: migration(val), At: at(key)},
				template: str(val, "template"),
				members:  d.addresses(get(val, "members")),
			})
		})
	case "waivers":
		if val.Kind == syntax.List {
			for i := range val.Items {
				w := &val.Items[i]
				u.waivers = append(u.waivers, config.Waiver{
					Rule: str(w, "rule"), User: d.address(str(w, "user")), Group: str(w, "group"),
					Reason: str(w, "reason"), Owner: str(w, "owner"), Expires: date(w, "expires"), At: at(w),
				})
			}
		}
	}
}

// addresses returns what is an address in a list of them. What is not has been
// reported, and would only be reported again as somebody whom nobody knows.
func (d *decoder) addresses(n *syntax.Node) []listed {
	if n == nil || n.Kind != syntax.List {
		return nil
	}
	out := make([]listed, 0, len(n.Items))
	for i := range n.Items {
		if item := &n.Items[i]; item.Kind == syntax.String && d.address(item.Value) != "" {
			out = append(out, listed{i, item.Value})
		}
	}
	return out
}

// address returns an address, or nothing for what is not one.
func (d *decoder) address(s string) string {
	if pattern := d.schema.Policy.Field("users").Type.Key; pattern != nil && !pattern.MatchString(s) {
		return ""
	}
	return s
}

// users decodes people. What is written about a user is compared with what was
// written about others before it is looked at: most people have what somebody
// else has, and it is checked once for all of them.
func (d *decoder) users(n *syntax.Node, t *schema.Type, here *check.Trail) {
	if !d.Mapping(n, t, here) {
		return
	}
	d.unit.users = slices.Grow(d.unit.users, n.Len())
	for i := range n.Len() {
		key, val := n.Key(i), n.Val(i)
		user := here.At(key)
		d.Checker.Key(key, t, user)
		d.unit.users = append(d.unit.users, config.User{
			Address: key.Value, Key: identity.Address(key.Value), Block: d.block(val, t.Elem, user), At: at(key),
		})
	}
}

func (d *decoder) block(n *syntax.Node, t *schema.Type, here *check.Trail) *config.Block {
	d.key = fingerprint(d.key[:0], n)
	if b := d.blocks[string(d.key)]; b != nil {
		return b
	}
	before := len(d.Diags)
	d.Check(n, t, here)
	b := &config.Block{
		Licenses: strs(get(n, "licenses")), InGroups: strs(get(n, "groups")), Own: d.settings(n),
		Migration: migration(n), Previously: strs(get(n, "previously")),
	}
	if b.Licenses == nil && get(n, "licenses") != nil {
		b.Licenses = []string{} // that there are none is said as well
	}
	each(get(n, "attributes"), func(key, val *syntax.Node) {
		b.Attributes = append(b.Attributes, config.Attribute{Name: key.Value, Value: val.Value})
	})
	slices.SortFunc(b.Attributes, func(x, y config.Attribute) int { return cmp.Compare(x.Name, y.Name) })
	if len(d.Diags) == before { // one that is at fault is looked at again wherever it is written
		d.blocks[string(d.key)] = b
	}
	return b
}

// fingerprint appends everything that a node says, but not where, so that two
// nodes have the same fingerprint exactly if they say the same.
func fingerprint(b []byte, n *syntax.Node) []byte {
	b = append(b, byte(n.Kind))
	b = binary.AppendUvarint(b, uint64(len(n.Value)))
	b = append(b, n.Value...)
	b = binary.AppendUvarint(b, uint64(len(n.Items)))
	for i := range n.Items {
		b = fingerprint(b, &n.Items[i])
	}
	return b
}

func (d *decoder) settings(n *syntax.Node) config.Settings {
	var s config.Settings
	each(get(n, "callingBehavior"), func(key, val *syntax.Node) {
		for _, service := range config.Services {
			if service.String() == key.Value {
				s.Behavior[service-1] = config.Choice{
					App: str(val, "app"), Profile: str(val, "ucManagerProfile"), EmailDomain: str(val, "domain") == "email",
				}
			}
		}
	})
	each(get(n, "inCall"), func(key, val *syntax.Node) {
		if i, ok := slices.BinarySearch(d.toggles, key.Value); ok && val.Kind == syntax.Bool {
			s.InCall = s.InCall.With(i, val.Value == "true")
		}
	})
	return s
}

func locks(n *syntax.Node) []config.Lock {
	var out []config.Lock
	each(get(n, "locks"), func(key, val *syntax.Node) {
		if val.Value == "fixed" || val.Value == "offOnly" {
			out = append(out, config.Lock{Setting: key.Value, OffOnly: val.Value == "offOnly"})
		}
	})
	slices.SortFunc(out, func(a, b config.Lock) int { return cmp.Compare(a.Setting, b.Setting) })
	return out
}

func migration(n *syntax.Node) *config.Migration {
	m := get(n, "migration")
	if m == nil || m.Kind != syntax.Map && m.Kind != syntax.Empty {
		return nil
	}
	ready := get(m, "webexCallingReady")
	return &config.Migration{CompleteBy: date(m, "completeBy"), WebexCallingReady: ready != nil && ready.Value == "true"}
}

func conditions(n *syntax.Node) []config.Condition {
	var out []config.Condition
	each(n, func(key, val *syntax.Node) {
		c := config.Condition{Attribute: key.Value, Values: strs(val)}
		if val.Kind == syntax.String {
			c.Values = []string{val.Value}
		}
		slices.Sort(c.Values)
		out = append(out, c)
	})
	slices.SortFunc(out, func(a, b config.Condition) int { return cmp.Compare(a.Attribute, b.Attribute) })
	return out
}

// The helpers below read what has been checked; of a value of the wrong kind
// they take nothing.

func at(n *syntax.Node) config.Place { return config.Place{Line: n.Line, Col: n.Col} }

func each(n *syntax.Node, do func(key, val *syntax.Node)) {
	if n == nil || n.Kind != syntax.Map {
		return
	}
	for i := range n.Len() {
		do(n.Key(i), n.Val(i))
	}
}

func get(n *syntax.Node, key string) *syntax.Node {
	v, _ := n.Get(key)
	return v
}

func str(n *syntax.Node, key string) string {
	if v := get(n, key); v != nil && v.Kind == syntax.String {
		return v.Value
	}
	return ""
}

func date(n *syntax.Node, key string) string {
	if v := get(n, key); v != nil && v.Kind == syntax.Date {
		return v.Value
	}
	return str(n, key)
}

func strs(n *syntax.Node) []string {
	if n == nil || n.Kind != syntax.List || len(n.Items) == 0 {
		return nil
	}
	out := make([]string, 0, len(n.Items))
	for i := range n.Items {
		if n.Items[i].Kind == syntax.String {
			out = append(out, n.Items[i].Value)
		}
	}
	return out
}

func integer(n *syntax.Node, key string) (int, bool) {
	v := get(n, key)
	if v == nil {
		return 0, false
	}
	return check.PlainInt(v)
}
