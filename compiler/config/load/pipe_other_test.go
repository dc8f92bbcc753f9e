//go:build !unix

package load_test

import "errors"

func makePipe(string) error { return errors.ErrUnsupported }
