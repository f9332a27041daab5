namespace Holdfast.Storage.Memory;

/// <summary>Which boot of the machine this is.</summary>
internal static class CurrentBoot
{
    private const string File = "/proc/sys/kernel/random/boot_id";

    /// <summary>The boot's id; all zero where the kernel doesn't tell.</summary>
    internal static Guid Id { get; } = Read();

    /// <summary>Stands in a map that was used in this boot and is to be repaired by whoever opens it next: another id than this boot's, and in a later boot than that one's.</summary>
    internal static Guid ToBeRepaired { get; } = new([.. Id.ToByteArray().Select(part => (byte)~part)]);

    private static Guid Read() =>
        System.IO.File.Exists(File) && Guid.TryParse(System.IO.File.ReadAllText(File).AsSpan().Trim(), out Guid id) ? id : Guid.Empty;
}
