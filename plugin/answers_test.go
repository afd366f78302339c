package plugin_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/plugin"
	"github.com/nuplug/nuplug/plugin/plugintest"
	"github.com/nuplug/nuplug/protocol"
)

// operation is one function of a plugin, made of one that only fails or does not.
type operation struct {
	name    string
	with    func(f func() error) *plugin.Plugin
	request protocol.Request
	missing protocol.ResponseCode // the answer without the function
	empty   protocol.ResponseCode // the answer to a success with nothing in it
}

func operations() []operation {
	return []operation{
		{"credentials", func(f func() error) *plugin.Plugin {
			return &plugin.Plugin{Credentials: func(context.Context, *plugin.CredentialsRequest) (*plugin.Credentials, error) { return nil, f() }}
		}, forCredentials(), protocol.CodeError, protocol.CodeError},
		{"versions", func(f func() error) *plugin.Plugin {
			return &plugin.Plugin{Versions: func(context.Context, *plugin.VersionsRequest) ([]string, error) { return nil, f() }}
		}, &protocol.GetPackageVersionsRequest{PackageSourceRepository: source, PackageID: "Contoso"}, protocol.CodeNotFound, protocol.CodeNotFound},
		{"prefetch", func(f func() error) *plugin.Plugin {
			return &plugin.Plugin{Prefetch: func(context.Context, *plugin.PackageRequest) error { return f() }}
		}, prefetch(), protocol.CodeNotFound, protocol.CodeSuccess},
		{"files", func(f func() error) *plugin.Plugin {
			return &plugin.Plugin{Files: func(context.Context, *plugin.PackageRequest) ([]string, error) { return nil, f() }}
		}, &protocol.GetFilesInPackageRequest{PackageSourceRepository: source, PackageID: "Contoso", PackageVersion: "1.0.0"}, protocol.CodeNotFound, protocol.CodeNotFound},
		{"copy of files", func(f func() error) *plugin.Plugin {
			return &plugin.Plugin{CopyFiles: func(context.Context, *plugin.CopyFilesRequest) ([]string, error) { return nil, f() }}
		}, &protocol.CopyFilesInPackageRequest{PackageSourceRepository: source, PackageID: "Contoso", PackageVersion: "1.0.0", DestinationFolderPath: "/x", FilesInPackage: []string{"a", "b"}}, protocol.CodeNotFound, protocol.CodeError},
		{"copy", func(f func() error) *plugin.Plugin {
			return &plugin.Plugin{CopyNupkg: func(context.Context, *plugin.CopyNupkgRequest) error { return f() }}
		}, &protocol.CopyNupkgFileRequest{PackageSourceRepository: source, PackageID: "Contoso", PackageVersion: "1.0.0", DestinationFilePath: "/x"}, protocol.CodeNotFound, protocol.CodeSuccess},
		{"hash", func(f func() error) *plugin.Plugin {
			return &plugin.Plugin{Hash: func(context.Context, *plugin.HashRequest) (string, error) { return "", f() }}
		}, &protocol.GetPackageHashRequest{PackageSourceRepository: source, PackageID: "Contoso", PackageVersion: "1.0.0", HashAlgorithm: "SHA512"}, protocol.CodeNotFound, protocol.CodeNotFound},
	}
}

// TestNeverAFault puts everything that can go wrong into every function. plugintest fails on a Fault, and on a line at
// Warning or Error.
func TestNeverAFault(t *testing.T) {
	for _, op := range operations() {
		about := op.name + " of Contoso: "
		if op.name == "credentials" {
			about = "credentials for " + source + ": "
		}
		complaint := "Minimal: [CredentialProvider] acme: " + about
		tests := []struct {
			name   string
			f      func() error // nil for a plugin without the function
			want   protocol.ResponseCode
			log    string // the first line
			silent bool
		}{
			{"missing", nil, op.missing, "", true},
			{"ordinary error", func() error { return errOrdinary }, protocol.CodeError, complaint + "the server is on fire", false},
			{"not found", func() error { return plugin.ErrNotFound }, protocol.CodeNotFound, "", true},
			{"not found, wrapped", func() error { return fmt.Errorf("contoso: %w", plugin.ErrNotFound) }, protocol.CodeNotFound, "", true},
			{"declined", func() error { return plugin.ErrDeclined }, protocol.CodeError, "", true},
			{"declined, wrapped", func() error { return fmt.Errorf("contoso: %w", plugin.ErrDeclined) }, protocol.CodeError, "", true},
			{"somebody else's cancelled context", func() error { return context.Canceled }, protocol.CodeError, complaint + "context canceled", false},
			{"panic", func() error { panic("oops") }, protocol.CodeError, complaint + "the plugin has a bug: oops", false},
			{"nil pointer", func() error { var p *plugin.Plugin; _ = p.Name; return nil }, protocol.CodeError, complaint + "the plugin has a bug: runtime error: invalid memory address or nil pointer dereference", false},
			{"nothing", func() error { return nil }, op.empty, "", op.name != "copy of files"},
		}
		for _, test := range tests {
			t.Run(op.name+"/"+test.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := new(plugin.Plugin)
					if test.f != nil {
						p = op.with(test.f)
					}
					p.Name = "acme"
					c := plugintest.Start(t, p, nil)
					c.SetLogLevel(protocol.LevelDebug)
					response, err := c.Call(t.Context(), op.request)
					if err != nil {
						t.Fatal(err)
					}
					if got := codeOf(response); got != test.want {
						t.Errorf("%s, want %s", got, test.want)
					}
					lines := texts(c.Logs())
					if test.silent != (len(lines) == 0) || test.log != "" && lines[0] != test.log {
						t.Errorf("log %q, want %q, silent %t", lines, test.log, test.silent)
					}
				})
			})
		}
	}
}

// TestStackOfAPanic goes to the log that developers read.
func TestStackOfAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := plugintest.Start(t, prefetching(func(context.Context, *plugin.PackageRequest) error { panic("oops") }), nil)
		c.Prefetch(contoso)
		lines := texts(c.Logs())
		if len(lines) != 2 {
			t.Fatalf("log %q", lines)
		}
		wantText(t, "second line", lines[1], "Debug: ", "TestStackOfAPanic")
	})
}

func TestCopiesMustBeAsManyAsFiles(t *testing.T) {
	for _, copies := range [][]string{{}, {"/x/a"}, {"/x/a", "/x/b", "/x/c"}} {
		synctest.Test(t, func(t *testing.T) {
			p := &plugin.Plugin{Name: "acme", CopyFiles: func(context.Context, *plugin.CopyFilesRequest) ([]string, error) { return copies, nil }}
			c := plugintest.Start(t, p, nil)
			c.SetLogLevel(protocol.LevelDebug)
			if got := c.CopyFiles(contoso, "/x", "a", "b").ResponseCode; got != protocol.CodeError {
				t.Errorf("%d copies: %s", len(copies), got)
			}
			want := []string{fmt.Sprintf("Minimal: [CredentialProvider] acme: copy of files of Contoso: 2 files were asked for and %d copied", len(copies))}
			if diff := cmp.Diff(want, texts(c.Logs())); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRequestsArriveWhole checks what each function is told.
func TestRequestsArriveWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []any
		tell := func(what ...any) { got = append(got, what...) }
		of := func(r plugin.PackageRequest) string { return r.Source + " " + r.PackageID + " " + r.PackageVersion }
		c := plugintest.Start(t, &plugin.Plugin{
			Credentials: func(_ context.Context, r *plugin.CredentialsRequest) (*plugin.Credentials, error) {
				tell(r.URI, r.IsRetry, r.IsNonInteractive, r.CanShowDialog)
				return nil, nil
			},
			Versions: func(_ context.Context, r *plugin.VersionsRequest) ([]string, error) {
				tell(r.PackageSourceRepository + " " + r.PackageID)
				return nil, nil
			},
			Prefetch: func(_ context.Context, r *plugin.PackageRequest) error { tell(of(*r)); return nil },
			Files: func(_ context.Context, r *plugin.PackageRequest) ([]string, error) {
				tell(of(*r))
				return nil, plugin.ErrNotFound
			},
			CopyFiles: func(_ context.Context, r *plugin.CopyFilesRequest) ([]string, error) {
				tell(of(r.PackageRequest), r.Folder, r.Files)
				return nil, plugin.ErrNotFound
			},
			CopyNupkg: func(_ context.Context, r *plugin.CopyNupkgRequest) error {
				tell(of(r.PackageRequest), r.Path)
				return plugin.ErrNotFound
			},
			Hash: func(_ context.Context, r *plugin.HashRequest) (string, error) {
				tell(of(r.PackageRequest), r.Algorithm)
				return "", nil
			},
		}, nil)
		c.Credentials(&protocol.GetAuthenticationCredentialsRequest{URI: source, IsRetry: true, CanShowDialog: true})
		c.Versions(source, "Contoso")
		c.Prefetch(contoso)
		c.Files(contoso)
		c.CopyFiles(contoso, "/x", "a", "b")
		c.CopyNupkg(contoso, "/x/a.nupkg")
		c.Hash(contoso)
		whole := source + " Contoso 1.0.0"
		want := []any{source, true, false, true, source + " Contoso", whole, whole, whole, "/x", []string{"a", "b"}, whole, "/x/a.nupkg", whole, "SHA512"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestCredentialsAnswers(t *testing.T) {
	basic := []string{"Basic"}
	tests := []struct {
		name  string
		given *plugin.Credentials
		want  *protocol.GetAuthenticationCredentialsResponse
	}{
		{"both", &plugin.Credentials{Username: "ann", Password: "s3cret"}, &protocol.GetAuthenticationCredentialsResponse{Username: new("ann"), Password: new("s3cret"), AuthenticationTypes: basic}},
		{"a token alone", &plugin.Credentials{Password: "s3cret"}, &protocol.GetAuthenticationCredentialsResponse{Username: new(""), Password: new("s3cret"), AuthenticationTypes: basic}},
		{"a name alone", &plugin.Credentials{Username: "ann"}, &protocol.GetAuthenticationCredentialsResponse{Username: new("ann"), Password: new(""), AuthenticationTypes: basic}},
		{"other schemes", &plugin.Credentials{Username: "ann", Types: []string{"NTLM", "Negotiate"}}, &protocol.GetAuthenticationCredentialsResponse{Username: new("ann"), Password: new(""), AuthenticationTypes: []string{"NTLM", "Negotiate"}}},
		{"an empty list of schemes, which would decline", &plugin.Credentials{Username: "ann", Types: []string{}}, &protocol.GetAuthenticationCredentialsResponse{Username: new("ann"), Password: new(""), AuthenticationTypes: basic}},
		{"none", nil, &protocol.GetAuthenticationCredentialsResponse{ResponseCode: protocol.CodeError}},
		{"two blanks, which NuGet would ask for again", &plugin.Credentials{Username: " ", Password: "\t"}, &protocol.GetAuthenticationCredentialsResponse{ResponseCode: protocol.CodeError}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := plugintest.Start(t, authenticating(func(context.Context, *plugin.CredentialsRequest) (*plugin.Credentials, error) { return test.given, nil }), nil)
				if diff := cmp.Diff(test.want, c.Credentials(forCredentials())); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if lines := c.Logs(); len(lines) != 0 {
					t.Errorf("log %q", texts(lines))
				}
			})
		})
	}
}

// TestParallel has a hundred packages on their way at once; each answer is the right one.
func TestParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := plugintest.Start(t, &plugin.Plugin{Versions: func(_ context.Context, r *plugin.VersionsRequest) ([]string, error) {
			r.Log(protocol.LevelDebug, r.PackageID)
			return []string{r.PackageID}, nil
		}}, nil)
		c.SetLogLevel(protocol.LevelDebug)
		const n = 100
		answers := make(chan string, n)
		var want []string
		for i := range n {
			id := fmt.Sprintf("1.0.%03d", i)
			want = append(want, id)
			go func() {
				response, err := c.Call(t.Context(), &protocol.GetPackageVersionsRequest{PackageSourceRepository: source, PackageID: id})
				if err != nil {
					answers <- err.Error()
					return
				}
				if r := response.(*protocol.GetPackageVersionsResponse); !slices.Equal(r.Versions, []string{id}) {
					t.Errorf("%s: %v", id, r.Versions)
				}
				answers <- id
			}()
		}
		var got []string
		for range n {
			got = append(got, <-answers)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if len(c.Logs()) != n {
			t.Errorf("%d lines of %d", len(c.Logs()), n)
		}
	})
}
