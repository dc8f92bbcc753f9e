//go:build !unix

package source

import "errors"

func makePipe(string) error { return errors.ErrUnsupported }
