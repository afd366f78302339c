package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/internal/feedtest"
	"github.com/nuplug/nuplug/protocol"
)

// rig is a feed, a plugin in memory and a client between them.
type rig struct {
	feed      *feedtest.Feed
	plugin    *scripted
	transport *Transport
	client    *http.Client
	asked     atomic.Int32 // searches
}

func newRig(t *testing.T, answer func(n int, r *protocol.GetAuthenticationCredentialsRequest) authAnswer, o *feedtest.Options) *rig {
	t.Helper()
	if o == nil {
		o = &feedtest.Options{}
	}
	o.Username, o.Password = "ann", "secret"
	feed, err := feedtest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := feed.Close(); err != nil {
			t.Error(err)
		}
	})
	r := &rig{feed: feed, plugin: &scripted{answer: answer}}
	r.connect(t, &TransportOptions{Sources: []string{feed.URL()}})
	return r
}

// connect makes the rig's transport anew.
func (r *rig) connect(t *testing.T, o *TransportOptions) {
	t.Helper()
	computer := &machine{programs: map[string]program{"/p": r.plugin.run}}
	base := &http.Transport{}
	if o.Base == nil {
		o.Base = base
	}
	t.Cleanup(base.CloseIdleConnections)
	o.Asked = func(string, []Attempt, error) { r.asked.Add(1) }
	var err error
	if r.transport, err = NewTransport(computer.manager(t, nil, "/p"), o); err != nil {
		t.Fatal(err)
	}
	r.client = &http.Client{Transport: r.transport}
}

// get returns the status.
func (r *rig) get(t *testing.T, address string) int {
	t.Helper()
	response, err := r.client.Get(address)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Error(err)
	}
	return response.StatusCode
}

// outcomes are how the feed judged the requests so far.
func (r *rig) outcomes() string {
	var all []string
	for _, request := range r.feed.Requests() {
		all = append(all, string(request.Outcome))
	}
	return strings.Join(all, ", ")
}

func TestTransport(t *testing.T) {
	right, wrong := credentialsAnswer("ann", "secret"), credentialsAnswer("ann", "nonsense")
	tests := []struct {
		name     string
		answer   func(int, *protocol.GetAuthenticationCredentialsRequest) authAnswer
		requests int
		status   int // of the last
		outcomes string
		retries  []bool
	}{
		{"right", always(right), 1, 200, "anonymous, accepted", []bool{false}},
		{"kept", always(right), 3, 200, "anonymous, accepted, accepted, accepted", []bool{false}},
		{"wrong, then right", func(n int, _ *protocol.GetAuthenticationCredentialsRequest) authAnswer {
			if n < 3 {
				return wrong
			}
			return right
		}, 2, 200, "anonymous, wrong, wrong, accepted, accepted", []bool{false, true, true}},
		{"right at last", func(n int, _ *protocol.GetAuthenticationCredentialsRequest) authAnswer {
			if n < 4 {
				return wrong
			}
			return right
		}, 2, 200, "anonymous, wrong, wrong, wrong, accepted, accepted", []bool{false, true, true, true}},
		{"wrong", always(wrong), 1, 401, "anonymous, wrong, wrong, wrong, wrong", []bool{false, true, true, true}},
		{"wrong is not sent again", always(wrong), 3, 401, "anonymous, wrong, wrong, wrong, wrong, anonymous, anonymous", []bool{false, true, true, true}},
		{"none", always(codeAnswer(protocol.CodeNotFound)), 2, 401, "anonymous, anonymous", []bool{false}},
		{"not for Basic", always(credentialsAnswer("ann", "secret", "Bearer")), 2, 401, "anonymous, anonymous", []bool{false}},
		{"for Basic too", always(credentialsAnswer("ann", "secret", "Bearer", "basic")), 1, 200, "anonymous, accepted", []bool{false}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, test.answer, nil)
			status := 0
			for range test.requests {
				status = r.get(t, r.feed.URL())
			}
			if status != test.status || r.outcomes() != test.outcomes {
				t.Errorf("status %d after %s; want %d after %s", status, r.outcomes(), test.status, test.outcomes)
			}
			if diff := cmp.Diff(test.retries, r.plugin.retries()); diff != "" {
				t.Error(diff)
			}
			if uri := r.plugin.asked[0].URI; uri != r.feed.URL() {
				t.Errorf("asked for %s", uri)
			}
		})
	}
}

// TestTransportAsksWithSource: the question names the source, whatever the request was for.
func TestTransportAsksWithSource(t *testing.T) {
	r := newRig(t, nil, nil)
	private, err := r.feed.Add("private", &feedtest.Options{Username: "bob", Password: "other"})
	if err != nil {
		t.Fatal(err)
	}
	r.plugin.answer = func(_ int, q *protocol.GetAuthenticationCredentialsRequest) authAnswer {
		if q.URI == private.URL() {
			return credentialsAnswer("bob", "other")
		}
		return credentialsAnswer("ann", "secret")
	}
	r.connect(t, &TransportOptions{Sources: []string{r.feed.URL(), private.URL()}, NonInteractive: true, CanShowDialog: true})
	flat := strings.TrimSuffix(private.URL(), "index.json") + "flat/none/index.json"
	for _, address := range []string{flat, private.URL(), r.feed.URL()} {
		want := 200
		if address == flat {
			want = 404
		}
		if status := r.get(t, address); status != want {
			t.Errorf("%s: %d", address, status)
		}
	}
	type R = protocol.GetAuthenticationCredentialsRequest
	want := []R{
		{URI: private.URL(), IsNonInteractive: true, CanShowDialog: true}, {URI: r.feed.URL(), IsNonInteractive: true, CanShowDialog: true},
	}
	if diff := cmp.Diff(want, r.plugin.asked); diff != "" {
		t.Error(diff)
	}
	if c := private.Counts(); c.Wrong != 0 {
		t.Errorf("the credentials of one source went to another: %+v", c)
	}
}

// TestTransportSingleFlight: forty requests that get 401 at once ask once.
func TestTransportSingleFlight(t *testing.T) {
	const n = 40
	for name, answers := range map[string][]authAnswer{
		"right":             {credentialsAnswer("ann", "secret")},
		"wrong, then right": {credentialsAnswer("ann", "wrong"), credentialsAnswer("ann", "secret")},
		"wrong":             {credentialsAnswer("ann", "1"), credentialsAnswer("ann", "2"), credentialsAnswer("ann", "3"), credentialsAnswer("ann", "4")},
		"none":              {codeAnswer(protocol.CodeError)},
	} {
		t.Run(name, func(t *testing.T) {
			var first sync.WaitGroup // all are refused before the first is answered
			first.Add(n)
			o := &feedtest.Options{Intercept: func(_ http.ResponseWriter, r *http.Request) bool {
				if r.Header.Get("Authorization") == "" && r.Header.Get("If-None-Match") != "" {
					first.Done()
					first.Wait()
				}
				return false
			}}
			r := newRig(t, func(n int, _ *protocol.GetAuthenticationCredentialsRequest) authAnswer {
				return answers[min(n, len(answers))-1]
			}, o)
			want := 200
			if name == "wrong" || name == "none" {
				want = 401
			}
			var wg sync.WaitGroup
			for i := range n {
				wg.Go(func() {
					request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.feed.URL(), nil)
					if err != nil {
						t.Error(err)
						return
					}
					request.Header.Set("If-None-Match", fmt.Sprint(i)) // marks it
					response, err := r.client.Do(request)
					if err != nil {
						t.Error(err)
						return
					}
					defer response.Body.Close()
					if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != want {
						t.Errorf("status %d, %v", response.StatusCode, err)
					}
				})
			}
			wg.Wait()
			if int(r.asked.Load()) != len(answers) || len(r.plugin.retries()) != len(answers) {
				t.Errorf("%d searches, %d questions, want %d", r.asked.Load(), len(r.plugin.retries()), len(answers))
			}
			r.feed.ResetLog()
			if status := r.get(t, r.feed.URL()); status != want {
				t.Errorf("afterwards %d", status)
			}
			if got := r.outcomes(); want == 401 && got != "anonymous" || want == 200 && got != "accepted" {
				t.Errorf("afterwards the feed saw %s", got)
			}
		})
	}
}

// witness is a server that remembers the Authorization of each request.
func witness(t *testing.T, status int) (*httptest.Server, func() []string) {
	t.Helper()
	var mu sync.Mutex
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r.Header.Get("Authorization"))
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	return server, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return seen
	}
}

// TestTransportOtherOrigins: credentials go to the source's origin and nowhere else, whoever points there.
func TestTransportOtherOrigins(t *testing.T) {
	other, seen := witness(t, http.StatusUnauthorized)
	r := newRig(t, nil, &feedtest.Options{Intercept: func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/v3/away" || r.Header.Get("Authorization") == "" {
			return false
		}
		http.Redirect(w, r, other.URL+"/v3/index.json", http.StatusTemporaryRedirect)
		return true
	}})
	if status := r.get(t, r.feed.URL()); status != 200 {
		t.Fatalf("status %d", status)
	}
	away := strings.TrimSuffix(r.feed.URL(), "index.json") + "away"
	localhost := strings.Replace(r.feed.URL(), "127.0.0.1", "localhost", 1) // the same server by another name
	for address, want := range map[string]int{away: 401, other.URL + "/v3/flat/x/index.json": 401, localhost: 401} {
		if status := r.get(t, address); status != want {
			t.Errorf("%s: %d", address, status)
		}
	}
	if diff := cmp.Diff([]string{"", ""}, seen()); diff != "" {
		t.Errorf("another server saw %s", diff)
	}
	if r.asked.Load() != 1 {
		t.Errorf("asked %d times", r.asked.Load())
	}
}

// roundTripper is a base in memory.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func reply(r *http.Request, status int) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: r}
}

// demanding answers 401 to all but one password.
func demanding(password string) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		if _, got, _ := r.BasicAuth(); got != password {
			return reply(r, http.StatusUnauthorized), nil
		}
		return reply(r, http.StatusOK), nil
	}
}

// TestTransportPlainHTTP: passwords do not travel in the open, but to this machine or when that is allowed.
func TestTransportPlainHTTP(t *testing.T) {
	tests := []struct {
		source string
		allow  bool
		want   int
	}{
		{"https://f.example/v3/index.json", false, 200},
		{"http://f.example/v3/index.json", false, 401},
		{"http://f.example/v3/index.json", true, 200},
		{"http://192.0.2.7/v3/index.json", false, 401},
		{"http://localhost.f.example/v3/index.json", false, 401},
		{"http://127.0.0.1.f.example/v3/index.json", false, 401},
		{"http://localhost:8080/v3/index.json", false, 200},
		{"http://127.8.9.10/v3/index.json", false, 200},
		{"http://[::1]:8080/v3/index.json", false, 200},
	}
	for _, test := range tests {
		r := &rig{plugin: &scripted{}}
		r.connect(t, &TransportOptions{Sources: []string{test.source}, AllowInsecure: test.allow, Base: demanding("secret")})
		if got := r.get(t, test.source); got != test.want || (got == 200) != (r.asked.Load() == 1) {
			t.Errorf("%s, allowed %v: %d after %d searches", test.source, test.allow, got, r.asked.Load())
		}
	}
	// The credentials of the secure source do not go to the open one of the same name.
	r := &rig{plugin: &scripted{}}
	r.connect(t, &TransportOptions{Sources: []string{"https://f.example/v3/index.json"}, Base: demanding("secret"), AllowInsecure: true})
	if a, b := r.get(t, "https://f.example/v3/index.json"), r.get(t, "http://f.example/v3/index.json"); a != 200 || b != 401 {
		t.Errorf("%d, %d", a, b)
	}
}

// closeCounter counts bodies that were opened and closed.
type closeCounter struct {
	io.Reader
	closed *atomic.Int32
}

func (c closeCounter) Close() error {
	c.closed.Add(1)
	return nil
}

// TestTransportBodies: a body is sent again if it can be had again, and otherwise the first answer is the last.
func TestTransportBodies(t *testing.T) {
	for _, test := range []struct {
		name    string
		getBody bool
		want    string
	}{{"again", true, "package, package"}, {"once", false, "package"}} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			var opened, closed, responses atomic.Int32
			base := roundTripper(func(r *http.Request) (*http.Response, error) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					return nil, err
				}
				got = append(got, string(body))
				_ = r.Body.Close()
				response, err := demanding("secret")(r)
				response.Body = closeCounter{strings.NewReader("why"), &responses}
				return response, err
			})
			r := &rig{plugin: &scripted{}}
			r.connect(t, &TransportOptions{Sources: []string{feedURL}, Base: base})
			open := func() (io.ReadCloser, error) {
				opened.Add(1)
				return closeCounter{strings.NewReader("package"), &closed}, nil
			}
			body, _ := open()
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, feedURL, body)
			if err != nil {
				t.Fatal(err)
			}
			if test.getBody {
				request.GetBody = open
			}
			before := request.Header.Clone()
			response, err := r.transport.RoundTrip(request)
			if err != nil {
				t.Fatal(err)
			}
			if responses.Load() != opened.Load()-1 {
				t.Errorf("%d bodies of responses closed, of %d", responses.Load(), opened.Load())
			}
			text, _ := io.ReadAll(response.Body)
			_ = response.Body.Close()
			if strings.Join(got, ", ") != test.want || string(text) != "why" || opened.Load() != closed.Load() {
				t.Errorf("sent %q, %d bodies opened, %d closed; answer %q", got, opened.Load(), closed.Load(), text)
			}
			if diff := cmp.Diff(before, request.Header); diff != "" || request.Body != body {
				t.Errorf("the caller's request was changed %s", diff)
			}
			if response.Request != request {
				t.Error("the response leads to the request with the password")
			}
		})
	}
	t.Run("fails", func(t *testing.T) {
		r := &rig{plugin: &scripted{}}
		r.connect(t, &TransportOptions{Sources: []string{feedURL}, Base: demanding("secret")})
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodPut, feedURL, strings.NewReader("x"))
		broken := errors.New("the file is gone")
		request.GetBody = func() (io.ReadCloser, error) { return nil, broken }
		if _, err := r.transport.RoundTrip(request); !errors.Is(err, broken) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("no body", func(t *testing.T) {
		r := &rig{plugin: &scripted{}}
		r.connect(t, &TransportOptions{Sources: []string{feedURL}, Base: demanding("secret")})
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, feedURL, nil)
		request.Body, request.Header = http.NoBody, nil
		response, err := r.transport.RoundTrip(request)
		if err != nil || response.StatusCode != 200 {
			t.Errorf("%+v, %v", response, err)
		}
	})
}

// TestTransportLeavesAlone: other answers than 401, and requests that bring their own Authorization.
func TestTransportLeavesAlone(t *testing.T) {
	r := newRig(t, nil, &feedtest.Options{Intercept: func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/v3/forbidden" {
			w.WriteHeader(http.StatusForbidden)
			return true
		}
		return false
	}})
	if status := r.get(t, strings.TrimSuffix(r.feed.URL(), "index.json")+"forbidden"); status != 403 {
		t.Errorf("status %d", status)
	}
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, r.feed.URL(), nil)
	request.SetBasicAuth("bob", "mine")
	response, err := r.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != 401 || r.feed.Requests()[1].Username != "bob" || r.asked.Load() != 0 {
		t.Errorf("status %d, %+v, %d searches", response.StatusCode, r.feed.Requests(), r.asked.Load())
	}
}

// TestTransportConnections: what is drained and closed can be used again, so one connection does it all.
func TestTransportConnections(t *testing.T) {
	r := newRig(t, nil, nil)
	var dialed atomic.Int32
	base := &http.Transport{}
	base.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		dialed.Add(1)
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	r.connect(t, &TransportOptions{Sources: []string{r.feed.URL()}, Base: base})
	for range 3 {
		if status := r.get(t, r.feed.URL()); status != 200 {
			t.Errorf("status %d", status)
		}
	}
	if dialed.Load() != 1 {
		t.Errorf("%d connections", dialed.Load())
	}
	r.client.CloseIdleConnections()
	if r.get(t, r.feed.URL()); dialed.Load() != 2 {
		t.Errorf("%d connections", dialed.Load())
	}
	r.client.CloseIdleConnections()
}

// TestTransportCancelled: who leaves while plugins are asked gets the context's reason, and the next one asks anew.
func TestTransportCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{plugin: &scripted{}}
		r.plugin.answer = func(n int, _ *protocol.GetAuthenticationCredentialsRequest) authAnswer {
			if n == 1 {
				time.Sleep(10 * time.Second)
			}
			return credentialsAnswer("ann", "secret")
		}
		r.connect(t, &TransportOptions{Sources: []string{feedURL}, Base: demanding("secret")})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		request, _ := http.NewRequestWithContext(ctx, http.MethodGet, feedURL, nil)
		began := time.Now()
		waiter := make(chan error)
		go func() {
			response, err := r.transport.RoundTrip(request.Clone(ctx))
			if err == nil {
				_ = response.Body.Close()
			}
			waiter <- err
		}()
		_, err := r.transport.RoundTrip(request)
		if other := <-waiter; !errors.Is(err, context.DeadlineExceeded) || !errors.Is(other, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("%v and %v after %s", err, other, time.Since(began))
		}
		if status := r.get(t, feedURL); status != 200 {
			t.Errorf("status %d", status)
		}
	})
}

// TestTransportLives: a program that runs for days needs new credentials now and then, more than four times in all.
func TestTransportLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{plugin: &scripted{}}
		hour := 0
		password := func() string { return fmt.Sprint("of hour ", hour) }
		r.plugin.answer = func(int, *protocol.GetAuthenticationCredentialsRequest) authAnswer {
			if hour == 5 {
				return codeAnswer(protocol.CodeNotFound)
			}
			return credentialsAnswer("ann", password())
		}
		r.connect(t, &TransportOptions{Sources: []string{feedURL}, Base: roundTripper(func(r *http.Request) (*http.Response, error) {
			return demanding(password())(r)
		})})
		for hour = range 10 {
			want := 200
			if hour == 5 {
				want = 401
			}
			for range 3 {
				if status := r.get(t, feedURL); status != want {
					t.Errorf("hour %d: status %d", hour, status)
				}
			}
			if got := int(r.asked.Load()); got != hour+1 {
				t.Errorf("hour %d: %d searches", hour, got)
			}
			time.Sleep(time.Hour)
		}
	})
}

// TestTransportRefusedInPart: what is refused for one package is not lost for the others, but what is refused again and
// again is.
func TestTransportRefusedInPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int32 // with credentials
		expired := false
		r := &rig{plugin: &scripted{}}
		r.connect(t, &TransportOptions{Sources: []string{feedURL}, Base: roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("Authorization") != "" {
				sent.Add(1)
			}
			if expired || strings.HasSuffix(r.URL.Path, "/forbidden") {
				return reply(r, http.StatusUnauthorized), nil
			}
			return demanding("secret")(r)
		})})
		forbidden := "https://f.example/v3/forbidden"
		for range 3 {
			if a, b := r.get(t, feedURL), r.get(t, forbidden); a != 200 || b != 401 {
				t.Errorf("%d and %d", a, b)
			}
		}
		if r.asked.Load() != 4 {
			t.Errorf("%d searches", r.asked.Load())
		}
		expired = true
		sent.Store(0)
		for range 20 {
			r.get(t, feedURL)
		}
		if got := sent.Load(); got > maxAsks+1 {
			t.Errorf("refused credentials were sent %d times", got)
		}
	})
}

func TestNewTransportErrors(t *testing.T) {
	m := NewManager(Discovery{}, nil)
	defer m.Close()
	if _, err := NewTransport(m, &TransportOptions{Sources: []string{feedURL, "/folder"}}); err == nil {
		t.Error("a folder was taken for a source")
	}
	transport, err := NewTransport(m, nil)
	if err != nil || transport.options.Base != http.DefaultTransport {
		t.Errorf("%+v, %v", transport, err)
	}
	if _, err := transport.RoundTrip(&http.Request{}); err == nil {
		t.Error("a request without an address")
	}
}
