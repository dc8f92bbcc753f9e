package bundle

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"callpolicy/compiler/jabber"
)

// Variant is one distinct pair of Jabber configurations, and who needs it:
// Unified CM hands configurations out to many users at once, through a Service
// Profile or a file on its TFTP servers, never to one.
type Variant struct {
	Name            string // v and twelve hexadecimal digits, of what it says
	Desktop, Mobile []jabber.Parameter
	Users           []int32 // of the config, in order
}

// The files in the folder of a variant.
const (
	ServiceProfileFile       = "service-profile.csv"
	ServiceProfileMobileFile = "service-profile-mobile.csv"
	VariantUsersFile         = "users.txt"
)

const (
	jabberFolder     = "jabber/"
	jabberReadmeFile = "README.md"
)

// jabberOutput is everything below the folder jabber.
type jabberOutput struct {
	variants []*Variant
	files    []File // by path
	digests  map[string]Digest
}

// Variants returns the pairs of Jabber configurations that somebody needs, by
// name. They are not to be changed.
func (s *Set) Variants() []*Variant { return s.jabber().variants }

func (s *Set) jabberFiles() []File { return s.jabber().files }

func (s *Set) jabberDigests() map[string]Digest { return s.jabber().digests }

// renderJabber gathers the variants, and writes their files.
func (s *Set) renderJabber() *jabberOutput {
	out := &jabberOutput{digests: map[string]Digest{}}
	byName := map[string]*Variant{}
	ofBundle := make([]*Variant, len(s.bundles))
	for i, b := range s.bundles {
		desktop, mobile := b.File(JabberConfigFile), b.File(JabberConfigMobileFile)
		if desktop == nil && mobile == nil {
			continue
		}
		sum := New([]File{{JabberConfigFile, desktop}, {JabberConfigMobileFile, mobile}}).Digest
		name := "v" + hex.EncodeToString(sum[:6])
		if byName[name] == nil {
			byName[name] = &Variant{Name: name, Desktop: parametersOf(desktop), Mobile: parametersOf(mobile)}
			out.variants = append(out.variants, byName[name])
		}
		ofBundle[i] = byName[name]
	}
	for user, b := range s.of {
		if v := ofBundle[b]; v != nil {
			v.Users = append(v.Users, int32(user))
		}
	}
	slices.SortFunc(out.variants, func(a, b *Variant) int { return cmp.Compare(a.Name, b.Name) })
	if len(out.variants) == 0 {
		return out
	}
	out.files = append(out.files, File{jabberReadmeFile, s.jabberReadme(out.variants)})
	for _, v := range out.variants {
		out.files = append(out.files, s.variantFiles(v)...)
	}
	slices.SortFunc(out.files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	for _, f := range out.files {
		out.digests[f.Name] = sha256.Sum256(f.Data)
	}
	return out
}

// parametersOf reads a fragment of our own.
func parametersOf(fragment []byte) []jabber.Parameter {
	parameters, err := jabber.Parameters(fragment)
	if err != nil {
		panic(fmt.Sprintf("bundle: a configuration of our own cannot be read: %v", err))
	}
	return parameters
}

func (s *Set) variantFiles(v *Variant) []File {
	files := []File{{v.Name + "/" + VariantUsersFile, s.variantUsers(v)}}
	if v.Desktop != nil {
		files = append(files,
			File{v.Name + "/" + JabberConfigFile, s.configuration(v.Desktop)},
			File{v.Name + "/" + ServiceProfileFile, jabber.ServiceProfile(v.Desktop)})
	}
	if v.Mobile != nil { // a file on a TFTP server serves desktop and mobile clients alike
		files = append(files, File{v.Name + "/" + ServiceProfileMobileFile, jabber.ServiceProfile(v.Mobile)})
	}
	return files
}

// configuration is the whole file to upload where the organization's own is
// known, and else a fragment.
func (s *Set) configuration(parameters []jabber.Parameter) []byte {
	if s.cfg.Jabber == nil {
		return jabber.Fragment(parameters)
	}
	data, err := s.cfg.Jabber.Merge(parameters)
	if err != nil { // it was read before, when it was loaded
		panic(fmt.Sprintf("bundle: %s cannot be merged into: %v", s.cfg.Jabber.File, err))
	}
	return data
}

func (s *Set) variantUsers(v *Variant) []byte {
	var b bytes.Buffer
	for _, user := range v.Users {
		b.WriteString(s.cfg.Users[user].Key)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// isJabberFile reports whether callpolicy writes a file of this path below the
// folder jabber.
func isJabberFile(name string) bool {
	if name == jabberReadmeFile {
		return true
	}
	variant, file := path.Split(name)
	digits, v := strings.CutPrefix(strings.TrimSuffix(variant, "/"), "v")
	_, err := hex.DecodeString(digits)
	return v && err == nil && len(digits) == 12 && digits == strings.ToLower(digits) && variant == "v"+digits+"/" &&
		slices.Contains([]string{JabberConfigFile, JabberConfigMobileFile, ServiceProfileFile, ServiceProfileMobileFile, VariantUsersFile}, file)
}

// IntactJabber reads every file below the folder jabber. The error is a
// [*DamagedError] where one is gone or is not what the manifest means, or what
// the file system said.
func (m *Manifest) IntactJabber(fsys fs.FS) error {
	for name, want := range m.Jabber {
		data, err := readListed(fsys, jabberFolder+name)
		if err != nil {
			return err
		}
		if sha256.Sum256(data) != want {
			return &DamagedError{jabberFolder + name, errors.New("its digest is not the one in the manifest")}
		}
	}
	return nil
}

// jabberReadme says what to do with the files beside it.
func (s *Set) jabberReadme(variants []*Variant) []byte {
	var b bytes.Buffer
	b.WriteString(`# Configurations for Unified CM

Written by callpolicy: whatever is changed here is lost with the next run.

Video, and some of what Cisco Jabber does, is decided for Unified CM users by
their Jabber configuration, which the Webex App reads, too. A parameter that is
set in it beats what Control Hub says. Each folder holds one configuration, for
the people in its ` + VariantUsersFile + `.

| Folder | Users | Desktop | Mobile |
| --- | ---: | --- | --- |
`)
	for _, v := range variants {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", v.Name, strconv.Itoa(len(v.Users)), inWords(v.Desktop), inWords(v.Mobile))
	}
	b.WriteString(`
## On Unified CM 12.5 and later: a Service Profile for each folder

1. Find the Service Profile that the people in ` + VariantUsersFile + ` have now, and
   look into its section "Jabber Client Configuration (jabber-config.xml) Profile".
2. Where a UC Service is chosen there, add the rows of ` + ServiceProfileFile + ` to
   it: Section, Parameter, Value. Do not choose a new one in its place: a UC Service
   of type "Jabber Client Configuration (jabber-config.xml)" holds all parameters,
   and a new one displaces what the old one held. Where other people have the same
   Service Profile, make copies of both first.
3. Where none is chosen, make one of that type with these rows, and choose it.
4. Where there is a ` + ServiceProfileMobileFile + `, do the same for the choice
   Mobile.
5. Assign the Service Profile to the people in ` + VariantUsersFile + `.

A Service Profile beats every file on the TFTP servers.

## On versions before 12.5: a file on the TFTP servers

There is no choice for mobile clients: desktop and mobile clients read the same
file, and ` + ServiceProfileMobileFile + ` is of no use. Where the table above has
something else for Mobile, it cannot be given.

`)
	if s.cfg.Jabber != nil {
		b.WriteString("Each " + JabberConfigFile + " here is " + markdownCode(s.cfg.Jabber.File) + " with our parameters merged into it. Give it\na name of its own in lower-case letters, ")
	} else {
		b.WriteString(`Do not upload a file of this folder as the global jabber-config.xml: it holds our
parameters alone, and the organization's others would be gone. Name the file that
clients get now in callpolicy.yaml, and callpolicy merges its own into it:

    jabber: { base: jabber-config.xml }

Then give the merged file a name of its own in lower-case letters, `)
	}
	b.WriteString(`upload it to all TFTP servers,
and restart the Cisco Tftp service. It is used by devices whose Cisco Support
Field says ` + "`configurationfile=<name>.xml`" + `, and by Jabber for Windows that was
installed with ` + "`TFTP_FILE_NAME=<name>.xml`" + `; it beats the global file.

`)
	if s.cfg.Jabber != nil {
		if names := s.cfg.Jabber.Secrets(); len(names) > 0 {
			fmt.Fprintf(&b, "callpolicy copies no passwords: write the value of %s into the file\nwhere you upload it.\n\n", strings.Join(names, ", "))
		}
	}
	b.WriteString(`Clients fetch their configuration anew every eight hours, give or take one.

Sources: Cisco, "Deployment guide for Calling in Webex App (Unified CM)";
"Parameters Reference Guide for Cisco Jabber 14.0"; "Push Notifications
Deployment Guide"; "On-Premises Deployment for Cisco Jabber".
`)
	return b.Bytes()
}

func inWords(parameters []jabber.Parameter) string {
	if parameters == nil {
		return "nothing"
	}
	words := make([]string, len(parameters))
	for i, p := range parameters {
		words[i] = p.Name + " " + p.Value
	}
	return strings.Join(words, ", ")
}

// markdownCode shows a name that somebody else chose.
func markdownCode(s string) string {
	return "`" + strings.Map(func(r rune) rune {
		if r == '`' || r < ' ' {
			return -1
		}
		return r
	}, s) + "`"
}
