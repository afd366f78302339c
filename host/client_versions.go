package host

import (
	"fmt"
	"strconv"
	"strings"
)

// msbuildAhead is by how much the major version of MSBuild and Visual Studio is ahead of that of the NuGet inside.
const msbuildAhead = 11

// newestMinor gives the last known minor version of a major version of NuGet.
func newestMinor(major int) int {
	switch major {
	case 4, 7:
		return 9
	case 5:
		return 11
	case 6:
		return 14
	}
	return 0
}

// newestNuGet is the last version whose rules are known.
func newestNuGet() ClientVersion { return ClientVersion{Major: 7, Minor: 9} }

// sdk is one line of .NET SDKs; minors[i] is the minor version of NuGet in feature band i+1 (band 1 is x.y.1xx).
type sdk struct {
	major, minor int
	nuget        int
	minors       []int
}

// sdks is Microsoft's table of what is in which SDK, oldest first.
func sdks() []sdk {
	return []sdk{
		{3, 1, 5, []int{4, 5, 6, 7}},
		{5, 0, 5, []int{8, 9, 10, 11}},
		{6, 0, 6, []int{0, 1, 2, 3}},
		{7, 0, 6, []int{4, 5, 6, 7}},
		{8, 0, 6, []int{8, 9, 10, 11}},
		{9, 0, 6, []int{12, 13, 14}},
		{10, 0, 7, []int{0, 3, 6, 9}},
	}
}

func versionOfSDK(n []int) (ClientVersion, error) {
	if len(n) == 0 {
		return newestNuGet(), nil
	}
	table := sdks()
	if last := table[len(table)-1]; n[0] > last.major {
		return newestNuGet(), nil
	}
	for _, s := range table {
		if n[0] != s.major || len(n) > 1 && n[1] != s.minor {
			continue
		}
		band := len(s.minors)
		if len(n) > 2 {
			band = min(n[2]/100, band)
		}
		if band == 0 {
			return ClientVersion{}, fmt.Errorf("the third number of an SDK is 100 or more, as in %d.%d.100", s.major, s.minor)
		}
		return ClientVersion{Major: s.nuget, Minor: s.minors[band-1]}, nil
	}
	return ClientVersion{}, fmt.Errorf("there is no such SDK, or it is older than %d.%d", table[0].major, table[0].minor)
}

// versionOfNuGet reads a version whose major number is ahead of NuGet's.
func versionOfNuGet(n []int, ahead int) (ClientVersion, error) {
	if len(n) == 0 {
		return newestNuGet(), nil
	}
	v := ClientVersion{Major: n[0] - ahead}
	if v.Major < 4 || v.Major > 99 {
		return v, fmt.Errorf("plugins came with major version %d, and %d is not a later one", 4+ahead, n[0])
	}
	v.Minor = newestMinor(v.Major)
	if len(n) > 1 {
		v.Minor = n[1]
	}
	if len(n) > 2 {
		v.Patch = n[2]
	}
	return v, nil
}

// parseNumbers reads "10.0.401"; a prerelease or a fourth number says nothing about the rules and is dropped.
func parseNumbers(version string, versioned bool) ([]int, error) {
	if !versioned {
		return nil, nil
	}
	version, _, _ = strings.Cut(version, "-")
	var numbers []int
	for part := range strings.SplitSeq(version, ".") {
		n, err := strconv.ParseUint(part, 10, 31)
		if err != nil {
			return nil, fmt.Errorf("version %.40q is not numbers with dots between them, as in 10.0.401", version)
		}
		numbers = append(numbers, int(n))
	}
	return numbers[:min(len(numbers), 3)], nil
}
