//go:build !linux && !netbsd && !openbsd

package keychain

import "context"

// check has nothing to look at: the system does not tell whether it will ask.
func check(context.Context, string, string) error { return nil }
