// Command answer is the least that a plugin can be: it finds ids and methods in the lines by their text and writes fixed
// answers, with the secret of the variable ANSWER_PASSWORD. It is what the cost of our plugin in a restore is measured
// against, and no example.
package main

import (
	"bufio"
	"bytes"
	"os"
)

func main() {
	out := os.Stdout
	write := func(parts ...string) {
		var b []byte
		for _, part := range parts {
			b = append(b, part...)
		}
		_, _ = out.Write(append(b, '\n'))
	}
	write(`{"RequestId":"me","Type":"Request","Method":"Handshake","Payload":{"ProtocolVersion":"2.0.0","MinimumProtocolVersion":"1.0.0"}}`)
	in := bufio.NewReader(os.Stdin)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		if !bytes.Contains(line, []byte(`"Type":"Request"`)) {
			continue
		}
		id, method := value(line, `"RequestId":"`), value(line, `"Method":"`)
		payload := `{"ResponseCode":"Success"}`
		switch method {
		case "Handshake":
			payload = `{"ResponseCode":"Success","ProtocolVersion":"2.0.0"}`
		case "GetOperationClaims":
			payload = `{"Claims":["Authentication"]}`
		case "GetAuthenticationCredentials":
			payload = `{"Username":"bench","Password":"` + os.Getenv("ANSWER_PASSWORD") + `","AuthenticationTypes":["Basic"],"ResponseCode":"Success"}`
		case "Close":
			return
		}
		write(`{"RequestId":"`, id, `","Type":"Response","Method":"`, method, `","Payload":`, payload, `}`)
	}
}

func value(line []byte, key string) string {
	_, rest, _ := bytes.Cut(line, []byte(key))
	text, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(text)
}
