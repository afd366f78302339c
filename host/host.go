// Package host is the NuGet side of the plugin protocol: it finds plugins as a NuGet client would and says why not
// ([Discover]), starts one ([Launch]), and keeps as many as a program needs ([Manager]).
package host
