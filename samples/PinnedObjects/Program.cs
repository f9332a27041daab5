using Holdfast;
using PinnedObjects;

if (!Options.TryParse(args, out Options? options))
{
    Console.Error.WriteLine("usage: PinnedObjects map-pin|map-get|map-all|prog-pin|prog-get|prog-all [--engine user|kernel] [--store DIR] [--dir DIR]");
    return 2;
}

try
{
    using Bpf bpf = options.Kernel ? Bpf.OpenKernel() : Bpf.Open(new BpfOptions { Store = options.Store });
    string directory = options.Directory ?? bpf.DefaultMount;
    MapSession maps = new(bpf, Path.Combine(directory, "map"));
    ProgramSession programs = new(bpf, Path.Combine(directory, "prog"), options.Kernel);
    Action session = options.Verb switch
    {
        "map-pin" => maps.Pin,
        "map-get" => maps.Get,
        "map-all" => maps.All,
        "prog-pin" => programs.Pin,
        "prog-get" => programs.Get,
        _ => programs.All,
    };
    session();
    return 0;
}
catch (BpfException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
