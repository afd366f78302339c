package host

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

// stressLogVar names the file into which the crashing plugin writes what it answered.
const stressLogVar = "NUPLUG_HOST_STRESS_LOG"

// TestStress: many goroutines share a plugin that crashes at random. Every answer that it wrote reaches its caller, and no
// process is left. NUPLUG_LONG=1 makes it last half a minute.
func TestStress(t *testing.T) {
	duration := 2 * time.Second
	if os.Getenv("NUPLUG_LONG") == "1" {
		duration = 30 * time.Second
	}
	log := filepath.Join(tempDir(t), "answers")
	r := new(recorder)
	d := discovered("/crashing")
	d.Candidates[0].Start = childStart(t, "crash")
	m := NewManager(d, &ManagerOptions{Launch: LaunchOptions{start: r.start, Env: append(os.Environ(), stressLogVar+"="+log)}})
	got, lost := stress(t, m, duration)
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	r.allEnded(t)
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	answers := strings.Fields(string(text))
	for _, answer := range answers {
		if !got[answer] {
			t.Errorf("the answer %s was sent and lost", answer)
		}
	}
	t.Logf("%d processes, %d answers, %d questions that a crash took", len(r.processes), len(answers), lost)
	if len(r.processes) < 2 || len(answers) == 0 || lost == 0 {
		t.Error("nothing was tested")
	}
}

// stress asks from 64 goroutines and returns the answers that came, and how many questions failed.
func stress(t *testing.T, m *Manager, duration time.Duration) (got map[string]bool, failed int32) {
	var mu sync.Mutex
	got = map[string]bool{}
	seen := map[*Plugin]bool{}
	var lost, number atomic.Int32
	var wg sync.WaitGroup
	one := func() error {
		p, err := m.Plugin(t.Context(), m.discovery.Candidates[0])
		if err != nil {
			return err
		}
		mu.Lock()
		seen[p] = true
		mu.Unlock()
		uri := fmt.Sprintf("https://f.example/%d", number.Add(1))
		a, err := p.Authenticate(t.Context(), protocol.GetAuthenticationCredentialsRequest{URI: uri})
		if err != nil {
			lost.Add(1)
			return nil
		}
		if deref(a.Password) != uri {
			return fmt.Errorf("asked for %s and got the answer for %s", uri, deref(a.Password))
		}
		mu.Lock()
		defer mu.Unlock()
		got[uri] = true
		return nil
	}
	// A slow machine, or Wine, may need longer for the first crash and what comes after it.
	tested := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(seen) > 1 && lost.Load() > 0 && len(got) > 0
	}
	end := time.Now().Add(duration)
	last := end.Add(time.Minute)
	for range 64 {
		wg.Go(func() {
			for time.Now().Before(end) || !tested() && time.Now().Before(last) {
				if err := one(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return got, lost.Load()
}

// beCrashing answers some hundred questions and dies in the middle of one, without a word, while others are being
// answered.
func beCrashing() int {
	log, err := os.OpenFile(os.Getenv(stressLogVar), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 95
	}
	var left atomic.Int32
	left.Store(1 + rand.Int32N(600))
	handlers := goodHandlers(nil)
	handlers[protocol.MethodGetAuthenticationCredentials] = func(_ context.Context, r *conn.Request) (protocol.Response, error) {
		if left.Add(-1) == 0 {
			os.Exit(5)
		}
		return credentialsAnswer("ann", r.Payload.(*protocol.GetAuthenticationCredentialsRequest).URI), nil
	}
	stream := conn.Join(os.Stdin, &accountant{os.Stdout, log})
	c, err := conn.Open(context.Background(), stream, protocol.Plugin, &conn.Options{Handlers: handlers})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	<-c.Done()
	return 0
}

// accountant writes down each answer that was written whole.
type accountant struct {
	*os.File
	log *os.File
}

func (a *accountant) Write(b []byte) (int, error) {
	n, err := a.File.Write(b)
	if _, answer, ok := strings.Cut(string(b), `"Password":"`); ok && err == nil {
		answer, _, _ = strings.Cut(answer, `"`)
		_, _ = fmt.Fprintln(a.log, answer)
	}
	return n, err
}
