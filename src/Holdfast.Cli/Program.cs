return Holdfast.Cli.Hosting.CommandLine.Run(args);
