package nupkg

import (
	"cmp"
	"fmt"
)

// Limits bound what a package may make us read and write. A zero field stands for its default, and
// so does a nil pointer for all of them.
type Limits struct {
	Files     int   // entries in the package; default 100,000
	FileSize  int64 // bytes of one unpacked file; default 2 GiB
	TotalSize int64 // bytes of all unpacked files; default 8 GiB
	Ratio     int64 // unpacked bytes to packed bytes, once more than 64 MiB are unpacked; default 100
}

const (
	ratioCounts   = 64 << 20 // below this much unpacked data a high ratio does no harm
	maxNuspec     = 1 << 20  // bytes of a .nuspec; the longest of the public gallery are a tenth of it
	maxDirectory  = 32 << 20 // bytes read to list a package, some 300 for each of the default 100,000 files
	unlimitedRead = -1
)

func (l *Limits) orDefaults() Limits {
	var set Limits
	if l != nil {
		set = *l
	}
	return Limits{
		Files:     cmp.Or(set.Files, 100_000),
		FileSize:  cmp.Or(set.FileSize, 2<<30),
		TotalSize: cmp.Or(set.TotalSize, 8<<30),
		Ratio:     cmp.Or(set.Ratio, 100),
	}
}

// checkFile judges one file by the size that the package declares; reading holds it to that.
func (l *Limits) checkFile(name string, size uint64) error {
	if size > uint64(l.FileSize) {
		return fmt.Errorf("file %.200q unpacks to %d bytes, more than the %d allowed", name, size, l.FileSize)
	}
	return nil
}

// checkTotal judges the sum of the declared sizes against the size of the package itself, which cannot
// be forged: entries that share their packed bytes count each time.
func (l *Limits) checkTotal(total, packed int64) error {
	if total > l.TotalSize {
		return fmt.Errorf("it unpacks to more than the %d bytes allowed", l.TotalSize)
	}
	if total > ratioCounts && total/l.Ratio > packed {
		return fmt.Errorf("it unpacks to more than %d times its size", l.Ratio)
	}
	return nil
}
