namespace Holdfast.Storage.FileSystem;

/// <summary>What a collector run did.</summary>
public sealed record CollectorStatistics
{
    /// <summary>Objects looked at.</summary>
    public int Examined { get; internal set; }

    /// <summary>Objects freed, those of cycles included.</summary>
    public int Freed { get; internal set; }

    /// <summary>Objects freed that only cycles referred to.</summary>
    public int FreedInCycles { get; internal set; }

    /// <summary>References dropped that no object held any more.</summary>
    public int StaleReferences { get; internal set; }

    /// <summary>Objects that can't be opened or read, and so count as live.</summary>
    public int Unreadable { get; internal set; }

    /// <summary>Damaged objects and foreign files, which count as live.</summary>
    public int NotUnderstood { get; internal set; }

    /// <summary>Whether another collector was at work, and this one left it to that.</summary>
    public bool WasBusy { get; internal set; }

    /// <summary>Why nothing was freed; null if that was possible.</summary>
    public string? WhyNot { get; internal set; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; internal set; }
}
