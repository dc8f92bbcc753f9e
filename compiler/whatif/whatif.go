// Package whatif applies changes that are in no file to a configuration, so
// that somebody can see what they would do before anybody writes them.
//
// It changes a copy and leaves the configuration that it was given alone. What
// follows from the changes is for resolve, the rules and the plan to say.
package whatif

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/near"
)

// Verb is what a change does. The zero value is invalid.
type Verb uint8

// The verbs.
const (
	AddLicense Verb = iota + 1
	RemoveLicense
	AddGroup
	RemoveGroup
	Migrate  // gives a Webex Calling license beside the Unified CM license, and a migration
	Complete // takes the Unified CM licenses of those who migrate
)

// Change is one change that is in no file. It is about a user, or about all
// members of a group.
type Change struct {
	Verb  Verb
	Name  string // of the license or the group that is added or removed; of Migrate the license, where it is named
	User  string // in any letters
	Group string
	Text  string // as it was written
}

// SyntaxError says that a change cannot be understood.
type SyntaxError struct{ Text, Problem string }

func (e *SyntaxError) Error() string { return fmt.Sprintf("%q: %s", e.Text, e.Problem) }

// Form is how a change is written, for messages.
const Form = `license add|remove NAME, group add|remove NAME, migrate [LICENSE] or complete, followed by --user ADDRESS or --group NAME`

var words = map[string]Verb{
	"license add": AddLicense, "license remove": RemoveLicense, "group add": AddGroup, "group remove": RemoveGroup,
	"migrate": Migrate, "complete": Complete,
}

// Parse reads a change, such as "license remove unifiedCM --group pharmacy". A
// name with blanks stands in quotes. The error is a [SyntaxError].
func Parse(text string) (Change, error) {
	c := Change{Text: text}
	fail := func(format string, args ...any) (Change, error) {
		return Change{}, &SyntaxError{text, fmt.Sprintf(format, args...)}
	}
	parts, ok := split(text)
	if !ok {
		return fail("a quote is not closed")
	}
	var plain []string
	for i := 0; i < len(parts); i++ {
		flag, value, inOne := strings.Cut(parts[i], "=")
		if flag != "--user" && flag != "--group" {
			plain = append(plain, parts[i])
			continue
		}
		if !inOne {
			if i++; i == len(parts) {
				return fail("%s needs a name behind it", flag)
			}
			value = parts[i]
		}
		if c.User+c.Group != "" {
			return fail("it is about one user or one group")
		}
		if flag == "--user" {
			c.User = value
		} else {
			c.Group = value
		}
	}
	n := min(len(plain), 2)
	if n > 0 && (plain[0] == "migrate" || plain[0] == "complete") {
		n = 1
	}
	if c.Verb, ok = words[strings.Join(plain[:n], " ")]; !ok {
		return fail("write %s", Form)
	}
	switch rest := plain[n:]; {
	case len(rest) == 1 && c.Verb != Complete:
		c.Name = rest[0]
	case len(rest) == 0 && (c.Verb == Migrate || c.Verb == Complete):
	default:
		return fail("write %s", Form)
	}
	if c.User+c.Group == "" {
		return fail("it does not say for whom: add --user ADDRESS or --group NAME")
	}
	return c, nil
}

// split breaks a line into words; quotes keep words together.
func split(text string) (parts []string, closed bool) {
	var quote rune
	var word strings.Builder
	open := false
	for _, r := range text {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, open = r, true
		case r == ' ' || r == '\t':
			if open {
				parts = append(parts, word.String())
			}
			word.Reset()
			open = false
		default:
			word.WriteRune(r)
			open = true
		}
	}
	if open {
		parts = append(parts, word.String())
	}
	return parts, quote == 0
}

// NotFoundError says that a change names something that is not there.
type NotFoundError struct {
	Text       string // the change
	What, Name string
	Near       string // what was probably meant; may be empty
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("%q: there is no %s called %q", e.Text, e.What, e.Name)
}

// ImpossibleError says that a change cannot be made, and why.
type ImpossibleError struct{ Text, Problem string }

func (e *ImpossibleError) Error() string { return fmt.Sprintf("%q: %s", e.Text, e.Problem) }

// Apply returns a copy of the configuration with the changes, one after
// another. Which of them concern nobody, since everything is so already, is in
// idle. The error is a [NotFoundError] or an [ImpossibleError].
func Apply(cfg *config.Config, changes []Change) (_ *config.Config, idle []Change, err error) {
	w := &world{Config: *cfg}
	w.Users, w.Groups = slices.Clone(cfg.Users), slices.Clone(cfg.Groups)
	for _, c := range changes {
		n, err := w.apply(c)
		if err != nil {
			return nil, nil, err
		}
		if n == 0 {
			idle = append(idle, c)
		}
	}
	return &w.Config, idle, nil
}

// world is the configuration that is being changed. Blocks and lists of groups
// are shared among users, also with the original, so they are replaced, and
// equal ones stay shared.
type world struct {
	config.Config
	blocks map[blockKey]*config.Block
	groups map[string][]int32
}

type blockKey struct {
	of     *config.Block
	change string
}

// apply makes one change and returns how many users it concerns.
func (w *world) apply(c Change) (int, error) {
	w.blocks, w.groups = map[blockKey]*config.Block{}, map[string][]int32{}
	users, err := w.whom(c)
	if err != nil {
		return 0, err
	}
	switch c.Verb {
	case AddLicense, RemoveLicense:
		if _, ok := w.License(c.Name); !ok {
			return 0, &NotFoundError{c.Text, "license", c.Name, near.One(c.Name, namesOf(w.Licenses, func(l *config.License) string { return l.Name }))}
		}
		return w.license(users, c.Name, c.Verb == AddLicense), nil
	case AddGroup, RemoveGroup:
		g, ok := w.Group(c.Name)
		if !ok {
			return 0, w.noGroup(c.Text, c.Name)
		}
		return w.member(c, users, int32(g))
	case Migrate:
		return w.migrate(c, users)
	case Complete:
		return w.complete(users), nil
	}
	return 0, fmt.Errorf("%w: %d", errVerb, c.Verb)
}

var errVerb = errors.New("no such change")

func (w *world) noGroup(text, name string) error {
	return &NotFoundError{text, "group", name, near.One(name, namesOf(w.Groups, func(g *config.Group) string { return g.Name }))}
}

// whom returns the users whom a change is about, by index.
func (w *world) whom(c Change) ([]int, error) {
	if c.User != "" {
		i, ok := w.User(c.User)
		if !ok {
			return nil, &NotFoundError{c.Text, "user", c.User, near.One(c.User, namesOf(w.Users, func(u *config.User) string { return u.Address }))}
		}
		return []int{i}, nil
	}
	g, ok := w.Group(c.Group)
	if !ok {
		return nil, w.noGroup(c.Text, c.Group)
	}
	var users []int
	for i := range w.Users {
		if slices.Contains(w.Users[i].Groups, int32(g)) {
			users = append(users, i)
		}
	}
	return users, nil
}

// edit replaces the block of a user by a changed copy. The same change to the
// same block gives the same copy.
func (w *world) edit(user int, change string, do func(*config.Block)) {
	key := blockKey{w.Users[user].Block, change}
	b := w.blocks[key]
	if b == nil {
		copied := *w.Users[user].Block
		b = &copied
		do(b)
		w.blocks[key] = b
	}
	w.Users[user].Block = b
}

func (w *world) license(users []int, name string, add bool) (changed int) {
	for _, u := range users {
		if slices.Contains(w.Users[u].Licenses, name) == add {
			continue
		}
		changed++
		w.edit(u, name, func(b *config.Block) {
			b.ByRoster = false
			if add {
				b.Licenses = append(slices.Clip(b.Licenses), name)
			} else {
				b.Licenses = slices.DeleteFunc(slices.Clone(b.Licenses), func(l string) bool { return l == name })
			}
		})
	}
	return changed
}

func (w *world) member(c Change, users []int, g int32) (changed int, err error) {
	add := c.Verb == AddGroup
	for _, u := range users {
		have := w.Users[u].Groups
		if slices.Contains(have, g) == add {
			continue
		}
		changed++
		if add {
			w.Groups[g].Members++
			have = append(slices.Clone(have), g)
			slices.Sort(have)
		} else {
			if w.Groups[g].Fits(w.Users[u].Attribute) {
				return 0, &ImpossibleError{c.Text, w.Users[u].Address + " is in the group since the attributes fit its where"}
			}
			w.Groups[g].Members--
			have = slices.DeleteFunc(slices.Clone(have), func(h int32) bool { return h == g })
		}
		w.Users[u].Groups = w.shared(have)
		w.edit(u, c.Name, func(b *config.Block) {
			// Only what the user lists is left: who else lists the user does not matter here.
			b.InGroups = slices.DeleteFunc(slices.Clone(b.InGroups), func(name string) bool { return name == c.Name })
			b.RosterGroups = min(b.RosterGroups, len(b.InGroups))
			if add {
				b.InGroups = slices.Insert(b.InGroups, len(b.InGroups)-b.RosterGroups, c.Name)
			}
		})
	}
	return changed, nil
}

// shared returns one list for all users with equal groups, as the rules and the
// plan know users with equal groups by their list.
func (w *world) shared(groups []int32) []int32 {
	key := fmt.Sprint(groups)
	if have, ok := w.groups[key]; ok {
		return have
	}
	w.groups[key] = groups
	return groups
}

// serviceOf returns the service that a license gives.
func (w *world) serviceOf(name string) config.Service {
	if i, ok := w.License(name); ok {
		return w.Licenses[i].Service
	}
	return 0
}

func (w *world) has(user int, s config.Service) bool {
	return slices.ContainsFunc(w.Users[user].Licenses, func(name string) bool { return w.serviceOf(name) == s })
}

func (w *world) migrate(c Change, users []int) (changed int, err error) {
	license, err := w.target(c)
	if err != nil {
		return 0, err
	}
	moving := slices.DeleteFunc(users, func(u int) bool { return !w.has(u, config.UnifiedCM) || w.has(u, config.WebexCalling) })
	changed = w.license(moving, license, true)
	if len(moving) == 0 {
		return 0, nil
	}
	if c.Group != "" {
		if g, _ := w.Group(c.Group); w.Groups[g].Migration == nil {
			w.Groups[g].Migration = &config.Migration{}
		}
		return changed, nil
	}
	for _, u := range moving {
		if w.Users[u].Migration == nil {
			w.edit(u, "migration", func(b *config.Block) { b.Migration = &config.Migration{} })
		}
	}
	return changed, nil
}

// target finds the Webex Calling license that people get when they migrate.
func (w *world) target(c Change) (string, error) {
	var all []string
	for i := range w.Licenses {
		if w.Licenses[i].Service == config.WebexCalling {
			all = append(all, w.Licenses[i].Name)
		}
	}
	switch {
	case c.Name != "" && slices.Contains(all, c.Name):
		return c.Name, nil
	case c.Name != "":
		return "", &NotFoundError{c.Text, "Webex Calling license", c.Name, near.One(c.Name, all)}
	case len(all) == 1:
		return all[0], nil
	case len(all) == 0:
		return "", &ImpossibleError{c.Text, "there is no Webex Calling license to give"}
	}
	return "", &ImpossibleError{c.Text, "say which license they get: migrate " + strings.Join(all, " or migrate ")}
}

func (w *world) complete(users []int) (changed int) {
	for _, u := range users {
		if !w.has(u, config.UnifiedCM) || !w.has(u, config.WebexCalling) {
			continue
		}
		changed++
		w.edit(u, "complete", func(b *config.Block) {
			b.ByRoster = false
			b.Licenses = slices.DeleteFunc(slices.Clone(b.Licenses), func(l string) bool { return w.serviceOf(l) == config.UnifiedCM })
		})
	}
	return changed
}

// Completed returns a copy of the configuration in which the migration of some
// users, given by index, is complete: they have no Unified CM license any more,
// and a Webex Calling license, whichever comes first where they had none.
func Completed(cfg *config.Config, users []int) *config.Config {
	w := &world{Config: *cfg, blocks: map[blockKey]*config.Block{}}
	w.Users = slices.Clone(cfg.Users)
	var beginners []int
	for _, u := range users {
		if !w.has(u, config.WebexCalling) {
			beginners = append(beginners, u)
		}
	}
	if i := slices.IndexFunc(w.Licenses, func(l config.License) bool { return l.Service == config.WebexCalling }); i >= 0 {
		w.license(beginners, w.Licenses[i].Name, true)
	}
	w.complete(users)
	return &w.Config
}

// namesOf lists what things are called.
func namesOf[T any](things []T, name func(*T) string) []string {
	names := make([]string, len(things))
	for i := range things {
		names[i] = name(&things[i])
	}
	return names
}
