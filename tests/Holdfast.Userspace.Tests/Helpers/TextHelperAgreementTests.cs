using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Userspace.Programs.Contexts;
using Holdfast.Userspace.Tests.TestRuns;
using static Holdfast.Isa.Abi.HelperId;
using Step = Holdfast.Userspace.Tests.Helpers.HelperScript.Step;

namespace Holdfast.Userspace.Tests.Helpers;

/// <summary>Numbers in text, formatted text and dynptrs: the kernel's answers and ours on the same bytes.</summary>
public sealed class TextHelperAgreementTests
{
    private const string NumberLetters = "0123456789abcdefxX-+ \t\0z7f";

    private static readonly string[] Conversions =
    [
        "%d", "%i", "%u", "%x", "%X", "%ld", "%lu", "%lx", "%lld", "%llu", "%llx", "%5d", "%-5d|", "%05d", "%+d", "% d", "%-+8ld|", "%020llx",
        "%c", "%5c", "%-3c|", "%%", "%px", "%z", "%l", "%o", "%", "%#x", "%5", "%lld%d", "%s", "%10s|", "%ps", "%pi9", "%pz", "a\u0001", "%.3d", "%hd",
    ];

    [Fact]
    public void Numbers_are_parsed_alike()
    {
        Random random = new(7);
        List<string> differences = [];
        for (int i = 0; i < 1500; i++)
        {
            int length = random.Next(1, 30);
            byte[] text = [.. Enumerable.Range(0, length).Select(_ => (byte)NumberLetters[random.Next(NumberLetters.Length)])];
            if (random.Next(3) == 0)
            {
                text = Encoding.ASCII.GetBytes(random.Next(4) switch { 0 => "18446744073709551616 ", 1 => " -9223372036854775808", 2 => "0x", _ => "-0777" }) is { } known ? [.. known, .. text] : text;
            }

            HelperId helper = random.Next(2) == 0 ? Strtol : Strtoul;
            Step step = new(helper, Step.Buffer, random.Next(1, Math.Min(text.Length, 48) + 1), random.Next(5) switch { 0 => 8, 1 => 10, 2 => 16, 3 => random.Next(40), _ => 0 }, Step.Buffer + 48);
            Compare(new HelperScript(ProgramType.SocketFilter, [step], []) { Content = text[..Math.Min(text.Length, 48)] }, Encoding.ASCII.GetString(text), differences);
        }

        AssertNone(differences);
    }

    [Fact]
    public void Texts_are_formatted_alike()
    {
        KernelRuns.SkipUnlessAvailable();
        Random random = new(8);
        List<string> differences = [];
        for (int i = 0; i < 800; i++)
        {
            string format = string.Join(random.Next(2) == 0 ? " " : "", Enumerable.Range(0, random.Next(0, 4)).Select(_ => Conversions[random.Next(Conversions.Length)]));
            byte[] bytes = [.. Encoding.ASCII.GetBytes(format), 0];
            int map = KernelRuns.CreateText(bytes);
            byte[] content = new byte[64];
            for (int word = 0; word < 3; word++)
            {
                // Small, negative and random numbers; as pointers all of these are bad.
                BitConverter.TryWriteBytes(content.AsSpan(word * 8), random.Next(3) switch { 0 => random.Next(100), 1 => -random.Next(100), _ => random.NextInt64() | (1L << 62) });
            }

            Step step = new(Snprintf, Step.Buffer + 24, random.Next(3) == 0 ? random.Next(1, 20) : 40, Step.Text, Step.Buffer, 8 * random.Next(1, 4));
            Compare(new HelperScript(ProgramType.SocketFilter, [step], []) { Content = content, Text = (bytes, map) }, format, differences);
            _ = KernelRuns.Close(map);
        }

        AssertNone(differences);
    }

    [Fact]
    public void Texts_are_compared_alike()
    {
        KernelRuns.SkipUnlessAvailable();
        List<string> differences = [];
        foreach (string constant in (string[])["", "a", "abc", "abd", "\u0001"])
        {
            byte[] bytes = [.. Encoding.ASCII.GetBytes(constant), 0];
            int map = KernelRuns.CreateText(bytes);
            foreach (string text in (string[])["", "a", "ab", "abc", "abcd", "b"])
            {
                for (int size = 1; size < 6; size++)
                {
                    Step step = new(Strncmp, Step.Buffer, size, Step.Text);
                    Compare(new HelperScript(ProgramType.SocketFilter, [step], []) { Content = Encoding.ASCII.GetBytes(text), Text = (bytes, map) }, $"{text} {constant} {size}", differences);
                }
            }

            _ = KernelRuns.Close(map);
        }

        AssertNone(differences);
    }

    private static void Compare(HelperScript script, string what, List<string> differences)
    {
        KernelRuns.SkipUnlessAvailable();
        int program = KernelRuns.Load(script.ToProgram(), ProgramType.SocketFilter, default, out string log);
        if (program < 0)
        {
            // The kernel's verifier reads constant formats itself; what it refuses never runs.
            Assert.Contains("Invalid format string", log, StringComparison.Ordinal);
            return;
        }

        KernelRun theirs = KernelRuns.Run(program, Packets.Zeros, [], wantsContext: false);
        _ = KernelRuns.Close(program);
        using SkBuffContext context = new(ProgramType.SocketFilter);
        context.Load(Packets.Zeros);
        uint ours = script.RunOurs(context);
        if (ours != theirs.ReturnValue)
        {
            differences.Add($"{script} on '{what}': the kernel's {theirs.ReturnValue}, ours {ours}");
        }
    }

    private static void AssertNone(List<string> differences) =>
        Assert.True(differences.Count == 0, $"{differences.Count} differ:\n{string.Join('\n', differences.OrderBy(text => text.Length).Take(15))}");
}
