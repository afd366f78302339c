package plugin

import "errors"

// ErrNotFound is the error for a package that does not exist, and for a source that is the plugin's but for which it has
// no credentials that it could give without asking somebody.
var ErrNotFound = errors.New("not found")

// ErrDeclined makes a function answer that it has nothing, like any error, but without a line in the user's log.
var ErrDeclined = errors.New("declined")
