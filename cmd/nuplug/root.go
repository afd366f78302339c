package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/nuplug/nuplug/plugin"
	"github.com/nuplug/nuplug/provider"
)

// run is the plugin if NuGet, or whoever plays NuGet, started the program, and the command line otherwise.
func run() int {
	if plugin.WantsPlugin(os.Args[1:]) {
		return provider.New(nil).Main()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s := systemStreams()
	return execute(ctx, s, os.Args[1:])
}

// execute runs one command line in this process.
func execute(ctx context.Context, s *streams, args []string) int {
	root := newRootCommand(s)
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		return report(s.Err, err)
	}
	return 0
}

func newRootCommand(s *streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "nuplug",
		Short: "Use, explain and test NuGet's plugins",
		Long: `nuplug uses, explains and tests NuGet's plugins: the programs that give dotnet, NuGet.exe and MSBuild
the credentials of private feeds. Started with -Plugin it is such a plugin itself.`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(
		newDemoCommand(s, nil),
		newCredentialsCommand(s, nil),
		newLoginCommand(s, nil),
		newLogoutCommand(s, nil),
		newStatusCommand(s, nil),
		newExplainCommand(s, nil),
		newPluginsCommand(s, nil),
		newDoctorCommand(s, nil),
		newLocalsCommand(s),
		newConfigCommand(s),
		newExportCommand(s, nil),
		newInstallCommand(s, nil),
		newUninstallCommand(s, nil),
		newVersionCommand(s),
	)
	return root
}
