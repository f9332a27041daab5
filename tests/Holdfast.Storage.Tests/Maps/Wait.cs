namespace Holdfast.Storage.Tests.Maps;

/// <summary>A wait.</summary>
/// <param name="Wall">By the clock on the wall.</param>
/// <param name="Net">Without the time in which the thread could have run and had no processor.</param>
internal readonly record struct Wait(TimeSpan Wall, TimeSpan Net)
{
    /// <summary>The longer of each.</summary>
    public Wait Or(Wait other) => new(Wall > other.Wall ? Wall : other.Wall, Net > other.Net ? Net : other.Net);

    public override string ToString() => $"{Wall.TotalMilliseconds:F1} ms, {Net.TotalMilliseconds:F1} ms without waiting for a processor";
}
