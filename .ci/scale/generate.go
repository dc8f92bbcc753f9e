package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// organization is the made-up organization that everything is measured on. The
// same numbers give the same bytes, on any machine.
type organization struct {
	users, files int    // people, and the policy files that hold them
	form         string // yaml, cue, or roster: everybody in a CSV file, and some in YAML as well
	guardrails   int    // rules of its own
}

const (
	groups      = 400
	templates   = 12
	departments = 40
	sites       = 60
	inYAML      = 20_000 // of a roster: whom the policy files speak of
)

// write writes the repository into a folder.
func (o organization) write(dir string) error {
	project := "apiVersion: callpolicy/v1\nedition: classic\norganization: Scale\n"
	if o.form == "roster" {
		project += "roster: [roster/people.csv]\n"
	}
	project += "targets:\n  local: { dir: build/bundles, layout: store }\n"
	err := errors.Join(
		file(filepath.Join(dir, "callpolicy.yaml"), text(project)),
		file(filepath.Join(dir, ".gitignore"), text("build/\n")),
		file(filepath.Join(dir, "policies", "org.yaml"), text(orgFile)),
		file(filepath.Join(dir, "policies", "templates.yaml"), writeTemplates),
		file(filepath.Join(dir, "policies", "groups.yaml"), o.writeGroups),
	)
	if o.guardrails > 0 {
		err = errors.Join(err, file(filepath.Join(dir, "guardrails", "house.cue"), o.writeGuardrails))
	}
	inFiles := o.users
	if o.form == "roster" {
		err = errors.Join(err, file(filepath.Join(dir, "roster", "people.csv"), o.writeRoster))
		inFiles = min(inFiles, inYAML)
	}
	if err != nil {
		return err
	}
	for i := range o.files {
		first, last := i*inFiles/o.files, (i+1)*inFiles/o.files
		name := fmt.Sprintf("%06d.yaml", i)
		write := func(w io.Writer) error { return o.writeUsers(w, i, first, last) }
		if o.form == "cue" {
			name, write = fmt.Sprintf("%06d.cue", i), func(w io.Writer) error { return o.writeCUE(w, first, last) }
		}
		// A thousand files to a folder, as nobody looks into one with more.
		if err := file(filepath.Join(dir, "policies", "users", fmt.Sprintf("%03d", i/1000), name), write); err != nil {
			return err
		}
	}
	return nil
}

// file writes a file and the folders above it.
func file(name string, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	buf := bufio.NewWriterSize(f, 1<<16)
	return errors.Join(write(buf), buf.Flush(), f.Close())
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

const orgFile = `# What applies to everybody.
org:
  callingBehavior:
    webexCalling:  { app: webex }
    unifiedCM:     { app: webex, ucManagerProfile: north }
    noPaidCalling: { app: webex }
  inCall:
    requestRemoteControl: true
    videoOnDesktop: true
    videoOnMobile: true
    screenSharing: true

licenses:
  webexCalling: { service: webexCalling, controlHubName: Webex Calling - Professional, purchased: 2000000 }
  unifiedCM:    { service: unifiedCM, controlHubName: Unified Communication Manager (UCM), purchased: 2000000 }
  messaging:    { service: none }

ucManagerProfiles:
  north: { voiceServicesDomain: ucm-north.scale.example, id: Tm9ydGg }
  south: { voiceServicesDomain: ucm-south.scale.example, id: U291dGg }
`

// writeTemplates leaves video on phones to the templates: overrides are of the
// other toggles, so those that switch one off always say something new.
func writeTemplates(w io.Writer) error {
	var b strings.Builder
	b.WriteString("templates:\n")
	for i := range templates {
		fmt.Fprintf(&b, "  template-%02d:   # %d of %d\n    rank: %d\n    description: Template %d\n    inCall:\n"+
			"      requestRemoteControl: true\n      screenSharing: true\n      videoOnDesktop: true\n      videoOnMobile: %t\n",
			i, i+1, templates, 10*(i+1), i, i%2 == 1)
	}
	return text(b.String())(w)
}

// writeGroups writes groups of three kinds: those that people list themselves,
// those with a list of members, and those with a condition.
func (o organization) writeGroups(w io.Writer) error {
	r := rand.New(rand.NewPCG(2, 0))
	var b strings.Builder
	b.WriteString("# Groups, as in the directory.\ngroups:\n")
	for i := range groups {
		fmt.Fprintf(&b, "  %s:\n    description: Group %d\n", group(i), i)
		if i%4 == 0 {
			fmt.Fprintf(&b, "    template: template-%02d\n", i/4%templates)
		}
		switch {
		case i%20 == 3:
			b.WriteString("    members:\n")
			for range min(20, o.users) {
				fmt.Fprintf(&b, "      - %s\n", address(r.IntN(o.inFiles())))
			}
		case i%50 == 7:
			fmt.Fprintf(&b, "    where: { department: %s, site: [%s, %s] }\n", department(i), site(i), site(i+1))
		}
	}
	return text(b.String())(w)
}

func (o organization) inFiles() int {
	if o.form == "roster" {
		return min(o.users, inYAML)
	}
	return o.users
}

func (o organization) writeGuardrails(w io.Writer) error {
	var b strings.Builder
	b.WriteString("package guardrails\n")
	for i := range o.guardrails {
		fmt.Fprintf(&b, "\nrules: \"house.rule-%02d\": {\n\ttitle:    \"Rule %d\"\n\tseverity: \"warning\"\n", i, i)
		switch i % 3 {
		case 0:
			fmt.Fprintf(&b, "\twhen: attributes: department: %q\n\trequire: effective: callingBehavior: app: value: !=\"thirdParty\"\n", department(i))
		case 1:
			fmt.Fprintf(&b, "\twhen: {licenseClass: \"unifiedCM\", attributes: site: %q}\n\tforbid: effective: callingBehavior: app: value: \"webexCallingApp\"\n", site(i))
		case 2:
			fmt.Fprintf(&b, "\twhen: groups: %q: _\n\trequire: effective: inCall: screenSharing: value: bool\n", group(i))
		}
		b.WriteString("}\n")
	}
	return text(b.String())(w)
}

// address returns the address of a person. Neighbors in a file are no neighbors
// in the alphabet, as where files are those of departments.
func address(i int) string {
	h := i * 7919
	return fmt.Sprintf("%s.%s%05d@scale.example", firstNames[h%len(firstNames)], lastNames[h/7%len(lastNames)], i)
}

var (
	firstNames = []string{
		"anna", "bas", "carla", "daan", "eva", "femke", "gijs", "hanna", "ivo", "joost", "karin", "lars", "maria",
		"niels", "olga", "peter", "quirine", "ruud", "sanne", "tom", "ursula", "vera", "wim", "yara", "zoe",
	}
	lastNames = []string{"jansen", "de.vries", "bakker", "visser", "smit", "meijer", "de.boer", "mulder", "bos", "vos", "peters", "hendriks", "dekker"}
)

func group(i int) string      { return fmt.Sprintf("group-%03d", i%groups) }
func department(i int) string { return fmt.Sprintf("Department %02d", i%departments) }
func site(i int) string       { return fmt.Sprintf("Site %02d", i%sites) }

// person is what there is to say of one user.
type person struct {
	address          string
	licenses, groups []string
	department, site string
	behavior         string // service and app, in flow style
	toggle           string // the user's own setting, mostly to switch it off
	on               bool   // as it is anyway: some always write down what goes without saying
	migration        string // completeBy
}

func (o organization) person(i int) person {
	r := rand.New(rand.NewPCG(1, uint64(i)))
	p := person{address: address(i)}
	switch n := r.IntN(100); {
	case n < 50:
		p.licenses = []string{"webexCalling"}
	case n < 88:
		p.licenses = []string{"unifiedCM"}
	case n < 99:
		p.licenses = []string{"messaging"}
	default:
		p.licenses, p.migration = []string{"webexCalling", "unifiedCM"}, fmt.Sprintf("2028-%02d-01", 1+r.IntN(12))
	}
	// Most people have the groups and labels of their place of work; some are in
	// more groups.
	home := r.IntN(150)
	p.department, p.site = department(home), site(7*home+r.IntN(3))
	p.groups = []string{group(home), group(150 + home%100)}
	if r.IntN(10) == 0 {
		p.groups = append(p.groups, group(250+r.IntN(150)))
	}
	switch {
	case p.migration != "":
		p.behavior = "unifiedCM: { app: jabber }" // the Webex App cannot serve both
	case r.IntN(100) < 4:
		switch n := r.IntN(3); {
		case n == 0 && p.licenses[0] == "unifiedCM":
			p.behavior = "unifiedCM: { app: jabber }"
		case n == 0 && p.licenses[0] == "webexCalling":
			p.behavior = "webexCalling: { app: webexCallingApp }"
		case n == 1 && p.licenses[0] == "webexCalling":
			p.toggle = "screenSharing"
		default:
			p.toggle = "videoOnDesktop"
		}
		p.on = p.toggle != "" && r.IntN(4) == 0
	}
	return p
}

// writeUsers writes a file of users. Files differ in style, as they do where
// many people write them: blocks, flow mappings, quotes, comments, CR LF.
func (o organization) writeUsers(w io.Writer, nth, first, last int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# People, part %d. Ask the service desk before you change anything here.\nusers:\n", nth)
	for i := first; i < last; i++ {
		p := o.person(i)
		if o.form == "roster" {
			p.entry(&b)
			continue
		}
		switch nth % 5 {
		case 0, 1:
			p.block(&b)
		case 2, 3:
			p.flow(&b, i)
		default:
			p.quoted(&b)
		}
	}
	out := b.String()
	if nth%10 == 9 {
		out = strings.ReplaceAll(out, "\n", "\r\n")
	}
	return text(out)(w)
}

func (p *person) block(b *strings.Builder) {
	fmt.Fprintf(b, "  %s:\n    licenses: [%s]\n    groups: [%s]\n    attributes: { department: %s, site: %s }\n",
		p.address, strings.Join(p.licenses, ", "), strings.Join(p.groups, ", "), p.department, p.site)
	p.settings(b)
}

func (p *person) settings(b *strings.Builder) {
	if p.behavior != "" {
		fmt.Fprintf(b, "    callingBehavior: { %s }\n", p.behavior)
	}
	if p.toggle != "" {
		fmt.Fprintf(b, "    inCall: { %s: %t }   # asked for by the user\n", p.toggle, p.on)
	}
	if p.migration != "" {
		fmt.Fprintf(b, "    migration: { completeBy: %s }\n", p.migration)
	}
}

// entry is what a policy file says of somebody whom the directory lists.
func (p *person) entry(b *strings.Builder) {
	if p.behavior == "" && p.toggle == "" {
		p.toggle = "videoOnDesktop"
	}
	fmt.Fprintf(b, "  %s:\n", p.address)
	p.settings(b)
}

func (p *person) flow(b *strings.Builder, i int) {
	if i%25 == 0 {
		fmt.Fprintf(b, "\n  # --- %s ---\n", p.site)
	}
	fmt.Fprintf(b, "  %s: { licenses: [%s], groups: [%s], attributes: { department: %s, site: %s }",
		p.address, strings.Join(p.licenses, ", "), strings.Join(p.groups, ", "), p.department, p.site)
	if p.behavior != "" {
		fmt.Fprintf(b, ", callingBehavior: { %s }", p.behavior)
	}
	if p.toggle != "" {
		fmt.Fprintf(b, ", inCall: { %s: %t }", p.toggle, p.on)
	}
	if p.migration != "" {
		fmt.Fprintf(b, ", migration: { completeBy: %s }", p.migration)
	}
	b.WriteString(" }\n")
}

func (p *person) quoted(b *strings.Builder) {
	fmt.Fprintf(b, "  %q:\n    licenses:\n", p.address)
	for _, l := range p.licenses {
		fmt.Fprintf(b, "      - %s\n", l)
	}
	b.WriteString("    groups:\n")
	for _, g := range p.groups {
		fmt.Fprintf(b, "      - %q\n", g)
	}
	fmt.Fprintf(b, "    attributes:\n      department: '%s'\n      site: '%s'\n", p.department, p.site)
	if p.behavior != "" {
		service, app, _ := strings.Cut(strings.NewReplacer("{", "", "}", "").Replace(p.behavior), ":")
		fmt.Fprintf(b, "    callingBehavior:\n      %s:\n        %s\n", service, strings.TrimSpace(app))
	}
	if p.toggle != "" {
		fmt.Fprintf(b, "    inCall:\n      %s: %t\n", p.toggle, p.on)
	}
	if p.migration != "" {
		fmt.Fprintf(b, "    migration:\n      completeBy: %s\n", p.migration)
	}
}

func (o organization) writeCUE(w io.Writer, first, last int) error {
	var b strings.Builder
	b.WriteString("package people\n\nusers: {\n")
	for i := first; i < last; i++ {
		p := o.person(i)
		fmt.Fprintf(&b, "\t%q: {\n\t\tlicenses: %s\n\t\tgroups: %s\n\t\tattributes: {department: %q, site: %q}\n",
			p.address, quoted(p.licenses), quoted(p.groups), p.department, p.site)
		if p.behavior != "" {
			service, app, _ := strings.Cut(strings.NewReplacer("{", "", "}", "").Replace(p.behavior), ":")
			_, app, _ = strings.Cut(app, ":")
			fmt.Fprintf(&b, "\t\tcallingBehavior: %s: app: %q\n", service, strings.TrimSpace(app))
		}
		if p.toggle != "" {
			fmt.Fprintf(&b, "\t\tinCall: %s: %t\n", p.toggle, p.on)
		}
		if p.migration != "" {
			fmt.Fprintf(&b, "\t\tmigration: completeBy: %q\n", p.migration)
		}
		b.WriteString("\t}\n")
	}
	b.WriteString("}\n")
	return text(b.String())(w)
}

func quoted(words []string) string {
	return strings.ReplaceAll(fmt.Sprintf("%q", words), `" "`, `", "`)
}

// writeRoster writes everybody as the directory exports them: addresses,
// licenses, groups and labels. What else the policy files say of some, such as
// an override, stands there.
func (o organization) writeRoster(w io.Writer) error {
	if _, err := io.WriteString(w, "user,licenses,groups,department,site\n"); err != nil {
		return err
	}
	for i := range o.users {
		p := o.person(i)
		if i >= inYAML {
			// Nobody else has a migration: that is for the policy files to say.
			p.licenses = p.licenses[:1]
		}
		if _, err := fmt.Fprintf(w, "%s,%s,%s,%s,%s\n", p.address, strings.Join(p.licenses, ";"), strings.Join(p.groups, ";"),
			cmp.Or(p.department, "none"), p.site); err != nil {
			return err
		}
	}
	return nil
}
