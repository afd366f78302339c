package main

import (
	"github.com/spf13/cobra"

	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/nugetconfig"
)

func newLocalsCommand(s *streams) *cobra.Command {
	var list, clear bool
	var as string
	c := &cobra.Command{
		Use:   "locals all|http-cache|global-packages|temp|plugins-cache --list|--clear",
		Short: "List or clear NuGet's folders, as `dotnet nuget locals` does",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			client, err := clientFor(s, as)
			if err != nil {
				return err
			}
			name := ""
			if len(args) == 1 {
				name = args[0]
			}
			return host.RunLocals(s.Out, s.locals(client), name, list, clear)
		},
	}
	c.Flags().BoolVarP(&list, "list", "l", false, "print the folders")
	c.Flags().BoolVarP(&clear, "clear", "c", false, "delete what is in them")
	c.Flags().StringVar(&as, "as", "", "the client whose folders they are (default: the dotnet on PATH)")
	return c
}

// locals are NuGet's folders; where the packages lie may be said in the NuGet.Config chain of the working directory.
func (s *streams) locals(client host.Client) []host.Local {
	o := new(host.LocalsOptions)
	if config, err := nugetconfig.Load(&nugetconfig.Options{Start: s.Dir}); err == nil {
		if folder, err := config.GlobalPackagesFolder(); err == nil {
			o.GlobalPackages = folder.Value
		}
	}
	return host.Locals(client, host.ParseEnv(s.Env), o)
}
