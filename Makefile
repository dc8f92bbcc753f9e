# Everything here runs on a fresh machine with Go and git (and make); the tools
# of "lint" are pinned in .ci/lint and built from there.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

GO       ?= go
FUZZTIME ?= 20s

# The race detector needs a C compiler; without one the tests run all the same.
RACE ?= $(shell [ "$$($(GO) env CGO_ENABLED)" = 1 ] && echo '\#include <stdlib.h>' | $$($(GO) env CC) -E - >/dev/null 2>&1 && echo -race)

# Files that are written by people, in English. Tests misspell on purpose.
PROSE = '*.go' '*.cue' '*.md' '*.txtar' Makefile .ci ':!*_test.go' ':!*/testdata/*' ':!testdata/*' ':!policies/examples.cue' ':!*.sum'

.PHONY: help
help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

.PHONY: demo
demo: build ## the main job: two thousand people compiled, applied, changed, explained
	@.ci/demo.sh

.PHONY: test
test: ## every test once, with the race detector and in random order; installs what that needs
	@.ci/install
	@[ -n "$(RACE)" ] || echo 'No C compiler here: testing without the race detector.'
	$(GO) test $(RACE) -timeout 30m -shuffle=on ./...

.PHONY: quick
quick: ## in a minute: formatting, vet, and the tests that need Go and git alone
	@git ls-files -co --exclude-standard -- '*.go' ':!*/testdata/*' | .ci/existing | xargs gofmt -l | \
		{ ! grep . || { echo 'These files are not formatted: run "make format".' >&2; exit 1; }; }
	$(GO) vet ./...
	$(GO) test -short -vet=off ./...
	@echo 'What needs Chromium, node, other shells or a built program was left out: run "make test".'

# A program that is built with the race detector waits a second before it ends;
# the tests start hundreds of them.
test: export GORACE = atexit_sleep_ms=0

.PHONY: build
build: ## build bin/callpolicy
	$(GO) build -trimpath -o bin/callpolicy ./cmd/callpolicy

.PHONY: lint
lint: tools ## formatting, spelling and every static check
	@git ls-files -co --exclude-standard -- '*.go' ':!*/testdata/*' | .ci/existing | xargs bin/tools/gofumpt -l | \
		{ ! grep . || { echo 'These files are not formatted: run "make format".' >&2; exit 1; }; }
	git ls-files -co --exclude-standard -- $(PROSE) | .ci/existing | xargs bin/tools/misspell -error -locale US -i catalogue,theatre,receptie,deparment
	bin/tools/lint ./...
	cd .ci/lint && ../../bin/tools/lint ./...
	cd .ci/scale && ../../bin/tools/lint ./...

.PHONY: format
format: tools ## format all Go files
	git ls-files -co --exclude-standard -- '*.go' ':!*/testdata/*' | .ci/existing | xargs bin/tools/gofumpt -w

.PHONY: tools
tools:
	@$(GO) build -C .ci/lint -o ../../bin/tools/ . mvdan.cc/gofumpt github.com/golangci/misspell/cmd/misspell

.PHONY: golden
golden: ## write all expected outputs anew; look at the diff before you commit it
	UPDATE=1 $(GO) test -timeout 30m -count=1 $$(git grep -l --untracked '"UPDATE"' -- '*_test.go' | xargs -n1 dirname | sort -u | sed 's|^|./|')

.PHONY: generate
generate: ## write all generated files anew
	$(GO) generate ./schema/... # which the others read
	$(GO) generate ./...

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME (20s)
	@GO=$(GO) .ci/fuzz $(FUZZTIME)

.PHONY: bench
bench: ## run all benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

.PHONY: bench-scale
bench-scale: build ## measure with up to a million users, for docs/performance.md; takes long, FLAGS="-run cold,plan" takes less
	$(GO) build -C .ci/scale -o ../../bin/tools/ . cuelang.org/go/cmd/cue
	bin/tools/scale bench -write docs/performance.md $(FLAGS)

.PHONY: check
check: ## all that must hold of the sources beside the tests; changes nothing
	@.ci/unchanged $(MAKE) tidy vet licenses lint lint-test scale-test generate golden cross

# The parts of check.

.PHONY: tidy
tidy:
	@GO=$(GO) .ci/tidy

.PHONY: licenses
licenses:
	$(GO) test ./compiler -count=1 -run '^(TestLicenses|TestDependenciesPage|TestSecurityPageNamesTests)$$'

.PHONY: vet
vet:
	$(GO) vet ./...

.PHONY: lint-test
lint-test:
	cd .ci/lint && $(GO) test ./...

.PHONY: scale-test
scale-test:
	cd .ci/scale && $(GO) vet ./... && $(GO) test ./...

.PHONY: cross
cross:
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 $(GO) build ./...
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 $(GO) vet ./...
	GOOS=darwin GOARCH=arm64 CGO_ENABLED=0 $(GO) build ./...
	GOOS=darwin GOARCH=arm64 CGO_ENABLED=0 $(GO) vet ./...

.PHONY: clean
clean: ## remove all that the other targets built
	rm -rf bin build
