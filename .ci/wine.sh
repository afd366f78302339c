#!/bin/sh
# Makes a Wine prefix in which programs built by Go run, and prints its folder.
#
#   prefix=$(.ci/wine.sh)
#   WINEDEBUG=-all WINEPREFIX=$prefix GOOS=windows go test -p 1 -exec /usr/lib/wine/wine64 ./internal/proc
#
# With -p 1, because the first program in a prefix starts Wine's services, which keep its
# stdout for as long as any program runs there. Beside a second package "go test" then
# fails the first with "Test I/O incomplete". And t.TempDir cannot clean up in Wine 8.0.
#
# Needs Debian's wine64 and gcc-mingw-w64-x86-64; it installs nothing itself. A second
# run finds the prefix finished and only prints it. Everything lies under
# ${XDG_CACHE_HOME:-$HOME/.cache}/nuplug-ci, so deleting that folder undoes it all.
#
# Go since 1.22 loads bcryptprimitives.dll for its random numbers, which Wine 8.0 does
# not have: every Go program ends with "panic before malloc heap initialized". The DLL
# below has the one function that Go asks for.
set -eu

wine=${WINE:-/usr/lib/wine/wine64}
cc=${MINGW_CC:-x86_64-w64-mingw32-gcc}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/nuplug-ci
prefix=$cache/wine

for tool in "$wine" "$cc"; do
	if ! command -v "$tool" >/dev/null; then
		echo "wine.sh: $tool not found; install wine64 and gcc-mingw-w64-x86-64" >&2
		exit 1
	fi
done

# The stamp is written last, so that a run that was cut off starts again from nothing.
stamp=$prefix/nuplug-ready
if [ ! -e "$stamp" ]; then
	rm -rf "$prefix"
	mkdir -p "$prefix"
	# No display, no .NET, no browser engine: without these two lines wineboot asks for downloads.
	export WINEPREFIX="$prefix" WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
	"$wine" wineboot -i >"$cache/wineboot.log" 2>&1 </dev/null || {
		echo "wine.sh: wineboot failed; its output is in $cache/wineboot.log" >&2
		exit 1
	}

	src=$prefix/bcryptprimitives.c
	cat >"$src" <<'C'
#include <windows.h>

/* SystemFunction036 is the name under which advapi32 exports RtlGenRandom. */
BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *buffer, SIZE_T length)
{
    while (length > 0) {
        ULONG part = length > 0x40000000 ? 0x40000000 : (ULONG)length;
        if (!SystemFunction036(buffer, part))
            return FALSE;
        buffer += part;
        length -= part;
    }
    return TRUE;
}
C
	"$cc" -shared -O2 -s -o "$prefix/drive_c/windows/system32/bcryptprimitives.dll" "$src" -ladvapi32
	: >"$stamp"
fi

echo "$prefix"
