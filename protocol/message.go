package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// JSON is an embedded JSON object, such as a feed's service index, kept as it came. nil is none.
type JSON = json.RawMessage

// maxDepth is how deep both C# readers let objects and arrays nest, the envelope being the first level.
const maxDepth = 64

// Message is the envelope: one line on the wire.
type Message struct {
	// RequestID is the id of the request that the message is or belongs to: any non-empty text, unique among the
	// outstanding requests of both directions. C# uses a GUID in lower case.
	RequestID string
	Type      MessageType
	Method    Method
	Payload   JSON // a JSON object; nil for Close and Cancel, and optional in what peers send

	strict bool // the payload is to be read strictly
	// known is the payload that this package has made or read itself; it need not be checked again. A caller may have put
	// another one into Payload since.
	known JSON
}

// valid says whether the payload is valid JSON.
func (m Message) valid() bool {
	if n := len(m.Payload); n > 0 && n == len(m.known) && &m.Payload[0] == &m.known[0] {
		return true
	}
	return json.Valid(m.Payload)
}

// NewRequest makes a request. It fails where a C# peer would reject the payload.
func NewRequest(id string, r Request) (Message, error) { return newMessage(id, r) }

// NewResponse makes the answer to a request. It fails where a C# peer would reject the payload.
func NewResponse(id string, r Response) (Message, error) { return newMessage(id, r) }

func newMessage(id string, p Payload) (Message, error) {
	m, t := p.kind()
	payload, err := EncodePayload(p)
	return Message{RequestID: id, Type: t, Method: m, Payload: payload, known: payload}, err
}

// NewFault makes a fault on the request with that id and method, or, with a fresh id and [MethodNone], one that ends the
// connection. An empty text, which no peer accepts, is replaced.
func NewFault(id string, m Method, text string) Message {
	if text == "" {
		text = "unknown error"
	}
	payload, _ := EncodePayload(&Fault{Message: text}) // a fault with a text breaks no rule
	return Message{RequestID: id, Type: TypeFault, Method: m, Payload: payload}
}

// NewProgress makes a sign of life on a request. NuGet's own carries no percentage.
func NewProgress(id string, m Method, p Progress) (Message, error) {
	payload, err := EncodePayload(&p)
	return Message{RequestID: id, Type: TypeProgress, Method: m, Payload: payload}, err
}

// NewCancel makes either the wish to cancel a request or the note that it was cancelled.
func NewCancel(id string, m Method) Message {
	return Message{RequestID: id, Type: TypeCancel, Method: m}
}

// NewClose makes the client's request to stop, which has no payload and no answer.
func NewClose(id string) Message {
	return Message{RequestID: id, Type: TypeRequest, Method: MethodClose}
}

// Encode writes the message as one line, with the line end. It fails for an empty id and for a type, method or payload
// that no peer accepts; the payload's own rules were checked when it was encoded.
func (m Message) Encode() ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	b := make([]byte, 0, 96+len(m.RequestID)+len(m.Payload))
	b = append(b, `{"RequestId":`...)
	b = appendString(b, m.RequestID)
	b = append(append(append(b, `,"Type":"`...), m.Type.String()...), '"')
	b = append(append(append(b, `,"Method":"`...), m.Method.String()...), '"')
	if m.Payload != nil {
		b = append(append(b, `,"Payload":`...), m.Payload...)
	}
	return append(b, '}', '\n'), nil
}

func (m Message) check() error {
	switch {
	case m.RequestID == "":
		return &FieldError{Field: "RequestId", Problem: "is empty"}
	case m.Type < 0 || int(m.Type) >= len(typeNames):
		return &FieldError{Field: "Type", Problem: "is unknown: " + m.Type.String()}
	case m.Method < 0 || int(m.Method) >= len(methodNames):
		return &FieldError{Field: "Method", Problem: "is unknown: " + m.Method.String()}
	case m.Payload != nil && (!m.valid() || m.Payload[0] != '{' || bytes.ContainsAny(m.Payload, "\r\n")):
		return &FieldError{Method: m.Method, Type: m.Type, Field: "Payload", Problem: "is not one JSON object on one line"}
	}
	return nil
}

// ErrNotMessage is what every error of [Decode] matches with errors.Is.
var ErrNotMessage = errors.New("not a protocol message")

// Decode reads one line as leniently as C#'s default reader reads what peers send. What that reader takes as well and no
// peer writes is refused: comments, single quotes, names without quotes, text after the object. So is JSON that nests
// deeper than 64 levels, which both C# readers refuse. The error matches [ErrNotMessage], and is a [FieldError] too when a
// property is to blame. A byte order mark is for the [Reader] to drop.
func Decode(line []byte) (Message, error) { return decode(line, false) }

// DecodeStrict reads one line in its exact form only: no white space around it, names and enums in their exact case,
// values of their own JSON type, no unknown or repeated property; and its payload likewise. It is for checking what a
// program writes.
func DecodeStrict(line []byte) (Message, error) { return decode(line, true) }

func decode(line []byte, strict bool) (Message, error) {
	if !strict {
		line = bytes.TrimSpace(line)
	}
	if !json.Valid(line) {
		return Message{}, fmt.Errorf("%w: no valid JSON", ErrNotMessage)
	}
	if line[0] != '{' || line[len(line)-1] != '}' { // white space, when reading strictly
		return Message{}, fmt.Errorf("%w: JSON, but not an object", ErrNotMessage)
	}
	if depth(line) > maxDepth {
		return Message{}, fmt.Errorf("%w: JSON that %w", ErrNotMessage, errTooDeep)
	}
	d := decoder{strict: strict}
	envelope := struct {
		RequestID string      `wire:"RequestId,required"`
		Type      MessageType `wire:"Type,required"`
		Method    Method      `wire:"Method,required"`
		Payload   JSON        `wire:"Payload"`
	}{}
	if err := d.object(line, fields(&envelope)); err != nil {
		return Message{}, fmt.Errorf("%w: %w", ErrNotMessage, err)
	}
	return Message{envelope.RequestID, envelope.Type, envelope.Method, envelope.Payload, strict, envelope.Payload}, nil
}

// DecodePayload reads the payload according to type and method. It returns nil for a message that has none: a Close, a
// Cancel, and a response or a progress without one, which C# peers take for one with nothing in it. A request or a fault
// without the payload that it needs is an error, and so is whatever breaks a rule of the payload's type; the error is a
// [FieldError].
func (m Message) DecodePayload() (Payload, error) {
	p := newPayload(m.Method, m.Type)
	if p == nil || m.Payload == nil && (m.Type == TypeResponse || m.Type == TypeProgress) {
		return nil, nil
	}
	d := decoder{m.Method, m.Type, m.strict}
	if m.Payload == nil {
		return nil, d.fail("Payload", "is missing")
	}
	if !m.valid() { // it may not come from Decode
		return nil, d.fail("Payload", errNotJSON.Error())
	}
	all := fields(p)
	if err := d.object(m.Payload, all); err != nil {
		return nil, err
	}
	if err := d.checkRules(p, all); err != nil {
		return nil, err
	}
	return p, nil
}
