package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// programVariables are the variables of git's manual that name a program, or a
// place where git looks for one, with the names of what they are about filled
// in. Some are of a later git than the one at hand, or only count where a user
// sets them.
var programVariables = []string{
	"alias.blame", "alias.cat-file", "alias.fetch", "alias.ls-files", "alias.rev-list", "alias.rev-parse", "alias.symbolic-ref",
	"browser.evil.cmd", "browser.evil.path",
	"core.alternateRefsCommand", "core.askPass", "core.editor", "core.fsmonitor", "core.gitProxy", "core.hooksPath", "core.pager", "core.sshCommand",
	"credential.helper", "credential.https://example.invalid.helper",
	"diff.evil.command", "diff.evil.textconv", "diff.external", "diff.guitool", "diff.tool",
	"difftool.evil.cmd", "difftool.evil.path",
	"filter.evil.clean", "filter.evil.process", "filter.evil.smudge",
	"gpg.program", "gpg.openpgp.program", "gpg.ssh.defaultKeyCommand", "gpg.ssh.program", "gpg.x509.program",
	"guitool.evil.cmd",
	"hook.evil.command",
	"imap.tunnel", "instaweb.httpd", "instaweb.modulePath",
	"interactive.diffFilter",
	"log.mailmap", "man.evil.cmd", "man.evil.path", "man.viewer",
	"merge.evil.driver", "merge.guitool", "merge.tool", "mergetool.evil.cmd", "mergetool.evil.path",
	"pager.blame", "pager.cat-file", "pager.fetch", "pager.ls-files", "pager.rev-parse",
	"receive.procReceiveRefs",
	"remote.origin.proxy", "remote.origin.receivepack", "remote.origin.uploadpack", "remote.origin.vcs",
	"sendemail.aliasesFile", "sendemail.ccCmd", "sendemail.headerCmd", "sendemail.sendmailCmd", "sendemail.smtpServer", "sendemail.toCmd",
	"sequence.editor", "ssh.variant", "submodule.evil.update",
	"tar.evil.command", "trailer.evil.cmd", "trailer.evil.command",
	"uploadpack.packObjectsHook",
	"url.ext::sh -c evil.insteadOf",
	"web.browser",
}

// noProgram are variables whose names look as if they named a program.
var noProgram = regexp.MustCompile(`(?i)^(advice\..*|clean\.requireforce|color\.pager|column\.clean|commit\.cleanup|commitgraph\..*|completion\.commands|` +
	`clone\.filtersubmodules|core\.(fsmonitorhookversion|attributesfile|excludesfile|commitgraph|worktree)|diff\.<driver>\.(binary|cachetextconv|wordregex|xfuncname|trustexitcode)|` +
	`difftool\.(<tool>\.trustexitcode|prompt|trustexitcode|guidefault)|fsmonitor\..*|gitcvs\..*|guitool\.<name>\.(?:argprompt|confirm|needsfile|noconsole|norescan|prompt|revprompt|revunmerged|title)|` +
	`http\.proxy.*|https?\..*|merge\.<driver>\.(name|recursive)|mergetool\.(<tool>\.(trustexitcode|hideresolved)|hideresolved|keepbackup|keeptemporaries|meld\..*|prompt|vimdiff\..*|writetotemp|guidefault)|` +
	`notes\.rewrite.*|rebase\..*|remote\.<name>\.(partialclonefilter|proxyauthmethod)|uploadpack\.(allow.*|hiderefs|keepalive|advertise.*|bloblazyfetch)|uploadpackfilter\..*|protocol\..*|maintenance\..*)$`)

// looksLikeProgram matches the variables that somebody has to look at.
var looksLikeProgram = regexp.MustCompile(`(?i)command|cmd|program|helper|editor|pager|textconv|tool|hook|proxy|askpass|fsmonitor|uploadpack|receivepack|clean|smudge|process|driver|external|filter`)

// TestProgramVariablesAreComplete holds the list to what the git at hand knows.
func TestProgramVariablesAreComplete(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "git", "help", "-c").Output()
	if err != nil {
		t.Fatal(err)
	}
	placeholder := regexp.MustCompile(`<[^>]*>`)
	for line := range strings.Lines(string(out)) {
		name := strings.TrimSpace(line)
		if !looksLikeProgram.MatchString(name) || noProgram.MatchString(name) {
			continue
		}
		form := "(?i)^" + placeholder.ReplaceAllString(strings.ReplaceAll(name, ".", `\.`), ".+") + "$"
		if !slices.ContainsFunc(programVariables, regexp.MustCompile(form).MatchString) {
			t.Errorf("git knows %s, which may name a program: add it to one of the lists", name)
		}
	}
}

// commandLines are what each command is run with; those that are not here are run
// with nothing behind their names.
var commandLines = map[string][]string{
	"apply":       {"apply", "apply --yes", "apply --yes --target other"},
	"cache":       {"cache", "cache clear"},
	"compile":     {"compile --dir out", "compile --dir out2 --rev HEAD~1", "compile --dir part --shard 0/1"},
	"completion":  {"completion bash"},
	"diff-driver": {"diff-driver policies/org.yaml policies/org.yaml 0 100644 policies/org.yaml 0 100644"},
	"explain":     {"explain seller@company.example --blame", "explain seller@company.example --blame --rev HEAD", "explain seller@company.example --blame --rev HEAD~1"},
	"help":        {"help plan"},
	"hook":        {"hook run", "hook install", "hook uninstall"},
	"import":      {"import --dir imported users.csv", "import users.csv"},
	"init":        {"init --edition classic", "init --edition classic fresh"},
	"merge":       {"merge part --dir merged"},
	"migration":   {"migration", "migration readiness", "migration waves"},
	"plan":        {"plan", "plan --base HEAD~1", "plan --base-exact --base HEAD~1 --full", "plan --base origin/main", "plan --save plan.json", "plan --all --base HEAD~1", "plan --staged --base HEAD~1"},
	"rules":       {"rules", "rules lock.fixed"},
	"runbook":     {"runbook", "runbook --base HEAD~1"},
	"schema":      {"schema", "schema --write", "schema --cue"},
	"template":    {"template", "template list"},
	"users":       {"users", "users --seats"},
	"validate":    {"validate", "validate --staged", "validate --rev HEAD~1", "validate --all", "validate --fix"},
}

// TestNoConfiguredProgramRuns sets every variable that names a program, in a
// repository's own configuration and in files that it includes, puts a program in
// the place of every hook, and runs every command. None of the programs leaves
// its mark.
func TestNoConfiguredProgramRuns(t *testing.T) {
	if os.PathSeparator != '/' {
		t.Skip("the programs are shell scripts")
	}
	names := commandNames(t)
	partial := []string{"clone", "--no-local", "--filter=blob:none"}
	for shape, of := range map[string]struct{ how, without []string }{
		"as go-git reads it":    {},
		"as git alone reads it": {how: []string{"--object-format=sha256"}},
		"a partial clone":       {how: partial},
		// With this one git does not come to look at the others.
		"a partial clone, without vcs": {how: partial, without: []string{"remote.origin.vcs"}},
	} {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			r := newMarked(t, of.how, of.without)
			for _, name := range names {
				lines := commandLines[name]
				if lines == nil {
					lines = []string{name}
				}
				for _, line := range lines {
					r.run(line)
				}
			}
			// What a partial clone left behind is there, by git's own means.
			r.must(r.dir, "callpolicy", "plan", "--base-exact", "--base", "HEAD~1", "--full")
			if marks := r.marks(); len(marks) > 0 {
				t.Errorf("%q ran", marks)
			}
			// What a checkout needs, a person asks for: there the programs do run,
			// so the test can fail.
			r.git("checkout", "--force", "HEAD", "--", "policies/org.yaml")
			r.git("diff", "HEAD~1")
			if len(r.marks()) == 0 {
				t.Error("not even git itself runs one of the programs")
			}
		})
	}
}

// commandNames asks the program itself for its commands.
func commandNames(t *testing.T) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "callpolicy", "__complete", "").Output()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(out)) {
		if name, _, ok := strings.Cut(line, "\t"); ok {
			names = append(names, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(commandLines)) {
		if !slices.Contains(names, name) {
			t.Errorf("there is no command %s", name)
		}
	}
	return names
}

// marked is a repository whose configuration names nothing but programs that
// leave a mark.
type marked struct {
	t        *testing.T
	dir, ran string
}

func newMarked(t *testing.T, how, without []string) *marked {
	t.Helper()
	base := t.TempDir()
	m := &marked{t: t, dir: filepath.Join(base, "ours"), ran: filepath.Join(base, "ran")}
	origin := m.dir
	if len(how) > 0 && how[0] == "clone" {
		origin = filepath.Join(base, "origin")
	}
	m.must(base, "callpolicy", "init", "--edition", "classic", origin)
	format := []string{"init", "-q", "-b", "main"}
	if origin == m.dir {
		format = append(format, how...)
	}
	m.must(origin, "git", format...)
	m.must(origin, "git", "config", "uploadpack.allowFilter", "true")
	m.must(origin, "git", "config", "uploadpack.allowAnySHA1InWant", "true")
	m.write(filepath.Join(origin, ".gitattributes"), "* diff=evil filter=evil merge=evil\n")
	m.write(filepath.Join(origin, "users.csv"), "User ID/Email (Required),Webex Calling - Professional\nu@company.example,TRUE\n")
	m.write(filepath.Join(origin, ".gitignore"), "/build/\n/out*/\n/part/\n/merged/\n")
	m.must(origin, "git", "add", ".")
	m.must(origin, "git", "commit", "-qm", "one")
	org := filepath.Join(origin, "policies", "org.yaml")
	text, err := os.ReadFile(org)
	if err != nil {
		t.Fatal(err)
	}
	m.write(org, strings.Replace(string(text), "videoOnMobile: true", "videoOnMobile: false", 1))
	m.must(origin, "git", "commit", "-qam", "two")
	if origin != m.dir {
		m.must(base, "git", append(slices.Clone(how), "-q", "file://"+origin, m.dir)...)
	} else {
		m.must(origin, "git", "remote", "add", "origin", origin)
		m.must(origin, "git", "update-ref", "refs/remotes/origin/main", "HEAD")
	}
	m.write(filepath.Join(m.dir, "policies", "org.yaml"), strings.Replace(string(text), "videoOnMobile: true", "videoOnMobile: false # now", 1))
	m.arm(base, without)
	return m
}

// arm sets all variables but some, half of them in a file that is included.
func (m *marked) arm(base string, without []string) {
	m.t.Helper()
	programs := filepath.Join(base, "programs")
	var own, included strings.Builder
	for i, variable := range append(slices.Clone(programVariables), "hook.evil.event") {
		if slices.Contains(without, variable) {
			continue
		}
		program := m.program(programs, variable)
		first, rest, _ := strings.Cut(variable, ".")
		sub, key := "", rest
		if at := strings.LastIndexByte(rest, '.'); at >= 0 {
			sub, key = fmt.Sprintf(" %q", rest[:at]), rest[at+1:]
		}
		value := program
		switch {
		case first == "alias" || variable == "submodule.evil.update":
			value = "!" + program
		case variable == "core.gitProxy":
			value = program + " for example.invalid"
		case variable == "hook.evil.event":
			value = "pre-commit"
		case variable == "core.hooksPath":
			value = filepath.Join(programs, "hooks")
		}
		b := &own
		if i%2 == 1 {
			b = &included
		}
		fmt.Fprintf(b, "[%s%s]\n\t%s = %q\n", first, sub, key, value)
	}
	for _, hook := range []string{
		"applypatch-msg", "commit-msg", "fsmonitor-watchman", "post-applypatch", "post-checkout", "post-commit", "post-index-change", "post-merge",
		"post-rewrite", "pre-applypatch", "pre-auto-gc", "pre-commit", "pre-merge-commit", "pre-push", "pre-rebase", "prepare-commit-msg",
		"reference-transaction", "sendemail-validate",
	} {
		m.program(filepath.Join(programs, "hooks"), hook)
		m.program(filepath.Join(m.dir, ".git", "hooks"), hook)
	}
	more := filepath.Join(base, "included")
	m.write(more, included.String())
	config := filepath.Join(m.dir, ".git", "config")
	text, err := os.ReadFile(config)
	if err != nil {
		m.t.Fatal(err)
	}
	m.write(config, string(text)+own.String()+fmt.Sprintf("[include]\n\tpath = %q\n", more))
}

// program writes a program that leaves a mark with its name.
func (m *marked) program(dir, name string) string {
	m.t.Helper()
	file := filepath.Join(dir, regexp.MustCompile(`[^A-Za-z0-9.-]`).ReplaceAllString(name, "_"))
	m.write(file, fmt.Sprintf("#!/bin/sh\necho %s >>'%s'\ncat \"$1\" 2>/dev/null\n", filepath.Base(file), m.ran))
	if err := os.Chmod(file, 0o755); err != nil {
		m.t.Fatal(err)
	}
	return file
}

func (m *marked) write(name, text string) {
	m.t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

// marks are the names of the programs that ran since they were asked for last.
func (m *marked) marks() []string {
	m.t.Helper()
	text, err := os.ReadFile(m.ran)
	if os.IsNotExist(err) {
		return nil
	}
	if err == nil {
		err = os.Remove(m.ran)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	return strings.Fields(string(text))
}

// run runs callpolicy, and fails the test where a program left its mark.
func (m *marked) run(line string) {
	m.t.Helper()
	out, err := m.command(m.dir, "callpolicy", strings.Fields(line)...)
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		m.t.Fatal(err)
	}
	if marks := m.marks(); len(marks) > 0 {
		m.t.Errorf("callpolicy %s ran %q:\n%s", line, marks, out)
	}
}

func (m *marked) git(args ...string) {
	m.t.Helper()
	_, _ = m.command(m.dir, "git", args...) // some of the programs make it fail
}

func (m *marked) must(dir, name string, args ...string) {
	m.t.Helper()
	if out, err := m.command(dir, name, args...); err != nil {
		m.t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
}

func (m *marked) command(dir, name string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(m.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "CALLPOLICY_CACHE=off", "HOME="+filepath.Dir(m.dir),
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b.example", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b.example")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.Bytes(), err
}
