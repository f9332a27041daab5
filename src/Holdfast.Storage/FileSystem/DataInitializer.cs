using Holdfast.Isa.Abi;

namespace Holdfast.Storage.FileSystem;

/// <summary>Writes a new object's first data, before any other process can open it.</summary>
/// <param name="descriptor">The object's file, read-write, at its full length; borrowed for the call.</param>
/// <returns>An error makes the creation fail, and nothing remains.</returns>
public delegate Errno DataInitializer(int descriptor);
