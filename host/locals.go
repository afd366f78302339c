package host

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// The names of the folders that "locals" knows, and the one for all of them.
const (
	LocalHTTPCache      = "http-cache"
	LocalGlobalPackages = "global-packages"
	LocalTemp           = "temp"
	LocalPluginsCache   = "plugins-cache"
	LocalAll            = "all"
)

// Local is one of the folders that NuGet keeps for a user.
type Local struct {
	Name string // one of the constants, not LocalAll
	Path string // as NuGet prints it: not always absolute or clean, and with a separator at the end for some
	Err  error  // why there is no path; NuGet stops at such a folder
}

// LocalsOptions may be nil.
type LocalsOptions struct {
	// GlobalPackages is the folder that NuGet.Config sets for packages, absolute; empty if it sets none.
	GlobalPackages string
	// Account is the name of the user's account, as in [ClaimsCacheOptions].
	Account string
}

// Locals finds the folders of a client, in the order in which NuGet lists and clears them. It asks the system for nothing
// but the account's name, and makes no folder. (NuGet itself makes the one for temporary files even when it only lists.)
func Locals(c Client, env Env, o *LocalsOptions) []Local {
	if o == nil {
		o = &LocalsOptions{}
	}
	account := o.Account
	if account == "" {
		account = accountName()
	}
	httpCache, httpErr := httpCacheFolder(c, env)
	packages, packagesErr := packagesFolder(c, env, o.GlobalPackages)
	temp, _ := scratchFolder(c, env, account)
	plugins, pluginsErr := pluginsCacheFolder(c, env)
	return []Local{
		{LocalHTTPCache, httpCache, httpErr},
		{LocalGlobalPackages, packages, packagesErr},
		{LocalTemp, temp, nil},
		{LocalPluginsCache, plugins, pluginsErr},
	}
}

func httpCacheFolder(c Client, env Env) (string, error) {
	set, err := folderVariable(c, env, "NUGET_HTTP_CACHE_PATH")
	if set != "" || err != nil {
		return set, err
	}
	name := "v3-cache"
	if c.OS != windows && c.hasPrivateFolders() {
		name = LocalHTTPCache
	}
	return localNuGet(c, env, name)
}

func packagesFolder(c Client, env Env, configured string) (string, error) {
	set, err := folderVariable(c, env, "NUGET_PACKAGES")
	switch {
	case set != "" || err != nil:
		return set, err
	case isRooted(configured, c.OS):
		return cleanFolder(configured, c.OS), nil
	case configured != "":
		return "", fmt.Errorf("the packages folder %.200q of NuGet.Config is not absolute; correct it", configured)
	}
	home, err := nugetHome(c, env)
	if err != nil {
		return "", err
	}
	return join(c.OS, join(c.OS, home, ".nuget"), "packages") + separator(c.OS), nil
}

// LocalsUsageError says that "locals" was called wrongly. Usage is how to call it, from the name of the command on.
type LocalsUsageError struct{ Message, Usage string }

func (e *LocalsUsageError) Error() string { return e.Message + "\nusage: " + e.Usage }

const localsUsage = "locals <all | http-cache | global-packages | temp | plugins-cache> [--clear | -c | --list | -l]"

// ErrUnknownLocal is the error for a name that NuGet does not know.
var ErrUnknownLocal = errors.New("an invalid local resource name was provided; use http-cache, global-packages, temp, plugins-cache or all")

// RunLocals does what "locals NAME --list|--clear" asks for, with the checks of NuGet in their order: a name, one of the
// two options and not both (a [*LocalsUsageError]), a name that exists ([ErrUnknownLocal]). The rest is [ListLocals] and
// [ClearLocals].
func RunLocals(w io.Writer, locals []Local, name string, list, clear bool) error {
	switch {
	case strings.TrimSpace(name) == "":
		return &LocalsUsageError{"no cache type was specified", localsUsage}
	case list && clear:
		return &LocalsUsageError{"both operations, --list and --clear, are not supported in the same command; specify only one", localsUsage}
	case list:
		return ListLocals(w, locals, name)
	case clear:
		return ClearLocals(w, locals, name)
	}
	return &LocalsUsageError{"specify an operation, --list or --clear", localsUsage}
}

// selectLocals gives the folders that a name means; names ignore case.
func selectLocals(locals []Local, name string) ([]Local, error) {
	if strings.EqualFold(name, LocalAll) {
		return locals, nil
	}
	i := slices.IndexFunc(locals, func(l Local) bool { return strings.EqualFold(l.Name, name) })
	if i < 0 {
		return nil, fmt.Errorf("%.60q: %w", name, ErrUnknownLocal)
	}
	return locals[i : i+1], nil
}

// ListLocals prints the folders that name means, one to a line, as dotnet 10 does. A folder without a path ends the list
// with its error.
func ListLocals(w io.Writer, locals []Local, name string) error {
	selected, err := selectLocals(locals, name)
	if err != nil {
		return err
	}
	for _, l := range selected {
		if l.Err != nil {
			return l.Err
		}
		if _, err := fmt.Fprintf(w, "%s: %s\n", l.Name, l.Path); err != nil {
			return err
		}
	}
	return nil
}

// ErrNotCleared is the error of ClearLocals when files were left, which it has printed.
var ErrNotCleared = errors.New("clearing local resources failed: unable to delete one or more files")

// ClearLocals deletes the folders that name means with all that is in them, and prints what it does in the words of
// dotnet 10. Symbolic links are not followed. What cannot be deleted is printed, does not keep the rest from being
// deleted, and makes the error [ErrNotCleared]. A folder without a path ends the work with its error; what came before it
// is gone by then, as it is with NuGet. The root of a file system and the user's home folder are refused.
func ClearLocals(w io.Writer, locals []Local, name string) error {
	selected, err := selectLocals(locals, name)
	if err != nil {
		return err
	}
	all := true
	for _, l := range selected {
		if l.Err != nil {
			return l.Err
		}
		fmt.Fprintf(w, "Clearing NuGet %s: %s\n", clearingWords(l.Name), l.Path)
		left, err := deleteFolder(l.Path)
		if err != nil {
			return err
		}
		if len(left) == 0 {
			continue
		}
		all = false
		fmt.Fprintln(w, "Local resources partially cleared.")
		for _, path := range left {
			fmt.Fprintf(w, "error: Failed to delete '%s'.\n", path)
		}
	}
	if !all {
		return ErrNotCleared
	}
	_, err = fmt.Fprintln(w, "Local resources cleared.")
	return err
}

func clearingWords(name string) string {
	switch name {
	case LocalHTTPCache:
		return "HTTP cache"
	case LocalGlobalPackages:
		return "global packages folder"
	case LocalTemp:
		return "Temp cache"
	}
	return "plugins cache"
}

// deleteFolder gives what could not be deleted: the folder and the files left in it, sorted without regard to case.
func deleteFolder(path string) (left []string, err error) {
	trimmed := filepath.Clean(path)
	if holdsMore(trimmed) {
		return nil, fmt.Errorf("%s is not deleted: it holds more than NuGet's files; correct the setting that names it", path)
	}
	info, err := os.Lstat(trimmed)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 && os.IsPathSeparator(path[len(path)-1]) {
		// A link that is named with a separator behind it, as the packages folder always is: NuGet leaves it alone with
		// all that it leads to, and says that it cleared it.
		return nil, nil
	}
	if os.RemoveAll(trimmed) == nil {
		return nil, nil
	}
	if runtime.GOOS == windows {
		removeEach(trimmed)
	}
	return leftIn(path, trimmed), nil
}

// holdsMore tells the root of a file system, the current folder and the user's home, which are never NuGet's alone.
func holdsMore(path string) bool {
	home, err := os.UserHomeDir()
	return path == filepath.Dir(path) || err == nil && path == filepath.Clean(home)
}

// removeEach deletes one by one, for file systems that refuse the newer kind of deletion that os.RemoveAll asks Windows
// for. It is not for Unix: os.RemoveAll alone is safe from others who replace a folder by a link meanwhile.
func removeEach(path string) {
	var all []string
	_ = filepath.WalkDir(path, func(file string, _ fs.DirEntry, _ error) error {
		all = append(all, file)
		return nil
	})
	for _, file := range slices.Backward(all) {
		os.Remove(file) // what stays is found later
	}
}

// leftIn lists a folder that was not deleted by the name that NuGet prints, and the files in it.
func leftIn(printed, path string) []string {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	left := []string{printed}
	_ = filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			left = append(left, file)
		}
		return nil
	})
	slices.SortFunc(left, func(a, b string) int { return strings.Compare(strings.ToUpper(a), strings.ToUpper(b)) })
	return left
}
