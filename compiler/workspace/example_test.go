package workspace_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"

	"callpolicy/compiler/workspace"
)

// A program opens a repository, sees what its files change against a commit, and
// makes the project's target hold everybody's bundles.
func Example() {
	ctx := context.Background()
	dir, remove := repository()
	defer remove()

	p, err := workspace.OpenProject(ctx, workspace.Request{Dir: dir}, workspace.Options{Tool: "example"})
	if err != nil {
		log.Fatal(err) // a *workspace.MissingError: there is no project
	}
	defer p.Close()

	made, err := p.Plan(ctx, workspace.Comparison{Base: "HEAD"})
	if err != nil {
		log.Fatal(err)
	}
	if made.Plan == nil {
		log.Fatal(made.Found) // what is wrong in the files
	}
	for _, cause := range made.Causes {
		fmt.Printf("%s: %v becomes %v for %d user\n", cause.Path, cause.Before, cause.After, cause.Users)
	}

	target, err := workspace.Target(made.Compiled, "local")
	if err != nil {
		log.Fatal(err)
	}
	apply, err := p.Prepare(ctx, made.Compiled, target, workspace.Basis{})
	if err != nil {
		log.Fatal(err)
	}
	result, err := apply.Write(ctx) // a *workspace.LimitError: more changes than the project allows
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d bundle written: %t\n", apply.Counts.Bundles, result.Changed)
	// Output:
	// org.inCall.screenSharing: true becomes false for 1 user
	// 1 bundle written: true
}

// repository makes a small policy repository with one commit and one edit since.
func repository() (dir string, remove func()) {
	dir, err := os.MkdirTemp("", "workspace")
	if err != nil {
		log.Fatal(err)
	}
	write := func(name, text string) {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			log.Fatal(err)
		}
	}
	git := func(args ...string) {
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=A", "-c", "user.email=a@voorbeeld.example"}, args...)...)
		cmd.Env = append(cmd.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			log.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	write("callpolicy.yaml", "apiVersion: callpolicy/v1\nedition: classic\ntargets: { local: { dir: build } }\n")
	write("policies/users.yaml", "users: { ann@voorbeeld.example: { licenses: [webexCalling] } }\n")
	write("policies/org.yaml", "org: { inCall: { screenSharing: true } }\n")
	git("init", "--quiet")
	git("add", ".")
	git("commit", "--quiet", "--message", "first")
	write("policies/org.yaml", "org: { inCall: { screenSharing: false } }\n")
	return dir, func() { _ = os.RemoveAll(dir) }
}
