package provider

import (
	"fmt"
	"os"
	"sync"

	"github.com/nuplug/nuplug/plugin"
	"github.com/nuplug/nuplug/protocol"
	"github.com/nuplug/nuplug/trace"
)

// RecordVariable names a file to which the plugin appends every message of its conversations, without passwords.
const RecordVariable = "NUPLUG_RECORD"

// recorder opens the recording with the first message. A recording that cannot be written must not cost a restore.
func recorder(name string) func(plugin.Event) {
	if name == "" {
		return nil
	}
	open := sync.OnceValue(func() *trace.Recorder {
		file, err := trace.OpenFile(name)
		if err != nil {
			fmt.Fprintf(os.Stderr, "nuplug: %s: %v\n", RecordVariable, err)
			return nil
		}
		return trace.NewRecorder(file, protocol.Plugin)
	})
	return func(e plugin.Event) {
		if r := open(); r != nil {
			_ = r.Record(e.Time, e.Sent, e.Message, e.Dropped)
		}
	}
}
