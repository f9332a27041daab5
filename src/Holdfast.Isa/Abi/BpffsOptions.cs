using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Holdfast.Isa.Abi;

/// <summary>Options of a file system of pins, as mount(8) spells them: <c>uid=1000,gid=1000,mode=0750</c>.</summary>
public sealed record BpffsOptions
{
    /// <summary>Permission bits of a new root directory that none are given for: octal 700. (The kernel alone would make it 1777.)</summary>
    public const uint DefaultMode = 0x1C0;

    private const uint PermissionBits = 0xFFF;

    /// <summary>Owner of the root directory (<c>uid=</c>); null leaves it.</summary>
    public uint? User { get; init; }

    /// <summary>Group of the root directory (<c>gid=</c>); null leaves it.</summary>
    public uint? Group { get; init; }

    /// <summary>Permission bits of the root directory (<c>mode=</c>, octal); null leaves them.</summary>
    public uint? Mode { get; init; }

    /// <summary>Whether nothing can be pinned or unpinned (<c>ro</c>); null leaves it (<c>rw</c>).</summary>
    public bool? ReadOnly { get; init; }

    /// <summary>Whether only root may pin, whoever may write the directories (<c>pin=root</c>, <c>pin=any</c>); null leaves it. The userspace engine only.</summary>
    public bool? OnlyRootPins { get; init; }

    /// <summary>What user namespaces are trusted with by tokens (<c>delegate_cmds=any</c>, …), as given; the kernel engine only.</summary>
    public IReadOnlyList<string> Delegations { get; init; } = [];

    /// <summary>Reads options as given on a command line. The kernel passes over options that it doesn't know; here they are refused.</summary>
    /// <param name="text">Comma-separated options; may be empty.</param>
    /// <param name="options">The options.</param>
    /// <param name="error">What is wrong, in one line.</param>
    /// <returns>Whether all are known and well-formed.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out BpffsOptions? options, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        options = new BpffsOptions();
        foreach (string option in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (options.TryAdd(option) is not { } more)
            {
                options = null;
                error = $"'{option}' is no option of a bpffs; known are uid=N, gid=N, mode=OCTAL, ro, rw, pin=root, pin=any, delegate_cmds=, delegate_maps=, delegate_progs=, delegate_attachs=";
                return false;
            }

            options = more;
        }

        error = null;
        return true;
    }

    /// <summary>The options as <see cref="TryParse"/> reads them.</summary>
    /// <returns>Comma-separated options.</returns>
    public override string ToString()
    {
        List<string> parts = [];
        if (User is { } user)
            parts.Add($"uid={user}");
        if (Group is { } group)
            parts.Add($"gid={group}");
        if (Mode is { } mode)
            parts.Add($"mode={Convert.ToString(mode, 8)}");
        if (ReadOnly is { } readOnly)
            parts.Add(readOnly ? "ro" : "rw");
        if (OnlyRootPins is { } onlyRoot)
            parts.Add(onlyRoot ? "pin=root" : "pin=any");
        return string.Join(',', [.. parts, .. Delegations]);
    }

    private BpffsOptions? TryAdd(string option)
    {
        int equals = option.IndexOf('=', StringComparison.Ordinal);
        string value = equals < 0 ? "" : option[(equals + 1)..];
        return (equals < 0 ? option : option[..equals]) switch
        {
            "uid" when TryId(value, out uint id) => this with { User = id },
            "gid" when TryId(value, out uint id) => this with { Group = id },
            "mode" when TryMode(value, out uint mode) => this with { Mode = mode },
            "ro" when equals < 0 => this with { ReadOnly = true },
            "rw" when equals < 0 => this with { ReadOnly = false },
            "pin" when value is "root" or "any" => this with { OnlyRootPins = value == "root" },
            "delegate_cmds" or "delegate_maps" or "delegate_progs" or "delegate_attachs" when value.Length > 0 =>
                this with { Delegations = [.. Delegations, option] },
            _ => null,
        };
    }

    /// <summary>All ones means "leave it" to chown(2), so it is no id.</summary>
    private static bool TryId(string text, out uint id) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id != uint.MaxValue;

    private static bool TryMode(string text, out uint mode)
    {
        mode = 0;
        foreach (char digit in text)
        {
            if (digit is < '0' or > '7' || mode > PermissionBits >> 3)
                return false;
            mode = (mode << 3) + (uint)(digit - '0');
        }

        return text.Length > 0;
    }
}
