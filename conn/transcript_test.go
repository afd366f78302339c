package conn_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what came out into testdata/*.txtar")

// Each file in testdata is one rule of docs/spec.md. Its comment says the rule; its sections are
//
//	setup    which side is ours (or both), its handlers, strict, and whether the handshake is done by hand
//	peer     the lines that the peer writes, byte for byte; a line that begins with @ is something that happens:
//	         @call, @cancel (of the first call), @sleep TIME, @eof, @raw "GO STRING" (without a line end)
//	ours     the lines that we write after the handshake
//	outcome  what came of our calls, what was dropped and why, and how it ended
//
// with the last two for each side where they differ.
//
// $1, $2 … stand for the ids of our requests after the handshake's, which is $0.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts: ", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			section := map[string]string{}
			for _, f := range archive.Files {
				section[f.Name] = string(f.Data)
			}
			setup := parseSetup(t, section["setup"])
			got := map[string]string{}
			for _, side := range setup.sides {
				t.Run(side.String(), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						got["ours "+side.String()], got["outcome "+side.String()] = replay(t, side, setup, section["peer"])
					})
				})
			}
			sections := merged(got, setup.sides)
			if *update {
				archive.Files = append(archive.Files[:2], sections...)
				if err := os.WriteFile(file, txtar.Format(archive), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(archive.Files[2:], sections); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// merged makes one section of what is the same for both sides.
func merged(got map[string]string, sides []protocol.Side) (sections []txtar.File) {
	for _, name := range []string{"ours", "outcome"} {
		first := got[name+" "+sides[0].String()]
		if got[name+" "+sides[len(sides)-1].String()] == first {
			sections = append(sections, txtar.File{Name: name, Data: []byte(first)})
			continue
		}
		for _, side := range sides {
			sections = append(sections, txtar.File{Name: name + " " + side.String(), Data: []byte(got[name+" "+side.String()])})
		}
	}
	return sections
}

type setup struct {
	sides    []protocol.Side
	byHand   bool
	strict   bool
	handlers map[protocol.Method]conn.Handler
}

func parseSetup(t *testing.T, text string) setup {
	s := setup{handlers: map[protocol.Method]conn.Handler{}}
	for line := range strings.Lines(text) {
		switch words := strings.Fields(line); words[0] {
		case "client":
			s.sides = []protocol.Side{protocol.Client}
		case "plugin":
			s.sides = []protocol.Side{protocol.Plugin}
		case "both":
			s.sides = sides
		case "by-hand":
			s.byHand = true
		case "strict":
			s.strict = true
		case "handle": // what: a method of either side that answers with a code
			h := handlerThat(t, words[1])
			s.handlers[protocol.MethodPrefetchPackage], s.handlers[protocol.MethodGetServiceIndex] = h, h
		default:
			t.Fatal("unknown setup: ", line)
		}
	}
	return s
}

func handlerThat(t *testing.T, does string) conn.Handler {
	switch does {
	case "answers":
		return func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
			if r.Method == protocol.MethodGetServiceIndex {
				return noIndex(ctx, r)
			}
			return found(ctx, r)
		}
	case "waits":
		return untilCancelled
	case "fails":
		return func(context.Context, *conn.Request) (protocol.Response, error) { return nil, os.ErrPermission }
	case "says-nothing":
		return func(context.Context, *conn.Request) (protocol.Response, error) { return nil, nil }
	}
	t.Fatal("unknown handler: ", does)
	return nil
}

// replay plays the peer's part and writes down what came of it.
func replay(t *testing.T, side protocol.Side, setup setup, peer string) (ours, outcome string) {
	record := new(recorder)
	op, s := open(t, side, &conn.Options{Handlers: setup.handlers, Strict: setup.strict, Observer: record.observe})
	prefix := s.next().RequestID[:24]
	id := func(n int) string { return fmt.Sprintf("%s%012x", prefix, n+1) }
	names := strings.NewReplacer(id(0), "$0", id(1), "$1", id(2), "$2", id(3), "$3", id(4), "$4")
	ids := strings.NewReplacer("$0", id(0), "$1", id(1), "$2", id(2), "$3", id(3), "$4", id(4))
	if !setup.byHand {
		s.request("hello", protocol.MethodHandshake, hello)
		s.next()
		s.write(`{"RequestId":%q,"Type":"Response","Method":"Handshake","Payload":%s}`, id(0), success2)
	}
	var calls []*pending
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for line := range strings.Lines(peer) {
		synctest.Wait()
		verb, argument, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch verb {
		case "@call":
			if c := op.conn; side == protocol.Client {
				calls = append(calls, start(t, c.Call, ctx, prefetch("a")))
			} else {
				calls = append(calls, start(t, c.Call, t.Context(), serviceIndex("https://feed.example/v3/index.json")))
			}
		case "@cancel":
			cancel()
		case "@sleep":
			d, err := time.ParseDuration(argument)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(d)
		case "@eof":
			s.stopWriting()
		case "@raw":
			text, err := strconv.Unquote(argument)
			if err != nil {
				t.Fatal(err)
			}
			_ = s.raw(ids.Replace(text))
		default:
			_ = s.raw(ids.Replace(line))
		}
	}
	return names.Replace(joinLines(s.all())), names.Replace(describeEnd(t, op, calls, record))
}

func joinLines(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}

func describeEnd(t *testing.T, op *opening, calls []*pending, record *recorder) string {
	var b strings.Builder
	for i, call := range calls {
		switch {
		case !call.over():
			fmt.Fprintf(&b, "call %d waits\n", i+1)
		case call.err != nil:
			fmt.Fprintf(&b, "call %d: %v\n", i+1, call.err)
		case call.response == nil:
			fmt.Fprintf(&b, "call %d: nothing\n", i+1)
		default:
			payload, err := protocol.EncodePayload(call.response)
			if err != nil {
				t.Error(err)
			}
			fmt.Fprintf(&b, "call %d: %s %s\n", i+1, strings.TrimPrefix(fmt.Sprintf("%T", call.response), "*protocol."), payload)
		}
	}
	for _, e := range record.all() {
		if e.Dropped != "" {
			fmt.Fprintf(&b, "dropped %s %s: %s\n", e.Message.Type, e.Message.Method, e.Dropped)
		}
	}
	c, err := op.result(t)
	switch {
	case err != nil:
		fmt.Fprintf(&b, "not opened: %v\n", err)
	case c.Cause() == nil:
		fmt.Fprintln(&b, "goes on")
	default:
		fmt.Fprintf(&b, "ended: %v\n", c.Cause())
		if err := c.Wait(); err == nil {
			fmt.Fprintln(&b, "which is a clean end")
		} else if err != c.Cause() {
			t.Error(err)
		}
	}
	return b.String()
}
