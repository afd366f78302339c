package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nuplug/nuplug/protocol"
)

// claimsContent is what NuGet writes into a file of the claims cache: the numbers, one to a line.
func claimsContent(claims []protocol.OperationClaim, goos string) []byte {
	if len(claims) == 0 {
		return []byte("[]")
	}
	newline := "\n"
	if goos == windows {
		newline = "\r\n"
	}
	lines := make([]string, len(claims))
	for i, claim := range claims {
		lines[i] = newline + "  " + strconv.Itoa(int(claim))
	}
	return []byte("[" + strings.Join(lines, ",") + newline + "]")
}

var (
	errClaimsEmpty = errors.New("is empty")
	errClaimsNames = errors.New("holds names instead of numbers")
)

// parseClaims reads what claimsContent writes, and names too, which old versions of NuGet read: then the error is
// errClaimsNames and the claims are there all the same. Numbers that mean nothing stay in the list. The word null is no
// list, and no error either: nil. All of this was seen with NuGet 7.9.
func parseClaims(content []byte) ([]protocol.OperationClaim, error) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if len(content) == 0 {
		return nil, errClaimsEmpty
	}
	var items []json.RawMessage
	if err := json.Unmarshal(content, &items); err != nil {
		return nil, errors.New("is not a list in JSON")
	}
	if items == nil {
		return nil, nil
	}
	var named error
	claims := make([]protocol.OperationClaim, len(items))
	for i, item := range items {
		if n, err := strconv.ParseInt(string(item), 10, 32); err == nil {
			claims[i] = protocol.OperationClaim(n)
			continue
		}
		claim, ok := claimOfName(item)
		if !ok {
			return nil, fmt.Errorf("holds something that is not a claim: %.40s", item)
		}
		claims[i], named = claim, errClaimsNames
	}
	return claims, named
}

func claimOfName(item json.RawMessage) (protocol.OperationClaim, bool) {
	var name string
	if json.Unmarshal(item, &name) != nil {
		return 0, false
	}
	for _, claim := range []protocol.OperationClaim{protocol.ClaimDownloadPackage, protocol.ClaimAuthentication} {
		if strings.EqualFold(name, claim.String()) {
			return claim, true
		}
	}
	return 0, false
}
