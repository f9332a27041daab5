namespace Holdfast.Isa.Abi;

/// <summary>A place in code to probe: a function of the kernel, or an offset into an executable file.</summary>
/// <param name="Target">The kernel's function, or the file's path.</param>
/// <param name="Offset">Bytes from the function's beginning, or into the file.</param>
/// <param name="InFile">Whether <paramref name="Target"/> is a file (a uprobe).</param>
/// <param name="OnReturn">Whether the program runs when the function returns.</param>
/// <param name="Process">The process to probe, -1 for all; kernel functions are probed for all.</param>
public sealed record ProbePoint(string Target, ulong Offset = 0, bool InFile = false, bool OnReturn = false, int Process = -1);
