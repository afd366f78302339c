package host

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/internal/atomicfile"
	"github.com/nuplug/nuplug/protocol"
)

const (
	cachePlugin = "/usr/local/bin/nuget-plugin-demo"
	cacheSource = "https://feed.example/v3/index.json"
)

var authenticationOnly = []protocol.OperationClaim{protocol.ClaimAuthentication}

// newTestCache is a cache of its own in a new folder, for a client of this system.
func newTestCache(t *testing.T, client string, now func() time.Time) *ClaimsCache {
	t.Helper()
	dir := tempDir(t)
	env := Env{"HOME": dir, "USERPROFILE": dir, "TMPDIR": dir, "TMP": dir,
		"NUGET_PLUGINS_CACHE_PATH": filepath.Join(dir, "cache"), "NUGET_SCRATCH": filepath.Join(dir, "scratch")}
	cc, err := NewClaimsCache(mustClient(t, client, runtime.GOOS), env, &ClaimsCacheOptions{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return cc
}

func TestClaimsCacheFiles(t *testing.T) {
	env := Env{"HOME": "/home/dev"}
	for _, test := range []struct{ client, source, file, lock string }{
		{"dotnet@10", "", "/home/dev/.local/share/NuGet/plugin-cache/dad21fc3e72954bb94299d02a93f49f73cab82b4/e31fb857036daf0857c70f5a13956500adde37dc.dat",
			"/tmp/NuGetScratchdev/lock/217a2e6ae246b4c42f2e364235e25eaee667639e"},
		{"dotnet@10", cacheSource, "/home/dev/.local/share/NuGet/plugin-cache/dad21fc3e72954bb94299d02a93f49f73cab82b4/ecb491e9d61f3b1606ca379302e4e0d6e9d57ca0.dat", ""},
		{"nuget.exe@5.7", "http://127.0.0.1:23999/v3/index.json",
			"/home/dev/.local/share/NuGet/plugins-cache/" + oldClaimsHash(cachePlugin) + "/abe2197ec15eb4fff23bfee4f3018985dc3216e9.dat", ""},
		{"nuget.exe@4.9", "", "", ""},
	} {
		cc, err := NewClaimsCache(mustClient(t, test.client, "linux"), env, &ClaimsCacheOptions{Account: "dev"})
		if err != nil {
			t.Fatal(err)
		}
		file := cc.File(cachePlugin, test.source)
		if file != test.file {
			t.Errorf("%s: file %s, want %s", test.client, file, test.file)
		}
		if lock := cc.LockFile(file); test.lock != "" && lock != test.lock {
			t.Errorf("%s: lock file %s, want %s", test.client, lock, test.lock)
		}
	}
	if _, err := NewClaimsCache(mustClient(t, "dotnet", "linux"), Env{"NUGET_PLUGINS_CACHE_PATH": "x"}, nil); err == nil {
		t.Error("a relative NUGET_PLUGINS_CACHE_PATH is taken")
	}
}

func TestClaimsCacheRoundTrip(t *testing.T) {
	cc := newTestCache(t, "dotnet@10", nil)
	ctx := t.Context()
	for _, source := range []string{"", cacheSource} {
		if _, known, note := cc.Load(ctx, cachePlugin, source); known || note != "" {
			t.Errorf("an empty cache knows something: %t, %q", known, note)
		}
		for _, claims := range [][]protocol.OperationClaim{authenticationOnly, {}, {0, 1}} {
			if err := cc.Write(ctx, cachePlugin, source, claims); err != nil {
				t.Fatal(err)
			}
			got, known, note := cc.Load(ctx, cachePlugin, source)
			if !known || note != "" || !cmp.Equal(got, claims) {
				t.Errorf("source %q: wrote %v, read %v, known %t, %q", source, claims, got, known, note)
			}
		}
	}
	if err := cc.Remove(ctx, cachePlugin, ""); err != nil {
		t.Fatal(err)
	}
	if entry := cc.Peek(cachePlugin, ""); entry.Found || entry.File != cc.File(cachePlugin, "") {
		t.Errorf("removed, but %+v", entry)
	}
	if entry := cc.Peek(cachePlugin, cacheSource); !entry.Known {
		t.Errorf("removing one entry removed another: %+v", entry)
	}
	if err := cc.Remove(ctx, cachePlugin, ""); err != nil {
		t.Errorf("removing what is not there: %v", err)
	}
}

// No answer is not an answer without claims.
func TestClaimsCacheRefusesNil(t *testing.T) {
	cc := newTestCache(t, "dotnet@10", nil)
	if err := cc.Write(t.Context(), cachePlugin, "", nil); err == nil {
		t.Error("nil was stored")
	}
	if _, err := os.Stat(cc.Dir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder was made: %v", err)
	}
}

func TestClaimsCacheAge(t *testing.T) {
	start := time.Now()
	now := start
	cc := newTestCache(t, "dotnet@10", func() time.Time { return now })
	if err := cc.Write(t.Context(), cachePlugin, "", authenticationOnly); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(cc.File(cachePlugin, ""), start, start); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(cc.File(cachePlugin, ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		age   time.Duration
		known bool
	}{
		{-48 * time.Hour, true}, // seen with 7.9
		{0, true},
		{30*24*time.Hour - 1, true},
		{30 * 24 * time.Hour, false},
	} {
		now = info.ModTime().Add(test.age)
		entry := cc.Peek(cachePlugin, "")
		if !entry.Found || entry.Known != test.known || entry.Age != test.age || entry.Problem != nil {
			t.Errorf("age %v: %+v, want known %t", test.age, entry, test.known)
		}
	}
}

func TestClaimsCacheProblems(t *testing.T) {
	const none, silent, fails = "", "does not start the plugin and says nothing", "NuGet then fails"
	for _, test := range []struct {
		client, content string
		known           bool
		problem         string
	}{
		{"dotnet@10", "", false, "is empty; NuGet then " + silent},
		{"dotnet@10", "{{{", false, silent},
		{"dotnet@10", `["Authentication"]`, true, silent},
		{"dotnet@10", "null", false, none},
		{"dotnet@10", "[" + strings.Repeat("1,", claimsMaxBytes/2) + "1]", false, "more than 65536 bytes"},
		{"nuget.exe@6.12", "", false, none},
		{"nuget.exe@6.12", "{{{", false, fails},
		{"nuget.exe@6.12", `["Authentication"]`, true, "NuGet 7 then " + silent},
		{"nuget.exe@5.7", "[1]", true, none},
	} {
		cc := newTestCache(t, test.client, nil)
		writeEntry(t, cc.File(cachePlugin, ""), test.content)
		entry, err := cc.Entry(t.Context(), cachePlugin, "")
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		if entry.Problem != nil {
			text = entry.Problem.Error()
		}
		if !entry.Found || entry.Known != test.known || (text == "") != (test.problem == none) || !strings.Contains(text, test.problem) {
			t.Errorf("%s, %.20q: %+v, want known %t, problem %q", test.client, test.content, entry, test.known, test.problem)
		}
		if _, known, note := cc.Load(t.Context(), cachePlugin, ""); known != test.known || note != text {
			t.Errorf("%s, %.20q: Load gives %t, %q", test.client, test.content, known, note)
		}
	}
}

func TestClaimsCacheFileIsFolder(t *testing.T) {
	cc := newTestCache(t, "dotnet@10", nil)
	if err := os.MkdirAll(cc.File(cachePlugin, ""), 0o755); err != nil {
		t.Fatal(err)
	}
	if entry := cc.Peek(cachePlugin, ""); entry.Known || entry.Problem == nil || !strings.Contains(entry.Problem.Error(), "is a folder") {
		t.Errorf("%+v", entry)
	}
}

// Old names are read where there is no new one, but they do not speak for a client that does not look at them.
func TestClaimsCacheOldNames(t *testing.T) {
	cc := newTestCache(t, "dotnet@10", nil)
	old := claimsFile(runtime.GOOS, cc.Dir(), cachePlugin, "", oldClaimsHash)
	writeEntry(t, old, "{{{")
	if entry := cc.Peek(cachePlugin, ""); entry.Found || entry.Problem != nil {
		t.Errorf("a broken old file matters: %+v", entry)
	}
	writeEntry(t, old, "[]")
	if entry := cc.Peek(cachePlugin, ""); !entry.Known || !entry.Old || entry.File != old || len(entry.Claims) != 0 {
		t.Errorf("an old file: %+v", entry)
	}
	if _, known, _ := cc.Load(t.Context(), cachePlugin, ""); known {
		t.Error("Load goes by an old file")
	}
	cc.Store(t.Context(), cachePlugin, "", authenticationOnly)
	if entry := cc.Peek(cachePlugin, ""); !entry.Known || entry.Old || !cmp.Equal(entry.Claims, authenticationOnly) {
		t.Errorf("a new file beside an old one: %+v", entry)
	}
	if err := cc.Remove(t.Context(), cachePlugin, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Remove leaves the old file: %v", err)
	}
}

// Clients before 5.0 have no cache here, and neither have those of another system: nothing is read, and nothing written,
// not even files with strange names into the current folder.
func TestClaimsCacheOff(t *testing.T) {
	other := "windows"
	if runtime.GOOS == other {
		other = "linux"
	}
	for _, client := range []Client{mustClient(t, "nuget.exe@4.9", runtime.GOOS), mustClient(t, "dotnet@10", other)} {
		dir := tempDir(t)
		t.Chdir(dir)
		env := Env{"HOME": "/nuplug-test", "LOCALAPPDATA": `C:\nuplug-test`, "TMP": `C:\nuplug-test`, "TMPDIR": "/nuplug-test"}
		cc, err := NewClaimsCache(client, env, nil)
		if err != nil {
			t.Fatal(err)
		}
		cc.Store(t.Context(), cachePlugin, "", authenticationOnly)
		entry, err := cc.Entry(t.Context(), cachePlugin, "")
		if err != nil || !cmp.Equal(entry, ClaimsEntry{}) {
			t.Errorf("%v: %+v, %v", client, entry, err)
		}
		if err := cc.Remove(t.Context(), cachePlugin, ""); err != nil {
			t.Errorf("%v: %v", client, err)
		}
		if names, err := OSFS().ReadDir(dir); err != nil || len(names) > 0 {
			t.Errorf("%v left %q, %v", client, names, err)
		}
		t.Chdir(os.TempDir()) // Windows deletes no folder that is the current one
	}
}

func TestClaimsCacheWaitsForLock(t *testing.T) {
	cc := newTestCache(t, "dotnet@10", nil)
	if err := cc.Write(t.Context(), cachePlugin, "", authenticationOnly); err != nil {
		t.Fatal(err)
	}
	release, err := atomicfile.Lock(t.Context(), cc.LockFile(cc.File(cachePlugin, "")))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := cc.Entry(ctx, cachePlugin, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("Entry beside a lock: %v", err)
	}
	if _, known, note := cc.Load(ctx, cachePlugin, ""); known || note == "" {
		t.Errorf("Load beside a lock: %t, %q", known, note)
	}
	if err := cc.Write(ctx, cachePlugin, "", []protocol.OperationClaim{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Write beside a lock: %v", err)
	}
	if err := cc.Remove(ctx, cachePlugin, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("Remove beside a lock: %v", err)
	}
	if entry := cc.Peek(cachePlugin, ""); !entry.Known || !cmp.Equal(entry.Claims, authenticationOnly) {
		t.Errorf("Peek beside a lock: %+v", entry)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if entry, err := cc.Entry(t.Context(), cachePlugin, ""); err != nil || !entry.Known {
		t.Errorf("Entry after the lock: %+v, %v", entry, err)
	}
}

// Where no lock can be had, entries are read all the same, and none is written.
func TestClaimsCacheWithoutLock(t *testing.T) {
	cc := newTestCache(t, "dotnet@10", nil)
	writeEntry(t, cc.File(cachePlugin, ""), "[1]")
	writeEntry(t, cc.scratch, "a file where the folder should be")
	if entry, err := cc.Entry(t.Context(), cachePlugin, ""); err != nil || !entry.Known {
		t.Errorf("Entry: %+v, %v", entry, err)
	}
	if err := cc.Write(t.Context(), cachePlugin, "", []protocol.OperationClaim{}); err == nil {
		t.Error("Write without a lock")
	}
}

// Many write and read one entry: nobody sees half of one, and nothing is left but the entry.
func TestClaimsCacheConcurrent(t *testing.T) {
	cc := newTestCache(t, "dotnet@10", nil)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 10 {
				if i%2 == 0 {
					if err := cc.Write(t.Context(), cachePlugin, "", authenticationOnly); err != nil {
						t.Error(err)
					}
					continue
				}
				if entry, err := cc.Entry(t.Context(), cachePlugin, ""); err != nil || entry.Problem != nil || entry.Found && !entry.Known {
					t.Errorf("%+v, %v", entry, err)
				}
			}
		})
	}
	wg.Wait()
	file := cc.File(cachePlugin, "")
	names, err := OSFS().ReadDir(filepath.Dir(file))
	if err != nil || !cmp.Equal(names, []string{filepath.Base(file)}) {
		t.Errorf("left in the folder: %q, %v", names, err)
	}
}

func writeEntry(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
