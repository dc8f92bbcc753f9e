module callpolicy/lint

go 1.26.0

require (
	github.com/golangci/unconvert v0.0.0-20250410112200-a129a6e6413e
	github.com/kisielk/errcheck v1.30.0
	github.com/kulti/thelper v0.7.1
	github.com/ldez/usetesting v0.5.0
	github.com/nishanths/exhaustive v0.17.1
	github.com/polyfloyd/go-errorlint v1.8.0
	github.com/tetafro/godot v1.5.6
	golang.org/x/tools v0.52.0
	honnef.co/go/tools v0.8.2
	mvdan.cc/unparam v0.0.0-20260823230713-2fa3d841b0c8
)

require (
	github.com/BurntSushi/toml v1.4.1-0.20240526193622-a339e1f7089c // indirect
	github.com/golangci/misspell v0.8.0 // indirect
	golang.org/x/exp/typeparams v0.0.0-20231108232855-2478ac86f678 // indirect
	golang.org/x/mod v0.42.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/text v0.41.0 // indirect
	mvdan.cc/gofumpt v0.12.0 // indirect
)

tool (
	github.com/golangci/misspell/cmd/misspell
	mvdan.cc/gofumpt
)
