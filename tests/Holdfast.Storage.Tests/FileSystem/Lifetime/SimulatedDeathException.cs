namespace Holdfast.Storage.Tests.FileSystem.Lifetime;

/// <summary>Thrown in place of a system call, and of every later one, by a simulated process that is dead.</summary>
public sealed class SimulatedDeathException : Exception;
