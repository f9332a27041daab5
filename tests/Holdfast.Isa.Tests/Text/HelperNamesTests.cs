using System.Text.RegularExpressions;
using Holdfast.Isa.Abi;

namespace Holdfast.Isa.Tests;

public sealed partial class HelperNamesTests
{
    [Fact]
    public void NamesAreTheKernelSymbolsOfTheDocumentation()
    {
        string source = File.ReadAllText(Path.Combine(Repository.Root, "src/Holdfast.Isa/Abi/HelperId.cs"));
        MatchCollection members = Member().Matches(source);
        Assert.Equal(Enum.GetValues<HelperId>().Length, members.Count);
        foreach (Match member in members)
        {
            HelperId id = Enum.Parse<HelperId>(member.Groups["member"].Value);
            Assert.Equal(member.Groups["symbol"].Value, HelperNames.Of(id));
            Assert.True(HelperNames.TryParse(member.Groups["symbol"].Value, out HelperId back));
            Assert.Equal(id, back);
        }

        Assert.Equal("unknown", HelperNames.Of((HelperId)9999));
        Assert.False(HelperNames.TryParse("unknown", out _));
    }

    [GeneratedRegex(@"<c>(?<symbol>\w+)</c></summary>\s+(?<member>\w+) = ")]
    private static partial Regex Member();
}
