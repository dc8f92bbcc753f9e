//go:build never

package main

import (
	_ "cuelang.org/go/cue/load"
	_ "cuelang.org/go/encoding/jsonschema"
	_ "cuelang.org/go/encoding/yaml"
	_ "github.com/agext/levenshtein"
	_ "github.com/beevik/etree"
	_ "github.com/go-git/go-git/v5"
	_ "github.com/hashicorp/go-multierror"
	_ "github.com/jstemmer/go-junit-report/v2/junit"
	_ "github.com/mattn/go-runewidth"
	_ "github.com/muesli/termenv"
	_ "github.com/owenrumney/go-sarif/v2/sarif"
	_ "github.com/rogpeppe/go-internal/lockedfile"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/santhosh-tekuri/jsonschema/v6"
	_ "github.com/cheggaaa/pb/v3"
	_ "github.com/spf13/cobra"
	_ "golang.org/x/sync/errgroup"
	_ "golang.org/x/sys/unix"
	_ "golang.org/x/term"
	_ "golang.org/x/text/encoding/unicode"
	_ "gopkg.in/yaml.v3"
	_ "pgregory.net/rapid"
)
