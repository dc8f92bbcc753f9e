package main

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// completions says what the tab key offers at the end of a line, in the starter.
var completions = map[string][]string{
	"callpolicy vali":                                   {"validate"},
	"callpolicy explain w":                              {"workshop@company.example"},
	"callpolicy explain desk2@co":                       {"desk2@company.example"},
	"callpolicy explain desk2@company.example inCall.v": {"inCall.videoOnDesktop", "inCall.videoOnMobile"},
	"callpolicy explain --like --groups reception,s":    {"reception,sales"},
	"callpolicy users --template ":                      {"front-desk"},
	"callpolicy users --group rec":                      {"reception"},
	"callpolicy template show ":                         {"front-desk"},
	"callpolicy template add-group front-desk ":         {"reception", "sales"},
	"callpolicy rules lock.":                            {"lock.fixed", "lock.off-only", "lock.without-value"},
	"callpolicy validate --format s":                    {"sarif"},
	"callpolicy apply --target ":                        {"local"},
	"callpolicy -C deep/er explain tr":                  {"trainee@company.example"},
	"callpolicy completion z":                           {"zsh"},
	"callpolicy -C /nowhere explain ":                   nil,
}

// TestBashCompletes presses the tab key in a real bash.
func TestBashCompletes(t *testing.T) {
	t.Parallel()
	needs(t, "bash")
	const library = "/usr/share/bash-completion/bash_completion"
	if _, err := os.Stat(library); err != nil {
		t.Fatalf("bash-completion is needed to test what callpolicy prints for bash: .ci/install installs it")
	}
	s := inStarter(t)

	// What bash does when the key is pressed at the end of a line.
	const press = `
		compopt() { :; } # which works while a key is pressed only
		source "$1"
		source <(callpolicy completion bash)
		COMP_LINE=$2 COMP_POINT=${#2} COMP_TYPE=9 COMP_KEY=9
		read -ra COMP_WORDS <<<"$2"
		[[ $2 == *' ' ]] && COMP_WORDS+=('')
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		__start_callpolicy callpolicy "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
		printf '%s\n' "${COMPREPLY[@]}"`
	for line, want := range completions {
		out := s.ok("bash", "--noprofile", "--norc", "-c", press, "press", library, line)
		var got []string
		for word := range strings.SplitSeq(strings.TrimSpace(out), "\n") {
			word, _, _ = strings.Cut(word, "  ") // what follows is its description
			if word = strings.TrimSpace(word); word != "" {
				got = append(got, strings.ReplaceAll(word, `\,`, ","))
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%q is completed with %q, not %q", line, got, want)
		}
	}
}

// TestFishCompletes asks a real fish.
func TestFishCompletes(t *testing.T) {
	t.Parallel()
	needs(t, "fish")
	s := inStarter(t)
	for line, want := range completions {
		out := s.ok("fish", "--no-config", "--command", "callpolicy completion fish | source; complete --do-complete $argv", line)
		var got []string
		for found := range strings.Lines(out) {
			word, _, _ := strings.Cut(strings.TrimSuffix(found, "\n"), "\t") // what follows is its description
			got = append(got, word)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%q is completed with %q, not %q", line, got, want)
		}
	}
}

// inStarter is a shell in the starter project, with callpolicy in its path.
func inStarter(t *testing.T) terminal {
	t.Helper()
	s := terminal{t: t, dir: t.TempDir(), env: gitIdentity(t)}
	s.env[0] = "PATH=" + buildTool(t) + string(os.PathListSeparator) + os.Getenv("PATH")
	if err := os.CopyFS(s.dir, os.DirFS("../../examples/starter")); err != nil {
		t.Fatal(err)
	}
	s.write("deep/er/empty", "")
	return s
}
